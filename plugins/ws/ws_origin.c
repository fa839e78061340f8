/* SPDX-License-Identifier: MIT */
/* Origins: which pages may open a WebSocket here (RFC 6455 10.2). */
#include "ws_handshake.h"

static bool same_byte(char a, char b)
{
	return pst_ascii_lower((uint8_t)a) == pst_ascii_lower((uint8_t)b);
}

/* One star is remembered at a time, so that time is bounded by the product of
 * the lengths. */
static bool matches(const char *text, size_t length, const char *pattern)
{
	const char *star = NULL;
	size_t at = 0, star_at = 0;

	while (at < length) {
		if (*pattern == '*') {
			star = ++pattern;
			star_at = at;
		} else if (*pattern != '\0' && same_byte(*pattern, text[at])) {
			pattern++;
			at++;
		} else if (star != NULL && text[star_at] != '/') {
			pattern = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*') {
		pattern++;
	}
	return *pattern == '\0';
}

bool ws_origin_allowed(const char *origin, size_t length,
                       const struct pst_list *allowed)
{
	bool opaque = length == 4 && matches(origin, length, "null");
	size_t i;

	for (i = 0; i < allowed->count; i++) {
		const char *pattern = allowed->item[i];

		if (strcmp(pattern, "*") == 0 && !opaque) {
			return true;
		}
		if (opaque ? strcmp(pattern, "null") == 0
		           : matches(origin, length, pattern)) {
			return true;
		}
	}
	return false;
}

bool ws_origin_same(const struct pst_head *h, const char *origin, size_t length)
{
	const char *authority = pst_head_text(h, h->authority);
	size_t i, prefix = 7;

	if (length > 8 && matches(origin, 8, "https://")) {
		prefix = 8;
	} else if (length <= 7 || !matches(origin, 7, "http://")) {
		return false;
	}
	if (length - prefix != h->authority.length) {
		return false;
	}
	for (i = 0; i < h->authority.length; i++) {
		if (!same_byte(origin[prefix + i], authority[i])) {
			return false;
		}
	}
	return true;
}
