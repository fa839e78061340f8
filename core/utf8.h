/* SPDX-License-Identifier: MIT */
/* Is it UTF-8? Asked of text that comes in pieces. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Between two pieces. All zero at first. */
struct utf8 {
	uint8_t have; /* bytes of a character that is not complete: 0..3 */
	uint8_t left; /* bytes that it lacks */
	uint8_t low, high; /* between which the next one must be */
};

/**
 * Look at the next bytes of a text.
 *
 * Returns  false when they cannot belong to one; the state is of no use then
 * Source   Unicode 15, table 3-7: no overlong forms, no surrogates, nothing
 *          past U+10FFFF
 */
bool utf8_feed(struct utf8 *u, const uint8_t *p, size_t length);
/** All of p[length] is whole characters. */
bool utf8_valid(const void *p, size_t length);

#endif
