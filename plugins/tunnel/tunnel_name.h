/* SPDX-License-Identifier: MIT */
/* Names that clients of the service `tunnel` ask for: host:port. */
#ifndef TUNNEL_NAME_H
#define TUNNEL_NAME_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUNNEL_HOST_SIZE 256

/** A host and a port, in one form for all ways to write them. */
struct tunnel_name {
	char host[TUNNEL_HOST_SIZE]; /* lower case, without the root's dot and
	                              * brackets; IPv6 in its canonical form;
	                              * of a pattern without "*." */
	uint16_t port;
	bool pattern; /* any one label, and then the host */
};

/**
 * Read text[length], "host:port".
 *
 * pattern   whether "*.host:port" is allowed
 * name_out  written only on success
 * Errors    PST_INVALID: no port, port 0 or above 65535, an empty label or
 *           host, user information, whatever is neither a name nor an address
 * Context   pure; any thread
 * Source    RFC 9110 9.3.6, RFC 3986 3.2.2; narrower: no sub-delims, no percent
 */
PST_MUST_CHECK int tunnel_name_read(const char *text, size_t length,
                                    bool pattern, struct tunnel_name *name_out);

/** By host, port and pattern, as strcmp does it. */
int tunnel_name_compare(const struct tunnel_name *a,
                        const struct tunnel_name *b);

/** Make a name the pattern that covers it: "a.b.test:1" is covered by
 *  "*.b.test:1". Returns false when there is none, as for an address. */
bool tunnel_name_widen(struct tunnel_name *name_io);

/** The name as it is written, into out[size], terminated. */
void tunnel_name_write(const struct tunnel_name *name, char *out, size_t size);

#endif
