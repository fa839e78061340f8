/* SPDX-License-Identifier: MIT */
/* Finding the end of an HTTP/1.1 head that arrives in pieces. */
#include "h1_parse.h"

static int too_long(const struct h1_scan *scan, struct h1_error *err)
{
	if (scan->kind == H1_REQUEST && scan->lines == 0) {
		/* RFC 9112 3: a method longer than any that is known */
		return !scan->spaced
		               ? h1_refuse(err, PST_LIMIT, 501,
		                           "the method is too long")
		               : h1_refuse(err, PST_LIMIT, 414,
		                           "the request line is too long");
	}
	return h1_refuse(err, PST_LIMIT, 431,
	                 "the head or one of its lines is too long");
}

/* Did the method end, within the longest line? */
static void note_space(struct h1_scan *scan, const uint8_t *p, size_t n,
                       const struct h1_limits *limits)
{
	size_t room = limits->max_line - scan->line;

	if (scan->lines == 0 && !scan->spaced) {
		scan->spaced = memchr(p, ' ', n < room ? n : room) != NULL;
	}
}

/* The first byte of a request line already tells strangers apart. */
static int first_byte(uint8_t c, struct h1_error *err)
{
	if (c == 0x16) { /* RFC 8446 5.1: a handshake record */
		return h1_refuse(err, PST_PROTO, 400,
		                 "the client speaks TLS; this port speaks "
		                 "plain HTTP");
	}
	if (!pst_is_token_char(c) && c != '\r') {
		return h1_refuse(err, PST_PROTO, 400,
		                 "the request does not begin with a method");
	}
	return PST_OK;
}

/* So do the first bytes of a status line: a back-end that greets in another
 * protocol and then waits is told apart at once. */
static int first_bytes(const struct h1_scan *scan, const uint8_t *p, size_t n,
                       struct h1_error *err)
{
	static const char begin[] = "HTTP/1.";
	size_t seen =
		scan->line < sizeof(begin) - 1 ? scan->line : sizeof(begin) - 1;
	size_t left = sizeof(begin) - 1 - seen;

	if (memcmp(p, begin + seen, n < left ? n : left) != 0) {
		return h1_refuse(err, PST_PROTO, 502,
		                 "the response does not begin with an HTTP/1 "
		                 "version");
	}
	return PST_OK;
}

static int begin_line(const struct h1_scan *scan, const uint8_t *p, size_t n,
                      struct h1_error *err)
{
	if (scan->lines != 0) {
		return PST_OK;
	}
	if (scan->kind == H1_RESPONSE) {
		return first_bytes(scan, p, n, err);
	}
	return scan->kind == H1_REQUEST && scan->line == 0
	               ? first_byte(p[0], err)
	               : PST_OK;
}

/* A line ended. Returns whether it was the head's last, or a failure. */
static int end_line(struct h1_scan *scan, uint8_t before, struct h1_error *err)
{
	bool empty = scan->line == 2;

	scan->line = 0;
	if (before != '\r') {
		return h1_refuse(err, PST_PROTO, 400, "a line ends without CR");
	}
	if (empty && scan->lines == 0 && scan->kind != H1_TRAILERS) {
		/* RFC 9112 2.2: one empty line before a request is ignored */
		if (scan->skipped) {
			return h1_refuse(err, PST_PROTO, 400,
			                 "the head begins with empty lines");
		}
		scan->skipped = true;
		return 0;
	}
	scan->lines++;
	return empty;
}

int64_t h1_scan(struct h1_scan *scan, const uint8_t *piece, size_t n,
                const struct h1_limits *limits, struct h1_error *err_out)
{
	size_t at = 0;

	while (at < n) {
		const uint8_t *nl =
			(const uint8_t *)memchr(piece + at, '\n', n - at);
		size_t end = nl == NULL ? n : (size_t)(nl - piece) + 1;
		uint8_t before;
		int r;

		r = begin_line(scan, piece + at, end - at, err_out);
		if (r != PST_OK) {
			return r;
		}
		if (end - at > limits->max_line - scan->line ||
		    end - at > limits->max_head - scan->seen) {
			note_space(scan, piece + at, end - at, limits);
			return too_long(scan, err_out);
		}
		if (nl == NULL) {
			note_space(scan, piece + at, end - at, limits);
		}
		scan->line += (uint32_t)(end - at);
		scan->seen += (uint32_t)(end - at);
		before = end - at >= 2 ? piece[end - 2] : scan->last;
		scan->last = piece[end - 1];
		at = end;
		if (nl == NULL) {
			break;
		}
		r = end_line(scan, before, err_out);
		if (r != 0) {
			return r < 0 ? r : (int64_t)scan->seen;
		}
	}
	return PST_AGAIN;
}
