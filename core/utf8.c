/* SPDX-License-Identifier: MIT */
/* Is it UTF-8? Asked of text that comes in pieces. */
#include "utf8.h"

#include <string.h>

static size_t skip_ascii(const uint8_t *p, size_t length)
{
	const uint64_t high = 0x8080808080808080u;
	size_t at = 0;
	uint64_t word;

	while (length - at >= sizeof(word)) {
		memcpy(&word, p + at, sizeof(word));
		if ((word & high) != 0) {
			break;
		}
		at += sizeof(word);
	}
	while (at < length && p[at] < 0x80) {
		at++;
	}
	return at;
}

static bool begin(struct utf8 *u, uint8_t c)
{
	if (c < 0xC2 || c > 0xF4) {
		return false;
	}
	u->have = 1;
	u->left = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
	u->low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
	u->high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
	return true;
}

static bool go_on(struct utf8 *u, uint8_t c)
{
	if (c < u->low || c > u->high) {
		return false;
	}
	u->have++;
	u->left--;
	u->low = 0x80;
	u->high = 0xBF;
	if (u->left == 0) {
		u->have = 0;
	}
	return true;
}

bool utf8_feed(struct utf8 *u, const uint8_t *p, size_t length)
{
	size_t at = 0;

	while (at < length) {
		if (u->have == 0) {
			at += skip_ascii(p + at, length - at);
			if (at < length && !begin(u, p[at++])) {
				return false;
			}
		} else if (!go_on(u, p[at++])) {
			return false;
		}
	}
	return true;
}

bool utf8_valid(const void *p, size_t length)
{
	struct utf8 u = {0};

	return utf8_feed(&u, p, length) && u.have == 0;
}
