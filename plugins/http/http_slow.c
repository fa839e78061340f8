/* SPDX-License-Identifier: MIT */
/* The watch over slow clients: pauses within a body, and rates both ways. */
#include "http_trunk.h"

static const struct h1_error paused = {
	408, "the request's body did not arrive in time"};
static const struct h1_error slow_up = {
	408, "the request's body arrives too slowly"};
static const struct h1_error slow_down = {408,
                                          "the response is read too slowly"};

void http_slow_begin(struct pst_instance *me)
{
	struct http_slow *s = &http_trunk_of(me)->slow;
	uint64_t now = pst_now_ms(me);

	memset(s, 0, sizeof(*s));
	s->heard_ms = now;
	s->up_ms = now;
	s->down_ms = now;
}

void http_slow_end(struct pst_instance *me)
{
	struct http_slow *s = &http_trunk_of(me)->slow;

	if (s->due_ms != 0) {
		s->due_ms = 0;
		pst_timer(me, HTTP_SLOW_TIMER, 0);
	}
}

void http_slow_look(struct pst_instance *me, const struct pst_io *io)
{
	struct http_slow *s = &http_trunk_of(me)->slow;

	if (io->tx_out->bytes < s->queued) {
		s->down += s->queued - io->tx_out->bytes;
	}
	s->queued = io->tx_out->bytes;
}

/* The client may send, and we would take it. */
static bool awaits_body(const struct http_trunk *t)
{
	return t->stream != NULL && !t->in.done &&
	       t->in.delimited != HTTP_BODY_LATER;
}

static void hear(struct pst_instance *me, const struct pst_io *io,
                 uint32_t consumed, uint64_t now)
{
	struct http_trunk *t = http_trunk_of(me);
	struct http_slow *s = &t->slow;
	uint64_t arrived;

	s->consumed += consumed;
	arrived = s->consumed + io->rx_in->bytes;
	if (arrived != s->seen) {
		s->up += arrived > s->seen ? arrived - s->seen : 0;
		s->seen = arrived;
		s->heard_ms = now;
	}
	if (t->expect ||
	    (io->rx_in->bytes != 0 && pst_room(me, t->stream->rx_out) == 0)) {
		s->heard_ms = now;
		s->up_ms = now;
		s->up = 0;
	}
}

static bool below_rate(const struct http_conf *c, uint64_t bytes, uint64_t ms)
{
	return bytes * 1000 < c->min_rate * ms;
}

static const struct h1_error *judge_body(const struct http_conf *c,
                                         struct http_slow *s, uint64_t now)
{
	if (c->body_timeout != 0 && now - s->heard_ms >= c->body_timeout) {
		return &paused;
	}
	if (c->min_rate != 0 && now - s->up_ms >= c->min_rate_time) {
		if (below_rate(c, s->up, now - s->up_ms)) {
			return &slow_up;
		}
		s->up_ms = now;
		s->up = 0;
	}
	return NULL;
}

static const struct h1_error *judge_reading(const struct http_conf *c,
                                            struct http_slow *s, uint64_t now)
{
	if (now - s->down_ms < c->min_rate_time) {
		return NULL;
	}
	if (below_rate(c, s->down, now - s->down_ms)) {
		return &slow_down;
	}
	s->down_ms = now;
	s->down = 0;
	return NULL;
}

/* A timer that comes too early only looks again. */
static void arm(struct pst_instance *me, uint64_t when, uint64_t now)
{
	struct http_slow *s = &http_trunk_of(me)->slow;

	if (when == UINT64_MAX) {
		return;
	}
	if (s->due_ms == 0 || when < s->due_ms) {
		s->due_ms = when;
		pst_timer(me, HTTP_SLOW_TIMER, when > now ? when - now : 1);
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

const struct h1_error *http_slow_judge(struct pst_instance *me,
                                       const struct pst_io *io,
                                       uint32_t consumed)
{
	const struct http_conf *c = http_conf_of(me);
	struct http_trunk *t = http_trunk_of(me);
	struct http_slow *s = &t->slow;
	const struct h1_error *why = NULL;
	uint64_t now = pst_now_ms(me), when = UINT64_MAX;

	s->queued = io->tx_out->bytes;
	if (awaits_body(t)) {
		hear(me, io, consumed, now);
		why = judge_body(c, s, now);
		if (c->body_timeout != 0) {
			when = s->heard_ms + c->body_timeout;
		}
		if (c->min_rate != 0) {
			when = earlier(when, s->up_ms + c->min_rate_time);
		}
	}
	if (c->min_rate == 0 || pst_room(me, io->tx_out) != 0) {
		s->down_ms = now;
		s->down = 0;
	} else {
		why = why == NULL ? judge_reading(c, s, now) : why;
		when = earlier(when, s->down_ms + c->min_rate_time);
	}
	arm(me, when, now);
	return why;
}
