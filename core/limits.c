/* SPDX-License-Identifier: MIT */
/* Time limits of a session. */
#include "limits.h"

#include "session.h"
#include "worker_state.h"

#include <inttypes.h>

enum {
	LINGER_MS = 2000 /* for last words after a failure */
};

static uint64_t after(uint64_t start, uint64_t limit)
{
	return limit != 0 ? start + limit : UINT64_MAX;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Either hop may set a limit; 0 is none. */
static uint64_t shorter(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0) {
		return a + b;
	}
	return least(a, b);
}

/* Of both hops. */
struct limits {
	uint64_t idle_timeout, lifetime, close_timeout;
};

static struct limits limits_of(const struct session *s)
{
	const struct hop_limits *front = &s->line.front->pipeline->limits;
	const struct hop_limits *back =
		s->line.back == NULL ? front : &s->line.back->pipeline->limits;

	return (struct limits){
		shorter(front->idle_timeout, back->idle_timeout),
		shorter(front->lifetime, back->lifetime),
		shorter(front->close_timeout, back->close_timeout),
	};
}

static uint64_t end_deadline(const struct session *s)
{
	if (s->state == SESSION_ENDING) {
		return s->ended_ms + LINGER_MS;
	}
	return after(s->ended_ms, limits_of(s).close_timeout);
}

static bool is_opening(const struct session *s)
{
	return s->state == SESSION_OPENING || s->state == SESSION_OFFERED;
}

/* The whole opening is the front's; the back's begins when it is asked for. */
static uint64_t open_deadline(const struct session *s)
{
	const struct stack *back = s->line.back;
	uint64_t front, other = UINT64_MAX;

	if (!is_opening(s)) {
		return UINT64_MAX;
	}
	front = after(s->began_ms,
	              s->line.front->pipeline->limits.opening_timeout);
	if (back != NULL && back->state == STACK_OPENING) {
		other = after(s->back_ms,
		              back->pipeline->limits.opening_timeout);
	}
	return least(front, other);
}

static uint64_t next_deadline(const struct session *s)
{
	struct limits l;

	if (s->ended_ms != 0) {
		return end_deadline(s);
	}
	l = limits_of(s);
	return least(open_deadline(s),
	             least(after(s->active_ms, l.idle_timeout),
	                   after(s->began_ms, l.lifetime)));
}

void limits_arm(struct session *s)
{
	struct worker *w = s->line.worker;
	uint64_t due;

	if (s->line.front == NULL) {
		return;
	}
	due = next_deadline(s);
	if (due == UINT64_MAX) {
		timer_clear(&w->timers, &s->timer);
	} else if (s->timer.place == 0 || s->timer.due_ms > due) {
		timer_set(&w->timers, &s->timer, due);
	}
}

static void timed_out(struct session *s, const char *what, uint64_t passed)
{
	reason_set(&s->reason, 0, NULL, PST_CLASS_TIMEOUT, 0,
	           "%s (%" PRIu64 " ms)", what, passed);
	session_abort(s, PST_CLASS_TIMEOUT);
}

/* Once the back is asked for, the front is all but up. */
static struct stack *late_stack(const struct session *s)
{
	struct stack *back = s->line.back;

	return back != NULL && back->state == STACK_OPENING ? back
	                                                    : s->line.front;
}

static void check(struct session *s, uint64_t now)
{
	const struct limits l = limits_of(s);

	if (open_deadline(s) <= now) {
		stack_late(late_stack(s), now - s->began_ms);
		session_abort(s, PST_CLASS_TIMEOUT);
	} else if (after(s->active_ms, l.idle_timeout) <= now) {
		timed_out(s, "no payload for idle_timeout", l.idle_timeout);
	} else if (after(s->began_ms, l.lifetime) <= now) {
		timed_out(s, "the stream reached its lifetime", l.lifetime);
	}
}

void limits_timer_fired(struct timer *t)
{
	struct session *s = t->owner;
	uint64_t now = s->line.worker->clock.now_ms;

	if (s->line.lent != NULL) {
		s->late = true;
		return;
	}
	if (s->ended_ms != 0 && end_deadline(s) <= now) {
		if (s->state != SESSION_ENDING) {
			reason_set(&s->reason, 0, NULL, PST_CLASS_TIMEOUT, 0,
			           "the peer did not close within "
			           "close_timeout");
		}
		session_destroy(s);
		return;
	}
	if (s->ended_ms == 0) {
		check(s, now);
	}
	limits_arm(s);
}
