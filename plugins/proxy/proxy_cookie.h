/* SPDX-License-Identifier: MIT */
/* Set-Cookie (RFC 6265 5.2): the attributes that name the back-end's place
 * become those of the client's. Pure functions. */
#ifndef PROXY_COOKIE_H
#define PROXY_COOKIE_H

#include "proxy_location.h"

enum proxy_cookie_flag {
	PROXY_COOKIE_SECURE = 1,
	PROXY_COOKIE_HTTPONLY = 2,
	PROXY_COOKIE_SAMESITE = 4 /* any value */
};

/** What an attribute becomes: the first rule that fits counts. */
struct proxy_cookie_change {
	const char *from; /* NULL: what the view says is the back-end's */
	const char *to;   /* NULL: what the view says is the client's; of a
	                   * domain, nothing: the cookie is of one host */
};

/** Flags of the cookies of one name. */
struct proxy_cookie_flags {
	const char *name; /* "*": of all that no rule before names */
	uint8_t set;      /* enum proxy_cookie_flag */
	uint8_t clear;
	const char *samesite; /* "Strict", "Lax", "None"; NULL: as it is */
};

struct proxy_cookie_rules {
	const struct proxy_cookie_change *path, *domain;
	const struct proxy_cookie_flags *flags;
	size_t path_count, domain_count, flag_count;
	bool secure; /* Secure on all of them: not on plain hops */
};

/**
 * Write a cookie by the rules.
 *
 * value[length]  of one Set-Cookie field
 * out            takes the value that the client gets
 * Returns        true when it differs from `value`; false: nothing written
 * Context        pure; any thread
 *
 * It is read as browsers do: a semicolon ends an attribute, quoted or not.
 * What is no cookie at all, unknown attributes, and values in quotes stay as
 * they are; so does the Path of a cookie whose name begins with "__Host-".
 */
bool proxy_cookie(const struct proxy_cookie_rules *rules,
                  const struct proxy_view *v, const char *value, size_t length,
                  const struct proxy_sink *out);

#endif
