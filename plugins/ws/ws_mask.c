/* SPDX-License-Identifier: MIT */
/* Masking with wide words: the blocks are what compilers make vectors of. */
#include "ws_mask.h"

#include <string.h>

enum {
	WORD = sizeof(uint64_t),
	BLOCK = 8 * WORD
};

static void mask_block(uint8_t *data, uint64_t wide)
{
	uint64_t word[BLOCK / WORD];
	size_t i;

	memcpy(word, data, BLOCK);
	for (i = 0; i < BLOCK / WORD; i++) {
		word[i] ^= wide;
	}
	memcpy(data, word, BLOCK);
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
		mask_block(data + at, wide);
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
