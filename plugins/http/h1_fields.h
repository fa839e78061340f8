/* SPDX-License-Identifier: MIT */
/* The field section of a head, and the framing that it asks for: RFC 9112 5
 * and 6. */
#ifndef HTTP_H1_FIELDS_H
#define HTTP_H1_FIELDS_H

#include "h1_text.h"

#define H1_FIELDS_MAX             256
#define H1_CONNECTION_OPTIONS_MAX 32

/** Names that mean something to the layer itself. Up to H1_LAST_OWN they never
 *  appear in a struct pst_head. */
enum h1_name {
	H1_CONNECTION = 0,
	H1_KEEP_ALIVE,
	H1_PROXY_CONNECTION,
	H1_TRANSFER_ENCODING,
	H1_CONTENT_LENGTH,
	H1_UPGRADE,
	H1_TE,
	H1_TRAILER,
	H1_HOST,
	H1_LAST_OWN = H1_HOST,
	H1_EXPECT,
	H1_DATE,
	H1_OTHER,
	H1_NAME_COUNT
};

struct h1_field {
	struct h1_text name;
	struct h1_text value; /* without white space around it */
	enum h1_name known;
	bool hop; /* named by Connection: belongs to this connection alone */
};

/** A field section taken apart. Views into the buffer. */
struct h1_fields {
	uint32_t count;
	uint32_t seen[H1_NAME_COUNT];  /* how often each name occurred */
	uint32_t first[H1_NAME_COUNT]; /* index of its first field */
	bool close;                    /* Connection: close */
	bool keep_alive;               /* Connection: keep-alive */
	bool upgrade;                  /* Connection: upgrade */
	struct h1_field field[H1_FIELDS_MAX];
};

/** How a message's body is delimited. */
struct h1_framing {
	bool chunked;
	bool has_length;
	uint64_t length;
};

/** What `name` is. Context: pure; any thread. */
enum h1_name h1_name_of(struct h1_text name);

/**
 * Take the lines from *at_io up to and with the empty line apart and read the
 * Connection fields. `end` is behind the buffer. With `spaced` white space
 * between a name and its colon is taken out, else refused.
 *
 * Errors     PST_AGAIN  no empty line before `end`
 *            PST_PROTO  folded or malformed line
 *            PST_LIMIT  more than max_fields
 * Context    pure; any thread
 * Source     RFC 9112 5, RFC 9110 7.6.1
 */
PST_MUST_CHECK int h1_fields_parse(const char **at_io, const char *end,
                                   bool spaced, const struct h1_limits *limits,
                                   struct h1_fields *fields_out,
                                   struct h1_error *err_out);

/**
 * Find the framing: Content-Length once and a plain number, or
 * Transfer-Encoding once and exactly "chunked", never both, the latter not
 * with HTTP/1.0.
 *
 * version    10 or 11
 * Errors     PST_PROTO, PST_UNSUPPORTED (501), PST_LIMIT (413)
 * Context    pure; any thread
 * Source     RFC 9112 6.1, 6.2, 6.3; stricter where it lets recipients repair
 */
PST_MUST_CHECK int h1_framing_parse(const struct h1_fields *fields,
                                    unsigned version,
                                    struct h1_framing *framing_out,
                                    struct h1_error *err_out);

/** Mark the fields that must not stand in a trailer section, so that they are not
 *  added. RFC 9110 6.5.1. */
void h1_fields_sift(struct h1_fields *fields);

/** Add all fields that may appear in a head to it. */
void h1_fields_add(const struct h1_fields *fields, struct pst_head_builder *b);

/** Find the end of the line at `at`. Returns its length without CRLF,
 *  PST_AGAIN when none ends before `end`, PST_PROTO for an LF without CR. */
static inline ptrdiff_t h1_line(const char *at, const char *end)
{
	const char *nl =
		at == end ? NULL
			  : (const char *)memchr(at, '\n', (size_t)(end - at));

	if (nl == NULL) {
		return PST_AGAIN;
	}
	return nl == at || nl[-1] != '\r' ? PST_PROTO : nl - at - 1;
}

/** The next non-empty element of a comma-separated list, without white space
 *  around it; `*list_io` moves behind it. False at the end. */
bool h1_list_next(struct h1_text *list_io, struct h1_text *item_out);

#endif
