/* SPDX-License-Identifier: MIT */
/* A streaming UTF-8 validator (RFC 3629): no surrogates, no overlong forms. */
#ifndef WS_UTF8_H
#define WS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where a text stands between two parts of it. All zero: at its start. */
struct ws_utf8 {
	uint8_t need; /* continuation bytes to come */
	uint8_t low;  /* bounds of the next one */
	uint8_t high;
	uint8_t reserved;
};

/** Go on with data[length]. False at the first byte that no text can have
 *  there; the state is then of no more use. */
bool ws_utf8_feed(struct ws_utf8 *u, const uint8_t *data, size_t length);

/** True where a text may end. */
static inline bool ws_utf8_complete(const struct ws_utf8 *u)
{
	return u->need == 0;
}

/** True when data[length] is a whole valid text. */
bool ws_utf8_valid(const void *data, size_t length);

#endif
