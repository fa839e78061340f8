/* SPDX-License-Identifier: MIT */
/* WebSocket frame headers: parse and build. */
#include "ws_frame.h"

#include <string.h>

enum {
	FIN = 0x80,
	RSV1 = 0x40,
	RSV2_RSV3 = 0x30,
	OPCODE = 0x0f,
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127
};

static bool opcode_known(uint8_t opcode)
{
	switch ((enum ws_opcode)opcode) {
	case WS_CONTINUATION:
	case WS_TEXT:
	case WS_BINARY:
	case WS_CLOSE:
	case WS_PING:
	case WS_PONG:
		return true;
	}
	return false;
}

/* RFC 7692 6.1: only the first frame of a message tells. */
static bool may_compress(uint8_t opcode, unsigned take)
{
	return (take & WS_FRAME_COMPRESSED) != 0 &&
	       (opcode == WS_TEXT || opcode == WS_BINARY);
}

static const char *first_fault(uint8_t first, unsigned take)
{
	if ((first & RSV2_RSV3) != 0 ||
	    ((first & RSV1) != 0 && !may_compress(first & OPCODE, take))) {
		return "reserved bit set without an extension";
	}
	if (!opcode_known(first & OPCODE)) {
		return "unknown opcode";
	}
	if (ws_is_control(first & OPCODE) && (first & FIN) == 0) {
		return "control frame in fragments";
	}
	return NULL;
}

static const char *second_fault(uint8_t opcode, uint8_t second, bool masked)
{
	if (((second & MASKED) != 0) != masked) {
		return masked ? "frame from a client is not masked"
		              : "frame from a server is masked";
	}
	if (ws_is_control(opcode) && (second & LENGTH) > WS_CONTROL_MAX) {
		return "control frame longer than 125 bytes";
	}
	return NULL;
}

static uint64_t big_endian(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes-- != 0) {
		value = value << 8 | *p++;
	}
	return value;
}

/* RFC 6455 5.2: the minimal number of bytes must be used, and the most
 * significant bit must be 0. */
static const char *length_fault(uint8_t code, uint64_t length)
{
	if (code == LENGTH_16 && length < LENGTH_16) {
		return "length is not in its shortest form";
	}
	if (code == LENGTH_64 && length <= UINT16_MAX) {
		return "length is not in its shortest form";
	}
	return length > INT64_MAX ? "length is 2^63 or more" : NULL;
}

static unsigned length_bytes(uint8_t code)
{
	return code == LENGTH_64 ? 8 : code == LENGTH_16 ? 2 : 0;
}

int ws_frame_parse(const uint8_t *buf, size_t len, unsigned take,
                   struct ws_frame *frame_out, const char **why_out)
{
	const bool masked = (take & WS_FRAME_MASKED) != 0;
	struct ws_frame f = {0};
	unsigned more, size;
	uint8_t code;

	*why_out = len < 1 ? NULL : first_fault(buf[0], take);
	if (*why_out == NULL && len >= 2) {
		*why_out = second_fault(buf[0] & OPCODE, buf[1], masked);
	}
	if (*why_out != NULL) {
		return PST_PROTO;
	}
	if (len < 2) {
		return PST_AGAIN;
	}
	code = buf[1] & LENGTH;
	more = length_bytes(code);
	size = 2 + more + (masked ? 4 : 0);
	if (len < 2 + more) {
		return PST_AGAIN;
	}
	f.length = more == 0 ? code : big_endian(buf + 2, more);
	*why_out = length_fault(code, f.length);
	if (*why_out != NULL) {
		return PST_PROTO;
	}
	if (len < size) {
		return PST_AGAIN;
	}
	f.opcode = buf[0] & OPCODE;
	f.fin = (buf[0] & FIN) != 0;
	f.masked = masked;
	f.compressed = (buf[0] & RSV1) != 0;
	if (masked) {
		memcpy(&f.key, buf + 2 + more, sizeof(f.key));
	}
	*frame_out = f;
	return (int)size;
}

static uint8_t length_code(uint64_t length)
{
	if (length < LENGTH_16) {
		return (uint8_t)length;
	}
	return length <= UINT16_MAX ? LENGTH_16 : LENGTH_64;
}

size_t ws_frame_size(uint64_t length, bool masked)
{
	return 2 + length_bytes(length_code(length)) + (masked ? 4u : 0u);
}

size_t ws_frame_build(const struct ws_frame *frame, uint8_t *out)
{
	uint8_t code = length_code(frame->length);
	unsigned more = length_bytes(code);
	unsigned i;

	out[0] = (uint8_t)((frame->fin ? FIN : 0) |
	                   (frame->compressed ? RSV1 : 0) | frame->opcode);
	out[1] = (uint8_t)((frame->masked ? MASKED : 0) | code);
	for (i = 0; i < more; i++) {
		out[2 + i] = (uint8_t)(frame->length >> (8 * (more - 1 - i)));
	}
	if (frame->masked) {
		memcpy(out + 2 + more, &frame->key, sizeof(frame->key));
	}
	return ws_frame_size(frame->length, frame->masked);
}
