/* SPDX-License-Identifier: MIT */
/* The option rows of `tls`. */
#include "tls_conf.h"

#define AT(member) offsetof(struct tls_conf, member)

static const char *const switches[] = {"off", "on", NULL};
static const char *const client_auths[] = {"none", "request", "require", NULL};
static const char *const modes[] = {"terminate", "offloaded", NULL};
static const char *const heavies[] = {"always", "rsa", "never", NULL};
const char *const tls_version_names[] = {"1.2", "1.3", NULL};

const struct pst_option tls_options[] = {
	{
		.name = "certificate",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(own.certificate),
		.help = "This end's certificate and what issued it, PEM, in "
			"order; needed to accept.",
	},
	{
		.name = "private_key",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS | PST_OPTION_SECRET |
                         PST_OPTION_RELOADABLE,
		.offset = AT(own.private_key),
		.help = "The certificate's private key, PEM, plain or "
			"encrypted.",
	},
	{
		.name = "password_file",
		.type = PST_OPTION_FILE,
		.flags = PST_BOTH_HOPS | PST_OPTION_SECRET |
                         PST_OPTION_RELOADABLE,
		.offset = AT(own.password_file),
		.help = "A file whose first line opens the private key.",
	},
	{
		.name = "trust",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(trust.file),
		.help = "Certificates, PEM, from which the back-end's must "
			"come; else the system's store.",
	},
	{
		.name = "trust_system",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(trust.system),
		.initial = "false",
		.help = "Trust the system's store besides the file in trust.",
	},
	{
		.name = "verify",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(peer.verify),
		.choices = switches,
		.initial = "on",
		.help = "Whether the back-end's chain and name are checked.",
	},
	{
		.name = "server_name",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(peer.server_name),
		.help = "The name to ask for (SNI) and to find in the "
			"back-end's certificate; else the URL's host.",
	},
	{
		.name = "client_auth",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
		.offset = AT(peer.client_auth),
		.choices = client_auths,
		.initial = "none",
		.help = "Whether clients are asked for a certificate, and "
			"must have one.",
	},
	{
		.name = "client_trust",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
		.offset = AT(trust.client_file),
		.help = "Certificates, PEM, from which a client's must come.",
	},
	{
		.name = "min_version",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(spoken.min_version),
		.choices = tls_version_names,
		.initial = "1.2",
		.help = "Lowest TLS version that is spoken.",
	},
	{
		.name = "max_version",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(spoken.max_version),
		.choices = tls_version_names,
		.initial = "1.3",
		.help = "Highest TLS version that is spoken.",
	},
	{
		.name = "alpn",
		.type = PST_OPTION_LIST,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(alpn.names),
		.help = "Protocols to agree on by ALPN, best first; a client "
			"that offers only others is refused.",
	},
	{
		.name = "alpn_required",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(alpn.required),
		.initial = "false",
		.help = "Refuse also a peer that takes no part in ALPN.",
	},
	{
		.name = "mode",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
		.offset = AT(mode),
		.choices = modes,
		.initial = "terminate",
		.help = "Speak TLS, or leave it to an offloader in front and "
			"take plain bytes; URLs keep their secure meaning.",
	},
	{
		.name = "sni",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE |
                         PST_OPTION_RELOADABLE,
		.offset = AT(route.sni),
		.help = "Names whose clients this service takes where several "
			"share an address, *.example.com too; else the URL's "
			"host.",
	},
	{
		.name = "default",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE |
                         PST_OPTION_RELOADABLE,
		.offset = AT(route.is_default),
		.initial = "false",
		.help = "Take clients that ask for no name, or for one that no "
			"service has.",
	},
	{
		.name = "heavy",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(heavy),
		.choices = heavies,
		.initial = "always",
		.help = "Which handshakes run beside the loop: all, those "
			"that sign with RSA, or none.",
	},
	{.name = NULL},
};
