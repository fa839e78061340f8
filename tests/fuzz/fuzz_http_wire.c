/* SPDX-License-Identifier: MIT */
/* A second reading of the requests that are written to a back-end. */
#include "fuzz_http_wire.h"

#include "fuzz.h"

#include <strings.h>

struct seen {
	unsigned hosts, lengths, codings;
	uint64_t length;
};

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* METHOD SP target SP HTTP/1.1 and nothing else. */
static void request_line(const char *line, size_t n)
{
	static const char version[] = " HTTP/1.1";
	const size_t tail = sizeof(version) - 1;
	size_t i, spaces = 0;

	must(n > tail && memcmp(line + n - tail, version, tail) == 0);
	for (i = 0; i < n; i++) {
		must((uint8_t)line[i] >= 0x20 && line[i] != 0x7f);
		spaces += line[i] == ' ';
		must(spaces != 0 || is_token(line[i]));
	}
	must(spaces == 2 && line[0] != ' ' && line[n - tail - 1] != ' ');
}

static uint64_t decimal(const char *text, size_t n)
{
	uint64_t value = 0;
	size_t i;

	must(n != 0 && n < 20);
	for (i = 0; i < n; i++) {
		must(text[i] >= '0' && text[i] <= '9');
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	return value;
}

static bool named(const char *line, size_t n, const char *name)
{
	return strlen(name) == n && strncasecmp(line, name, n) == 0;
}

static void field(struct seen *seen, const char *line, size_t n)
{
	size_t name = 0, i;
	const char *value;

	while (name < n && is_token(line[name])) {
		name++;
	}
	must(name != 0 && name < n && line[name] == ':');
	value = line + name + 1;
	n -= name + 1;
	while (n != 0 && *value == ' ') {
		value++;
		n--;
	}
	for (i = 0; i < n; i++) {
		must(value[i] != '\0' && value[i] != '\r' && value[i] != '\n');
	}
	if (named(line, name, "host")) {
		seen->hosts++;
	} else if (named(line, name, "content-length")) {
		seen->lengths++;
		seen->length = decimal(value, n);
	} else if (named(line, name, "transfer-encoding")) {
		seen->codings++;
		must(named(value, n, "chunked"));
	}
}

/* Lines up to the empty one; each ends with CRLF, and no CR or LF is alone. */
static void lines(struct seen *seen, const char *text, size_t n, bool first)
{
	while (n != 0) {
		const char *end = memchr(text, '\r', n);
		size_t length;

		must(end != NULL);
		length = (size_t)(end - text);
		must(length + 2 <= n && end[1] == '\n');
		must(memchr(text, '\n', length) == NULL);
		if (length == 0) {
			must(n == 2 && !first);
		} else if (first) {
			request_line(text, length);
		} else {
			field(seen, text, length);
		}
		first = false;
		text += length + 2;
		n -= length + 2;
	}
}

static void ended(struct wire *w)
{
	w->complete++;
	w->state = WIRE_HEAD;
}

static void head(struct wire *w)
{
	struct seen seen = {0, 0, 0, 0};

	lines(&seen, w->line, w->line_length, true);
	must(seen.hosts == 1);
	must(seen.lengths + seen.codings <= 1);
	must(w->requests < WIRE_REQUESTS_MAX);
	w->body[w->requests++] = 0;
	w->left = seen.length;
	if (seen.codings != 0) {
		w->state = WIRE_CHUNK_SIZE;
	} else if (w->left != 0) {
		w->state = WIRE_LENGTH;
	} else {
		ended(w);
	}
}

static void chunk_size(struct wire *w)
{
	char *end;

	must(w->line_length > 2 && w->line_length < 20);
	w->line[w->line_length - 2] = '\0';
	must(strspn(w->line, "0123456789abcdefABCDEF") == w->line_length - 2);
	w->left = strtoull(w->line, &end, 16);
	w->state = w->left == 0 ? WIRE_TRAILERS : WIRE_CHUNK;
}

static bool line_ends(const struct wire *w, const char *end)
{
	size_t n = strlen(end);

	return w->line_length >= n &&
	       memcmp(w->line + w->line_length - n, end, n) == 0;
}

static void trailers(struct wire *w)
{
	struct seen seen = {0, 0, 0, 0};

	lines(&seen, w->line, w->line_length, false);
	must(seen.hosts + seen.lengths + seen.codings == 0);
	ended(w);
}

/* One byte of a head, a size line or trailers. */
static void text(struct wire *w, char c)
{
	must(w->line_length < sizeof(w->line));
	w->line[w->line_length++] = c;
	if (w->state == WIRE_CHUNK_SIZE || w->state == WIRE_CHUNK_END) {
		if (!line_ends(w, "\r\n")) {
			return;
		}
	} else if (!line_ends(w, "\r\n\r\n") &&
	           !(w->state == WIRE_TRAILERS && w->line_length == 2 &&
	             line_ends(w, "\r\n"))) {
		return;
	}
	if (w->state == WIRE_HEAD) {
		head(w);
	} else if (w->state == WIRE_CHUNK_SIZE) {
		chunk_size(w);
	} else if (w->state == WIRE_CHUNK_END) {
		must(w->line_length == 2);
		w->state = WIRE_CHUNK_SIZE;
	} else {
		trailers(w);
	}
	w->line_length = 0;
}

void wire_read(struct wire *w, const uint8_t *bytes, size_t length)
{
	while (length != 0) {
		size_t n = 1;

		if (w->state == WIRE_LENGTH || w->state == WIRE_CHUNK) {
			n = w->left < length ? (size_t)w->left : length;
			w->left -= n;
			w->body[w->requests - 1] += n;
			if (w->left == 0 && w->state == WIRE_LENGTH) {
				ended(w);
			} else if (w->left == 0) {
				w->state = WIRE_CHUNK_END;
			}
		} else {
			text(w, (char)*bytes);
		}
		bytes += n;
		length -= n;
	}
}
