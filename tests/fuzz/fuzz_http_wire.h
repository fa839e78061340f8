/* SPDX-License-Identifier: MIT */
/* What a back-end that is no part of this project would take a connection's
 * bytes for: a second reading of what the connecting side writes, which shares
 * no code with it. */
#ifndef FUZZ_HTTP_WIRE_H
#define FUZZ_HTTP_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_HEAD_MAX = 1 << 15,
	WIRE_REQUESTS_MAX = 64
};

enum wire_state {
	WIRE_HEAD = 0,
	WIRE_LENGTH,
	WIRE_CHUNK_SIZE,
	WIRE_CHUNK,
	WIRE_CHUNK_END,
	WIRE_TRAILERS
};

struct wire {
	char line[WIRE_HEAD_MAX]; /* the head or line being read */
	size_t line_length;
	enum wire_state state;
	uint64_t left;                    /* bytes of the body or chunk */
	unsigned requests;                /* heads that were complete */
	uint64_t body[WIRE_REQUESTS_MAX]; /* bytes of each */
	unsigned complete;                /* requests that have ended */
};

/** Read on. Ends the program on anything that two readers could take for
 *  different things: RFC 9112 2.2, 3, 5, 6.3, 7.1. */
void wire_read(struct wire *w, const uint8_t *bytes, size_t length);

#endif
