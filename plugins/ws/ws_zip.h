/* SPDX-License-Identifier: MIT */
/* The two compressors of one connection (RFC 7692 7.2), over zlib. */
#ifndef WS_ZIP_H
#define WS_ZIP_H

#include "ws_deflate.h"

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

struct ws_zip; /* heap; streams are made when the first message needs them */

/** How hard to try. */
struct ws_zip_effort {
	uint8_t level;  /* 1..9 */
	uint8_t memory; /* 1..9 */
};

/** Bytes that a connection with these settings takes at most. */
size_t ws_zip_memory(const struct ws_deflate *agreed,
                     const struct ws_zip_effort *effort);

/** Owned; NULL when memory ran out. */
struct ws_zip *ws_zip_create(const struct ws_deflate *agreed,
                             const struct ws_zip_effort *effort);
/** NULL is accepted. */
void ws_zip_destroy(struct ws_zip *z);

/** May this end compress? */
bool ws_zip_sends(const struct ws_zip *z);

/** Bytes to read and where to write them. The functions below move both. */
struct ws_zip_io {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
};

/**
 * Inflate a part of a message.
 *
 * Returns  0: all of the input is used and all that it makes is out;
 *          1: the output is full: call again with more room
 * Errors   PST_PROTO (not a deflate stream), PST_MEMORY
 */
PST_MUST_CHECK int ws_zip_inflate(struct ws_zip *z, struct ws_zip_io *io);
/** The message has ended: its last bytes, as ws_zip_inflate with no input.
 *  After 0 the next message may begin. */
PST_MUST_CHECK int ws_zip_inflate_end(struct ws_zip *z, struct ws_zip_io *io);

/** How much has to be out after ws_zip_deflate. */
enum ws_zip_flush {
	WS_ZIP_MORE, /* what zlib likes: more input follows at once */
	WS_ZIP_SYNC  /* everything, ending in 00 00 ff ff */
};

/** Deflate; returns as ws_zip_inflate. */
PST_MUST_CHECK int ws_zip_deflate(struct ws_zip *z, struct ws_zip_io *io,
                                  enum ws_zip_flush flush);
/** The message has ended: forget it if that was agreed. */
void ws_zip_deflate_end(struct ws_zip *z);

#endif
