/* SPDX-License-Identifier: MIT */
/* Name constraints on URIs. */
#include "tls_verify_uri.h"

#include <string.h>
#include <strings.h>

enum {
	SAN_MAX = 1024
};

struct span {
	const char *p;
	size_t n;
};

static size_t find(const char *p, size_t n, const char *any)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strchr(any, p[i]) != NULL && p[i] != '\0') {
			break;
		}
	}
	return i;
}

/* RFC 3986 3.2: what stands between "//", user information, and port. Empty:
 * there is none. */
static struct span host_of(const char *uri, size_t length)
{
	struct span host = {uri, 0}, none = {uri, 0};
	size_t colon = find(uri, length, ":/?#"), at;

	if (length - colon < 3 || memcmp(uri + colon, "://", 3) != 0) {
		return none;
	}
	host.p = uri + colon + 3;
	host.n = find(host.p, length - colon - 3, "/?#");
	at = find(host.p, host.n, "@");
	if (at < host.n) {
		host.p += at + 1;
		host.n -= at + 1;
	}
	if (host.n != 0 && host.p[0] == '[') {
		return none; /* an address is no host name */
	}
	host.n = find(host.p, host.n, ":");
	return host;
}

bool tls_uri_is_within(const char *uri, size_t length, const char *constraint,
                       size_t constraint_length)
{
	struct span host = host_of(uri, length);
	size_t skip;

	if (host.n == 0 || memchr(host.p, '\0', host.n) != NULL ||
	    strspn(host.p, "0123456789.") >= host.n) {
		return false;
	}
	if (constraint_length == 0) {
		return true;
	}
	if (constraint[0] != '.') {
		return host.n == constraint_length &&
		       strncasecmp(host.p, constraint, host.n) == 0;
	}
	if (host.n <= constraint_length) {
		return false;
	}
	skip = host.n - constraint_length;
	return strncasecmp(host.p + skip, constraint, constraint_length) == 0;
}

typedef int (*constraint_fn)(gnutls_x509_name_constraints_t nc, unsigned at,
                             unsigned *type, gnutls_datum_t *name);

/* How many constraints on URIs there are, and whether one covers the URI. */
static unsigned count(gnutls_x509_name_constraints_t nc, constraint_fn get,
                      const char *uri, size_t length, bool *covered_out)
{
	gnutls_datum_t name;
	unsigned at, type, n = 0;

	*covered_out = false;
	for (at = 0; get(nc, at, &type, &name) == 0; at++) {
		if (type != GNUTLS_SAN_URI) {
			continue;
		}
		n++;
		if (tls_uri_is_within(uri, length, (const char *)name.data,
		                      name.size)) {
			*covered_out = true;
		}
	}
	return n;
}

/* What cannot be told to be outside of an exclusion is taken to be within. */
static bool within(gnutls_x509_name_constraints_t nc, const char *uri,
                   size_t length)
{
	bool permitted, excluded;
	unsigned permits = count(nc, gnutls_x509_name_constraints_get_permitted,
	                         uri, length, &permitted);
	unsigned excludes = count(nc, gnutls_x509_name_constraints_get_excluded,
	                          uri, length, &excluded);

	if (permits != 0 && !permitted) {
		return false;
	}
	return excludes == 0 || (!excluded && host_of(uri, length).n != 0);
}

bool tls_uris_within(gnutls_x509_name_constraints_t nc, gnutls_x509_crt_t crt)
{
	char san[SAN_MAX + 1];
	unsigned at, type;

	for (at = 0;; at++) {
		size_t length = SAN_MAX;
		int ret = gnutls_x509_crt_get_subject_alt_name2(
			crt, at, san, &length, &type, NULL);

		if (ret == GNUTLS_E_SHORT_MEMORY_BUFFER) {
			length = 0;
			ret = GNUTLS_SAN_URI;
		}
		if (ret < 0) {
			return true;
		}
		san[length] = '\0';
		if (ret == GNUTLS_SAN_URI && !within(nc, san, length)) {
			return false;
		}
	}
}
