/* SPDX-License-Identifier: MIT */
/* The chunked transfer coding: a decoder for its framing and an encoder. */
#include "h1_body.h"

static int digit(struct h1_chunks *c, uint8_t byte)
{
	int v = pst_hex_digit((char)byte);

	/* 15 digits stay below 2^60: nothing can overflow */
	if (v < 0 || c->digits == 15) {
		return PST_PROTO;
	}
	c->digits++;
	c->left = c->left << 4 | (uint64_t)v;
	return H1_CHUNK_DIGITS;
}

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Behind a complete extension, or the size: another one, or the line's end. */
static int after_item(uint8_t byte)
{
	if (byte == '\r') {
		return H1_CHUNK_LF;
	}
	if (byte == ';') {
		return H1_CHUNK_NAME_FIRST;
	}
	return is_space(byte) ? H1_CHUNK_SPACE : PST_PROTO;
}

static int after_name(uint8_t byte, enum h1_chunk_state spaced)
{
	if (byte == ';') {
		return H1_CHUNK_NAME_FIRST;
	}
	if (byte == '=') {
		return H1_CHUNK_VALUE_FIRST;
	}
	return is_space(byte) ? (int)spaced : PST_PROTO;
}

static int line_end(const struct h1_chunks *c, uint8_t byte)
{
	if (byte != '\n') {
		return PST_PROTO;
	}
	return c->left != 0 ? H1_CHUNK_DATA : H1_CHUNK_END;
}

static int quoted(uint8_t byte)
{
	if (byte == '"') {
		return H1_CHUNK_QUOTE_END;
	}
	if (byte == '\\') {
		return H1_CHUNK_ESCAPED;
	}
	return h1_is_value_char(byte) ? H1_CHUNK_QUOTED : PST_PROTO;
}

static int value_first(uint8_t byte)
{
	if (byte == '"') {
		return H1_CHUNK_QUOTED;
	}
	if (is_space(byte)) {
		return H1_CHUNK_VALUE_FIRST;
	}
	return pst_is_token_char(byte) ? H1_CHUNK_VALUE : PST_PROTO;
}

/* One byte of a chunk-size line. Returns the next state, or PST_PROTO. */
static int line_byte(struct h1_chunks *c, uint8_t byte)
{
	switch ((enum h1_chunk_state)c->state) {
	case H1_CHUNK_SIZE:
		return digit(c, byte);
	case H1_CHUNK_DIGITS:
		return pst_hex_digit((char)byte) >= 0 ? digit(c, byte) : after_item(byte);
	case H1_CHUNK_SPACE:
		return is_space(byte) ? H1_CHUNK_SPACE
		       : byte == ';'  ? H1_CHUNK_NAME_FIRST
		                      : PST_PROTO;
	case H1_CHUNK_NAME_FIRST:
		return is_space(byte)            ? H1_CHUNK_NAME_FIRST
		       : pst_is_token_char(byte) ? H1_CHUNK_NAME
		                                 : PST_PROTO;
	case H1_CHUNK_NAME:
		return pst_is_token_char(byte) ? H1_CHUNK_NAME
		       : byte == '\r'          ? H1_CHUNK_LF
		                      : after_name(byte, H1_CHUNK_NAME_SPACE);
	case H1_CHUNK_NAME_SPACE:
		return after_name(byte, H1_CHUNK_NAME_SPACE);
	case H1_CHUNK_VALUE_FIRST:
		return value_first(byte);
	case H1_CHUNK_VALUE:
		return pst_is_token_char(byte) ? H1_CHUNK_VALUE
		                               : after_item(byte);
	case H1_CHUNK_QUOTED:
		return quoted(byte);
	case H1_CHUNK_ESCAPED:
		return h1_is_value_char(byte) ? H1_CHUNK_QUOTED : PST_PROTO;
	case H1_CHUNK_QUOTE_END:
		return after_item(byte);
	case H1_CHUNK_LF:
		return line_end(c, byte);
	case H1_CHUNK_DATA:
	case H1_CHUNK_DATA_CR:
	case H1_CHUNK_DATA_LF:
	case H1_CHUNK_END:
	case H1_CHUNK_STATES:
		break;
	}
	return PST_PROTO;
}

static void next_chunk(struct h1_chunks *c)
{
	c->state = H1_CHUNK_SIZE;
	c->digits = 0;
	c->line = 0;
	c->left = 0;
}

static int line_step(struct h1_chunks *c, uint8_t byte, struct h1_error *err)
{
	int next = line_byte(c, byte);

	if (next < 0) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "a chunk has no valid size line");
	}
	c->extra += next > H1_CHUNK_DIGITS && next < H1_CHUNK_LF;
	if (++c->line > H1_CHUNK_LINE_MAX || c->extra > H1_CHUNK_EXTRA_MAX) {
		return h1_refuse(err, PST_LIMIT, 400,
		                 "chunk extensions are too long");
	}
	c->state = (uint8_t)next;
	return PST_OK;
}

static int data_end_step(struct h1_chunks *c, uint8_t byte,
                         struct h1_error *err)
{
	if (byte != (c->state == H1_CHUNK_DATA_CR ? '\r' : '\n')) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "a chunk is not as long as it says");
	}
	if (c->state == H1_CHUNK_DATA_CR) {
		c->state = H1_CHUNK_DATA_LF;
	} else {
		next_chunk(c);
	}
	return PST_OK;
}

int h1_chunks_read(struct h1_chunks *c, const uint8_t *buf, size_t n,
                   size_t *used_out, struct h1_error *err_out)
{
	size_t i;
	int r;

	*used_out = 0;
	for (i = 0; c->state != H1_CHUNK_DATA && c->state != H1_CHUNK_END;) {
		if (i == n) {
			*used_out = n;
			return PST_AGAIN;
		}
		r = c->state < H1_CHUNK_DATA
		            ? line_step(c, buf[i], err_out)
		            : data_end_step(c, buf[i], err_out);
		if (r != PST_OK) {
			return r;
		}
		i++;
	}
	*used_out = i;
	return PST_OK;
}

void h1_chunks_took(struct h1_chunks *c, uint64_t n)
{
	c->left -= n;
	if (c->left == 0) {
		c->state = H1_CHUNK_DATA_CR;
	}
}

uint32_t h1_chunk_head(uint32_t n, uint8_t out[H1_CHUNK_HEAD_MAX])
{
	static const char digits[] = "0123456789abcdef";
	uint32_t length = 1, i;

	while (length < 8 && n >> (4 * length) != 0) {
		length++;
	}
	for (i = 0; i < length; i++) {
		out[i] = (uint8_t)digits[n >> (4 * (length - 1 - i)) & 15];
	}
	out[length] = '\r';
	out[length + 1] = '\n';
	return length + 2;
}
