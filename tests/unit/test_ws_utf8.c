/* SPDX-License-Identifier: MIT */
/* Long texts: whole blocks come to what single bytes come to. */
#include "pst_test.h"
#include "ws_utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST = 400
};

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static size_t encode(uint32_t c, uint8_t *out)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 63));
		out[2] = (uint8_t)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 63));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 63));
	out[3] = (uint8_t)(0x80 | (c & 63));
	return 4;
}

static uint32_t any_character(uint32_t *seed)
{
	switch (next(seed) % 5) {
	case 0:
		return next(seed) % 0x80;
	case 1:
		return 0x80 + next(seed) % 0x780;
	case 2:
		return 0x800 + next(seed) % 0xd000;
	case 3:
		return 0xe000 + next(seed) % 0x2000;
	default:
		return 0x10000 + next(seed) % 0x100000;
	}
}

static size_t any_text(uint32_t *seed, uint8_t *out)
{
	size_t want = next(seed) % (MOST - 4), n = 0;

	while (n < want) {
		n += encode(any_character(seed), out + n);
	}
	return n;
}

static bool feed(const uint8_t *data, size_t length, size_t part,
                 struct ws_utf8 *u)
{
	size_t at, n;

	*u = (struct ws_utf8){0};
	for (at = 0; at < length; at += n) {
		n = length - at < part ? length - at : part;
		if (!ws_utf8_feed(u, data + at, n)) {
			return false;
		}
	}
	return true;
}

/* In a block of its own: AddressSanitizer sees a byte too far. */
static void agree(const uint8_t *data, size_t length, size_t part)
{
	uint8_t *exact = malloc(length + 1);
	struct ws_utf8 slow, fast;
	bool good;

	memcpy(exact + 1, data, length);
	good = feed(exact + 1, length, 1, &slow);
	CHECK_INT(feed(exact + 1, length, part, &fast), good);
	if (good) {
		CHECK_INT(fast.need, slow.need);
		CHECK(slow.need == 0 ||
		      (fast.low == slow.low && fast.high == slow.high));
	}
	free(exact);
}

static void good_texts_pass_however_they_are_cut(void)
{
	static const size_t parts[] = {2, 69, 70, 71, 100, MOST};
	uint8_t text[MOST];
	uint32_t seed = 11;
	size_t i, n;

	for (i = 0; i < 3000; i++) {
		n = any_text(&seed, text);
		CHECK(ws_utf8_valid(text, n));
		agree(text, n, parts[i % 6]);
		agree(text, n - n % 7, MOST); /* ends within a character */
	}
}

static void one_wrong_byte_is_found_anywhere(void)
{
	static const uint8_t odd[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
	                              0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
	                              0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5};
	uint8_t text[MOST];
	uint32_t seed = 12;
	size_t i, n;

	for (i = 0; i < 20000; i++) {
		n = any_text(&seed, text);
		if (n != 0) {
			text[next(&seed) % n] =
				i % 2 == 0 ? odd[next(&seed) % sizeof(odd)]
					   : (uint8_t)next(&seed);
		}
		agree(text, n, MOST);
	}
}

/* Each pair of a lead and what follows it, at each place of a block. */
static void every_pair_is_judged_alike_at_every_place(void)
{
	uint8_t text[160];
	unsigned first, second;
	size_t at;

	for (first = 0xc0; first < 0x100; first++) {
		for (second = 0x7f; second < 0xc1; second++) {
			at = (first * 67 + second) % 140;
			memset(text, 'a', sizeof(text));
			text[at] = (uint8_t)first;
			memset(text + at + 1, 0x80,
			       first < 0xe0   ? 1
			       : first < 0xf0 ? 2
			                      : 3);
			text[at + 1] = (uint8_t)second;
			agree(text, sizeof(text), sizeof(text));
		}
	}
}

static CU_TestInfo tests[] = {
	TEST(good_texts_pass_however_they_are_cut),
	TEST(one_wrong_byte_is_found_anywhere),
	TEST(every_pair_is_judged_alike_at_every_place),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
