/* SPDX-License-Identifier: MIT */
/* Streaming UTF-8 validation, with a fast path for ASCII. */
#include "ws_utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

enum {
	WORD = sizeof(uint64_t),
	BLOCK = 4 * WORD
};

/* Bytes of ASCII in front, at least in whole words. */
static size_t ascii_run(const uint8_t *p, size_t length)
{
	uint64_t word[BLOCK / WORD];
	size_t at = 0;

	for (; length - at >= BLOCK; at += BLOCK) {
		memcpy(word, p + at, BLOCK);
		if (((word[0] | word[1] | word[2] | word[3]) & HIGH_BITS) !=
		    0) {
			break;
		}
	}
	for (; length - at >= WORD; at += WORD) {
		memcpy(word, p + at, WORD);
		if ((word[0] & HIGH_BITS) != 0) {
			break;
		}
	}
	while (at < length && p[at] < 0x80) {
		at++;
	}
	return at;
}

/* RFC 3629 4: what may follow a first byte. */
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

bool ws_utf8_feed(struct ws_utf8 *u, const uint8_t *data, size_t length)
{
	struct ws_utf8 s = *u;
	size_t at = 0;

	while (at < length) {
		uint8_t byte = data[at];

		if (s.need != 0) {
			if (!go_on(&s, byte)) {
				return false;
			}
			at++;
		} else if (byte < 0x80) {
			at += ascii_run(data + at, length - at);
		} else {
			if (!begin(&s, byte)) {
				return false;
			}
			at++;
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
