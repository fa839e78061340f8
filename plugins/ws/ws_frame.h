/* SPDX-License-Identifier: MIT */
/* WebSocket frame headers (RFC 6455 section 5): pure functions. */
#ifndef WS_FRAME_H
#define WS_FRAME_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_HEADER_MAX  14  /* bytes of the longest header */
#define WS_CONTROL_MAX 125 /* payload bytes of a control frame */

/** RFC 6455 11.8. */
enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10
};

/** One header. `key` holds the masking key's four bytes as they lie in
 *  memory; without `masked` it means nothing. */
struct ws_frame {
	uint64_t length; /* payload bytes, below 2^63 */
	uint32_t key;
	uint8_t opcode; /* enum ws_opcode */
	bool fin;
	bool masked;
	bool compressed; /* RSV1: RFC 7692 6 */
};

/** What this end takes, for ws_frame_parse. */
enum ws_frame_take {
	WS_FRAME_MASKED = 1,    /* required: frames that a client sent */
	WS_FRAME_COMPRESSED = 2 /* RSV1 is allowed in front of a data message */
};

static inline bool ws_is_control(uint8_t opcode)
{
	return (opcode & 8) != 0;
}

/**
 * Decode one header from the front of `buf`.
 *
 * buf[len]   borrowed for the call; WS_HEADER_MAX bytes always suffice
 * take       enum ws_frame_take
 * frame_out  written only on success
 * why_out    on PST_PROTO a short sentence
 * Returns    header size in bytes, 2..14
 * Errors     PST_AGAIN  `len` too short, and nothing wrong so far
 *            PST_PROTO  reserved bits, unknown opcode, wrong masking, control
 *                       frame in fragments or too long, length not minimal or
 *                       past 2^63: as soon as the byte that shows it is there
 * Context    pure; any thread
 * Source     RFC 6455 5.2, 5.5
 */
PST_MUST_CHECK int ws_frame_parse(const uint8_t *buf, size_t len, unsigned take,
                                  struct ws_frame *frame_out,
                                  const char **why_out);

/** Bytes that the header of a frame takes: 2..14. */
size_t ws_frame_size(uint64_t length, bool masked);

/** Write the header into out[WS_HEADER_MAX]. Returns its size. */
size_t ws_frame_build(const struct ws_frame *frame, uint8_t *out);

#endif
