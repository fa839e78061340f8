/* SPDX-License-Identifier: MIT */
/* From the path of a request to a name below the root. */
#include "directory_path.h"

#include <penstock/text.h>
#include <stdint.h>
#include <string.h>

/* One byte of raw[length] at `*at_io`, decoded. Returns it or PST_PROTO. */
static int next_byte(const char *raw, size_t length, size_t *at_io)
{
	size_t at = (*at_io)++;

	if (raw[at] != '%') {
		return (uint8_t)raw[at];
	}
	if (length - at < 3 || pst_hex_digit(raw[at + 1]) < 0 ||
	    pst_hex_digit(raw[at + 2]) < 0) {
		return PST_PROTO;
	}
	*at_io = at + 3;
	return pst_hex_digit(raw[at + 1]) << 4 | pst_hex_digit(raw[at + 2]);
}

/* RFC 3629 4: bytes of the well-formed sequence at p[n]; 0: none. */
static size_t utf8_sequence(const uint8_t *p, size_t n)
{
	size_t more, i;
	uint8_t low = 0x80, high = 0xbf;

	if (p[0] < 0x80) {
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4) {
		return 0;
	}
	more = p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	if (p[0] == 0xe0) {
		low = 0xa0;
	} else if (p[0] == 0xed) {
		high = 0x9f;
	} else if (p[0] == 0xf0) {
		low = 0x90;
	} else if (p[0] == 0xf4) {
		high = 0x8f;
	}
	if (n <= more || p[1] < low || p[1] > high) {
		return 0;
	}
	for (i = 2; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return more + 1;
}

static bool utf8_ok(const char *text, size_t length)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t at = 0;

	while (at < length) {
		size_t n = utf8_sequence(p + at, length - at);

		if (n == 0) {
			return false;
		}
		at += n;
	}
	return true;
}

static bool is_control(int c)
{
	return c < 0x20 || c == 0x7f;
}

/* What only a later stage can tell to be malformed wins over what is merely not
 * there: the whole path is decoded before it is judged. */
static int decode(const char *raw, size_t length, struct directory_path *out)
{
	int result = PST_OK;
	size_t at = 1;

	out->length = 0;
	while (at < length) {
		bool encoded = raw[at] == '%';
		int c = next_byte(raw, length, &at);

		if (c < 0 || is_control(c)) {
			return PST_PROTO;
		}
		if (c == '\\' || (c == '/' && encoded) ||
		    out->length == sizeof(out->text) - 1) {
			result = PST_NO_ROUTE;
			continue;
		}
		out->text[out->length++] = (char)c;
	}
	out->text[out->length] = '\0';
	if (result == PST_OK && !utf8_ok(out->text, out->length)) {
		result = PST_PROTO;
	}
	return result;
}

static bool is_shown(const struct pst_list *shown, const char *name,
                     size_t length)
{
	size_t i;

	for (i = 0; i < shown->count; i++) {
		const char *item = shown->item[i];

		if (strcmp(item, "*") == 0 ||
		    (strlen(item) == length &&
		     memcmp(item, name, length) == 0)) {
			return true;
		}
	}
	return false;
}

/* One name between slashes. "." and ".." are never shown. */
static bool segment_ok(const char *name, size_t length,
                       const struct pst_list *shown)
{
	if (length == 0 || (length == 1 && name[0] == '.') ||
	    (length == 2 && memcmp(name, "..", 2) == 0)) {
		return false;
	}
	return name[0] != '.' || shown == NULL || is_shown(shown, name, length);
}

/* `shown` NULL: names may begin with a dot. */
static bool segments_ok(const char *text, const struct pst_list *shown)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "/");

		if (!segment_ok(text, n, shown)) {
			return false;
		}
		text += n + (text[n] == '/' ? 1 : 0);
	}
	return true;
}

int directory_path_read(const char *raw, size_t length,
                        const struct pst_list *shown,
                        struct directory_path *out)
{
	int result;

	if (length == 0 || raw[0] != '/') {
		return PST_PROTO;
	}
	result = decode(raw, length, out);
	if (result != PST_OK) {
		return result;
	}
	out->folder = raw[length - 1] == '/';
	return segments_ok(out->text, shown) ? PST_OK : PST_NO_ROUTE;
}

bool directory_path_plain(const char *text)
{
	size_t length = strlen(text), i;

	for (i = 0; i < length; i++) {
		if (is_control((uint8_t)text[i]) || text[i] == '\\') {
			return false;
		}
	}
	return length != 0 && length < DIRECTORY_PATH_MAX &&
	       text[length - 1] != '/' && segments_ok(text, NULL);
}

/* Greedy, with one place to go back to: never worse than both lengths' product.
 */
bool directory_path_like(const char *pattern, size_t length, const char *text)
{
	const char *end = pattern + length, *star = NULL, *from = NULL;

	while (*text != '\0') {
		if (pattern != end && *pattern == '*') {
			star = pattern++;
			from = text;
		} else if (pattern != end && *pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (pattern != end && *pattern == '*') {
		pattern++;
	}
	return pattern == end;
}
