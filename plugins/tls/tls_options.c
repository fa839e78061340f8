/* SPDX-License-Identifier: MIT */
/* The option rows of `tls`. */
#include "tls_conf.h"

#define AT(member) offsetof(struct tls_conf, member)

static const char *const verifies[] = {"off", "on", "pins", NULL};
static const char *const client_auths[] = {"none", "request", "require", NULL};
static const char *const modes[] = {"terminate", "offloaded", NULL};
static const char *const heavies[] = {"always", "rsa", "never", NULL};

/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, hops, advice)                                    \
	{                                                                 \
		.name = (known), .type = PST_OPTION_STRING,               \
		.flags = (hops) | PST_OPTION_ELSEWHERE, .help = (advice), \
	}

const struct pst_option tls_options[] = {
	{
		.name = "identity",
		.type = PST_OPTION_REFS,
		.flags = PST_BOTH_HOPS,
		.offset = AT(own.identities),
		.help = "Who this end is: identities by name, paths of PEM "
			"files and folders of pairs, or groups; each client "
			"is shown the one that it asks for.",
		.kind = "identities",
	},
	{
		.name = "certificate",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(own.in_place.certificate),
		.help = "This end's certificate and what issued it, PEM, in "
			"order; the private key may be in the same file.",
	},
	{
		.name = "chain",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(own.in_place.chain),
		.help = "What issued the certificate, PEM, in order, when it "
			"is in a file apart.",
	},
	{
		.name = "private_key",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS | PST_OPTION_SECRET,
		.offset = AT(own.in_place.private_key),
		.help = "The certificate's private key, PEM, plain or "
			"encrypted.",
	},
	{
		.name = "password_file",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS | PST_OPTION_SECRET,
		.offset = AT(own.in_place.password_file),
		.help = "A file whose first line opens the private keys or "
			"the keystore.",
	},
	{
		.name = "keystore",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS | PST_OPTION_SECRET,
		.offset = AT(own.in_place.keystore),
		.help = "A PKCS#12 keystore with one private key, its "
			"certificate and what issued it.",
	},
	{
		.name = "directory",
		.type = PST_OPTION_FILES,
		.flags = PST_BOTH_HOPS,
		.offset = AT(own.in_place.directory),
		.help = "Folders of pairs: NAME.pem, .crt or .cert with "
			"NAME.key, or both in one PEM file; or such files.",
	},
	{
		.name = "signer",
		.type = PST_OPTION_STRING,
		.flags = PST_BOTH_HOPS,
		.offset = AT(own.in_place.signer),
		.initial = "auto",
		.help = "Who signs with the private keys given here: gnutls, "
			"the name of an installed signer, or auto, which is "
			"an installed one for RSA keys and else gnutls.",
	},
	{
		.name = "default_certificate",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(own.default_certificate),
		.help = "The name whose certificate is shown to clients that "
			"ask for an unknown one, or for none at an address "
			"that no certificate has; else the URL's host, else "
			"the first certificate's.",
	},
	{
		.name = "trust",
		.type = PST_OPTION_REFS,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(trust.back),
		.initial = "system",
		.kind = "trusts",
		.help = "Whom to believe that the back-end is who it says: "
			"resources, files of certificates, \"system\".",
	},
	{
		.name = "trust_system",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT | PST_OPTION_ELSEWHERE,
		.help = "use trust = ( \"ca.pem\", \"system\" )",
	},
	{
		.name = "verify",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(peer.verify),
		.choices = verifies,
		.initial = "on",
		.help = "What is checked of the back-end: on, its chain, its "
			"name, and its key where pins are set; pins, its key "
			"alone; or nothing.",
	},
	{
		.name = "insecure_connections",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT | PST_OPTION_ELSEWHERE,
		.help = "use verify = \"off\"",
	},
	{
		.name = "server_name",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(peer.server_name),
		.help = "The name to ask for (SNI) and to find in the "
			"back-end's certificate; else the URL's host.",
	},
	{
		.name = "verify_name",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(peer.verify_name),
		.help = "The name or IP address to find in the back-end's "
			"certificate, where it is not the one to ask for.",
	},
	{
		.name = "common_name",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(peer.common_name),
		.initial = "false",
		.help = "Take the common name for the name of a certificate "
			"that has no other (against RFC 9525).",
	},
	{
		.name = "pins",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(peer.pins),
		.help = "Keys that the back-end's certificate may have: "
			"SHA-256 of the SubjectPublicKeyInfo, sha256:HEX or "
			"sha256//BASE64.",
	},
	{
		.name = "client_auth",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(peer.client_auth),
		.choices = client_auths,
		.initial = "none",
		.help = "Whether clients are asked for a certificate, and "
			"must have one.",
	},
	{
		.name = "client_trust",
		.type = PST_OPTION_REFS,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(trust.front),
		.kind = "trusts",
		.help = "From whom a client's certificate must come: "
			"resources, or files of certificates.",
	},
	{
		.name = "client_names",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(peer.client_names),
		.help = "Names of which a client's certificate must have one "
			"(subjectAltName): *.example.com, email:*@example.com, "
			"uri:spiffe://example.com/**.",
	},
	{
		.name = "client_fingerprints",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(peer.client_fingerprints),
		.help = "SHA-256 of the certificates that clients may have, in "
			"hexadecimal.",
	},
	{
		.name = "peer_certificate",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(peer.peer_certificate),
		.initial = "false",
		.help = "Keep the client's certificate as the attribute "
			"tls.peer.certificate, for identity_fields of http.",
	},
	{
		.name = "weak_certificates",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(peer.weak_certificates),
		.initial = "false",
		.help = "Accept peers' certificates with SHA-1 signatures and "
			"RSA keys from 1024 bits.",
	},
	{
		.name = "profile",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS,
		.offset = AT(spoken.profile),
		.choices = tls_profile_names,
		.initial = "intermediate",
		.help = "What may be spoken at all: TLS 1.3; that and TLS 1.2 "
			"with strong suites; or, for old clients, what is "
			"known to be weak.",
	},
	{
		.name = "min_version",
		.type = PST_OPTION_STRING,
		.flags = PST_BOTH_HOPS,
		.offset = AT(spoken.min_version),
		.help = "Lowest TLS version that is spoken, \"1.2\" or "
			"\"1.3\", "
			"or with the profile legacy \"1.0\" or \"1.1\"; else "
			"the profile's.",
	},
	{
		.name = "max_version",
		.type = PST_OPTION_STRING,
		.flags = PST_BOTH_HOPS,
		.offset = AT(spoken.max_version),
		.help = "Highest TLS version that is spoken; else 1.3.",
	},
	{
		.name = "ciphers",
		.type = PST_OPTION_LIST,
		.flags = PST_BOTH_HOPS,
		.offset = AT(spoken.ciphers),
		.help = "Cipher suites, best first, by IANA's or OpenSSL's "
			"name or IANA's number, those of TLS 1.3 too; else "
			"the profile's.",
	},
	{
		.name = "groups",
		.type = PST_OPTION_LIST,
		.flags = PST_BOTH_HOPS,
		.offset = AT(spoken.groups),
		.help = "Groups of the key exchange, best first: X25519, X448, "
			"P-256, P-384, P-521, ffdhe2048 to ffdhe8192; else "
			"X25519, P-256, P-384 and P-521.",
	},
	{
		.name = "signature_algorithms",
		.type = PST_OPTION_LIST,
		.flags = PST_BOTH_HOPS,
		.offset = AT(spoken.signatures),
		.help = "Signatures to make and to take, best first, by the "
			"names in RFC 8446 4.2.3; else all that are strong.",
	},
	{
		.name = "prefer_server",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(spoken.prefer_server),
		.initial = "true",
		.help = "Whether the order of ciphers and groups here counts, "
			"not the client's.",
	},
	{
		.name = "dhparam",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(spoken.dhparam),
		.help = "Parameters for suites with DHE up to TLS 1.2, PEM, "
			"2048 bits or more; else the groups of RFC 7919.",
	},
	{
		.name = "alpn",
		.type = PST_OPTION_LIST,
		.flags = PST_BOTH_HOPS,
		.offset = AT(alpn.names),
		.help = "Protocols to agree on by ALPN, best first; a client "
			"that offers only others is refused.",
	},
	{
		.name = "alpn_required",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(alpn.required),
		.initial = "false",
		.help = "Refuse also a peer that takes no part in ALPN.",
	},
	{
		.name = "mode",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(mode),
		.choices = modes,
		.initial = "terminate",
		.help = "Speak TLS, or leave it to an offloader in front and "
			"take plain bytes; URLs keep their secure meaning.",
	},
	{
		.name = "tickets",
		.type = PST_OPTION_INT,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(ticket.count),
		.max = TLS_TICKETS_MAX,
		.initial = "2",
		.unit = "tickets",
		.help = "Session tickets that a client gets in a full TLS 1.3 "
			"handshake (in a resumed one it gets one); 0: no "
			"resumption, also with TLS 1.2.",
	},
	{
		.name = "ticket_lifetime",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(ticket.lifetime),
		.min = 1000,
		.max = 604800000,
		.initial = "6h",
		.unit = "ms",
		.help = "How long a ticket can be used; the keys that seal "
			"them change by themselves each three times as long.",
	},
	{
		.name = "ticket_key",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_SECRET,
		.offset = AT(ticket.master_file),
		.help = "A file with 64 random bytes, or their 128 hexadecimal "
			"digits, from which the keys come that seal tickets: "
			"hosts with the same file take each other's "
			"(openssl rand -out FILE 64).",
	},
	{
		.name = "resumption",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(resume.enabled),
		.initial = "true",
		.help = "Resume earlier sessions with the back-end, where it "
			"lets us: a cheaper handshake.",
	},
	{
		.name = "sni",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE,
		.offset = AT(route.sni),
		.help = "Names whose clients this service takes where several "
			"share an address, *.example.com too; else the URL's "
			"host.",
	},
	{
		.name = "default",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE,
		.offset = AT(route.is_default),
		.initial = "false",
		.help = "Take clients that ask for no name, or for one that no "
			"service has.",
	},
	{
		.name = "heavy",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS,
		.offset = AT(heavy),
		.choices = heavies,
		.initial = "always",
		.help = "Which handshakes run beside the loop: all, those "
			"that sign with RSA, or none.",
	},
	ELSEWHERE("ssl_ciphers", PST_BOTH_HOPS, "use ciphers"),
	ELSEWHERE("tls_ciphers", PST_BOTH_HOPS, "use ciphers"),
	ELSEWHERE("cipher_suites", PST_BOTH_HOPS,
                  "use ciphers, which takes the same numbers"),
	ELSEWHERE("ssl_protocols", PST_BOTH_HOPS,
                  "use min_version and max_version"),
	ELSEWHERE("tls_protocols", PST_BOTH_HOPS,
                  "use min_version and max_version"),
	ELSEWHERE("protocols", PST_BOTH_HOPS,
                  "use min_version and max_version"),
	ELSEWHERE("curve_preferences", PST_BOTH_HOPS, "use groups"),
	ELSEWHERE("curves", PST_BOTH_HOPS, "use groups"),
	ELSEWHERE("prefer_server_cipher_suites", PST_OPTION_ACCEPT,
                  "use prefer_server"),
	ELSEWHERE("ssl_encryption", PST_BOTH_HOPS,
                  "use mode = \"offloaded\" where another host does TLS, or a "
                  "URL without TLS"),
	ELSEWHERE("encryption", PST_BOTH_HOPS,
                  "use mode = \"offloaded\" where another host does TLS, or a "
                  "URL without TLS"),
	ELSEWHERE("disabled", PST_BOTH_HOPS,
                  "use a URL without TLS, or mode = \"offloaded\" where "
                  "another host does TLS"),
	ELSEWHERE("ssl_verify_client", PST_OPTION_ACCEPT,
                  "use client_auth, which is \"none\", \"request\" (optional) "
                  "or \"require\" (required), with client_trust"),
	ELSEWHERE("verify_client", PST_OPTION_ACCEPT,
                  "use client_auth, which is \"none\", \"request\" (optional) "
                  "or \"require\" (required), with client_trust"),
	ELSEWHERE("enable_mtls", PST_OPTION_ACCEPT,
                  "use client_auth = \"require\" with client_trust"),
	ELSEWHERE("truststore", PST_BOTH_HOPS,
                  "use client_trust on the accept hop, trust on the connect "
                  "hop, with { keystore = ...; password_file = ...; } for "
                  "PKCS#12"),
	ELSEWHERE("type", PST_BOTH_HOPS,
                  "leave it out: keystores are PKCS#12 (keytool "
                  "-importkeystore converts others)"),
	ELSEWHERE("key", PST_BOTH_HOPS, "use private_key"),
	ELSEWHERE("public_key", PST_BOTH_HOPS, "use certificate"),
	ELSEWHERE("keys", PST_BOTH_HOPS,
                  "use identity, with a list of groups of certificate and "
                  "private_key"),
	ELSEWHERE("client_certs", PST_OPTION_CONNECT,
                  "use identity, or certificate and private_key, on the "
                  "connect hop"),
	ELSEWHERE("chain_certificates", PST_BOTH_HOPS, "use chain"),
	ELSEWHERE("ca_certificates", PST_BOTH_HOPS,
                  "use client_trust on the accept hop, trust on the connect "
                  "hop"),
	ELSEWHERE("ca_certs", PST_BOTH_HOPS,
                  "use client_trust on the accept hop, trust on the connect "
                  "hop"),
	ELSEWHERE("disable_system_ca_pool", PST_BOTH_HOPS,
                  "leave it out: the system's store counts on the connect hop "
                  "only, where trust is not set or says \"system\""),
	ELSEWHERE("allow_insecure_connections", PST_OPTION_CONNECT,
                  "use trust, or, to check nothing at all, verify = \"off\""),
	ELSEWHERE("insecure", PST_OPTION_CONNECT,
                  "use trust, or, to check nothing at all, verify = \"off\""),
	ELSEWHERE("hostname", PST_OPTION_CONNECT, "use server_name"),
	ELSEWHERE("ssl_certificate", PST_BOTH_HOPS, "use certificate"),
	ELSEWHERE("ssl_certificate_key", PST_BOTH_HOPS, "use private_key"),
	ELSEWHERE("proxy_ssl_certificate", PST_OPTION_CONNECT,
                  "use certificate"),
	ELSEWHERE("proxy_ssl_certificate_key", PST_OPTION_CONNECT,
                  "use private_key"),
	ELSEWHERE("crt", PST_BOTH_HOPS,
                  "use certificate, and private_key when the key is in "
                  "another file"),
	ELSEWHERE("ca_file", PST_BOTH_HOPS,
                  "use client_trust on the accept hop, trust on the connect "
                  "hop"),
	ELSEWHERE("cafile", PST_BOTH_HOPS,
                  "use client_trust on the accept hop, trust on the connect "
                  "hop"),
	ELSEWHERE("ssl_client_certificate", PST_OPTION_ACCEPT,
                  "use client_trust, with client_auth"),
	ELSEWHERE("ssl_trusted_certificate", PST_BOTH_HOPS,
                  "use client_trust on the accept hop, trust on the connect "
                  "hop"),
	ELSEWHERE("proxy_ssl_trusted_certificate", PST_OPTION_CONNECT,
                  "use trust"),
	ELSEWHERE("proxy_ssl_verify", PST_OPTION_CONNECT,
                  "use verify, which is \"on\" by default"),
	ELSEWHERE("proxy_ssl_name", PST_OPTION_CONNECT, "use server_name"),
	ELSEWHERE("proxy_ssl_server_name", PST_OPTION_CONNECT,
                  "leave it out: the name is always sent"),
	ELSEWHERE("verifyhost", PST_OPTION_CONNECT, "use verify_name"),
	ELSEWHERE("ssl_dhparam", PST_OPTION_ACCEPT, "use dhparam"),
	ELSEWHERE("ssl_ecdh_curve", PST_BOTH_HOPS, "use groups"),
	ELSEWHERE("ssl_prefer_server_ciphers", PST_OPTION_ACCEPT,
                  "use prefer_server"),
	ELSEWHERE("ssl_session_tickets", PST_OPTION_ACCEPT, "use tickets"),
	ELSEWHERE("ssl_session_timeout", PST_OPTION_ACCEPT,
                  "use ticket_lifetime"),
	{.name = NULL},
};
