/* SPDX-License-Identifier: MIT */
/* What a user writes on the command line: names, kinds of keys, days, URLs. */
#include "cert/cert_words.h"

#include "tls_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- names ------------------------------------------------------------- */

/* The part of an international name that stands for `text`, as ASCII. */
static int to_ascii(const char *text, char *out, size_t size,
                    char why[CERT_WHY_MAX])
{
	gnutls_datum_t ascii = {NULL, 0};
	int ret = gnutls_idna_map(text, (unsigned)strlen(text), &ascii, 0);

	if (ret < 0) {
		snprintf(why, CERT_WHY_MAX,
		         "is no name that an international domain can have: %s",
		         gnutls_strerror(ret));
		return PST_INVALID;
	}
	snprintf(out, size, "%s", (const char *)ascii.data);
	gnutls_free(ascii.data);
	return PST_OK;
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((uint8_t)*text >= 0x80) {
			return false;
		}
	}
	return true;
}

/* A host name without a wildcard, checked, into out[size]. */
static int host_take(const char *text, char *out, size_t size,
                     char why[CERT_WHY_MAX])
{
	char ascii[CERT_NAME_MAX + 1];
	struct tls_name host;
	const char *fault;

	if (!is_ascii(text)) {
		if (to_ascii(text, ascii, sizeof(ascii), why) != PST_OK) {
			return PST_INVALID;
		}
		text = ascii;
	}
	if (tls_name_parse(text, &host, &fault) != PST_OK) {
		snprintf(why, CERT_WHY_MAX, "%s", fault);
		return PST_INVALID;
	}
	if (host.address_length != 0) {
		snprintf(why, CERT_WHY_MAX, "is an IP address with a wildcard");
		return PST_INVALID;
	}
	snprintf(out, size, "%s", host.text);
	return PST_OK;
}

static int dns_take(const char *text, struct cert_name *name,
                    char why[CERT_WHY_MAX])
{
	const char *host = text;
	size_t star = 0;

	if (strchr(text, '*') != NULL) {
		if (strncmp(text, "*.", 2) != 0 ||
		    strchr(text + 1, '*') != NULL ||
		    strchr(text + 2, '.') == NULL) {
			snprintf(why, CERT_WHY_MAX,
			         "has its * where none may be; it is the whole "
			         "first label, as in *.example.com");
			return PST_INVALID;
		}
		host = text + 2;
		star = 2;
		memcpy(name->text, "*.", 3);
	}
	name->type = GNUTLS_SAN_DNSNAME;
	return host_take(host, name->text + star, sizeof(name->text) - star,
	                 why);
}

static int ip_take(const char *text, struct cert_name *name)
{
	if (inet_pton(AF_INET, text, name->address) == 1) {
		name->address_length = 4;
	} else if (inet_pton(AF_INET6, text, name->address) == 1) {
		name->address_length = 16;
	} else {
		return PST_INVALID;
	}
	name->type = GNUTLS_SAN_IPADDRESS;
	inet_ntop(name->address_length == 4 ? AF_INET : AF_INET6, name->address,
	          name->text, sizeof(name->text));
	return PST_OK;
}

/* RFC 5280 4.2.1.6: Local-part@Domain, ASCII; the domain is a host name. */
static int mail_take(const char *text, struct cert_name *name,
                     char why[CERT_WHY_MAX])
{
	const char *at = strrchr(text, '@');
	size_t local = (size_t)(at - text), i;

	name->type = GNUTLS_SAN_RFC822NAME;
	if (local == 0 || local > 64) {
		snprintf(why, CERT_WHY_MAX,
		         "is no e-mail address: 1 to 64 bytes stand before "
		         "the @");
		return PST_INVALID;
	}
	for (i = 0; i < local; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f ||
		    strchr("\"(),:;<>@[\\]", text[i]) != NULL) {
			snprintf(why, CERT_WHY_MAX,
			         "is no e-mail address that a certificate can "
			         "have");
			return PST_INVALID;
		}
	}
	memcpy(name->text, text, local + 1);
	return host_take(at + 1, name->text + local + 1,
	                 sizeof(name->text) - local - 1, why);
}

static int uri_take(const char *text, struct cert_name *name,
                    char why[CERT_WHY_MAX])
{
	const char *c;

	name->type = GNUTLS_SAN_URI;
	for (c = text; *c != '\0'; c++) {
		if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}", *c)) {
			snprintf(why, CERT_WHY_MAX,
			         "is no URI: it has a byte that must be "
			         "written as %%XX");
			return PST_INVALID;
		}
	}
	snprintf(name->text, sizeof(name->text), "%s", text);
	return PST_OK;
}

static int refuse_port(const char *text, const char *colon,
                       char why[CERT_WHY_MAX])
{
	snprintf(why, CERT_WHY_MAX, "has a port; give the host alone: %.*s",
	         (int)(colon - text), text);
	return PST_INVALID;
}

int cert_name_parse(const char *text, struct cert_name *name_out,
                    char why[CERT_WHY_MAX])
{
	const char *colon = strchr(text, ':');
	size_t length = strlen(text);

	memset(name_out, 0, sizeof(*name_out));
	if (length == 0 || length > CERT_NAME_MAX) {
		snprintf(why, CERT_WHY_MAX, "is %s",
		         length == 0 ? "empty" : "longer than 511 bytes");
		return PST_INVALID;
	}
	if (ip_take(text, name_out) == PST_OK) {
		return PST_OK;
	}
	if (strstr(text, "://") != NULL || strncmp(text, "urn:", 4) == 0) {
		return uri_take(text, name_out, why);
	}
	if (strchr(text, '@') != NULL) {
		return mail_take(text, name_out, why);
	}
	if (colon != NULL && colon[1] != '\0' &&
	    colon[1 + strspn(colon + 1, "0123456789")] == '\0') {
		return refuse_port(text, colon, why);
	}
	return dns_take(text, name_out, why);
}

/* -- keys and days ----------------------------------------------------- */

static const struct {
	const char *text;
	struct cert_key_kind kind;
} kinds[] = {
	{"ecdsa:p256",
         {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)}},
	{"ecdsa:p384",
         {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1)}},
	{"ecdsa",
         {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)}},
	{"ed25519",
         {GNUTLS_PK_EDDSA_ED25519,
          GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519)}},
	{"rsa:2048", {GNUTLS_PK_RSA, 2048}},
	{"rsa:3072", {GNUTLS_PK_RSA, 3072}},
	{"rsa:4096", {GNUTLS_PK_RSA, 4096}},
	{"rsa", {GNUTLS_PK_RSA, 3072}},
};

int cert_key_kind_parse(const char *text, struct cert_key_kind *kind_out)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].text, text) == 0) {
			*kind_out = kinds[i].kind;
			return PST_OK;
		}
	}
	return PST_INVALID;
}

int cert_days_parse(const char *text, unsigned *days_out)
{
	unsigned long days;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits] != '\0') {
		return PST_INVALID;
	}
	days = strtoul(text, NULL, 10);
	if (days == 0 || days > CERT_DAYS_MAX) {
		return PST_INVALID;
	}
	*days_out = (unsigned)days;
	return PST_OK;
}

/* -- where a server is ------------------------------------------------- */

static const struct {
	const char *scheme;
	const char *port; /* "": must be given */
	bool http;
} schemes[] = {
	{"wss", "443", true},
	{"https", "443", true},
	{"tls", "", false},
	{"ssl", "", false},
};

static int port_take(const char *text, size_t length, struct cert_url *url)
{
	unsigned long port;

	if (length == 0 || length > 5 || strspn(text, "0123456789") != length) {
		return PST_INVALID;
	}
	memcpy(url->port, text, length);
	url->port[length] = '\0';
	port = strtoul(url->port, NULL, 10);
	return port == 0 || port > 65535 ? PST_INVALID : PST_OK;
}

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. */
static int authority_take(const char *text, struct cert_url *url)
{
	const char *end = strchr(text, ':');
	const char *rest;
	size_t length;

	if (text[0] == '[') {
		text++;
		end = strchr(text, ']');
		if (end == NULL) {
			return PST_INVALID;
		}
		rest = end + 1;
	} else {
		end = end == NULL ? text + strlen(text) : end;
		rest = end;
	}
	length = (size_t)(end - text);
	if (length == 0 || length >= sizeof(url->host) ||
	    memchr(text, '@', length) != NULL) {
		return PST_INVALID;
	}
	memcpy(url->host, text, length);
	url->host[length] = '\0';
	if (rest[0] == '\0') {
		return PST_OK;
	}
	return rest[0] == ':' ? port_take(rest + 1, strlen(rest + 1), url)
	                      : PST_INVALID;
}

int cert_address_parse(const char *text, struct cert_url *url_io)
{
	url_io->port[0] = '\0';
	return authority_take(text, url_io) == PST_OK && url_io->port[0] != '\0'
	               ? PST_OK
	               : PST_INVALID;
}

/* Read "scheme://" with its default port; returns what is behind, or NULL. */
static const char *scheme_take(const char *text, struct cert_url *url,
                               char why[CERT_WHY_MAX])
{
	const char *mark = strstr(text, "://");
	size_t length = mark == NULL ? 0 : (size_t)(mark - text), i;

	if (mark == NULL) {
		return text;
	}
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strlen(schemes[i].scheme) == length &&
		    strncasecmp(schemes[i].scheme, text, length) == 0) {
			snprintf(url->port, sizeof(url->port), "%s",
			         schemes[i].port);
			url->http = schemes[i].http;
			return mark + 3;
		}
	}
	snprintf(why, CERT_WHY_MAX,
	         "%.*s:// has no TLS; use wss://, https:// or tls://",
	         (int)(length > 32 ? 32 : length), text);
	return NULL;
}

int cert_url_parse(const char *text, struct cert_url *url_out,
                   char why[CERT_WHY_MAX])
{
	char authority[sizeof(url_out->host) + 16];
	char host[sizeof(url_out->host)];
	const char *rest;
	size_t length;

	memset(url_out, 0, sizeof(*url_out));
	rest = scheme_take(text, url_out, why);
	if (rest == NULL) {
		return PST_INVALID;
	}
	length = strcspn(rest, "/?#");
	snprintf(why, CERT_WHY_MAX,
	         "is no URL of the form wss://HOST:PORT, https://HOST:PORT or "
	         "tls://HOST:PORT");
	if (length == 0 || length >= sizeof(authority)) {
		return PST_INVALID;
	}
	memcpy(authority, rest, length);
	authority[length] = '\0';
	if (authority_take(authority, url_out) != PST_OK) {
		return PST_INVALID;
	}
	if (url_out->port[0] == '\0') {
		snprintf(why, CERT_WHY_MAX,
		         "has no port; add one, as in :9000");
		return PST_INVALID;
	}
	if (is_ascii(url_out->host)) {
		return PST_OK;
	}
	if (to_ascii(url_out->host, host, sizeof(host), why) != PST_OK) {
		return PST_INVALID;
	}
	memcpy(url_out->host, host, sizeof(host));
	return PST_OK;
}

void cert_stem(const char *text, char *out, size_t size)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789.@+_-";
	size_t i;

	snprintf(out, size < 100 ? size : 100, "%s", text);
	for (i = 0; out[i] != '\0'; i++) {
		if (strchr(fine, out[i]) == NULL ||
		    (i == 0 && strchr(".-", out[i]) != NULL)) {
			out[i] = '_';
		}
	}
	if (out[0] == '\0') {
		snprintf(out, size, "certificate");
	}
}
