/* SPDX-License-Identifier: MIT */
/* The chunked transfer coding: a decoder for its framing and an encoder. Pure:
 * the bytes of the data never pass through here. RFC 9112 7.1. */
#ifndef HTTP_H1_BODY_H
#define HTTP_H1_BODY_H

#include "h1_text.h"

#define H1_CHUNK_HEAD_MAX  10    /* 8 hexadecimal digits and CRLF */
#define H1_CHUNK_LINE_MAX  1024  /* bytes of one chunk-size line */
#define H1_CHUNK_EXTRA_MAX 65536 /* bytes of extensions in one body */

/** Where a body stands in its framing. Zeroed before its first byte. */
enum h1_chunk_state {
	H1_CHUNK_SIZE = 0, /* before the first digit */
	H1_CHUNK_DIGITS,
	H1_CHUNK_SPACE,      /* white space that must lead to ";" */
	H1_CHUNK_NAME_FIRST, /* behind ";" */
	H1_CHUNK_NAME,
	H1_CHUNK_NAME_SPACE,  /* behind a name: ";" or "=" */
	H1_CHUNK_VALUE_FIRST, /* behind "=" */
	H1_CHUNK_VALUE,
	H1_CHUNK_QUOTED,
	H1_CHUNK_ESCAPED,
	H1_CHUNK_QUOTE_END,
	H1_CHUNK_LF,
	H1_CHUNK_DATA,
	H1_CHUNK_DATA_CR,
	H1_CHUNK_DATA_LF,
	H1_CHUNK_END, /* behind the last chunk's line: trailers follow */
	H1_CHUNK_STATES
};

struct h1_chunks {
	uint64_t left;  /* bytes of the present chunk's data still to come */
	uint32_t line;  /* bytes of the present chunk-size line */
	uint32_t extra; /* bytes of extensions so far */
	uint8_t state;  /* enum h1_chunk_state */
	uint8_t digits;
	uint8_t reserved[6];
};

/**
 * Read framing from the front of buf[n] until data or the end is reached.
 *
 * used_out   bytes of framing read; data begins behind them
 * Returns    PST_OK: at H1_CHUNK_DATA with `left` > 0 bytes of data next (tell
 *            with h1_chunks_took), or at H1_CHUNK_END with trailers next
 * Errors     PST_AGAIN  all of buf[n] was framing; it goes on
 *            PST_PROTO  not chunked (size, extension, CR or LF)
 *            PST_LIMIT  lines or extensions beyond all measure (400)
 * Context    pure; any thread
 * Source     RFC 9112 7.1, 7.1.1; white space without an extension is refused
 */
PST_MUST_CHECK int h1_chunks_read(struct h1_chunks *c, const uint8_t *buf,
                                  size_t n, size_t *used_out,
                                  struct h1_error *err_out);

/** `n` <= left bytes of data were taken from behind the framing. */
void h1_chunks_took(struct h1_chunks *c, uint64_t n);

/** Write the line in front of `n` > 0 bytes of data. Returns its length. Behind
 *  the data belongs CRLF, at the end "0", CRLF, trailers, CRLF. */
uint32_t h1_chunk_head(uint32_t n, uint8_t out[H1_CHUNK_HEAD_MAX]);

#endif
