/* SPDX-License-Identifier: MIT */
/* What penstock-cert can do: the table from which help is made, too. */
#include "cert/cert_line.h"

#define OPTION(id, name, letter, argument, help)                        \
	static const struct cert_option option_##id = {CERT_##id, name, \
	                                               letter, argument, help}

OPTION(OUT, "out", 'o', "STEM",
       "write STEM.pem and STEM.key (default: the first name)");
OPTION(KEY, "key", 'k', "KIND",
       "ecdsa:p256 (default), ecdsa:p384, ed25519, rsa:2048, rsa:3072 or "
       "rsa:4096");
OPTION(KEY_FILE, "key-file", 0, "FILE",
       "use this private key and make none, as for a renewal");
OPTION(DAYS, "days", 'd', "N",
       "valid for so long (default: 397; an authority 3650)");
OPTION(CLIENT, "client", 0, NULL,
       "for a client: names may be e-mail addresses and URIs, too");
OPTION(SERVER, "server", 0, NULL, "for a server besides --client");
OPTION(SUBJECT, "subject", 's', "DN",
       "the subject, as CN=Alice,O=Example (default: CN=the first name)");
OPTION(PASSWORD_FILE, "password-file", 'p', "FILE",
       "its first line opens what is read and encrypts what is written");
OPTION(CA, "ca", 0, "FILE", "the authority's certificate");
OPTION(CA_KEY, "ca-key", 0, "FILE",
       "its private key (default: the same name, ending in .key)");
OPTION(CA_PASSWORD_FILE, "ca-password-file", 0, "FILE",
       "its first line opens the authority's key");
OPTION(REQUEST, "request", 'r', "FILE",
       "certify this request; names given replace those in it");
OPTION(CRL, "crl", 0, "FILE",
       "the list of what is revoked; it is made, or continued");
OPTION(FORCE, "force", 'f', NULL, "replace files that exist");
OPTION(TRUST, "trust", 't', "FILE",
       "believe these certificates instead of the system's; may be repeated; "
       "\"system\" is the system's store");
OPTION(NAME, "name", 'n', "HOST",
       "the name that must be covered (default: the URL's host)");
OPTION(ADDRESS, "address", 'a', "HOST:PORT",
       "connect there, whatever the URL says");
OPTION(CERTIFICATE, "certificate", 0, "FILE",
       "show this certificate when the server asks for one");
OPTION(PRIVATE_KEY, "private-key", 0, "FILE", "and this is its private key");
OPTION(FORMAT, "format", 0, "FORMAT", "pem (default), der or p12 (PKCS#12)");
OPTION(WITH_KEY, "with-key", 0, NULL, "the private key, too");
OPTION(ALIAS, "alias", 0, "NAME",
       "what the entry is called in a PKCS#12 file (default: penstock)");

static const struct cert_option option_WITHIN = {
	CERT_DAYS, "days", 'd', "N",
	"bad, too, when fewer days are left (default: 0)"};
static const struct cert_option option_DUE = {
	CERT_DAYS, "days", 'd', "N",
	"the list must be renewed within so long (default: 397)"};
static const struct cert_option option_FILE = {
	CERT_OUT, "out", 'o', "FILE", "write there instead of standard output"};

static const struct cert_option *const self_signed_options[] = {
	&option_OUT,      &option_KEY,
	&option_KEY_FILE, &option_DAYS,
	&option_CLIENT,   &option_SERVER,
	&option_SUBJECT,  &option_PASSWORD_FILE,
	&option_FORCE,    NULL};
static const struct cert_option *const ca_options[] = {
	&option_OUT,  &option_KEY,           &option_KEY_FILE,
	&option_DAYS, &option_PASSWORD_FILE, &option_FORCE,
	NULL};
static const struct cert_option *const request_options[] = {
	&option_OUT,           &option_KEY,    &option_KEY_FILE,
	&option_CLIENT,        &option_SERVER, &option_SUBJECT,
	&option_PASSWORD_FILE, &option_FORCE,  NULL};
static const struct cert_option *const issue_options[] = {
	&option_CA,
	&option_CA_KEY,
	&option_CA_PASSWORD_FILE,
	&option_REQUEST,
	&option_OUT,
	&option_KEY,
	&option_KEY_FILE,
	&option_DAYS,
	&option_CLIENT,
	&option_SERVER,
	&option_SUBJECT,
	&option_PASSWORD_FILE,
	&option_FORCE,
	NULL};
static const struct cert_option *const revoke_options[] = {
	&option_CA,  &option_CA_KEY, &option_CA_PASSWORD_FILE,
	&option_CRL, &option_DUE,    NULL};
static const struct cert_option *const show_options[] = {&option_PASSWORD_FILE,
                                                         NULL};
static const struct cert_option *const verify_options[] = {
	&option_TRUST,   &option_NAME,          &option_WITHIN,
	&option_ADDRESS, &option_CERTIFICATE,   &option_PRIVATE_KEY,
	&option_CLIENT,  &option_PASSWORD_FILE, NULL};
static const struct cert_option *const export_options[] = {
	&option_FORMAT,
	&option_FILE,
	&option_WITH_KEY,
	&option_PASSWORD_FILE,
	&option_ALIAS,
	&option_FORCE,
	NULL};
static const struct cert_option *const fetch_options[] = {
	&option_FILE, &option_ADDRESS, &option_NAME, &option_FORCE, NULL};

static const struct cert_command commands[] = {
	{"self-signed", "NAME...",
         "Make a key and a certificate that vouches for itself.",
         self_signed_options, cert_self_signed},
	{"ca", "NAME",
         "Make an authority of your own, which issues certificates.",
         ca_options, cert_ca},
	{"request", "NAME...",
         "Make a key and a request that an authority turns into a certificate.",
         request_options, cert_request},
	{"issue", "[NAME...]",
         "Issue a certificate, with a new key or for a request.", issue_options,
         cert_issue},
	{"revoke", "[FILE...]",
         "Put certificates on the list of those that are no longer good.",
         revoke_options, cert_revoke},
	{"show", "FILE...",
         "Say what is in a file: names, dates, key, fingerprints, problems.",
         show_options, cert_show},
	{"verify", "URL|FILE...",
         "Check a server, or files, as a client would; say what is wrong.",
         verify_options, cert_verify},
	{"export", "FILE...",
         "Write certificates for a trust store or a keystore.", export_options,
         cert_export},
	{"fetch", "URL",
         "Write the chain that a server shows. That alone proves nothing.",
         fetch_options, cert_fetch},
};

const struct cert_command *cert_command_at(size_t n)
{
	return n < sizeof(commands) / sizeof(commands[0]) ? &commands[n] : NULL;
}
