/* SPDX-License-Identifier: MIT */
/* One HTTP/1.1 connection: what both roles share. */
#include "http_trunk.h"

#include <stdio.h>

#define LINGER_MS  5000 /* for the peer to end its side after ours */
#define SLICES_MAX 128  /* of a head that goes on */

void http_enter(struct pst_instance *me, enum http_phase phase, uint64_t ms)
{
	struct http_trunk *t = http_trunk_of(me);

	t->phase = (uint8_t)phase;
	t->timed_out = false;
	http_slow_end(me);
	if (t->waiting || ms != 0) {
		pst_timer(me, 0, ms);
	}
	t->waiting = ms != 0;
}

enum http_turn http_shut(struct pst_instance *me, struct pst_io *io)
{
	pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	http_enter(me, HTTP_CLOSING, LINGER_MS);
	return HTTP_AGAIN;
}

enum http_turn http_closing(struct pst_instance *me, struct pst_io *io)
{
	const struct http_trunk *t = http_trunk_of(me);
	struct pst_slice *s;

	while ((s = pst_take(me, io->rx_in)) != NULL) {
		pst_slice_free(me, s);
	}
	if (t->timed_out && io->rx_in->end == PST_END_OPEN) {
		return http_fail(me, io, PST_CLASS_TIMEOUT, 0,
		                 "the peer does not end the connection");
	}
	return HTTP_WAIT;
}

void http_drop_stream(struct pst_instance *me, enum pst_class why)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_stream *s = t->stream;

	if (s != NULL) {
		t->stream = NULL;
		pst_end(me, s->rx_out, PST_END_RESET, why);
		pst_stream_done(me, s);
	}
}

enum http_turn http_fail(struct pst_instance *me, struct pst_io *io,
                         enum pst_class why, unsigned status, const char *fmt,
                         ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pst_fail(me, why, status, "%s", text);
	http_drop_stream(me, why);
	pst_end(me, io->tx_out, PST_END_RESET, why);
	return HTTP_FAILED;
}

enum http_turn http_no_memory(struct pst_instance *me, struct pst_io *io)
{
	return http_fail(me, io, PST_CLASS_INTERNAL, 500, "memory ran out");
}

int64_t http_scan(struct pst_queue *q, struct h1_scan *scan,
                  const struct h1_limits *limits, struct h1_error *err_out)
{
	const struct pst_slice *s;
	uint32_t skip = scan->seen;

	for (s = pst_peek(q); s != NULL; s = s->next) {
		int64_t r;

		if (s->length <= skip) {
			skip -= s->length;
			continue;
		}
		r = h1_scan(scan, s->data + skip, s->length - skip, limits,
		            err_out);
		if (r != PST_AGAIN) {
			return r;
		}
		skip = 0;
	}
	return PST_AGAIN;
}

void http_gather(struct pst_instance *me, struct pst_queue *q,
                 const struct h1_scan *scan)
{
	const struct pst_slice *s;
	unsigned n = 0;

	for (s = pst_peek(q); s != NULL && n < SLICES_MAX; s = s->next) {
		n++;
	}
	/* without memory it stays as it is, until a timeout */
	if (n == SLICES_MAX) {
		(void)pst_pullup(me, q, scan->seen);
	}
}

int http_put_head(struct pst_instance *me, struct pst_queue *to,
                  const struct pst_head *h, const struct h1_extra *extra)
{
	size_t room = h1_write_room(h, extra);
	struct pst_slice *s = pst_slice_new(me, room);
	int64_t n;

	if (s == NULL) {
		return PST_MEMORY;
	}
	n = h1_write(h, extra, s->data, room);
	if (n < 0) {
		pst_slice_free(me, s);
		return PST_INVALID;
	}
	(void)pst_slice_append(s, (uint32_t)n);
	pst_put(me, to, s);
	return PST_OK;
}

struct pst_slice *http_record(struct pst_instance *me,
                              struct pst_head_builder *b, size_t room,
                              enum pst_head_kind kind)
{
	struct pst_slice *s = pst_slice_new(me, room);

	if (s != NULL) {
		pst_head_begin(b, s->data, room, kind);
	}
	return s;
}

void http_put_record(struct pst_instance *me, struct pst_queue *to,
                     struct pst_slice *s, int64_t size, uint32_t flags)
{
	(void)pst_slice_append(s, (uint32_t)size);
	s->flags |= PST_HEAD | flags;
	pst_put(me, to, s);
}
