/* SPDX-License-Identifier: MIT */
/* Request targets and authorities: RFC 9112 3.2, RFC 3986. */
#ifndef HTTP_H1_TARGET_H
#define HTTP_H1_TARGET_H

#include "h1_text.h"

enum h1_form {
	H1_FORM_ORIGIN = 1, /* /path?query */
	H1_FORM_ABSOLUTE,   /* http://host/path?query */
	H1_FORM_AUTHORITY,  /* host:port, only with CONNECT */
	H1_FORM_ASTERISK    /* *, only with OPTIONS */
};

/** A request target taken apart. Views into the line. */
struct h1_target {
	enum h1_form form;
	struct h1_text scheme;
	struct h1_text authority; /* of the target itself; else empty */
	struct h1_text path;      /* with query; may be empty or begin with "?"
	                           * in absolute form: "/" belongs in front */
};

/**
 * Take the target of a request apart.
 *
 * Percent signs in the path must be followed by two hexadecimal digits. Bytes
 * that RFC 3986 forbids but browsers send ("|", "[", "^" and the like) pass.
 *
 * Errors     PST_PROTO  with status and sentence in `err_out`
 * Context    pure; any thread
 * Source     RFC 9112 3.2, RFC 9110 4.2
 */
PST_MUST_CHECK int h1_target_parse(struct h1_text method, struct h1_text target,
                                   struct h1_target *target_out,
                                   struct h1_error *err_out);

/**
 * Check host[:port]: a registered name of letters, digits, "-", ".", "_" and
 * "~", an IPv4 address or an IPv6 address in brackets; no user information.
 *
 * authority_out  without a colon that no port follows
 * port_out       0 when none is given
 * Returns        whether it is one
 * Context        pure; any thread
 * Source         RFC 3986 3.2.2, narrower: no sub-delims, no percent
 */
PST_MUST_CHECK bool h1_authority_parse(struct h1_text text,
                                       struct h1_text *authority_out,
                                       unsigned *port_out);

#endif
