/* SPDX-License-Identifier: MIT */
/* Streams above a trunk's mux: opened, kept in step, closed, merged. */
#include "trunk.h"

#include "block.h"
#include "exchange_note.h"
#include "route_match.h"
#include "session.h"
#include "wire.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <penstock/head.h>
#include <stdlib.h>
#include <string.h>

static struct station *mux_of(const struct trunk *t)
{
	return t->stack->top;
}

static void move_state(struct stream *st, enum stream_event event)
{
	st->state = (uint8_t)stream_next_state(st->state, event);
}

/* -- made and unmade ----------------------------------------------------- */

static void attach(struct trunk *t, struct stream *st)
{
	st->trunk = t;
	st->next = t->streams;
	t->streams = st;
	t->parting = false;
	t->stream_count++;
	st->stack->trunk = t;
}

static struct stream *stream_create(struct trunk *t,
                                    const struct pipeline *pipeline,
                                    struct session *session)
{
	const struct pst_mux *mux = mux_of(t)->place->mux;
	size_t own = (sizeof(struct stream) + 15) & ~(size_t)15;
	struct stream *st = block_create(own + mux->stream_state_size);
	bool back = pipeline->role == PST_CONNECT;

	if (st == NULL) {
		return NULL;
	}
	st->stack =
		stack_create(t->line.worker, pipeline, STATION_STREAM,
	                     (unsigned)pipeline->mux + 1, pipeline->count,
	                     &session->line, back ? session->down : session->up,
	                     back ? session->up : session->down);
	if (st->stack == NULL) {
		block_destroy(st);
		return NULL;
	}
	st->stack->session = session;
	st->stack->bottom->instance.state = st;
	st->view.state = (uint8_t *)st + own;
	st->view.rx_out = &st->stack->bottom->rx;
	st->view.tx_in = &st->stack->bottom->tx;
	attach(t, st);
	return st;
}

static void unready(struct trunk *t, struct stream *st)
{
	struct stream *before = NULL, *s;

	if (!st->ready) {
		return;
	}
	for (s = t->ready_first; s != st; s = s->ready_next) {
		before = s;
	}
	if (before != NULL) {
		before->ready_next = st->ready_next;
	} else {
		t->ready_first = st->ready_next;
	}
	if (t->ready_last == st) {
		t->ready_last = before;
	}
	st->ready = false;
}

static void detach(struct trunk *t, struct stream *st)
{
	struct stream **at = &t->streams;

	unready(t, st);
	while (*at != st) {
		at = &(*at)->next;
	}
	*at = st->next;
}

static void stream_free(struct trunk *t, struct stream *st)
{
	detach(t, st);
	block_destroy(st);
}

void trunk_streams_free(struct trunk *t)
{
	while (t->streams != NULL) {
		stream_free(t, t->streams);
	}
}

/* Something goes on at the trunk when a stream that its mux was done with is
 * gone: it dissolves, is freed, or ends for want of a place in its pool. */
static bool awaits_streams(const struct trunk *t)
{
	const struct wire *w = wire_of(t->stack->bottom);

	return mux_of(t)->leaving || w == NULL || w->closed ||
	       (t->stack->role == PST_CONNECT && !t->idle &&
	        t->streams == NULL);
}

void trunk_stream_closed(struct stack *stack)
{
	struct stream *st = stack->bottom->instance.state;
	struct trunk *t = st->trunk;
	struct station *mux = mux_of(t);
	bool done = st->state == STREAM_DONE;

	st->stack = NULL;
	if (mux->opened && mux->place->mux->stream_close != NULL) {
		mux->place->mux->stream_close(&mux->instance, &st->view);
	}
	stream_free(t, st);
	if (!done || awaits_streams(t)) {
		station_wake(mux);
	}
}

/* -- accepted and connected ---------------------------------------------- */

static int find_route(const struct trunk *t, const struct pst_head *head,
                      const struct route **route_out)
{
	const struct sni_node *node = worker_node_now(t->listener, t->node);

	if (head->upgrade_by == PST_UPGRADE_CONNECT &&
	    head->upgrade.length == 0) {
		return route_match_tunnel(node, route_out);
	}
	return route_match(node, pst_head_text(head, head->authority),
	                   head->authority.length,
	                   pst_head_text(head, head->path), head->path.length,
	                   route_out);
}

/* Rules of the service, which the mux keeps. */
static int admit(struct trunk *t, const struct pipeline *p,
                 const struct pst_head *head)
{
	struct station *s = mux_of(t);
	const struct pst_mux *mux = s->place->mux;

	return mux->stream_admit == NULL
	               ? PST_OK
	               : mux->stream_admit(&s->instance, p->layers[p->mux].conf,
	                                   head);
}

int trunk_accept_stream(struct trunk *t, const struct pst_head *head,
                        struct pst_stream **stream_out)
{
	const struct route *route;
	struct session *session;
	struct stream *st;
	int result;

	if (t->node == NULL || t->state != TRUNK_OPEN) {
		return PST_INVALID;
	}
	t->refused_by = NULL;
	result = find_route(t, head, &route);
	if (result != PST_OK) {
		return result;
	}
	result = admit(t, route->pipeline, head);
	if (result != PST_OK) {
		t->refused_by = route->pipeline->service->name;
		return result;
	}
	session = session_create(t->line.worker, route->pipeline);
	if (session == NULL) {
		return PST_MEMORY;
	}
	st = stream_create(t, route->pipeline, session);
	if (st == NULL) {
		session_destroy(session);
		return PST_MEMORY;
	}
	if (session_may_be_logged(session)) {
		session->exchange = exchange_note_create(head);
	}
	move_state(st, STREAM_TAKEN);
	st->stack->bottom->up = true;
	*stream_out = &st->view;
	(void)session_start(session, st->stack);
	return PST_OK;
}

void trunk_stream_answered(struct trunk *t, struct pst_stream *view,
                           const struct pst_answered *a)
{
	const struct stream *st = (const struct stream *)view;
	struct exchange_note *note;

	if (st == NULL) {
		trunk_log_refused(t, a);
		return;
	}
	note = st->stack == NULL ? NULL : st->stack->session->exchange;
	if (note != NULL) {
		note->status = (uint16_t)a->status;
	}
}

struct stack *trunk_stream(struct trunk *t, struct session *session)
{
	struct stream *st = stream_create(t, t->stack->pipeline, session);

	return st != NULL ? st->stack : NULL;
}

void trunk_streams_open(struct trunk *t)
{
	struct station *mux = mux_of(t);
	struct stream *st;

	for (st = t->streams; st != NULL; st = st->next) {
		if (st->state != STREAM_WAITING || st->stack == NULL ||
		    mux->place->mux->stream_open == NULL ||
		    mux->place->mux->stream_open(&mux->instance, &st->view) !=
		            0) {
			continue;
		}
		move_state(st, STREAM_TAKEN);
		st->stack->bottom->up = true;
		station_mark(st->stack->bottom);
		line_schedule(st->stack->bottom->line);
		stack_progress(st->stack);
	}
}

/* -- in step with the mux ------------------------------------------------ */

void trunk_stream_ready(struct station *s)
{
	struct stream *st = s->instance.state;
	struct trunk *t = st->trunk;

	line_look(s, s->above);
	if (st->stack->role == PST_ACCEPT) { /* a layer may have answered */
		exchange_note_look(st->stack->session->exchange, &s->tx);
	}
	if (st->state != STREAM_OPEN) {
		if (st->state == STREAM_DONE) {
			queue_purge(&s->tx);
		}
		return;
	}
	if (!st->ready) {
		st->ready = true;
		st->ready_next = NULL;
		if (t->ready_last != NULL) {
			t->ready_last->ready_next = st;
		} else {
			t->ready_first = st;
		}
		t->ready_last = st;
	}
	station_wake(mux_of(t));
}

struct pst_stream *trunk_next_ready(struct trunk *t)
{
	struct stream *st = t->ready_first;

	if (st == NULL) {
		return NULL;
	}
	unready(t, st);
	return &st->view;
}

void trunk_streams_changed(struct trunk *t)
{
	struct stream *st;

	for (st = t->streams; st != NULL; st = st->next) {
		struct station *s;

		if (st->stack == NULL) {
			continue;
		}
		s = st->stack->bottom;
		if ((s->rx.changed | s->tx.changed) != 0) {
			bool put = (s->rx.changed & QUEUE_PUT) != 0;

			line_look(s, s->above);
			/* the mux itself made these changes */
			s->dirty = false;
			if (put) {
				line_schedule(s->line);
			}
		}
	}
}

/* What happens to the trunk is no matter of a stream that ended before. A
 * client's that was given up within its response is none. */
static bool is_served(const struct stream *st)
{
	const struct station *end = st->stack->bottom;

	return st->state == STREAM_DONE && end->rx.end != PST_END_RESET &&
	       end->rx.end != PST_END_CUT &&
	       (st->stack->role == PST_CONNECT || end->tx.end != PST_END_OPEN);
}

/* Whether nothing of an answer has come, as far as anybody here can see. */
static bool is_unanswered(const struct trunk *t, const struct stream *st)
{
	const struct station *end = st->stack->bottom;
	const struct station *s;

	for (s = t->stack->bottom; s != mux_of(t); s = s->above) {
		if (s->rx.first != NULL) {
			return false;
		}
	}
	return end->rx.first == NULL && end->rx.end == PST_END_OPEN &&
	       (end->tx.end == PST_END_OPEN || end->tx.end == PST_END_CLEAN);
}

static bool may_move(const struct trunk *t, const struct stream *st)
{
	const uint32_t flags = st->view.flags;

	return st->state == STREAM_OPEN && (flags & PST_STREAM_KEPT) != 0 &&
	       (flags & PST_STREAM_AGAIN) == 0 && !t->line.worker->draining &&
	       is_unanswered(t, st);
}

static bool move_to_fresh(struct trunk *t, struct stream *st)
{
	struct station *mux = mux_of(t);
	struct trunk *fresh = trunk_connect(t->line.worker, t->stack->pipeline);

	if (fresh == NULL) {
		return false;
	}
	if (mux->place->mux->stream_close != NULL) {
		mux->place->mux->stream_close(&mux->instance, &st->view);
	}
	detach(t, st);
	memset(st->view.state, 0, mux->place->mux->stream_state_size);
	st->view.flags = PST_STREAM_AGAIN;
	move_state(st, STREAM_MOVED);
	attach(fresh, st);
	trunk_start(fresh);
	return true;
}

void trunk_streams_end(struct trunk *t, enum pst_end end, enum pst_class why)
{
	struct stream *st, *next;

	for (st = t->streams; st != NULL; st = next) {
		struct station *s;

		next = st->next;
		if (st->stack == NULL || is_served(st) ||
		    (may_move(t, st) && move_to_fresh(t, st))) {
			continue;
		}
		s = st->stack->bottom;
		reason_copy(&st->stack->session->reason, &t->reason);
		queue_end(&s->rx, end, why);
		if (s->above != NULL) {
			station_mark(s->above);
		}
		line_schedule(s->line);
		stack_fail(st->stack);
	}
}

bool trunk_streams_served(const struct trunk *t)
{
	const struct stream *st = t->streams;

	while (st != NULL && st->state == STREAM_DONE) {
		st = st->next;
	}
	return st == NULL;
}

void trunk_streams_drop(struct trunk *t)
{
	struct stream *st;

	for (st = t->streams; st != NULL; st = st->next) {
		if (st->stack != NULL) {
			queue_purge(&st->stack->bottom->tx);
		}
	}
}

static void finish_stream(struct stream *st)
{
	move_state(st, STREAM_FINISHED);
	if (st->stack != NULL) {
		line_schedule(st->stack->bottom->line);
	}
}

void trunk_stream_done(struct trunk *t, struct pst_stream *view)
{
	struct stream *st = (struct stream *)view;

	unready(t, st);
	finish_stream(st);
}

void trunk_streams_finish(struct trunk *t)
{
	struct stream *st;

	for (st = t->streams; st != NULL; st = st->next) {
		if (st->state == STREAM_DONE) {
			continue;
		}
		if (st->stack != NULL) {
			struct station *s = st->stack->bottom;

			reason_copy(&st->stack->session->reason, &t->reason);
			queue_end(&s->rx, PST_END_RESET, PST_CLASS_TRUNCATED);
			line_look(s, s->above);
			/* who had said all can only be missed like this */
			stack_fail(st->stack);
		}
		finish_stream(st);
	}
}

/* -- merged -------------------------------------------------------------- */

static void hand_over(struct trunk *t, struct stack *stack)
{
	struct station *end = stack->bottom;
	struct station *s;

	for (s = t->stack->bottom; s != mux_of(t); s = s->above) {
		s->stack = stack;
		s->line = end->line;
		s->dirty = true;
		queue_rebudget(&s->rx, end->rx.budget);
		queue_rebudget(&s->tx, end->tx.budget);
	}
}

/* The one stream that is not done; NULL when there is none, or several. */
static struct stream *only_stream(const struct trunk *t)
{
	struct stream *st, *found = NULL;

	for (st = t->streams; st != NULL; st = st->next) {
		if (st->state == STREAM_DONE) {
			continue;
		}
		if (found != NULL) {
			return NULL;
		}
		found = st;
	}
	return found;
}

static void merge(struct trunk *t, struct stream *st)
{
	struct station *mux = mux_of(t);
	struct stack *stack = st->stack;
	struct station *end = stack->bottom;

	/* the mux's boundary is the stream's: it leaves like any layer */
	hand_over(t, stack);
	end->below = mux->below;
	station_replace(mux, end);
	if (mux->place->mux->stream_close != NULL) {
		mux->place->mux->stream_close(&mux->instance, &st->view);
	}
	station_close(mux, PST_CLOSE_LEFT);
	stack->absorbed = t->stack;
	stack->bottom = t->stack->bottom;
	if (stack->top == end) {
		stack->top = mux->below;
	}
	st->stack = NULL;
	stream_free(t, st);
	mux->line = stack->bottom->line;
	line_mark_all(stack->bottom->line);
	line_schedule(stack->bottom->line);
	stack_progress(stack);
}

void trunk_dissolve(struct trunk *t)
{
	struct stream *st = only_stream(t);

	mux_of(t)->leaving = true;
	if (st == NULL || st->stack == NULL) {
		stack_reason(t->stack, mux_of(t), PST_CLASS_INTERNAL, 0,
		             "a mux can only leave one stream");
		station_failed(mux_of(t));
		return;
	}
	if (t->streams->next != NULL) {
		/* a former stream still drains: trunk_stream_closed wakes us */
		return;
	}
	merge(t, st);
	t->state = (uint8_t)trunk_next(t->state, TRUNK_LEAVE);
	timer_clear(&t->line.worker->timers, &t->timer);
	line_forget(&t->line);
	trunk_unlink(t);
	worker_one_less(t->line.worker);
}
