/* SPDX-License-Identifier: MIT */
/* Stacks of stations: made, opened, failed, left, destroyed. */
#include "station.h"

#include "block.h"
#include "line.h"
#include "session.h"
#include "trunk.h"
#include "wire.h"
#include "worker_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t aligned(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static size_t states_size(const struct pipeline *p, unsigned first,
                          unsigned last)
{
	size_t n = 0;
	unsigned i;

	for (i = first; i < last; i++) {
		n += aligned(p->layers[i].layer->state_size);
	}
	return n;
}

static void station_init(struct station *s, struct stack *stack,
                         enum station_kind kind, struct line *line,
                         struct pst_budget *rx, struct pst_budget *tx)
{
	s->kind = (uint8_t)kind;
	s->stack = stack;
	s->line = line;
	s->instance.core = core_table();
	s->instance.role = (uint8_t)stack->pipeline->role;
	queue_init(&s->rx, rx);
	queue_init(&s->tx, tx);
	s->rx.reserved = QUEUE_RX;
	s->tx.reserved = QUEUE_TX;
}

static uint32_t shape_above(const struct pst_layer *layer, uint32_t below)
{
	return layer->above != 0 ? layer->above : below;
}

static void place_layers(struct stack *stack, uint8_t *states, unsigned first,
                         unsigned last)
{
	struct station *bottom = stack->bottom;
	uint32_t shape = bottom->kind == STATION_WIRE ? PST_SHAPE_BYTES
	                                              : PST_SHAPE_EXCHANGES;
	unsigned i;

	for (i = first; i < last; i++) {
		const struct placed_layer *place = &stack->pipeline->layers[i];
		struct station *s = &stack->stations[i - first + 1];

		station_init(s, stack,
		             place->mux != NULL ? STATION_MUX : STATION_LAYER,
		             bottom->line, bottom->rx.budget,
		             bottom->tx.budget);
		s->place = place;
		s->instance.conf = place->conf;
		s->instance.state = states;
		states += aligned(place->layer->state_size);
		s->below = stack->top;
		stack->top->above = s;
		stack->top = s;
		/* a mux is open as soon as what it stands on is */
		s->up = place->mux != NULL;
		s->frames = shape == PST_SHAPE_MESSAGES &&
		            (place->layer->below & PST_SHAPE_MESSAGES) == 0;
		shape = shape_above(place->layer, shape);
	}
}

struct stack *stack_create(struct worker *worker,
                           const struct pipeline *pipeline,
                           enum station_kind kind, unsigned first,
                           unsigned last, struct line *line,
                           struct pst_budget *rx, struct pst_budget *tx)
{
	unsigned count = last - first + 1;
	size_t front = aligned(sizeof(struct stack)) +
	               aligned(count * sizeof(struct station));
	struct stack *stack =
		block_create(front + states_size(pipeline, first, last));

	if (stack == NULL) {
		return NULL;
	}
	stack->worker = worker;
	stack->pipeline = pipeline;
	stack->role = (uint8_t)pipeline->role;
	stack->first = (uint8_t)first;
	stack->count = count;
	stack->stations = (struct station *)(void *)((uint8_t *)stack +
	                                             aligned(sizeof(*stack)));
	stack->bottom = &stack->stations[0];
	stack->top = stack->bottom;
	station_init(stack->bottom, stack, kind, line, rx, tx);
	if (kind == STATION_WIRE) {
		stack->bottom->place = &pipeline->layers[0];
	}
	place_layers(stack, (uint8_t *)stack + front, first, last);
	return stack;
}

int stack_open(struct stack *stack)
{
	unsigned i;

	for (i = 1; i < stack->count; i++) {
		struct station *s = &stack->stations[i];
		const struct pst_layer *layer = s->place->layer;

		if (layer->open != NULL && layer->open(&s->instance) != 0) {
			return PST_INVALID;
		}
		s->opened = true;
		s->dirty = true;
	}
	stack->bottom->dirty = true;
	return PST_OK;
}

void station_forget_timers(struct station *s)
{
	struct timers *ts = &s->line->worker->timers;
	struct station_timer *t;

	while ((t = s->timers) != NULL) {
		s->timers = t->next;
		timer_clear(ts, &t->timer);
		timers_release(ts);
		free(t);
	}
}

void station_close(struct station *s, enum pst_close why)
{
	station_forget_timers(s);
	if (s->opened && s->place->layer->close != NULL) {
		s->place->layer->close(&s->instance, why);
	}
	s->opened = false;
}

void stack_destroy(struct stack *stack)
{
	unsigned i;

	if (stack == NULL) {
		return;
	}
	for (i = stack->count; i-- > 0;) {
		struct station *s = &stack->stations[i];

		if (s->place != NULL && s->place->layer != NULL) {
			station_close(s, PST_CLOSE_DONE);
		}
		if (s->kind == STATION_WIRE) {
			wire_destroy(s);
		}
	}
	for (i = 0; i < stack->count; i++) {
		queue_purge(&stack->stations[i].rx);
		queue_purge(&stack->stations[i].tx);
	}
	attributes_free(&stack->attributes);
	if (stack->absorbed != NULL) {
		trunk_destroy(stack->absorbed->trunk);
	}
	block_destroy(stack);
}

static void tell_owner(struct stack *stack)
{
	if (stack->session != NULL) {
		session_stack_moved(stack->session, stack);
	} else {
		trunk_stack_moved(stack->trunk);
	}
}

static void stack_event(struct stack *stack, enum stack_event event)
{
	enum stack_state next = stack_next(stack->state, event);

	if (next != stack->state) {
		stack->state = (uint8_t)next;
		tell_owner(stack);
	}
}

void stack_fail(struct stack *stack)
{
	stack_event(stack, STACK_FAILURE);
}

void stack_progress(struct stack *stack)
{
	const struct station *s;
	bool offered = false;

	for (s = stack->bottom; s != NULL && s->kind != STATION_TOP;
	     s = s->above) {
		if (s->up) {
			continue;
		}
		if (!s->offered) {
			return;
		}
		offered = true;
	}
	stack_event(stack, offered ? STACK_LAYER_OFFERS : STACK_ALL_UP);
}

static void end_downwards(struct station *s, enum pst_class why)
{
	struct pst_queue *tx = &s->below->tx;

	/* what the layer put in this step are its last words */
	queue_end(tx, tx->first != NULL ? PST_END_CLEAN : PST_END_RESET, why);
	station_mark(s->below);
}

void station_failed(struct station *s)
{
	struct stack *stack = s->stack;
	const struct reason *r = stack->session != NULL
	                                 ? &stack->session->reason
	                                 : &stack->trunk->reason;
	enum pst_class why =
		r->set ? (enum pst_class)r->class : PST_CLASS_INTERNAL;

	s->dead = true;
	s->dirty = true;
	if (s->kind == STATION_MUX) {
		trunk_streams_end(stack->trunk, PST_END_RESET, why);
	} else {
		queue_end(&s->rx, PST_END_RESET, why);
	}
	if (s->below != NULL) {
		end_downwards(s, why);
	}
	if (s->above != NULL) {
		station_mark(s->above);
	}
	stack_event(stack, STACK_FAILURE);
}

/* Join the two boundaries of a layer that holds nothing: what is above it is
 * older when received, younger when sent. */
static void join_boundaries(struct station *s)
{
	struct station *below = s->below;
	struct pst_queue rx = below->rx;

	below->rx = s->rx;
	if (below->rx.end == PST_END_OPEN) {
		queue_move(&below->rx, &rx, SIZE_MAX);
		if (rx.end != PST_END_OPEN) {
			queue_end(&below->rx, rx.end, rx.end_class);
		}
	}
	queue_purge(&rx);
	if (below->tx.end == PST_END_OPEN) {
		queue_move(&below->tx, &s->tx, SIZE_MAX);
		if (s->tx.end != PST_END_OPEN) {
			queue_end(&below->tx, s->tx.end, s->tx.end_class);
		}
	}
	queue_purge(&s->tx);
	queue_init(&s->rx, below->rx.budget);
	queue_init(&s->tx, below->tx.budget);
}

void station_leave(struct station *s)
{
	struct stack *stack = s->stack;

	join_boundaries(s);
	s->below->above = s->above;
	if (stack->top == s) {
		stack->top = s->below;
	}
	if (s->above != NULL && s->above->kind != STATION_TOP) {
		s->above->below = s->below;
	}
	s->up = true;
	station_mark(s->below);
	if (s->above != NULL) {
		station_mark(s->above);
	}
	station_close(s, PST_CLOSE_LEFT);
	stack_progress(stack);
}

void station_replace(struct station *mux, struct station *end)
{
	struct station *below = mux->below;

	join_boundaries(end);
	below->above = end->above;
	if (end->above != NULL && end->above->kind != STATION_TOP) {
		end->above->below = below;
	}
}

void station_wake(struct station *s)
{
	s->dirty = true;
	line_schedule(s->line);
}

static void fire(struct station *s, uint32_t id)
{
	if (s->dead) {
		return;
	}
	if (s->kind == STATION_TOP) {
		session_timeout(s->line->session, id);
	} else if (s->place->layer->timeout != NULL) {
		s->place->layer->timeout(&s->instance, id);
	}
	station_wake(s);
}

static struct station_timer *timer_find(const struct station *s, uint32_t id)
{
	struct station_timer *t = s->timers;

	while (t != NULL && t->timer.id != id) {
		t = t->next;
	}
	return t;
}

static void timer_fired(struct timer *timer)
{
	struct station_timer *t = (struct station_timer *)(void *)timer;
	struct station *s = timer->owner;
	struct worker *w = s->line->worker;

	if (t->due_ms == 0) {
		return;
	}
	if (t->due_ms > w->clock.now_ms) {
		timer_set(&w->timers, timer, t->due_ms);
		return;
	}
	t->due_ms = 0;
	if (s->line->lent) {
		t->late = true;
	} else {
		fire(s, timer->id);
	}
}

void station_late_timers(struct station *s)
{
	uint32_t id;

	for (id = 0; s->timers != NULL && id < STATION_TIMERS; id++) {
		struct station_timer *t = timer_find(s, id);

		if (t != NULL && t->late) {
			t->late = false;
			fire(s, id);
		}
	}
}

static struct station_timer *timer_make(struct station *s, uint32_t id)
{
	struct station_timer *t = calloc(1, sizeof(*t));

	if (t == NULL || timers_reserve(&s->line->worker->timers) != PST_OK) {
		free(t);
		return NULL;
	}
	t->timer.owner = s;
	t->timer.id = id;
	t->timer.fire = timer_fired;
	t->next = s->timers;
	s->timers = t;
	return t;
}

void station_timer(struct station *s, uint32_t id, uint64_t ms)
{
	struct worker *w = s->line->worker;
	struct station_timer *t = timer_find(s, id);

	if (t == NULL && ms != 0 && id < STATION_TIMERS) {
		t = timer_make(s, id);
	}
	if (t == NULL) {
		return;
	}
	t->late = false;
	t->due_ms = ms == 0 ? 0 : w->clock.now_ms + ms;
	if (ms != 0 && (t->timer.place == 0 || t->timer.due_ms > t->due_ms)) {
		timer_set(&w->timers, &t->timer, t->due_ms);
	}
}

void stack_reason(struct stack *stack, const struct station *s,
                  enum pst_class why, unsigned code, const char *fmt, ...)
{
	struct reason *r = stack->session != NULL ? &stack->session->reason
	                                          : &stack->trunk->reason;
	va_list ap;

	va_start(ap, fmt);
	reason_vset(r, stack->role, station_name(s), why, code, fmt, ap);
	va_end(ap);
}

static const char *waits_for(const struct station *s)
{
	const struct attribute *a;
	char key[80];

	snprintf(key, sizeof(key), "%s.waits_for", station_name(s));
	a = attribute_find(s->stack->attributes, key);
	return a == NULL ? NULL : a->value;
}

void stack_late(struct stack *stack, uint64_t passed)
{
	const struct station *s = stack->stations;
	const char *what;
	unsigned i;

	for (i = 0; i < stack->count && s->up; i++) {
		s = &stack->stations[i];
	}
	what = waits_for(s);
	stack_reason(stack, s, PST_CLASS_TIMEOUT, 0,
	             "the opening took longer than opening_timeout (%" PRIu64
	             " ms)%s%s",
	             passed, what == NULL ? "" : "; it waited for ",
	             what == NULL ? "" : what);
}

const char *station_name(const struct station *s)
{
	return s->place != NULL ? s->place->id : "core";
}
