/* SPDX-License-Identifier: MIT */
/* What the log may show of a request that is not understood. */
#include "h1_shown.h"

/* The line that begins at buf, without its end. */
static struct h1_text line_of(const uint8_t *buf, size_t n)
{
	const char *p = (const char *)buf;
	size_t i = 0;

	/* RFC 9112 2.2: an empty line in front is ignored */
	while (n != 0 && (*p == '\r' || *p == '\n')) {
		p++;
		n--;
	}
	while (i < n && p[i] != '\r' && p[i] != '\n') {
		i++;
	}
	return h1_text_of(p, i);
}

/* " HTTP/1.1" at the end of a line; else empty. */
static struct h1_text version_of(struct h1_text line)
{
	size_t i = line.n;

	while (i > 0 && line.p[i - 1] != ' ') {
		i--;
	}
	if (i == 0 || line.n - i < 5 || memcmp(line.p + i, "HTTP/", 5) != 0) {
		return h1_text_of(line.p + line.n, 0);
	}
	return h1_text_of(line.p + i - 1, line.n - i + 1);
}

/* Where the authority of a target may begin; its length: it has none. */
static size_t authority_at(struct h1_text target)
{
	size_t i;

	if (target.n == 0 || target.p[0] == '/') {
		return target.n;
	}
	for (i = 0; i + 3 <= target.n; i++) {
		if (memcmp(target.p + i, "://", 3) == 0) {
			return i + 3;
		}
	}
	return 0;
}

/* The target up to what may be a secret, which `hidden_out` stands for. */
static struct h1_text target_shown(struct h1_text target,
                                   const char **hidden_out)
{
	const size_t at = authority_at(target);
	size_t i;

	*hidden_out = "";
	for (i = at; i < target.n && target.p[i] != '/'; i++) {
		if (target.p[i] == '@') {
			*hidden_out = "[...]";
			return h1_text_of(target.p, at);
		}
	}
	for (i = 0; i < target.n; i++) {
		if (target.p[i] == '?' || target.p[i] == '#') {
			break;
		}
	}
	return h1_text_of(target.p, i);
}

static bool is_target(struct h1_text target)
{
	size_t at = authority_at(target);

	return target.n != 0 &&
	       (target.p[0] == '/' || target.p[0] == '*' || at != 0);
}

static size_t add(char out[H1_SHOWN_MAX], size_t at, struct h1_text text)
{
	size_t room = H1_SHOWN_MAX - at;
	size_t n = text.n < room ? text.n : room;

	memcpy(out + at, text.p, n);
	return at + n;
}

size_t h1_shown(const uint8_t *buf, size_t n, char out[H1_SHOWN_MAX])
{
	const struct h1_text line = line_of(buf, n);
	const struct h1_text version = version_of(line);
	struct h1_text method = line, target;
	const char *hidden;
	size_t at;

	for (method.n = 0; method.n < line.n && line.p[method.n] != ' ';) {
		method.n++;
	}
	if (!h1_is_token(method)) {
		return 0;
	}
	at = add(out, 0, method);
	if (method.n == line.n) {
		return at;
	}
	target = h1_text_of(line.p + method.n + 1, line.n - method.n - 1);
	if (version.n != 0) {
		target.n = version.p > target.p ? (size_t)(version.p - target.p)
		                                : 0;
	} else if (!is_target(target)) {
		return at;
	}
	target = target_shown(target, &hidden);
	at = add(out, at, h1_text_of(" ", 1));
	at = add(out, at, target);
	at = add(out, at, h1_text_of(hidden, strlen(hidden)));
	return add(out, at, version);
}
