/* SPDX-License-Identifier: MIT */
/* Running a line: sweeps over dirty stations, away from where the event was. */
#include "line.h"

#include "helper.h"
#include "join.h"
#include "session.h"
#include "trunk.h"
#include "wire.h"
#include "worker_state.h"

#include <stddef.h>

enum {
	MOST_SWEEPS = 8,        /* then others get their turn */
	STEP_BUDGET = 64 * 1024 /* payload bytes per step, advice */
};

/* Sweeps ask for neighbours more often than anything else is done. */
static inline struct station *first_of(const struct line *line)
{
	return line->front != NULL ? line->front->bottom : line->top;
}

static inline struct station *last_of(const struct line *line)
{
	if (line->back != NULL) {
		return line->back->bottom;
	}
	if (line->top != NULL) {
		return line->top;
	}
	return line->front->top;
}

/* Above the top of a session's stack stands the session's. */
static inline struct station *right_of(const struct line *line,
                                       const struct station *s)
{
	if (s == line->top) {
		return line->back != NULL ? line->back->top : NULL;
	}
	return s->stack == line->front ? s->above : s->below;
}

static inline struct station *left_of(const struct line *line,
                                      const struct station *s)
{
	if (s == line->top) {
		return line->front != NULL ? line->front->top : NULL;
	}
	return s->stack == line->front ? s->below : s->above;
}

struct station *line_first(const struct line *line)
{
	return first_of(line);
}

struct station *line_last(const struct line *line)
{
	return last_of(line);
}

struct station *line_right(const struct line *line, const struct station *s)
{
	return right_of(line, s);
}

struct station *line_left(const struct line *line, const struct station *s)
{
	return left_of(line, s);
}

static void queue_in(struct line_queue *q, struct line *line)
{
	if (!line->queued && line->lent == NULL && !line->running) {
		line_queue_add(q, line);
	}
}

void line_schedule(struct line *line)
{
	queue_in(&line->worker->now, line);
}

void line_forget(struct line *line)
{
	struct worker *w = line->worker;

	if (line->queued && !line_queue_drop(&w->now, line)) {
		(void)line_queue_drop(&w->later, line);
	}
}

void line_mark_all(struct line *line)
{
	struct station *s;

	for (s = line_first(line); s != NULL; s = line_right(line, s)) {
		station_mark(s);
	}
}

/* Somebody waited for room in this direction, and something was taken. */
QUEUE_RARE static void check_room(struct line *line, const struct pst_queue *q)
{
	struct pst_budget *b = q->budget;

	if (b->blocked &&
	    ((q->changed & QUEUE_TOOK) != 0 || b->held < b->limit)) {
		b->blocked = false;
		line_mark_all(line);
		line_schedule(line);
	}
}

/* Mark whom it concerns that something came to the boundary above `below`. */
static inline void pass_on(struct station *below, struct station *above)
{
	if ((below->rx.changed & QUEUE_PUT) != 0 && above != NULL) {
		station_mark(above);
	}
	if ((below->tx.changed & QUEUE_PUT) != 0) {
		station_mark(below);
	}
	below->rx.changed = 0;
	below->tx.changed = 0;
}

static inline bool anyone_waits(const struct station *s)
{
	return s->rx.budget->blocked || s->tx.budget->blocked;
}

static void look(struct station *below, struct station *above)
{
	if (anyone_waits(below)) {
		check_room(below->line, &below->rx);
		check_room(below->line, &below->tx);
	}
	pass_on(below, above);
}

void line_look(struct station *below, struct station *above)
{
	look(below, above);
}

/* -- room ------------------------------------------------------------------- */

static bool empty_down(const struct station *s)
{
	for (; s != NULL; s = s->below) {
		if (s->tx.first != NULL) {
			return false;
		}
	}
	return true;
}

static bool empty_up(const struct station *s)
{
	const struct line *line = s->line;
	const struct stack *stack = s->stack;
	const struct stack *other =
		stack == line->front ? line->back : line->front;

	for (; s != NULL && s->kind != STATION_TOP; s = s->above) {
		if (s->rx.first != NULL) {
			return false;
		}
	}
	return s == NULL || other == NULL || empty_down(other->top);
}

static bool empty_ahead(const struct pst_queue *q)
{
	const char *at = (const char *)q;

	switch ((enum queue_direction)q->reserved) {
	case QUEUE_RX:
		at -= offsetof(struct station, rx);
		return empty_up((const void *)at);
	case QUEUE_TX:
		at -= offsetof(struct station, tx);
		return empty_down((const void *)at);
	case QUEUE_LOOSE:
		break;
	}
	return false;
}

size_t line_room(struct pst_queue *q)
{
	struct pst_budget *b = q->budget;
	const size_t most = budget_for_layers(b);

	if (b->held < most) {
		return most - b->held;
	}
	if (empty_ahead(q)) {
		return SEGMENT_BIG;
	}
	b->blocked = true;
	return 0;
}

/* -- stepping ----------------------------------------------------------------- */

static void take_result(struct station *s, enum pst_step result)
{
	switch (result) {
	case PST_STEP_OK:
		break;
	case PST_STEP_MORE:
		station_mark(s);
		break;
	case PST_STEP_OFFER:
		s->offered = true;
		session_layer_offers(s);
		stack_progress(s->stack);
		break;
	case PST_STEP_UP:
		s->up = true;
		station_mark(s);
		if (s->above != NULL) {
			station_mark(s->above);
		}
		stack_progress(s->stack);
		break;
	case PST_STEP_HEAVY:
		s->heavy = true;
		station_mark(s);
		break;
	case PST_STEP_TRANSPARENT:
		if (s->kind == STATION_MUX) {
			trunk_dissolve(s->stack->trunk);
		} else {
			station_leave(s);
		}
		break;
	case PST_STEP_ERROR:
		station_failed(s);
		break;
	}
}

QUEUE_RARE static void after_any_step(struct station *s, enum pst_step result)
{
	struct station *below = s->below;
	struct station *above = s->above;

	if (s->kind == STATION_MUX) {
		trunk_streams_changed(s->stack->trunk);
	}
	if (result != PST_STEP_OK) {
		take_result(s, result);
	}
	if (below != NULL) {
		look(below, below->above);
	}
	if (s->kind != STATION_MUX && above != NULL) {
		look(s, above);
	}
}

/* Most steps are of plain layers and end well, and all boundaries of a stack
 * share the two budgets. */
void line_after_step(struct station *s, enum pst_step result)
{
	if (s->kind == STATION_MUX || result != PST_STEP_OK ||
	    anyone_waits(s)) {
		after_any_step(s, result);
		return;
	}
	if (s->below != NULL) {
		pass_on(s->below, s);
	}
	if (s->above != NULL) {
		pass_on(s, s->above);
	}
}

/* A failed layer still stands between others: what comes to it is dropped. */
static void step_dead(struct station *s)
{
	if (s->below != NULL) {
		queue_purge(&s->below->rx);
	}
	queue_purge(&s->tx);
	if (s->kind == STATION_MUX) {
		trunk_streams_drop(s->stack->trunk);
	}
	line_after_step(s, PST_STEP_OK);
}

static void note_doing(struct station *s)
{
	const struct session *session = s->stack->session;

	worker_note(&s->line->worker->slot->loop, s->place->note,
	            s->stack->pipeline->service->note,
	            session != NULL ? session->id : 0);
}

/* A layer that takes bytes may stand on messages: their payloads are its bytes,
 * and what it sends in one step leaves as one binary message. */
static void strip_messages(struct pst_queue *q)
{
	const uint32_t gone = PST_EOM | PST_TEXT | PST_BINARY;
	struct pst_queue bytes;

	if (q->first == NULL) {
		return;
	}
	queue_init(&bytes, q->budget);
	while (q->first != NULL) {
		struct pst_slice *s = queue_take(q);

		if (slice_is_record(s) || s->length == 0) {
			segment_slice_free(s);
			continue;
		}
		s->flags &= ~gone;
		queue_put(&bytes, s);
	}
	q->first = bytes.first;
	q->last = bytes.last;
	q->bytes = bytes.bytes;
}

static void frame_message(struct pst_queue *q)
{
	struct pst_slice *s;

	if (q->last == NULL || (q->last->flags & PST_EOM) != 0) {
		return;
	}
	for (s = q->first; s != NULL; s = s->next) {
		if (!slice_is_record(s)) {
			s->flags |= PST_BINARY;
		}
	}
	if (!slice_is_record(q->last)) {
		q->last->flags |= PST_EOM;
	}
}

enum pst_step station_step(struct station *s, uint32_t flags)
{
	const struct pst_layer *layer = s->place->layer;
	bool mux = s->kind == STATION_MUX;
	struct pst_io io = {
		.rx_in = &s->below->rx,
		.rx_out = mux ? NULL : &s->rx,
		.tx_in = mux ? NULL : &s->tx,
		.tx_out = &s->below->tx,
		.flags = flags | (s->drain ? (uint32_t)PST_IO_DRAIN : 0),
		.budget = STEP_BUDGET,
	};
	enum pst_step result;

	if (s->frames) {
		strip_messages(io.rx_in);
	}
	result = layer->step(&s->instance, &io);
	if (s->frames) {
		frame_message(io.tx_out);
	}
	return result;
}

/* Returns false when the line must be left alone: it was lent. */
static bool step_layer(struct station *s)
{
	if (s->dead) {
		step_dead(s);
		return true;
	}
	if (s->leaving) {
		trunk_dissolve(s->stack->trunk);
		return true;
	}
	if (s->heavy) {
		/* what cannot be lent is queued */
		s->line->running = false;
		helper_lend(s);
		return false;
	}
	note_doing(s);
	line_after_step(s, station_step(s, 0));
	return true;
}

static bool step(struct line *line, struct station *s)
{
	s->dirty = false;
	switch ((enum station_kind)s->kind) {
	case STATION_WIRE:
		line_after_step(s, wire_step(s));
		return true;
	case STATION_LAYER:
	case STATION_MUX:
		return step_layer(s);
	case STATION_STREAM:
		trunk_stream_ready(s);
		return true;
	case STATION_TOP:
		session_step(line->session);
		return true;
	}
	return true;
}

static bool step_at(struct line *line, struct station *s)
{
	return step(line, s) && s->line == line;
}

/* `right` is a constant where this is called, and the choice costs nothing.
 * Returns false when the line is gone: lent, or its stations joined another. */
static inline bool sweep(struct line *line, const bool right)
{
	struct station *s = right ? first_of(line) : last_of(line);

	for (; s != NULL; s = right ? right_of(line, s) : left_of(line, s)) {
		if (s->dirty && !step_at(line, s)) {
			return false;
		}
	}
	return true;
}

static bool is_dirty(const struct stack *stack, const struct station *top)
{
	const struct station *s = stack == NULL ? NULL : stack->bottom;

	while (s != NULL && s != top && !s->dirty) {
		s = s->above;
	}
	return s != NULL && s != top;
}

/* Asked after each sweep, and less work than one that finds nothing. */
static bool any_dirty(const struct line *line)
{
	const struct station *top = line->top;

	return (top != NULL && top->dirty) || is_dirty(line->front, top) ||
	       is_dirty(line->back, top);
}

/* Returns false when the line is gone. */
static bool sweep_all(struct line *line)
{
	bool right = !last_of(line)->dirty || first_of(line)->dirty;
	unsigned sweeps = 0;
	bool ours;

	/* what is marked meanwhile is seen by the next sweep */
	line->running = true;
	do {
		ours = right ? sweep(line, true) : sweep(line, false);
		right = !right;
	} while (ours && ++sweeps < MOST_SWEEPS && any_dirty(line));
	line->running = false;
	if (ours && line->drain) {
		line_schedule(line);
	} else if (ours && sweeps == MOST_SWEEPS) {
		queue_in(&line->worker->later, line);
	}
	return ours;
}

static void line_drain(struct line *line)
{
	struct station *s;

	line->drain = false;
	if (line->session != NULL) {
		join_drain(line->session);
	}
	for (s = line_first(line); s != NULL; s = line_right(line, s)) {
		s->drain = true;
		station_mark(s);
	}
}

static void settle(struct line *line)
{
	if (line->front != NULL) {
		wire_settle(line->front->bottom);
	}
	if (line->back != NULL) {
		wire_settle(line->back->bottom);
	}
	/* these may free the line */
	if (line->session != NULL) {
		session_settle(line->session);
	} else {
		trunk_settle(line->trunk);
	}
}

void line_run(struct line *line)
{
	if (line->lent != NULL) {
		return;
	}
	if (line->drain) {
		line_drain(line);
	}
	if (sweep_all(line)) {
		settle(line);
	}
}
