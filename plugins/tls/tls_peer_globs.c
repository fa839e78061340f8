/* SPDX-License-Identifier: MIT */
/* Patterns for the names of clients. */
#include "tls_peer_globs.h"

#include <string.h>
#include <strings.h>

enum {
	SAN_MAX = 1024 /* a longer one matches nothing */
};

struct kind {
	const char *prefix;
	gnutls_x509_subject_alt_name_t type;
	char edge; /* "*" does not pass it */
};

static const struct kind kinds[] = {
	{"dns:", GNUTLS_SAN_DNSNAME, '.'},
	{"email:", GNUTLS_SAN_RFC822NAME, '@'},
	{"uri:", GNUTLS_SAN_URI, '/'},
};

static const struct kind *kind_of(const char **pattern_io)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (strncasecmp(*pattern_io, kinds[i].prefix, n) == 0) {
			*pattern_io += n;
			return &kinds[i];
		}
	}
	if (strstr(*pattern_io, "://") != NULL) {
		return &kinds[2];
	}
	return &kinds[strchr(*pattern_io, '@') != NULL ? 1 : 0];
}

const char *tls_glob_fault(const char *pattern)
{
	const struct kind *kind = kind_of(&pattern);
	const char *p;

	if (pattern[0] == '\0') {
		return "is empty";
	}
	if (strncasecmp(pattern, "CN=", 3) == 0) {
		return "is a subject; only subjectAltNames are looked at";
	}
	if (strstr(pattern, "***") != NULL) {
		return "has three stars in a row";
	}
	for (p = pattern; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~') {
			return "has a byte that cannot be in a name (an "
			       "international name is written as xn--...)";
		}
	}
	if (kind->type == GNUTLS_SAN_RFC822NAME &&
	    strchr(pattern, '@') == NULL) {
		return "is no e-mail address";
	}
	if (kind->type != GNUTLS_SAN_URI && strchr(pattern, ':') != NULL) {
		return "has a colon behind what is no kind of name";
	}
	return NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Where matching goes on when what follows a star does not fit. */
struct star {
	const char *pattern; /* behind the star; NULL: none was met */
	size_t at;           /* first byte of the name that it does not take */
	bool far;            /* "**" */
};

/* Let the star take one byte more. Returns false when it may not. */
static bool stretch(struct star *s, const char *name, size_t length, char edge)
{
	if (s->pattern == NULL || s->at >= length ||
	    (!s->far && name[s->at] == edge)) {
		return false;
	}
	s->at++;
	return true;
}

/* Both stars are remembered: "**" may have to stretch when "*" cannot. */
static bool fits(const char *pattern, const char *name, size_t length,
                 const struct kind *kind)
{
	struct star near = {NULL, 0, false}, far = {NULL, 0, true};
	const bool fold = kind->type == GNUTLS_SAN_DNSNAME;
	const char *p = pattern;
	size_t at = 0;

	for (;;) {
		if (p[0] == '*') {
			struct star *s = p[1] == '*' ? &far : &near;

			p += s->far ? 2 : 1;
			s->pattern = p;
			s->at = at;
			if (s->far) {
				near.pattern = NULL;
			}
			continue;
		}
		if (at == length && *p == '\0') {
			return true;
		}
		if (at < length && *p != '\0' &&
		    (*p == name[at] ||
		     (fold && lower(*p) == lower(name[at])))) {
			p++;
			at++;
			continue;
		}
		if (stretch(&near, name, length, kind->edge)) {
			p = near.pattern;
			at = near.at;
		} else if (stretch(&far, name, length, kind->edge)) {
			near.pattern = NULL;
			p = far.pattern;
			at = far.at;
		} else {
			return false;
		}
	}
}

/* RFC 5321 2.4: the part behind '@' is a domain, without case. */
static bool address_fits(const char *pattern, const char *name, size_t length,
                         const struct kind *kind)
{
	static const struct kind domain = {"", GNUTLS_SAN_DNSNAME, '@'};
	const char *at = strrchr(pattern, '@');
	const char *theirs = memrchr(name, '@', length);
	char local[SAN_MAX];
	size_t n;

	if (at == NULL || theirs == NULL) {
		return false;
	}
	n = (size_t)(at - pattern);
	if (n >= sizeof(local)) {
		return false;
	}
	memcpy(local, pattern, n);
	local[n] = '\0';
	return fits(local, name, (size_t)(theirs - name), kind) &&
	       fits(at + 1, theirs + 1, length - (size_t)(theirs - name) - 1,
	            &domain);
}

bool tls_glob_matches(const char *pattern, gnutls_x509_subject_alt_name_t type,
                      const char *name, size_t length)
{
	const struct kind *kind = kind_of(&pattern);

	if (kind->type != type || length == 0 ||
	    memchr(name, '\0', length) != NULL) {
		return false;
	}
	return type == GNUTLS_SAN_RFC822NAME
	               ? address_fits(pattern, name, length, kind)
	               : fits(pattern, name, length, kind);
}

bool tls_globs_allow(const struct pst_list *patterns, gnutls_x509_crt_t crt)
{
	char san[SAN_MAX];
	unsigned at, type;
	size_t i;

	for (at = 0;; at++) {
		size_t length = sizeof(san);
		int ret = gnutls_x509_crt_get_subject_alt_name2(
			crt, at, san, &length, &type, NULL);

		if (ret == GNUTLS_E_SHORT_MEMORY_BUFFER) {
			continue;
		}
		if (ret < 0) {
			return false;
		}
		for (i = 0; i < patterns->count; i++) {
			if (tls_glob_matches(
				    patterns->item[i],
				    (gnutls_x509_subject_alt_name_t)ret, san,
				    length)) {
				return true;
			}
		}
	}
}
