/* SPDX-License-Identifier: MIT */
/* Sessions: from offer to answer, stepping the service, taking both hops down. */
#include "session.h"

#include "block.h"
#include "join.h"
#include "limits.h"
#include "pool.h"
#include "series.h"
#include "trunk.h"
#include "wire.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <stdlib.h>
#include <string.h>

static void link_session(struct session *s)
{
	struct worker *w = s->line.worker;

	s->next = w->sessions;
	s->link = &w->sessions;
	if (s->next != NULL) {
		s->next->link = &s->next;
	}
	w->sessions = s;
}

static void unlink_session(struct session *s)
{
	*s->link = s->next;
	if (s->next != NULL) {
		s->next->link = s->link;
	}
}

static void init_top(struct session *s, struct worker *w)
{
	s->top.kind = STATION_TOP;
	s->top.line = &s->line;
	s->top.instance.core = core_table();
	s->top.instance.conf = s->service->conf;
	s->top.instance.role = PST_ACCEPT;
	s->top.instance.state = (uint8_t *)s + ((sizeof(*s) + 15) & ~15ul);
	s->line.worker = w;
	s->line.session = s;
	s->line.top = &s->top;
}

static bool reserve(struct session *s, struct worker *w, uint64_t high_water)
{
	s->up = budget_create(high_water);
	s->down = budget_create(high_water);
	if (s->up != NULL && s->down != NULL &&
	    timers_reserve(&w->timers) == PST_OK) {
		return true;
	}
	budget_release(s->up);
	budget_release(s->down);
	return false;
}

struct session *session_create(struct worker *w,
                               const struct pipeline *pipeline)
{
	const struct service_conf *service = pipeline->service;
	struct session *s = block_create(((sizeof(*s) + 15) & ~15ul) +
	                                 service->type->state_size);

	if (s == NULL || !reserve(s, w, pipeline->limits.high_water)) {
		block_destroy(s);
		return NULL;
	}
	s->service = service;
	init_top(s, w);
	s->id = (uint64_t)w->params.index * 1000000000u +
	        atomic_fetch_add(&w->slot->last_session, 1) + 1;
	s->began_ms = w->clock.now_ms;
	s->active_ms = w->clock.now_ms;
	s->timer.owner = s;
	s->timer.fire = limits_timer_fired;
	worker_generation_hold(service->generation);
	link_session(s);
	series_session_began(s);
	return s;
}

static void stack_gone(struct stack *stack)
{
	if (stack == NULL) {
		return;
	}
	if (stack->bottom->kind == STATION_STREAM) {
		trunk_stream_closed(stack);
	}
	stack_destroy(stack);
}

void session_destroy(struct session *s)
{
	struct worker *w = s->line.worker;
	const struct pst_service *type = s->service->type;

	session_log(s);
	series_session_ended(s);
	if (s->service_open && type->close != NULL) {
		type->close(&s->top.instance, PST_CLOSE_DONE);
	}
	join_finish(s);
	station_forget_timers(&s->top);
	timer_clear(&w->timers, &s->timer);
	timers_release(&w->timers);
	stack_gone(s->line.front);
	stack_gone(s->line.back);
	line_forget(&s->line);
	unlink_session(s);
	budget_release(s->up);
	budget_release(s->down);
	reason_finish(&s->reason);
	told_finish(&s->told);
	free(s->exchange);
	worker_generation_release(w, s->service->generation);
	block_destroy(s);
	worker_one_less(w);
}

int session_start(struct session *s, struct stack *front)
{
	int result;

	s->line.front = front;
	front->session = s;
	front->top->above = &s->top;
	result = stack_open(front);
	s->top.dirty = true;
	if (result != PST_OK) {
		session_abort(s, (enum pst_class)s->reason.class);
	}
	s->rearm = true;
	line_schedule(&s->line);
	stack_progress(front);
	return result;
}

void session_abort(struct session *s, enum pst_class why)
{
	struct stack *stacks[2] = {s->line.front, s->line.back};
	int i;

	if (s->state == SESSION_ENDING) {
		return;
	}
	session_lost(s, why);
	s->state = (uint8_t)session_next(s->state, SESSION_ABORT);
	s->ended_ms = s->line.worker->clock.now_ms;
	for (i = 0; i < 2; i++) {
		if (stacks[i] != NULL) {
			queue_end(&stacks[i]->top->tx, PST_END_RESET, why);
			station_mark(stacks[i]->top);
		}
	}
	station_mark(&s->top);
	limits_arm(s);
	line_schedule(&s->line);
}

void session_ended(struct session *s, enum pst_role role)
{
	const struct stack *front = s->line.front;
	const struct stack *back = s->line.back;
	uint32_t provides = front->pipeline->provides;

	if (back != NULL) {
		provides &= back->pipeline->provides;
	}
	if (s->ended_by == 0) {
		s->ended_by = (uint8_t)role;
	}
	if (s->ended_ms != 0) {
		return;
	}
	if ((provides & PST_PROVIDES_HALF_CLOSE) != 0 &&
	    (front->top->tx.end == PST_END_OPEN ||
	     (back != NULL && back->top->tx.end == PST_END_OPEN))) {
		/* the other direction may go on for as long as it likes */
		return;
	}
	s->ended_ms = s->line.worker->clock.now_ms;
	limits_arm(s);
}

/* A rule of ours said no: that is no end of the client's. */
static bool is_refused(const struct session *s)
{
	return s->reason.set && s->reason.class == PST_CLASS_POLICY;
}

void session_stack_moved(struct session *s, struct stack *stack)
{
	station_mark(&s->top);
	line_schedule(&s->line);
	if (stack->state == STACK_FAILED && stack == s->line.front &&
	    s->ended_by == 0 && !is_refused(s)) {
		s->ended_by = PST_ACCEPT;
	}
}

/* -- opening ----------------------------------------------------------- */

static struct pst_io service_io(struct session *s)
{
	return (struct pst_io){
		.rx_in = &s->line.front->top->rx,
		.tx_out = &s->line.front->top->tx,
		.flags = s->top.drain ? PST_IO_DRAIN : 0,
		.budget = 64 * 1024,
	};
}

static void note_service(struct session *s)
{
	worker_note(&s->line.worker->slot->loop, s->service->type_note,
	            s->service->note, s->id);
}

static bool front_ready(const struct session *s)
{
	const struct stack *front = s->line.front;

	if (front->state != STACK_UP && front->state != STACK_OFFERED) {
		return false;
	}
	return front->pipeline->top != PST_SHAPE_EXCHANGES ||
	       front->top->rx.first != NULL;
}

static bool front_broke(struct session *s)
{
	const struct pst_queue *rx = &s->line.front->top->rx;

	return rx->end == PST_END_RESET || rx->end == PST_END_CUT ||
	       s->line.front->state == STACK_FAILED ||
	       (rx->end == PST_END_CLEAN && s->state == SESSION_OPENING);
}

/* An exchange that ends well before its request came up here: a layer gave the
 * response by itself. */
static bool answered_below(const struct session *s)
{
	return s->state == SESSION_OPENING &&
	       s->line.front->pipeline->top == PST_SHAPE_EXCHANGES &&
	       s->line.front->top->rx.end == PST_END_CLEAN;
}

static void front_lost(struct session *s)
{
	enum pst_class why = (enum pst_class)s->line.front->top->rx.end_class;

	if (s->ended_by == 0 && !answered_below(s) && !is_refused(s)) {
		s->ended_by = PST_ACCEPT;
	}
	session_abort(s, s->reason.set ? (enum pst_class)s->reason.class : why);
}

static void step_opening(struct session *s)
{
	struct pst_io io = service_io(s);

	if (!front_ready(s)) {
		if (front_broke(s)) {
			front_lost(s);
		}
		return;
	}
	s->state = (uint8_t)session_next(s->state, SESSION_READY);
	s->service_open = true;
	note_service(s);
	if (s->service->type->offer(&s->top.instance, &io) != 0) {
		struct pst_answer no = {
			.size = sizeof(no),
			.reason = s->reason.set
		                          ? (enum pst_class)s->reason.class
		                          : PST_CLASS_INTERNAL,
		};

		session_answer(s, &no);
	}
}

static void tell_service(struct session *s)
{
	const struct pst_service *type = s->service->type;
	const struct stack *back = s->line.back;
	enum pst_back what;
	int result;

	if (back == NULL || s->back_told ||
	    (back->state != STACK_UP && back->state != STACK_FAILED)) {
		return;
	}
	what = back->state == STACK_UP ? PST_BACK_UP : PST_BACK_REFUSED;
	s->back_told = true;
	note_service(s);
	result = type->back(&s->top.instance, s->back_index, what);
	if (result != 0) {
		session_abort(s, s->reason.set ? (enum pst_class)s->reason.class
		                               : PST_CLASS_INTERNAL);
	}
}

static void step_offered(struct session *s)
{
	if (front_broke(s)) {
		front_lost(s);
		return;
	}
	tell_service(s);
}

static uint64_t passed(const struct pst_queue *q, uint64_t before)
{
	return before > q->bytes ? before - q->bytes : 0;
}

static void step_serving(struct session *s)
{
	const struct pst_service *type = s->service->type;
	struct pst_io io = service_io(s);
	uint64_t in = io.rx_in->bytes, out = io.tx_out->bytes;
	enum pst_step result;

	tell_service(s);
	if (type->step == NULL || s->state != SESSION_SERVING) {
		return;
	}
	note_service(s);
	result = type->step(&s->top.instance, &io);
	s->bytes_in += passed(io.rx_in, in);
	s->bytes_out += io.tx_out->bytes > out ? io.tx_out->bytes - out : 0;
	s->active_ms = s->line.worker->clock.now_ms;
	if (result == PST_STEP_MORE) {
		station_mark(&s->top);
	} else if (result == PST_STEP_ERROR) {
		session_abort(s, s->reason.set ? (enum pst_class)s->reason.class
		                               : PST_CLASS_INTERNAL);
	}
	if (pst_ended(io.rx_in) || io.tx_out->end != PST_END_OPEN) {
		session_ended(s, pst_ended(io.rx_in) ? PST_ACCEPT : 0);
	}
}

/* A hop broke after its received direction had ended: the join cannot see
 * that, but what the other side still sends would be lost in silence. */
static bool hop_broke(const struct stack *stack)
{
	return stack->state == STACK_FAILED &&
	       stack->top->rx.end == PST_END_CLEAN;
}

static void step_joined(struct session *s)
{
	join_step(s);
	if (hop_broke(s->line.front) || hop_broke(s->line.back)) {
		session_abort(s, s->reason.set ? (enum pst_class)s->reason.class
		                               : PST_CLASS_TRUNCATED);
	}
}

static void step_ending(struct session *s)
{
	queue_purge(&s->line.front->top->rx);
	if (s->line.back != NULL) {
		queue_purge(&s->line.back->top->rx);
	}
}

static void step_once(struct session *s)
{
	switch ((enum session_state)s->state) {
	case SESSION_OPENING:
		step_opening(s);
		break;
	case SESSION_OFFERED:
		step_offered(s);
		break;
	case SESSION_SERVING:
		step_serving(s);
		break;
	case SESSION_JOINED:
		step_joined(s);
		break;
	case SESSION_ENDING:
		step_ending(s);
		break;
	case SESSION_STATES:
		break;
	}
}

/* On to the next state at once: a kept back-end is up when it is asked for. */
void session_step(struct session *s)
{
	uint8_t before;

	do {
		before = s->state;
		s->top.dirty = false;
		step_once(s);
	} while (s->state != before);
	line_look(s->line.front->top, &s->top);
	if (s->line.back != NULL) {
		line_look(s->line.back->top, &s->top);
	}
}

/* -- what services ask for ---------------------------------------------- */

static struct stack *back_stack(struct session *s, const struct pipeline *p)
{
	struct stack *stack;

	if (p->mux >= 0) {
		return pool_connect(s, p);
	}
	stack = stack_create(s->line.worker, p, STATION_WIRE, 1, p->count,
	                     &s->line, s->down, s->up);
	if (stack == NULL) {
		return NULL;
	}
	stack->session = s;
	if (wire_connect(stack) != PST_OK) {
		stack_destroy(stack);
		return NULL;
	}
	return stack;
}

int session_connect(struct session *s, uint32_t index)
{
	struct stack *back;

	if (index >= s->service->connect_count || s->state == SESSION_ENDING) {
		return PST_INVALID;
	}
	stack_gone(s->line.back);
	s->line.back = NULL;
	reason_finish(&s->reason);
	told_forget_back(&s->told);
	back = back_stack(s, s->service->connect[index]);
	if (back == NULL) {
		reason_set(&s->reason, 0, NULL, PST_CLASS_INTERNAL, 0,
		           "out of memory");
		return PST_MEMORY;
	}
	s->line.back = back;
	s->back_index = (uint8_t)index;
	s->back_told = false;
	s->back_ms = s->line.worker->clock.now_ms;
	back->top->above = &s->top;
	if (stack_open(back) != PST_OK) {
		stack_fail(back);
	}
	stack_progress(back);
	s->rearm = true;
	line_schedule(&s->line);
	return PST_OK;
}

/* -- taking down -------------------------------------------------------- */

static bool stack_closed(const struct stack *stack)
{
	if (stack == NULL) {
		return true;
	}
	if (stack->bottom->kind == STATION_STREAM) {
		const struct stream *st = stack->bottom->instance.state;

		return st->state == STREAM_DONE;
	}
	return wire_of(stack->bottom) == NULL || wire_of(stack->bottom)->closed;
}

void session_settle(struct session *s)
{
	if (stack_closed(s->line.front) && stack_closed(s->line.back)) {
		session_destroy(s);
	} else if (s->rearm) {
		s->rearm = false;
		limits_arm(s);
	}
}

void session_timeout(struct session *s, uint32_t id)
{
	const struct pst_service *type = s->service->type;

	if (s->service_open && s->state != SESSION_ENDING &&
	    type->timeout != NULL) {
		type->timeout(&s->top.instance, id);
	}
}

void session_unlent(struct session *s)
{
	struct station *st;

	for (st = line_first(&s->line); st != NULL;
	     st = line_right(&s->line, st)) {
		station_late_timers(st);
	}
	if (s->late) {
		s->late = false;
		limits_arm(s);
	}
}
