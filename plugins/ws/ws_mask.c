/* SPDX-License-Identifier: MIT */
/* Masking with wide words: vectors first, then words, then bytes. */
#include "ws_mask.h"

#include <string.h>

enum {
	WORD = sizeof(uint64_t),
	LANE = 16, /* bytes of a vector */
	BLOCK = 4 * LANE
};

typedef uint64_t words_t __attribute__((vector_size(LANE)));

static void mask_lane(uint8_t *data, words_t wide)
{
	words_t v;

	memcpy(&v, data, LANE);
	v ^= wide;
	memcpy(data, &v, LANE);
}

static uint32_t turn(const uint8_t *twice, size_t by)
{
	uint32_t key;

	memcpy(&key, twice + (by & 3), sizeof(key));
	return key;
}

uint32_t ws_mask(uint8_t *data, size_t length, uint32_t key)
{
	uint8_t twice[WORD];
	uint64_t wide, word;
	size_t at = 0;

	memcpy(twice, &key, sizeof(key));
	memcpy(twice + sizeof(key), &key, sizeof(key));
	memcpy(&wide, twice, WORD);
	for (; length - at >= BLOCK; at += BLOCK) {
		const words_t both = {wide, wide};

		mask_lane(data + at, both);
		mask_lane(data + at + LANE, both);
		mask_lane(data + at + 2 * LANE, both);
		mask_lane(data + at + 3 * LANE, both);
	}
	for (; length - at >= WORD; at += WORD) {
		memcpy(&word, data + at, WORD);
		word ^= wide;
		memcpy(data + at, &word, WORD);
	}
	for (; at < length; at++) {
		data[at] ^= twice[at & 3];
	}
	return turn(twice, length);
}
