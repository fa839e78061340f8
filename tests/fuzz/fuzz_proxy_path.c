/* SPDX-License-Identifier: MIT */
/* Fuzz target: the paths that `proxy` passes on; however a back-end decodes one
 * that was found good, it stays below where the gateway thought that it is.
 *
 * Input: one byte that chooses the mapping, then the path. */
#include "fuzz.h"
#include "proxy_path.h"

enum {
	PATH_MAX_BYTES = 512,
	DECODINGS = 4
};

static int digit(char c)
{
	const char *all = "0123456789abcdefABCDEF";
	const char *at = c == '\0' ? NULL : strchr(all, c);

	if (at == NULL) {
		return -1;
	}
	return (int)(at - all) < 16 ? (int)(at - all) : (int)(at - all) - 6;
}

/* What the http layer lets through: RFC 3986 3.3 and nothing else. */
static bool is_path(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || p[0] != '/') {
		return false;
	}
	for (i = 0; i < n; i++) {
		if (p[i] == '%') {
			if (n - i < 3 || digit(p[i + 1]) < 0 ||
			    digit(p[i + 2]) < 0) {
				return false;
			}
		} else if (p[i] <= ' ' || p[i] == 0x7f ||
		           strchr("\"#<>?\\^`{|}", p[i]) != NULL) {
			return false;
		}
	}
	return true;
}

/* Once, in place; bytes that are no encoding stay. Two bytes of overlong UTF-8
 * become what careless decoders take them for. */
static size_t decode(char *p, size_t n)
{
	size_t from = 0, to = 0;

	while (from < n) {
		int high = n - from > 2 ? digit(p[from + 1]) : -1;
		int low = n - from > 2 ? digit(p[from + 2]) : -1;

		if (p[from] == '%' && high >= 0 && low >= 0) {
			p[to++] = (char)(high << 4 | low);
			from += 3;
		} else {
			p[to++] = p[from++];
		}
	}
	for (from = 0, n = to, to = 0; from < n; to++) {
		uint8_t a = (uint8_t)p[from];

		if ((a == 0xc0 || a == 0xc1) && n - from > 1 &&
		    ((uint8_t)p[from + 1] & 0xc0) == 0x80) {
			p[to] = (char)((a & 1) << 6 |
			               ((uint8_t)p[from + 1] & 0x3f));
			from += 2;
		} else {
			p[to] = p[from++];
		}
	}
	return to;
}

/* No segment is "." or "..", with parameters or without. */
static void check_segments(const char *p, size_t n)
{
	size_t begin = 0, i;

	for (i = 0; i <= n; i++) {
		size_t length = i - begin;

		if (i < n && p[i] != '/' && p[i] != '\\' && p[i] != ';') {
			continue;
		}
		must(length != 1 || p[begin] != '.');
		must(length != 2 || p[begin] != '.' || p[begin + 1] != '.');
		while (i < n && p[i] != '/' && p[i] != '\\') {
			i++;
		}
		begin = i + 1;
	}
}

static void check_good(const char *path, size_t length)
{
	char text[PATH_MAX_BYTES];
	unsigned i;

	memcpy(text, path, length);
	for (i = 0; i < DECODINGS; i++) {
		check_segments(text, length);
		must(memchr(text, '\0', length) == NULL);
		length = decode(text, length);
	}
	check_segments(text, length);
}

static bool below(const char *from, const char *path, size_t length)
{
	size_t n = strlen(from);

	if (strcmp(from, "/") == 0) {
		return true;
	}
	return length >= n && memcmp(path, from, n) == 0 &&
	       (length == n || path[n] == '/' || path[n] == ';');
}

static void check_map(uint8_t choice, const char *path, size_t length)
{
	static const char *const from[] = {"/", "/a", "/a/b"};
	static const char *const to[] = {NULL, "/", "/x", "/x/", "/x/y/"};
	const struct proxy_path_map map = {.from = from[choice % 3],
	                                   .to = to[choice / 3 % 5]};
	char made[PATH_MAX_BYTES + 16];
	size_t head = 0, skip = 0, n, i;

	if (!below(map.from, path, length)) {
		return;
	}
	proxy_path_apply(&map, path, length, &head, &skip);
	must(skip <= length);
	must(head <= (map.to == NULL ? 0 : strlen(map.to)));
	memcpy(made, map.to == NULL ? "" : map.to, head);
	memcpy(made + head, path + skip, length - skip);
	n = head + length - skip;
	must(n != 0 && made[0] == '/');
	must(map.to != NULL ||
	     (n == length && memcmp(made, path, length) == 0));
	for (i = 1; i < n; i++) {
		must(made[i] != '/' || made[i - 1] != '/');
	}
	if (map.to != NULL) {
		i = strlen(map.to);
		i -= map.to[i - 1] == '/' ? 1 : 0;
		must(n >= i && memcmp(made, map.to, i) == 0);
		must(n == i || made[i] == '/' || made[i] == ';');
	}
	check_good(made, n < PATH_MAX_BYTES ? n : PATH_MAX_BYTES);
}

/* RFC 3986 5.2.4, counted only: no segment leads above the first. */
static void check_depth(const char *p, size_t n)
{
	size_t begin = 0, name, i;
	int depth = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && p[i] != '/' && p[i] != '\\') {
			continue;
		}
		name = begin;
		while (name < i && p[name] != ';') {
			name++;
		}
		name -= begin;
		if (name == 2 && memcmp(p + begin, "..", 2) == 0) {
			must(--depth >= 0);
		} else if (name != 0 && (name != 1 || p[begin] != '.')) {
			depth++;
		}
		begin = i + 1;
	}
}

/* With dots allowed, what is mapped stays below what it is mapped to. */
static void check_dots(uint8_t choice, const char *path, size_t length)
{
	static const char *const from[] = {"/", "/a", "/a/b"};
	const struct proxy_path_map map = {.from = from[choice % 3],
	                                   .to = "/x"};
	char rest[PATH_MAX_BYTES];
	size_t head, skip, i, n;

	if (proxy_path_judge(path, length, PROXY_PATH_DOTS) != 0 ||
	    !proxy_path_stays(map.from, path, length)) {
		return;
	}
	proxy_path_apply(&map, path, length, &head, &skip);
	must(head == 2);
	n = length - skip;
	memcpy(rest, path + skip, n);
	for (i = 0; i <= DECODINGS; i++) {
		check_depth(rest, n);
		n = decode(rest, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = (const char *)data + 1;
	unsigned odd;

	if (size < 2 || --size > PATH_MAX_BYTES - 16 || !is_path(path, size)) {
		return 0;
	}
	check_dots(data[0], path, size);
	odd = proxy_path_judge(path, size, 0);
	if (odd != 0) {
		must((odd & (odd - 1)) == 0 && proxy_path_words(odd) != NULL);
		must(proxy_path_judge(path, size, odd) != odd ||
		     odd == PROXY_PATH_NUL || odd == PROXY_PATH_PERCENT);
		return 0;
	}
	check_good(path, size);
	check_map(data[0], path, size);
	return 0;
}
