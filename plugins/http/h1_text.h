/* SPDX-License-Identifier: MIT */
/* Views of text and the refusals that the HTTP/1.1 parsers share. */
#ifndef HTTP_H1_TEXT_H
#define HTTP_H1_TEXT_H

#include <penstock/head.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A view of `n` bytes; not terminated, borrowed from the buffer parsed. */
struct h1_text {
	const char *p;
	size_t n;
};

/** Why a parser refused: the status that a server answers with, and one
 *  sentence without anything from the peer in it. */
struct h1_error {
	unsigned status;
	const char *text;
};

/** What one head may cost. Bytes; a line counts with its CRLF. */
struct h1_limits {
	uint32_t max_head;
	uint32_t max_line;
	uint32_t max_fields; /* at most H1_FIELDS_MAX */
};

/** Fill `e` and return `result`. */
static inline int h1_refuse(struct h1_error *e, int result, unsigned status,
                            const char *text)
{
	e->status = status;
	e->text = text;
	return result;
}

static inline struct h1_text h1_text_of(const char *p, size_t n)
{
	struct h1_text t = {p, n};

	return t;
}

/** True when `t` equals the terminated `s`; ASCII case counts. */
static inline bool h1_text_equal(struct h1_text t, const char *s)
{
	return strlen(s) == t.n && memcmp(t.p, s, t.n) == 0;
}

/** Likewise; ASCII case does not count. */
static inline bool h1_text_is(struct h1_text t, const char *s)
{
	return strlen(s) == t.n && pst_text_same(t.p, s, t.n);
}

/** True when both views hold the same text; ASCII case does not count. */
static inline bool h1_text_same(struct h1_text a, struct h1_text b)
{
	return a.n == b.n && pst_text_same(a.p, b.p, a.n);
}

/** RFC 9110 5.6.2: true for a token: one or more token characters. */
static inline bool h1_is_token(struct h1_text t)
{
	return pst_is_token(t.p, t.n);
}

/** RFC 9110 5.5: true for a byte that may stand in a field value. */
static inline bool h1_is_value_char(uint8_t c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

/** Eight bytes without control bytes. */
static inline bool h1_is_value_word(uint64_t w)
{
	return !pst_any_below(w, ' ') && !pst_any_below(w ^ pst_each(0x7f), 1);
}

/** RFC 9110 5.5: true for bytes that may stand in a field value. */
static inline bool h1_is_value(struct h1_text t)
{
	return pst_text_all(t.p, t.n, h1_is_value_word, h1_is_value_char);
}

static inline bool h1_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

#endif
