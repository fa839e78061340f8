/* SPDX-License-Identifier: MIT */
/* Origins (RFC 6454): the sites whose pages a browser lets speak to us, as
 * requests bring them and as settings list them. */
#ifndef PENSTOCK_ORIGIN_H
#define PENSTOCK_ORIGIN_H

#include <penstock/head.h>
#include <penstock/option.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The items of an option `origins`:
 *
 *	https://www.example.com        this one; the port only when it is not
 *	http://localhost:8080          the scheme's usual one, as browsers do
 *	https://pr-*.example.com       hosts below example.com that begin so
 *	http://localhost:*             every port that is written
 *	null                           pages without an origin of their own
 *	*                              any origin but "null"
 *
 * A "*" within an item stands for any characters but "/". In a host it stands
 * in front of a "." or alone, so that "https://example.com.evil.example" and
 * "https://evilexample.com" match nothing that was meant for example.com.
 */

static inline bool pst_origin_byte_is(char a, char b)
{
	return pst_ascii_lower((uint8_t)a) == pst_ascii_lower((uint8_t)b);
}

/** True when text[length] matches `pattern`, letters of any case. One star is
 *  remembered at a time, so time is bounded by the product of the lengths.
 *  Context: pure. */
static inline bool pst_origin_matches(const char *text, size_t length,
				      const char *pattern)
{
	const char *star = NULL;
	size_t at = 0, star_at = 0;

	while (at < length) {
		if (*pattern == '*') {
			star = ++pattern;
			star_at = at;
		} else if (*pattern != '\0' &&
			   pst_origin_byte_is(*pattern, text[at])) {
			pattern++;
			at++;
		} else if (star != NULL && text[star_at] != '/') {
			pattern = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*') {
		pattern++;
	}
	return *pattern == '\0';
}

/** True when origin[length] is one of `allowed`. */
static inline bool pst_origin_listed(const char *origin, size_t length,
				     const struct pst_list *allowed)
{
	bool opaque = length == 4 && pst_origin_matches(origin, 4, "null");
	size_t i;

	for (i = 0; i < allowed->count; i++) {
		const char *pattern = allowed->item[i];
		bool any = strcmp(pattern, "*") == 0;

		if (opaque ? strcmp(pattern, "null") == 0
			   : any || pst_origin_matches(origin, length,
						       pattern)) {
			return true;
		}
	}
	return false;
}

/* Bytes of a scheme, RFC 3986 3.1; `wild`: or one star. */
static inline size_t pst_origin_scheme(const char *text, size_t length,
				       bool wild)
{
	size_t i;

	if (wild && length != 0 && text[0] == '*') {
		return 1;
	}
	for (i = 0; i < length; i++) {
		uint8_t c = pst_ascii_lower((uint8_t)text[i]);

		if ((c < 'a' || c > 'z') &&
		    (i == 0 || ((c < '0' || c > '9') && c != '+' &&
				c != '-' && c != '.'))) {
			break;
		}
	}
	return i;
}

/* Bytes of a host; `wild`: stars among them. None has an empty label in front,
 * which a star could stand for. */
static inline size_t pst_origin_host(const char *text, size_t length,
				     bool wild)
{
	bool v6 = length != 0 && text[0] == '[';
	size_t i;

	if (length != 0 && text[0] == '.') {
		return 0;
	}
	for (i = v6 ? 1 : 0; i < length; i++) {
		uint8_t c = pst_ascii_lower((uint8_t)text[i]);

		if (v6 && c == ']') {
			return i == 1 ? 0 : i + 1;
		}
		if ((c < '0' || c > '9') && (c < 'a' || c > (v6 ? 'f' : 'z')) &&
		    c != '.' && (v6 ? c != ':' : c != '-' && c != '_') &&
		    (v6 || !wild || c != '*')) {
			break;
		}
	}
	return v6 ? 0 : i;
}

/* Whether text[length] is nothing, or ":port"; `wild`: or ":*". */
static inline bool pst_origin_port_ok(const char *text, size_t length,
				      bool wild)
{
	unsigned long port = 0;
	size_t i;

	if (length == 0 || (wild && length == 2 && text[1] == '*')) {
		return length == 0 || text[0] == ':';
	}
	for (i = 1; i < length && i < 6; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	return text[0] == ':' && i == length && port != 0 && port <= 65535;
}

/* 0: text[length] is scheme://host[:port]; else the part that is wrong. */
static inline int pst_origin_part(const char *text, size_t length, bool wild)
{
	size_t at = pst_origin_scheme(text, length, wild), n;

	if (at == 0 || length - at < 3 || memcmp(text + at, "://", 3) != 0) {
		return 1;
	}
	at += 3;
	n = pst_origin_host(text + at, length - at, wild);
	if (n == 0) {
		return 2;
	}
	at += n;
	return pst_origin_port_ok(text + at, length - at, wild) ? 0 : 3;
}

/** True when origin[length] has the form of an Origin: "null", or one
 *  scheme://host[:port]. Context: pure. Source: RFC 6454 7.1, without lists,
 *  which nobody sends; Fetch 3.2. */
static inline bool pst_origin_ok(const char *origin, size_t length)
{
	return (length == 4 && memcmp(origin, "null", 4) == 0) ||
	       pst_origin_part(origin, length, false) == 0;
}

/* What a star in host[length] would let in that nobody means. */
static inline bool pst_origin_star_ok(const char *host, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (host[i] == '*' && length > 1 &&
		    (i + 1 == length || host[i + 1] != '.')) {
			return false;
		}
	}
	return true;
}

static inline bool pst_origin_has_usual_port(const char *text, size_t length)
{
	return (length > 11 && pst_origin_matches(text, 8, "https://") &&
		memcmp(text + length - 4, ":443", 4) == 0) ||
	       (length > 9 && pst_origin_matches(text, 7, "http://") &&
		memcmp(text + length - 3, ":80", 3) == 0);
}

/** What is wrong with an item of an option `origins`, to be put behind the
 *  item in quotes: "names no host"; NULL: nothing. Context: pure. */
static inline const char *pst_origin_fault(const char *item)
{
	size_t length = strlen(item), scheme, i;

	if (strcmp(item, "null") == 0 || strcmp(item, "*") == 0) {
		return NULL;
	}
	for (i = 0; i < length; i++) {
		if (item[i] <= ' ' || item[i] > '~') {
			return "has a forbidden character";
		}
	}
	scheme = pst_origin_scheme(item, length, true) + 3;
	switch (pst_origin_part(item, length, true)) {
	case 0:
		break;
	case 1:
		return "is not an origin; write \"https://host[:port]\", "
		       "\"null\" or \"*\"";
	case 2:
		return "names no host";
	default:
		return strchr(item + scheme, '/') != NULL
			       ? "has a path, which no origin has; remove it"
			       : "is not an origin: behind the host stands at "
				 "most a port from 1 to 65535, or \":*\"";
	}
	if (pst_origin_has_usual_port(item, length)) {
		return "names the usual port, which browsers leave out; remove "
		       "it";
	}
	return pst_origin_star_ok(item + scheme,
				  pst_origin_host(item + scheme,
						  length - scheme, true))
		       ? NULL
		       : "has a \"*\" that would let strangers in; in a host "
			 "it stands in front of a \".\", as in "
			 "\"https://*.example.com\", or alone";
}

/** True when origin[length] is the request's own site: its authority, over
 *  https, or, unless `secure`, over http. Behind what takes TLS off, `secure`
 *  is unknown: false then. The usual port may be written. Context: pure. */
static inline bool pst_origin_same(const struct pst_head *request,
				   const char *origin, size_t length,
				   bool secure)
{
	const char *own = pst_head_text(request, request->authority);
	size_t n = request->authority.length, prefix = 8, i;
	const char *usual = ":443";

	if (length <= 8 || !pst_origin_matches(origin, 8, "https://")) {
		if (secure || length <= 7 ||
		    !pst_origin_matches(origin, 7, "http://")) {
			return false;
		}
		prefix = 7;
		usual = ":80";
	}
	if (n > strlen(usual) &&
	    memcmp(own + n - strlen(usual), usual, strlen(usual)) == 0) {
		n -= strlen(usual);
	}
	if (length - prefix != n) {
		return false;
	}
	for (i = 0; i < n; i++) {
		if (!pst_origin_byte_is(origin[prefix + i], own[i])) {
			return false;
		}
	}
	return true;
}

#ifdef __cplusplus
}
#endif
#endif
