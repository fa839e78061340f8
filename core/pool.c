/* SPDX-License-Identifier: MIT */
/* Idle trunks to back-ends: kept, found fit, closed. */
#include "pool.h"

#include "session.h"
#include "trunk.h"
#include "wire.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <errno.h>
#include <stdlib.h>

enum {
	LOOK_AGAIN_MS = 100
};

/* Of one pipeline: the one that was used last is the first. */
struct pool {
	struct trunk *first, *last;
	uint32_t count;
};

struct pools {
	struct pool **of; /* by service, then by connect pipeline */
	size_t count;
	struct pool pool[];
};

struct pools *pools_create(const struct gateway *g)
{
	struct pools *p;
	size_t n = 0;
	unsigned i;

	for (i = 0; i < g->service_count; i++) {
		n += g->services[i]->connect_count;
	}
	p = calloc(1, sizeof(*p) + n * sizeof(p->pool[0]));
	if (p == NULL) {
		return NULL;
	}
	p->of = calloc(g->service_count + 1, sizeof(struct pool *));
	if (p->of == NULL) {
		free(p);
		return NULL;
	}
	for (i = 0; i < g->service_count; i++) {
		p->of[i] = &p->pool[p->count];
		p->count += g->services[i]->connect_count;
	}
	return p;
}

void pools_destroy(struct pools *p)
{
	if (p != NULL) {
		free(p->of);
		free(p);
	}
}

static void close_idle(struct trunk *t)
{
	if (t->line.lent == NULL) {
		trunk_close(t);
	} else {
		/* its mux hears of it at hand-back */
		pool_forget(t);
		t->line.drain = true;
	}
}

void pools_close(struct pools *p)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		while (p->pool[i].first != NULL) {
			close_idle(p->pool[i].first);
		}
	}
}

static struct pool *pool_of(const struct worker_generation *g,
                            const struct pipeline *p)
{
	return &g->pools->of[p->service->index][p->index];
}

void pool_forget(struct trunk *t)
{
	struct pool *p;

	if (!t->idle) {
		return;
	}
	p = pool_of(t->generation, t->stack->pipeline);
	*(t->newer != NULL ? &t->newer->older : &p->first) = t->older;
	*(t->older != NULL ? &t->older->newer : &p->last) = t->newer;
	t->newer = NULL;
	t->older = NULL;
	t->idle = false;
	p->count--;
}

/* -- kept -------------------------------------------------------------------- */

static uint32_t most_idle(const struct trunk *t)
{
	const struct placed_layer *place = t->stack->top->place;

	return place->mux->conf_keep != NULL
	               ? place->mux->conf_keep(place->conf)
	               : 0;
}

/* Nothing of a former stream is on its way, in either direction. */
static bool is_empty(const struct trunk *t)
{
	const struct station *s;

	for (s = t->stack->bottom; s != t->stack->top; s = s->above) {
		if (s->rx.first != NULL || s->tx.first != NULL ||
		    s->rx.end != PST_END_OPEN || s->tx.end != PST_END_OPEN) {
			return false;
		}
	}
	return true;
}

static bool is_fit(const struct trunk *t)
{
	const struct wire *wire = wire_of(t->stack->bottom);

	return t->state == TRUNK_OPEN && !t->reason.set && is_empty(t) &&
	       wire != NULL && wire->fd >= 0 && !wire->rx_ended &&
	       !wire->tx_ended;
}

bool pool_keep(struct trunk *t)
{
	const struct worker *w = t->line.worker;
	uint32_t most = most_idle(t);
	struct pool *p;

	if (most == 0 || t->stream_count == 0 || w->draining ||
	    w->stop_when_done || t->generation != w->generation || !is_fit(t)) {
		return false;
	}
	p = pool_of(t->generation, t->stack->pipeline);
	if (p->count >= most) {
		close_idle(p->last);
	}
	t->older = p->first;
	*(p->first != NULL ? &p->first->newer : &p->last) = t;
	p->first = t;
	t->idle = true;
	t->idle_ms = w->clock.now_ms;
	p->count++;
	return true;
}

/* -- used again -------------------------------------------------------------- */

/* The back-end may have ended it, or said something. What the loop saw until
 * its last look is known; one that waited for long is looked at once more, for
 * back-ends end what waits after some seconds. */
static bool is_quiet(const struct trunk *t)
{
	struct wire *wire = wire_of(t->stack->bottom);
	uint64_t now = t->line.worker->clock.now_ms;
	char byte;
	ssize_t n;

	if (wire == NULL || wire->readable) {
		return false;
	}
	if (now - t->idle_ms < LOOK_AGAIN_MS) {
		return true;
	}
	do {
		n = recv(wire->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		return true;
	}
	wire->readable = true;
	station_wake(t->stack->bottom);
	return false;
}

static struct trunk *take(struct pool *p)
{
	struct trunk *t;

	for (t = p->first; t != NULL; t = t->older) {
		if (t->line.lent == NULL && is_fit(t) && is_quiet(t)) {
			pool_forget(t);
			return t;
		}
	}
	return NULL;
}

static struct stack *use_again(struct trunk *t, struct session *session)
{
	struct stack *stack = trunk_stream(t, session);
	const struct stream *st;

	if (stack == NULL) {
		return NULL;
	}
	trunk_streams_open(t);
	st = stack->bottom->instance.state;
	if (st->state == STREAM_WAITING) {
		trunk_stream_closed(stack);
		stack_destroy(stack);
		return NULL;
	}
	return stack;
}

static struct stack *use_fresh(struct session *session,
                               const struct pipeline *p)
{
	struct trunk *t = trunk_connect(session->line.worker, p);
	struct stack *stack;

	if (t == NULL) {
		return NULL;
	}
	stack = trunk_stream(t, session);
	if (stack == NULL) {
		trunk_destroy(t);
		return NULL;
	}
	trunk_start(t);
	return stack;
}

struct stack *pool_connect(struct session *session, const struct pipeline *p)
{
	struct pool *pool = pool_of(worker_generation_of(p), p);
	struct trunk *t;

	while ((t = take(pool)) != NULL) {
		struct stack *stack = use_again(t, session);

		if (stack != NULL) {
			return stack;
		}
		trunk_close(t);
	}
	return use_fresh(session, p);
}
