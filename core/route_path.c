/* SPDX-License-Identifier: MIT */
/* What the path of a URL means, whatever way it is written. */
#include "route_path.h"

#include <penstock/text.h>
#include <string.h>

bool route_path_is_plain(const char *path, size_t length)
{
	size_t i;

	if (length == 0 || memchr(path, '%', length) != NULL ||
	    memchr(path, ';', length) != NULL) {
		return length == 0;
	}
	for (i = 1; i < length; i++) {
		if (path[i - 1] == '/' && (path[i] == '/' || path[i] == '.')) {
			return false;
		}
	}
	return true;
}

/* Without the parameters that segments end with. */
static size_t decode(const char *path, size_t length, char *out)
{
	bool named = true;
	size_t i, n = 0;

	for (i = 0; i < length; i++) {
		char c = path[i];

		if (c == '%' && length - i > 2 &&
		    pst_hex_digit(path[i + 1]) >= 0 &&
		    pst_hex_digit(path[i + 2]) >= 0) {
			c = (char)(pst_hex_digit(path[i + 1]) << 4 |
			           pst_hex_digit(path[i + 2]));
			i += 2;
		}
		named = c == '/' || (named && c != ';');
		if (named) {
			out[n++] = c;
		}
	}
	return n;
}

/* Where out[at] goes back to when its last segment is taken off. */
static size_t parent(const char *out, size_t at)
{
	while (at > 1 && out[--at] != '/') {
	}
	return at;
}

size_t route_path_meaning(const char *path, size_t length, char *out)
{
	size_t n = decode(path, length, out), from = 0, at = 0;

	if (n == 0 || out[0] != '/') { /* "*" */
		out[n] = '\0';
		return n;
	}
	/* each turn takes "/segment"; what is written is never longer */
	while (from < n) {
		const char *segment = out + from + 1;
		const char *slash = memchr(segment, '/', n - from - 1);
		size_t size = slash != NULL ? (size_t)(slash - segment)
		                            : n - from - 1;
		bool last = slash == NULL;

		from += size + 1;
		if (size == 2 && memcmp(segment, "..", 2) == 0) {
			at = at == 0 ? 0 : parent(out, at);
			at = at == 1 && out[0] == '/' ? 0 : at;
			size = 0;
		} else if (size == 1 && segment[0] == '.') {
			size = 0;
		}
		if (size != 0 || last) {
			memmove(out + at + 1, segment, size);
			out[at] = '/';
			at += size + 1;
		}
	}
	out[at] = '\0';
	return at;
}
