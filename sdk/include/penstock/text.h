/* SPDX-License-Identifier: MIT */
/* Bytes of protocols that are text: letters, digits, tokens; pure. */
#ifndef PENSTOCK_TEXT_H
#define PENSTOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint8_t pst_ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/** The value of a hexadecimal digit, or -1. */
static inline int pst_hex_digit(char c)
{
	uint8_t l = pst_ascii_lower((uint8_t)c);

	if (l >= '0' && l <= '9') {
		return l - '0';
	}
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/** RFC 9110 5.6.2: true for a byte that may stand in a token. */
static inline bool pst_is_token_char(uint8_t c)
{
	static const uint32_t set[8] = {0x00000000u, 0x03ff6cfau, 0xc7fffffeu,
					0x57ffffffu, 0, 0, 0, 0};

	return (set[c >> 5] >> (c & 31) & 1) != 0;
}

/** `c` eight times. */
static inline uint64_t pst_each(uint8_t c)
{
	return c * UINT64_C(0x0101010101010101);
}

/** Eight bytes at once: pst_ascii_lower of each. */
static inline uint64_t pst_lower_word(uint64_t w)
{
	/* the highest bit of each byte says yes: nothing carries over it */
	uint64_t low = w & pst_each(0x7f);
	uint64_t upper = (low + pst_each(0x80 - 'A')) &
			 ~(low + pst_each(0x80 - 'Z' - 1)) & ~w;

	return w | (upper & pst_each(0x80)) >> 2;
}

/** Eight bytes of text. */
static inline uint64_t pst_word(const char *text)
{
	uint64_t w;

	memcpy(&w, text, sizeof(w));
	return w;
}

/** Text of 4 to 8 bytes as eight, some of them twice. */
static inline uint64_t pst_short_word(const char *text, size_t length)
{
	uint32_t first, last;

	memcpy(&first, text, sizeof(first));
	memcpy(&last, text + length - sizeof(last), sizeof(last));
	return (uint64_t)last << 32 | first;
}

/** True when eight bytes are the same but for the case of ASCII letters. */
static inline bool pst_word_same(uint64_t x, uint64_t y)
{
	return x == y || pst_lower_word(x) == pst_lower_word(y);
}

/** True when a[length] and b[length] are the same but for the case of ASCII
 *  letters. */
static inline bool pst_text_same(const char *a, const char *b, size_t length)
{
	size_t i;

	if (length >= sizeof(uint64_t)) {
		const size_t last = length - sizeof(uint64_t);

		for (i = 0; i < last; i += sizeof(uint64_t)) {
			if (!pst_word_same(pst_word(a + i), pst_word(b + i))) {
				return false;
			}
		}
		return pst_word_same(pst_word(a + last), pst_word(b + last));
	}
	if (length >= sizeof(uint32_t)) {
		return pst_word_same(pst_short_word(a, length),
				     pst_short_word(b, length));
	}
	for (i = 0; i < length; i++) {
		if (pst_ascii_lower((uint8_t)a[i]) !=
		    pst_ascii_lower((uint8_t)b[i])) {
			return false;
		}
	}
	return true;
}

/** Make the ASCII letters of text[length] lower case. */
static inline void pst_text_lower(char *text, size_t length)
{
	uint64_t w;
	size_t i = 0;

	while (length >= sizeof(w) && i != length) {
		if (length - i < sizeof(w)) {
			i = length - sizeof(w); /* some of them again */
		}
		w = pst_lower_word(pst_word(text + i));
		memcpy(text + i, &w, sizeof(w));
		i += sizeof(w);
	}
	for (; i < length; i++) {
		text[i] = (char)pst_ascii_lower((uint8_t)text[i]);
	}
}

/** True when one of eight bytes is below `limit`, which is 1..128. */
static inline bool pst_any_below(uint64_t w, uint8_t limit)
{
	return ((w - pst_each(limit)) & ~w & pst_each(0x80)) != 0;
}

/** True when eight bytes are letters and "-", as in most tokens. */
static inline bool pst_is_plain_word(uint64_t w)
{
	/* the highest bit of each byte says yes: nothing carries over it */
	uint64_t low = w & pst_each(0x7f), folded = low | pst_each(0x20);
	uint64_t letter = (folded + pst_each(0x80 - 'a')) &
			  ~(folded + pst_each(0x80 - 'z' - 1));
	uint64_t dash = ~((low ^ pst_each('-')) + pst_each(0x7f));

	return ((letter | dash) & ~w & pst_each(0x80)) == pst_each(0x80);
}

/** True when each byte of text[length] passes `byte`. */
static inline bool pst_bytes_all(const char *text, size_t length,
				 bool (*byte)(uint8_t c))
{
	size_t i = 0;

	while (i < length && byte((uint8_t)text[i])) {
		i++;
	}
	return i == length;
}

/**
 * Likewise, eight bytes at a time.
 *
 * word  a quick look at eight bytes: true when all pass, false when they may
 *       not
 */
static inline bool pst_text_all(const char *text, size_t length,
				bool (*word)(uint64_t w),
				bool (*byte)(uint8_t c))
{
	const size_t size = sizeof(uint64_t);
	size_t at = 0, last;

	if (length < size) {
		return (length >= sizeof(uint32_t) &&
			word(pst_short_word(text, length))) ||
		       pst_bytes_all(text, length, byte);
	}
	last = length - size;
	for (; at < last; at += size) {
		if (!word(pst_word(text + at)) &&
		    !pst_bytes_all(text + at, size, byte)) {
			return false;
		}
	}
	/* some of them again */
	return word(pst_word(text + last)) ||
	       pst_bytes_all(text + last, size, byte);
}

/** RFC 9110 5.6.2: true for a token: one or more token characters. */
static inline bool pst_is_token(const char *text, size_t length)
{
	return length != 0 && pst_text_all(text, length, pst_is_plain_word,
					   pst_is_token_char);
}

#ifdef __cplusplus
}
#endif
#endif
