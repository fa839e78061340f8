/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 heads: finding their end, and from bytes to struct pst_head. Pure
 * functions over a buffer, strict: what RFC 9112 lets a recipient repair is
 * refused, since the next one may repair it in another way. */
#ifndef HTTP_H1_PARSE_H
#define HTTP_H1_PARSE_H

#include "h1_fields.h"
#include "h1_target.h"

/** What kind of head a scan or a parse is for. */
enum h1_kind {
	H1_REQUEST = 1,
	H1_RESPONSE,
	H1_TRAILERS /* a field section alone, as after the last chunk */
};

/** Looks for the end of a head that arrives in pieces. Zeroed but for kind. */
struct h1_scan {
	uint32_t seen;   /* bytes looked at, from the head's first */
	uint32_t line;   /* of them in the line that has not ended yet */
	uint32_t lines;  /* lines that ended: bounds the number of fields */
	uint8_t kind;    /* enum h1_kind */
	uint8_t last;    /* the byte before the next piece */
	uint8_t skipped; /* an empty line stood before the request */
	uint8_t spaced;  /* a space stood in the request line */
};

/**
 * Look at the next piece of a head.
 *
 * Returns    > 0: the length of the whole head with its empty line, counted
 *            from its first byte, which lies in an earlier piece or this one
 * Errors     PST_AGAIN  all of piece[n] belongs to the head; it goes on
 *            PST_PROTO  cannot be HTTP/1.1; a line ends without CR
 *            PST_LIMIT  a line or the head is too long (414, 431), or the
 *            method is (501)
 * Context    pure; any thread
 * Source     RFC 9112 2.2, 3
 */
PST_MUST_CHECK int64_t h1_scan(struct h1_scan *scan, const uint8_t *piece,
                               size_t n, const struct h1_limits *limits,
                               struct h1_error *err_out);

/** What the layer needs to know of a message besides its head. */
struct h1_message {
	bool keep_alive; /* the sender lets the connection go on */
	bool chunked;    /* the body is chunked: its end is in the bytes */
	bool has_length; /* a Content-Length was given */
	bool until_close; /* (response) the body goes on to the connection's end */
	bool expect;      /* (request) Expect: 100-continue */
	bool head;        /* (request) the method is HEAD */
	bool connect;     /* (request) the method is CONNECT */
	uint32_t keep_for; /* (response) seconds: see h1_keep.h */
};

/** (response) What was asked for, since it decides where a response ends. */
struct h1_asked {
	bool head;
	bool connect;
	struct h1_text upgrade; /* tokens asked for, "a,b"; empty: none */
};

enum {
	H1_UPGRADE_MAX = 64 /* bytes of a head's upgrade, and one more */
};

/** Memory in bytes that a head record needs whose scan returned `length`. */
static inline size_t h1_record_room(const struct h1_scan *scan, size_t length)
{
	return pst_head_room(scan->lines, length + 8);
}

/**
 * Parse the request head at the front of buf[len] into `b`, which was begun
 * with PST_HEAD_REQUEST and room of h1_record_room.
 *
 * The head's authority is lower case and taken from the target, else from
 * Host. CONNECT is told by upgrade_by PST_UPGRADE_CONNECT with an empty
 * upgrade token; else `upgrade` names all protocols of the Upgrade fields in
 * their order, "a/1,websocket", but h2c (RFC 9113 3.1 made it obsolete, and it
 * hides requests from us). An upgrade beside a body is not taken (RFC 9110
 * 7.8).
 *
 * Returns    the record's size in bytes
 * Errors     PST_AGAIN        no end of the head within buf[len]
 *            PST_PROTO        not HTTP/1.1, ambiguous, or forbidden
 *            PST_LIMIT        too many fields, too long a body
 *            PST_UNSUPPORTED  a version, coding or expectation we do not do
 *            each with the status to answer with and a sentence
 * Context    pure; any thread
 * Source     RFC 9112 3, 5, 6; RFC 9110 7.2, 7.8, 10.1.1
 */
PST_MUST_CHECK int64_t h1_parse_request(const uint8_t *buf, size_t len,
                                        const struct h1_limits *limits,
                                        struct pst_head_builder *b,
                                        struct h1_message *message_out,
                                        struct h1_error *err_out);

/**
 * Likewise for a response; `b` was begun with PST_HEAD_RESPONSE, and becomes
 * PST_HEAD_INTERIM for 1xx other than 101. A body that ends with the connection
 * is PST_BODY_UNKNOWN and until_close. A response to HEAD, and 304, keep the
 * length they name, though none of it follows. 426 keeps its Upgrade. White
 * space between a field's name and the colon is taken out (RFC 9112 5.1).
 *
 * Errors     as above without statuses of use; 101 that was not asked for, or
 *            that names another protocol, is PST_PROTO
 * Source     RFC 9112 4, 6.3
 */
PST_MUST_CHECK int64_t h1_parse_response(const uint8_t *buf, size_t len,
                                         const struct h1_limits *limits,
                                         const struct h1_asked *asked,
                                         struct pst_head_builder *b,
                                         struct h1_message *message_out,
                                         struct h1_error *err_out);

/** Likewise for the trailer section behind the last chunk; `b` was begun with
 *  PST_HEAD_TRAILERS. Fields that frame, route, identify, or say how to read the
 *  message are dropped: they come too late (RFC 9110 6.5.1). */
PST_MUST_CHECK int64_t h1_parse_trailers(const uint8_t *buf, size_t len,
                                         const struct h1_limits *limits,
                                         struct pst_head_builder *b,
                                         struct h1_error *err_out);

#endif
