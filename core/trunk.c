/* SPDX-License-Identifier: MIT */
/* Trunks: made, opened, ended. Streams are in stream.c. */
#include "trunk.h"

#include "block.h"
#include "pool.h"
#include "session.h"
#include "wire.h"
#include "worker_generation.h"
#include "worker_state.h"

enum {
	LINGER_MS = 2000 /* for last words */
};

static void timer_fired(struct timer *t);

static void link_trunk(struct trunk *t, struct worker *w)
{
	t->next = w->trunks;
	t->link = &w->trunks;
	if (t->next != NULL) {
		t->next->link = &t->next;
	}
	w->trunks = t;
}

void trunk_unlink(struct trunk *t)
{
	if (t->link == NULL) {
		return;
	}
	*t->link = t->next;
	if (t->next != NULL) {
		t->next->link = t->link;
	}
	t->link = NULL;
}

static bool reserve(struct trunk *t, const struct pipeline *p)
{
	struct worker *w = t->line.worker;

	t->rx = budget_create(p->limits.high_water);
	t->tx = budget_create(p->limits.high_water);
	if (t->rx == NULL || t->tx == NULL ||
	    timers_reserve(&w->timers) != PST_OK) {
		return false;
	}
	t->stack = stack_create(w, p, STATION_WIRE, 1, (unsigned)p->mux + 1,
	                        &t->line, t->rx, t->tx);
	if (t->stack == NULL) {
		timers_release(&w->timers);
	}
	return t->stack != NULL;
}

static void trunk_free(struct trunk *t)
{
	budget_release(t->rx);
	budget_release(t->tx);
	reason_finish(&t->reason);
	block_destroy(t);
}

struct trunk *trunk_create(struct worker *w, const struct pipeline *pipeline,
                           const struct listener *listener,
                           const struct sni_node *node)
{
	struct trunk *t = block_create(sizeof(*t));

	if (t == NULL) {
		return NULL;
	}
	t->line.worker = w;
	t->line.trunk = t;
	if (!reserve(t, pipeline)) {
		trunk_free(t);
		return NULL;
	}
	t->listener = listener;
	t->node = node;
	t->generation = worker_generation_of(pipeline);
	worker_generation_hold(t->generation);
	t->began_ms = w->clock.now_ms;
	t->timer.owner = t;
	t->timer.fire = timer_fired;
	t->stack->trunk = t;
	t->line.front = t->stack;
	link_trunk(t, w);
	return t;
}

struct trunk *trunk_connect(struct worker *w, const struct pipeline *p)
{
	struct trunk *t = trunk_create(w, p, NULL, NULL);

	if (t != NULL && wire_connect(t->stack) != PST_OK) {
		trunk_destroy(t);
		t = NULL;
	}
	return t;
}

void trunk_destroy(struct trunk *t)
{
	struct worker *w = t->line.worker;
	bool left = t->state == TRUNK_LEFT;

	pool_forget(t);
	if (!left) {
		trunk_log(t);
	}
	timer_clear(&w->timers, &t->timer);
	timers_release(&w->timers);
	stack_destroy(t->stack);
	trunk_streams_free(t);
	line_forget(&t->line);
	trunk_unlink(t);
	worker_generation_release(w, t->generation);
	trunk_free(t);
	if (!left) {
		worker_one_less(w);
	}
}

static uint64_t closing_time(const struct trunk *t)
{
	uint64_t limit = t->stack->pipeline->limits.close_timeout;

	return t->reason.set || limit == 0 ? LINGER_MS : limit;
}

static void arm(struct trunk *t)
{
	struct worker *w = t->line.worker;
	uint64_t limit = t->stack->pipeline->limits.opening_timeout;

	if (t->ended_ms != 0) {
		timer_set(&w->timers, &t->timer, t->ended_ms + closing_time(t));
	} else if (t->state == TRUNK_OPENING && limit != 0) {
		timer_set(&w->timers, &t->timer, t->began_ms + limit);
	}
}

static void timer_fired(struct timer *timer)
{
	struct trunk *t = timer->owner;

	if (t->line.lent != NULL) {
		t->late = true;
		return;
	}
	if (t->ended_ms != 0) {
		wire_abort(wire_of(t->stack->bottom));
		line_schedule(&t->line);
	} else if (t->state == TRUNK_OPENING) {
		stack_late(t->stack,
		           t->line.worker->clock.now_ms - t->began_ms);
		trunk_abort(t, PST_CLASS_TIMEOUT);
	}
}

void trunk_start(struct trunk *t)
{
	if (stack_open(t->stack) != PST_OK) {
		trunk_abort(t, PST_CLASS_INTERNAL);
	}
	arm(t);
	line_schedule(&t->line);
	stack_progress(t->stack);
}

static void begin_end(struct trunk *t)
{
	t->state = (uint8_t)trunk_next(t->state, TRUNK_END);
	pool_forget(t);
	if (t->ended_ms == 0) {
		t->ended_ms = t->line.worker->clock.now_ms;
		arm(t);
	}
}

void trunk_abort(struct trunk *t, enum pst_class why)
{
	struct station *below = t->stack->top->below;

	begin_end(t);
	trunk_streams_end(t, PST_END_RESET, why);
	queue_end(&below->tx, PST_END_RESET, why);
	station_mark(below);
	line_schedule(&t->line);
}

void trunk_stack_moved(struct trunk *t)
{
	enum pst_class why = t->reason.set ? (enum pst_class)t->reason.class
	                                   : PST_CLASS_TRUNCATED;

	switch ((enum stack_state)t->stack->state) {
	case STACK_UP:
		t->state = (uint8_t)trunk_next(t->state, TRUNK_UP);
		trunk_streams_open(t);
		break;
	case STACK_FAILED:
		begin_end(t);
		trunk_streams_end(t, PST_END_RESET, why);
		break;
	case STACK_OPENING:
	case STACK_OFFERED:
	case STACK_STATES:
		break;
	}
}

void trunk_close(struct trunk *t)
{
	struct station *below = t->stack->top->below;

	begin_end(t);
	queue_end(&below->tx, PST_END_CLEAN, PST_CLASS_CLEAN);
	station_mark(below);
	station_mark(t->stack->top);
	line_schedule(&t->line);
}

void trunk_drain(struct trunk *t)
{
	t->parting = trunk_streams_served(t);
	t->line.drain = true;
	line_schedule(&t->line);
}

/* A back-end's trunk that has served its streams waits for the next, or ends */
static void keep_or_end(struct trunk *t)
{
	if (t->stack->role != PST_CONNECT || t->ended_ms != 0 ||
	    !trunk_streams_served(t) ||
	    (t->idle && !t->line.worker->draining)) {
		return;
	}
	if (!pool_keep(t) && t->streams == NULL) {
		trunk_close(t);
	}
}

void trunk_settle(struct trunk *t)
{
	struct wire *w = wire_of(t->stack->bottom);

	keep_or_end(t);
	if (t->stack->top->below->tx.end != PST_END_OPEN) {
		begin_end(t);
	}
	if (t->parting && t->streams == NULL && w != NULL) {
		wire_part(w);
	}
	if (w == NULL || !w->closed) {
		return;
	}
	trunk_streams_finish(t);
	if (t->streams == NULL) {
		trunk_destroy(t);
	}
}

void trunk_unlent(struct trunk *t)
{
	struct station *s;

	for (s = line_first(&t->line); s != NULL; s = line_right(&t->line, s)) {
		station_late_timers(s);
	}
	if (t->late) {
		t->late = false;
		timer_fired(&t->timer);
	}
}
