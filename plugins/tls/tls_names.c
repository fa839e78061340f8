/* SPDX-License-Identifier: MIT */
/* Names in certificates: parse, match, list. */
#include "tls_names.h"

#include "tls_peer_text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	SAN_MAX = 1024, /* a longer one matches nothing */
	LISTED = 6,
	DN_SHOWN = 201 /* with its end */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_host_char(char c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

static const char *fault_in_host(const char *text, size_t length)
{
	size_t label = 0, i;

	if (length == 0) {
		return "is empty";
	}
	if (length > TLS_HOST_MAX) {
		return "is longer than 253 bytes";
	}
	for (i = 0; i < length; i++) {
		if ((uint8_t)text[i] >= 0x80) {
			return "is not ASCII; write it as xn--...";
		}
		if (!is_host_char(text[i])) {
			return "is neither a host name nor an IP address";
		}
		label = text[i] == '.' ? 0 : label + 1;
		if (label > 63) {
			return "has a label longer than 63 bytes";
		}
		if (text[i] == '.' && (i == 0 || text[i - 1] == '.')) {
			return "has an empty label";
		}
	}
	return label == 0 ? "has an empty label" : NULL;
}

int tls_name_parse(const char *text, struct tls_name *name_out,
                   const char **why_out)
{
	size_t length = strlen(text);
	size_t i;

	memset(name_out, 0, sizeof(*name_out));
	if (inet_pton(AF_INET, text, name_out->address) == 1) {
		name_out->address_length = 4;
	} else if (inet_pton(AF_INET6, text, name_out->address) == 1) {
		name_out->address_length = 16;
	} else if (length > 1 && text[length - 1] == '.') {
		length--;
	}
	*why_out = name_out->address_length != 0 ? NULL
	                                         : fault_in_host(text, length);
	if (*why_out != NULL) {
		return PST_INVALID;
	}
	for (i = 0; i < length; i++) {
		name_out->text[i] = lower(text[i]);
	}
	name_out->text[length] = '\0';
	return PST_OK;
}

static bool same(const char *pattern, size_t length, const char *host)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (host[i] == '\0' || lower(pattern[i]) != host[i]) {
			return false;
		}
	}
	return host[length] == '\0';
}

bool tls_name_matches(const char *pattern, size_t length, const char *host)
{
	const char *rest;

	if (length > 1 && pattern[length - 1] == '.') {
		length--;
	}
	if (length < 2 || pattern[0] != '*' || pattern[1] != '.') {
		return length != 0 && same(pattern, length, host);
	}
	rest = strchr(host, '.');
	if (rest == NULL || rest == host ||
	    memchr(pattern + 2, '.', length - 2) == NULL) {
		return false;
	}
	return same(pattern + 1, length - 1, rest);
}

/* The next subjectAltName. Returns its type, or -1 behind the last. */
static int next_san(gnutls_x509_crt_t crt, unsigned *at_io, char *san,
                    size_t *length_out)
{
	for (;;) {
		unsigned type;
		int ret;

		*length_out = SAN_MAX;
		ret = gnutls_x509_crt_get_subject_alt_name2(
			crt, (*at_io)++, san, length_out, &type, NULL);
		if (ret >= 0) {
			return (int)type;
		}
		if (ret != GNUTLS_E_SHORT_MEMORY_BUFFER) {
			return -1;
		}
	}
}

bool tls_name_in(gnutls_x509_crt_t crt, const struct tls_name *name)
{
	char san[SAN_MAX];
	unsigned at = 0;
	size_t length;
	int type;

	while ((type = next_san(crt, &at, san, &length)) >= 0) {
		if (type == GNUTLS_SAN_IPADDRESS && name->address_length != 0 &&
		    length == name->address_length &&
		    memcmp(san, name->address, length) == 0) {
			return true;
		}
		if (type == GNUTLS_SAN_DNSNAME && name->address_length == 0 &&
		    tls_name_matches(san, length, name->text)) {
			return true;
		}
	}
	return false;
}

/* Where a text is being written. */
struct out {
	char *text;
	size_t size;
	size_t used;
};

PST_PRINTF(2, 3)
static void say(struct out *out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out->text + out->used, out->size - out->used, fmt, ap);
	va_end(ap);
	if (n > 0) {
		out->used += (size_t)n;
	}
	if (out->used >= out->size) {
		out->used = out->size - 1;
	}
}

static void printable(char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~') {
			text[i] = '?';
		}
	}
}

static void san_text(int type, char *san, size_t length, char *out, size_t size)
{
	if (type == GNUTLS_SAN_IPADDRESS && (length == 4 || length == 16)) {
		inet_ntop(length == 4 ? AF_INET : AF_INET6, san, out,
		          (socklen_t)size);
		return;
	}
	printable(san, length);
	snprintf(out, size, "%.*s", (int)length, san);
}

void tls_names_list(gnutls_x509_crt_t crt, char *out, size_t size)
{
	struct out o = {.text = out, .size = size};
	char san[SAN_MAX], text[80];
	unsigned at = 0, listed = 0, more = 0;
	size_t length;
	int type;

	out[0] = '\0';
	while ((type = next_san(crt, &at, san, &length)) >= 0) {
		if (type != GNUTLS_SAN_DNSNAME &&
		    type != GNUTLS_SAN_IPADDRESS) {
			continue;
		}
		if (listed == LISTED) {
			more++;
			continue;
		}
		san_text(type, san, length, text, sizeof(text));
		say(&o, "%s%s", listed == 0 ? "" : ", ", text);
		listed++;
	}
	if (more != 0) {
		say(&o, " and %u more", more);
	}
	if (listed == 0) {
		say(&o, "none");
	}
}

static void dn_text(int failed, gnutls_datum_t *dn, char *out, size_t size)
{
	if (failed != 0 || dn->size == 0) {
		snprintf(out, size, "(no subject)");
	} else {
		(void)tls_clean(out, size < DN_SHOWN ? size : DN_SHOWN,
		                dn->data, dn->size);
	}
	if (failed == 0) {
		gnutls_free(dn->data);
	}
}

void tls_subject(gnutls_x509_crt_t crt, char *out, size_t size)
{
	gnutls_datum_t dn = {NULL, 0};

	dn_text(gnutls_x509_crt_get_dn3(crt, &dn, 0), &dn, out, size);
}

void tls_issuer(gnutls_x509_crt_t crt, char *out, size_t size)
{
	gnutls_datum_t dn = {NULL, 0};

	dn_text(gnutls_x509_crt_get_issuer_dn3(crt, &dn, 0), &dn, out, size);
}

void tls_date(time_t when, char *out, size_t size)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(out, size, "%Y-%m-%d %H:%M UTC", &tm) == 0) {
		snprintf(out, size, "(no date)");
	}
}

void tls_fingerprint(gnutls_x509_crt_t crt, char *out, size_t size)
{
	struct out o = {.text = out, .size = size};
	uint8_t hash[32];
	size_t length = sizeof(hash), i;

	out[0] = '\0';
	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash,
	                                    &length) != 0) {
		return;
	}
	for (i = 0; i < length; i++) {
		say(&o, "%02x", hash[i]);
	}
}
