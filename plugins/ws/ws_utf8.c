/* SPDX-License-Identifier: MIT */
/* Streaming UTF-8 validation: whole blocks at once, their edges by steps. */
#include "ws_utf8.h"

#include <string.h>

enum {
	LANE = 16, /* bytes of a vector */
	BLOCK = 4 * LANE,
	REACH = 3 /* how far back a byte's character may begin */
};

/* One comparison for each byte: -1 where it holds, else 0. */
typedef uint8_t bytes_t __attribute__((vector_size(LANE)));
typedef int8_t truths_t __attribute__((vector_size(LANE)));

static bytes_t load(const uint8_t *p)
{
	bytes_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool any(bytes_t v)
{
	uint64_t word[LANE / sizeof(uint64_t)];

	memcpy(word, &v, sizeof(v));
	return (word[0] | word[1]) != 0;
}

static bool is_ascii(const uint8_t *p)
{
	bytes_t all = load(p) | load(p + LANE) | load(p + 2 * LANE) |
	              load(p + 3 * LANE);

	return !any(all & 0x80);
}

/* Bytes less 128: signed comparisons, the cheap ones, then order them. */
static truths_t order(bytes_t v)
{
	return (truths_t)(v ^ 0x80);
}

static truths_t above(truths_t ordered, int byte)
{
	return (truths_t)(ordered > (int8_t)(byte - 128));
}

/* Each byte is compared with the three in front of it, which are simply read
 * at shifted addresses: it continues a character exactly where one of them
 * says so. RFC 3629 4. */
static bytes_t faults(const uint8_t *p)
{
	bytes_t v = load(p), v1 = load(p - 1);
	truths_t o = order(v), o1 = order(v1), o2 = order(load(p - 2)),
		 o3 = order(load(p - 3));
	truths_t past_9f = above(o, 0x9f), past_8f = above(o, 0x8f);
	truths_t wrong = (truths_t)((truths_t)v < -64) ^
	                 (above(o1, 0xbf) | above(o2, 0xdf) | above(o3, 0xef));

	wrong |= (truths_t)((v & 0xfe) == 0xc0) | above(o, 0xf4);
	wrong |= (truths_t)(v1 == 0xe0) & ~past_9f; /* overlong */
	wrong |= (truths_t)(v1 == 0xed) & past_9f;  /* surrogates */
	wrong |= (truths_t)(v1 == 0xf0) & ~past_8f; /* overlong */
	wrong |= (truths_t)(v1 == 0xf4) & past_8f;  /* past U+10FFFF */
	return (bytes_t)wrong;
}

static bool block_ok(const uint8_t *p)
{
	return !any(faults(p) | faults(p + LANE) | faults(p + 2 * LANE) |
	            faults(p + 3 * LANE));
}

static bool character_ends(const uint8_t *p)
{
	return p[-1] < 0xc0 && p[-2] < 0xe0 && p[-3] < 0xf0;
}

/* From p[at], where a character begins, on in whole blocks. `at` is moved to
 * where the last character that began in them begins, or behind it. */
static bool go_blocks(const uint8_t *p, size_t length, size_t *at_io)
{
	size_t at = *at_io, i;

	for (; length - at >= BLOCK; at += BLOCK) {
		if (!(is_ascii(p + at) && character_ends(p + at)) &&
		    !block_ok(p + at)) {
			return false;
		}
	}
	if (at != *at_io && !character_ends(p + at)) {
		for (i = 1; p[at - i] < 0xc0; i++) {
		}
		at -= i;
	}
	*at_io = at;
	return true;
}

/* What may follow a first byte. */
static bool begin(struct ws_utf8 *u, uint8_t first)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (first < 0xc2 || first > 0xf4) {
		return false; /* continuation, overlong, past U+10FFFF */
	}
	if (first < 0xe0) {
		u->need = 1;
		return true;
	}
	if (first < 0xf0) {
		u->need = 2;
		u->low = first == 0xe0 ? 0xa0 : 0x80;  /* overlong */
		u->high = first == 0xed ? 0x9f : 0xbf; /* surrogates */
		return true;
	}
	u->need = 3;
	u->low = first == 0xf0 ? 0x90 : 0x80;  /* overlong */
	u->high = first == 0xf4 ? 0x8f : 0xbf; /* past U+10FFFF */
	return true;
}

static bool go_on(struct ws_utf8 *u, uint8_t byte)
{
	if (byte < u->low || byte > u->high) {
		return false;
	}
	u->need--;
	u->low = 0x80;
	u->high = 0xbf;
	return true;
}

static bool step(struct ws_utf8 *u, uint8_t byte)
{
	if (u->need != 0) {
		return go_on(u, byte);
	}
	return byte < 0x80 || begin(u, byte);
}

bool ws_utf8_feed(struct ws_utf8 *u, const uint8_t *data, size_t length)
{
	struct ws_utf8 s = *u;
	size_t at = 0;

	if (length >= BLOCK + 2 * REACH) {
		while (at < REACH || s.need != 0) {
			if (!step(&s, data[at++])) {
				return false;
			}
		}
		if (!go_blocks(data, length, &at)) {
			return false;
		}
	}
	for (; at < length; at++) {
		if (!step(&s, data[at])) {
			return false;
		}
	}
	*u = s;
	return true;
}

bool ws_utf8_valid(const void *data, size_t length)
{
	struct ws_utf8 u = {0};

	return ws_utf8_feed(&u, data, length) && ws_utf8_complete(&u);
}
