/* SPDX-License-Identifier: MIT */
/* From struct pst_head to the bytes of an HTTP/1.1 head, framing put in. The
 * framing is decided here alone: fields that would say something about it are
 * left out whatever a head holds. */
#ifndef HTTP_H1_WRITE_H
#define HTTP_H1_WRITE_H

#include "h1_text.h"

/** How the body of the message that is written is delimited. */
enum h1_delimit {
	H1_DELIMIT_NONE = 0, /* no body and no field about it */
	H1_DELIMIT_LENGTH,   /* Content-Length */
	H1_DELIMIT_CHUNKED,  /* Transfer-Encoding: chunked */
	H1_DELIMIT_CLOSE     /* (response) the connection's end */
};

/** What goes with a head onto the wire. Strings are terminated, borrowed. */
struct h1_extra {
	enum h1_delimit delimit;
	uint64_t length; /* with H1_DELIMIT_LENGTH */
	const char
		*connection; /* "close", "keep-alive"; NULL: nothing to say */
	const char
		*host; /* (request) instead of the head's authority; or NULL */
	const char *date;   /* (response) when the head has no Date; or NULL */
	const char *phrase; /* (response) when the head has no reason */
};

/** Bytes that always suffice for writing `h`. */
size_t h1_write_room(const struct pst_head *h, const struct h1_extra *extra);

/**
 * Write a request, response or interim head, by its kind, to out[room].
 *
 * An upgrade asked for or granted by field is written as Connection and
 * Upgrade. The version is always HTTP/1.1 (RFC 9112 2.3).
 *
 * Returns    bytes written
 * Errors     PST_INVALID  the head cannot be written: a method, target, name or
 *                         value with forbidden bytes, a status beyond
 *                         100..599, an extended CONNECT
 *            PST_LIMIT    `room` is too small
 * Context    pure; any thread
 * Source     RFC 9112 3, 4, 5
 */
PST_MUST_CHECK int64_t h1_write(const struct pst_head *h,
                                const struct h1_extra *extra, uint8_t *out,
                                size_t room);

/** Write the last chunk and the trailers of `h` (NULL: none) behind it.
 *  As h1_write. Source: RFC 9112 7.1.2. */
PST_MUST_CHECK int64_t h1_write_last_chunk(const struct pst_head *h,
                                           uint8_t *out, size_t room);

/** How the response `h` is delimited for a client of `version` (10, 11) that
 *  asked with HEAD or not, and the length. Source: RFC 9112 6. */
enum h1_delimit h1_delimit_response(const struct pst_head *h, unsigned version,
                                    bool asked_head, uint64_t *length_out);

/** How the request `h` is delimited. Source: RFC 9110 8.6. */
enum h1_delimit h1_delimit_request(const struct pst_head *h,
                                   uint64_t *length_out);

#endif
