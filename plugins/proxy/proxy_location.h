/* SPDX-License-Identifier: MIT */
/* URLs in responses: where the back-end leads to, as the client sees it. Pure
 * functions. */
#ifndef PROXY_LOCATION_H
#define PROXY_LOCATION_H

#include "proxy_path.h"
#include "proxy_text.h"

#include <stdint.h>

/** What both ends of one exchange call the place. Strings are terminated. */
struct proxy_view {
	const char *back_scheme; /* "http", "https"; NULL: not known */
	const char *back_host;   /* of the connect URL; IPv6 without brackets;
	                          * "": not known */
	uint16_t back_port;      /* as it is dialled, defaults filled in */
	const char *sent;        /* the authority that the back-end was asked
	                          * for; "": not known */
	const char *scheme;      /* the client's */
	const char *authority;   /* the client's; "": nothing is rewritten */
	struct proxy_path_map map; /* of requests */
};

/**
 * Rewrite a URL of the back-end's.
 *
 * value[length]  of Location or Content-Location (RFC 9110 10.2.2, 8.7)
 * out            takes the new value; nothing when it stays as it is
 * Returns        true when it was rewritten
 * Context        pure; any thread
 *
 * The back-end's are URLs with its scheme, host and port, and with the
 * authority that it was asked for; ports count as their schemes' defaults.
 * Their paths are mapped in the other direction, whole segments only, and so
 * are references that begin with one slash. What is below the client's path
 * already was written by a back-end that knows it, and keeps its path. Where
 * no request leads to, below neither of them, is left alone.
 */
bool proxy_location(const struct proxy_view *v, const char *value,
                    size_t length, const struct proxy_sink *out);

/** The same for Refresh: "5; url=http://...". */
bool proxy_refresh(const struct proxy_view *v, const char *value, size_t length,
                   const struct proxy_sink *out);

/** Write what the client calls path[length] of the back-end. Returns false,
 *  with nothing written, when that is the same or not below the connect
 *  path. */
bool proxy_path_back(const struct proxy_path_map *map, const char *path,
                     size_t length, const struct proxy_sink *out);

#endif
