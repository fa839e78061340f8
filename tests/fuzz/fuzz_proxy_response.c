/* SPDX-License-Identifier: MIT */
/* Fuzz target: what `proxy` makes of Location, Refresh and Set-Cookie; nothing
 * that a back-end says leads to a host that it did not name.
 *
 * Input: one byte that chooses the view, then the value. */
#include "fuzz.h"
#include "proxy_cookie.h"

enum {
	TEXT_MAX = 4096
};

struct buffer {
	char text[4 * TEXT_MAX];
	size_t length;
};

static void append(void *to, const char *text, size_t length)
{
	struct buffer *b = to;

	must(length <= sizeof(b->text) - b->length);
	memcpy(b->text + b->length, text, length);
	b->length += length;
}

static struct proxy_view view_of(uint8_t choice)
{
	static const char *const paths[] = {"/", "/app", "/v1/", NULL};
	static const char *const hosts[] = {"back.test:8080", "gw.test",
	                                    "[2001:db8::1]", ""};
	struct proxy_view v = {.back_scheme = "http",
	                       .back_host = (choice & 1) != 0 ? "back.test"
	                                                      : "2001:db8::1",
	                       .back_port = 8080,
	                       .sent = hosts[choice >> 1 & 3],
	                       .scheme = "https",
	                       .authority = (choice & 8) != 0 ? "gw.test" : "",
	                       .map = {.from = paths[(choice >> 4 & 3) % 3],
	                               .to = paths[choice >> 6 & 3]}};
	return v;
}

static bool begins(const struct buffer *b, const char *with)
{
	size_t n = strlen(with);

	return b->length >= n && memcmp(b->text, with, n) == 0;
}

/* Behind our authority the path begins; without one, no host does: browsers take
 * a backslash for a slash, and overlook tabs. */
static void check_location(const struct buffer *b)
{
	size_t i = 1;

	if (begins(b, "https://gw.test/") || begins(b, "//gw.test/")) {
		return;
	}
	must(b->length != 0 && b->text[0] == '/');
	while (i < b->length && b->text[i] == '\t') {
		i++;
	}
	must(i == b->length || (b->text[i] != '/' && b->text[i] != '\\'));
}

static size_t separators(const char *text, size_t length)
{
	size_t i, n = 0;

	for (i = 0; i < length; i++) {
		n += text[i] == ';';
	}
	return n;
}

/* Attributes go or are replaced; one or two are added. */
static void check_cookie(const struct buffer *b, const char *value,
                         size_t length)
{
	const char *end = memchr(value, ';', length);
	size_t pair = end == NULL ? length : (size_t)(end - value);

	must(b->length >= pair && memcmp(b->text, value, pair) == 0);
	must(separators(b->text, b->length) <= separators(value, length) + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct proxy_cookie_change own[] = {{NULL, NULL}};
	static const struct proxy_cookie_flags flags[] = {
		{"a", PROXY_COOKIE_HTTPONLY, PROXY_COOKIE_SAMESITE, NULL}};
	static struct buffer b;
	const struct proxy_sink sink = {append, &b};
	const char *value = (const char *)data + 1;
	struct proxy_cookie_rules rules = {.path = own,
	                                   .path_count = 1,
	                                   .domain = own,
	                                   .domain_count = 1,
	                                   .flags = flags,
	                                   .flag_count = 1,
	                                   .secure = true};
	struct proxy_view v;

	if (size < 1 || size > TEXT_MAX) {
		return 0;
	}
	v = view_of(data[0]);
	size--;
	b.length = 0;
	if (proxy_location(&v, value, size, &sink)) {
		check_location(&b);
	} else {
		must(b.length == 0);
	}
	b.length = 0;
	must(proxy_refresh(&v, value, size, &sink) == (b.length != 0));
	b.length = 0;
	if (proxy_cookie(&rules, &v, value, size, &sink)) {
		check_cookie(&b, value, size);
	} else {
		must(b.length == 0);
	}
	return 0;
}
