/* SPDX-License-Identifier: MIT */
/* Where a redirect leads: templates of URLs, checked when they are configured,
 * filled in for each request. Pure functions. */
#ifndef REDIRECT_TARGET_H
#define REDIRECT_TARGET_H

#include <penstock/head.h>

/*
 * A template is an origin and a path, or a path alone:
 *
 *	https://www.example.com/new?from=old
 *	https://{host}:8443{path}{query}
 *	/new/{rest}
 *
 * {host}   what the request names, without port; only as the whole host
 * {path}   of the request, at the start of the path or within it
 * {rest}   of the path, behind what a pattern "/old/" followed by * matched
 * {query}  of the request, with its "?"; only at the end
 *
 * The query is appended even without {query}, unless the template has a "?" of
 * its own; one that ends with "?" drops the query.
 *
 * No request can leave the origin that the template names: {host} is a name or
 * an address and nothing else, nothing of a request stands between it and the
 * path, a path without origin never begins with "//", and each byte that may
 * not stand in a URL is percent-encoded, the backslash among them.
 */

/** The longest URL that is made. */
#define REDIRECT_URL_MAX 16384

/** What a request gives to a template. Borrowed; none terminated. */
struct redirect_request {
	const char *host;
	size_t host_length;
	const char *path; /* begins with "/" */
	size_t path_length;
	const char *query; /* begins with "?", or is empty */
	size_t query_length;
	const char *rest;
	size_t rest_length;
};

/** Returns NULL when `text` is a template, or what is wrong with it. `rest`
 *  tells whether {rest} may stand in it. */
const char *redirect_target_check(const char *text, bool rest);

/** True for a name, an IPv4 address or an IPv6 address in brackets. */
bool redirect_host_ok(const char *text);

/** True when {host} is part of the template. */
bool redirect_target_needs_host(const char *text);

/**
 * Split authority and path of a request.
 *
 * out      host empty when the request names none; rest empty
 * Returns  0, or PST_PROTO when the authority is no host with or without port
 */
PST_MUST_CHECK int redirect_request_read(const struct pst_head *head,
                                         struct redirect_request *out);

/** Fill in a checked template. Returns the URL's length, without terminator, or
 *  PST_LIMIT. */
PST_MUST_CHECK int redirect_target_fill(const char *text,
                                        const struct redirect_request *request,
                                        char url[REDIRECT_URL_MAX]);

#endif
