/* SPDX-License-Identifier: MIT */
/* Pumping between two stack tops. */
#include "join.h"

#include "bridge.h"
#include "join_pump.h"
#include "session.h"
#include "worker_state.h"

#include <penstock/control.h>
#include <stdlib.h>
#include <string.h>

enum {
	NOT_TEXT = 1007 /* RFC 6455 7.4.1: where messages have close codes */
};

static uint64_t count_messages(const struct pst_queue *q)
{
	const struct pst_slice *s;
	uint64_t n = 0;

	for (s = q->first; s != NULL; s = s->next) {
		n += !slice_is_record(s) && (s->flags & PST_EOM) != 0;
	}
	return n;
}

static void show_records(const struct pump *p)
{
	const struct worker *w = p->session->line.worker;
	const struct pst_slice *s;

	for (s = p->from->first; w->saw_control != NULL && s != NULL;
	     s = s->next) {
		if ((s->flags & PST_CONTROL) != 0) {
			w->saw_control(p->session, p->role,
			               (const void *)s->data);
		}
	}
}

static void pump_same(struct pump *p)
{
	if (p->comes == PST_SHAPE_EXCHANGES &&
	    p->session->service->type->head != NULL) {
		join_pump_exchanges(p);
		return;
	}
	if (p->comes == PST_SHAPE_MESSAGES) {
		p->messages += count_messages(p->from);
	}
	p->bytes += queue_move(p->to, p->from, SIZE_MAX);
}

/* -- bridges ----------------------------------------------------------- */

static void no_memory(struct session *s)
{
	reason_set(&s->reason, 0, NULL, PST_CLASS_INTERNAL, 0, "out of memory");
	session_abort(s, PST_CLASS_INTERNAL);
}

/* A close code that is no plain farewell must not look like a clean end. */
static void pump_control(struct pump *p, const struct pst_slice *s)
{
	const struct pst_control *c = (const void *)s->data;

	if (c->kind != PST_CONTROL_CLOSE) {
		return;
	}
	if (c->reason != PST_CLASS_CLEAN && c->reason != PST_CLASS_GOING_AWAY) {
		queue_end(p->to, PST_END_RESET, (enum pst_class)c->reason);
	}
}

static void pump_to_bytes(struct pump *p)
{
	while (p->from->first != NULL && p->to->end == PST_END_OPEN) {
		int64_t moved = bridge_strip(&p->source->bridge, p->from, p->to,
		                             &p->messages);
		struct pst_slice *s;

		if (moved < 0) {
			no_memory(p->session);
			return;
		}
		p->bytes += (uint64_t)moved;
		s = queue_take(p->from);
		if (s != NULL && (s->flags & PST_CONTROL) != 0) {
			pump_control(p, s);
		}
		segment_slice_free(s);
	}
}

/* What arrived in this step leaves as one message. */
static void pump_at_once(struct pump *p)
{
	if (p->from->first == NULL) {
		return;
	}
	while (p->from->first != NULL) {
		struct pst_slice *s = queue_take(p->from);

		s->flags |= PST_BINARY;
		if (p->from->first == NULL) {
			s->flags |= PST_EOM;
		}
		p->bytes += s->length;
		queue_put(p->to, s);
	}
	p->messages++;
}

static void refuse_text(struct pump *p)
{
	static const char words[] = "not UTF-8";
	static const struct pst_control head = {
		.kind = PST_CONTROL_CLOSE,
		.reason = PST_CLASS_PROTOCOL,
		.code = NOT_TEXT,
		.text_length = sizeof(words) - 1,
	};
	uint8_t record[sizeof(head) + sizeof(words) - 1];
	struct session *s = p->session;

	memcpy(record, &head, sizeof(head));
	memcpy(record + sizeof(head), words, sizeof(words) - 1);
	reason_set(
		&s->reason, (uint8_t)p->role, NULL, PST_CLASS_PROTOCOL, 0,
		"what came is not UTF-8, and bytes_as = \"text\" wants it to "
		"become text");
	if (queue_write(p->to, record, sizeof(record), PST_CONTROL, 0) !=
	    PST_OK) {
		no_memory(s);
		return;
	}
	session_abort(s, PST_CLASS_PROTOCOL);
}

static bool bridged(struct pump *p, int result)
{
	if (result == PST_PROTO) {
		refuse_text(p);
	} else if (result != PST_OK) {
		no_memory(p->session);
	}
	return result == PST_OK;
}

static void await_flush(struct session *s, struct bridge *b, bool more)
{
	struct worker *w = s->line.worker;
	bool open = bridge_is_open(b) && b->rule->flush_time != 0;

	if (!open) {
		timer_clear(&w->timers, &b->timer);
	} else if (more && (b->timer.place == 0 || b->timed != b->messages)) {
		b->timed = b->messages;
		timer_set(&w->timers, &b->timer,
		          w->clock.now_ms + b->rule->flush_time);
	}
}

static void pump_to_messages(struct pump *p)
{
	struct bridge *b = p->session->bridge;
	uint64_t before;
	int result;

	if (b == NULL) {
		pump_at_once(p);
		return;
	}
	before = b->messages;
	result = bridge_take(b, p->from, p->to, &p->bytes);
	if (result == PST_OK && b->due) {
		result = bridge_flush(b, p->to);
	}
	b->due = false;
	if (result == PST_OK && pst_ended(p->from) &&
	    p->from->end == PST_END_CLEAN) {
		result = bridge_end(b, p->to);
	}
	p->messages += b->messages - before;
	if (bridged(p, result)) {
		await_flush(p->session, b, p->bytes != 0);
	}
}

static void flush_is_due(struct timer *t)
{
	struct session *s = t->owner;

	s->bridge->due = true;
	station_wake(&s->top);
}

static const struct hop_bridge *rule_of(const struct session *s)
{
	const struct stack *front = s->line.front, *back = s->line.back;
	enum pst_shape shape = session_shape(s, front);

	if (shape == session_shape(s, back)) {
		return NULL;
	}
	return shape == PST_SHAPE_MESSAGES ? &front->pipeline->bridge
	                                   : &back->pipeline->bridge;
}

int join_begin(struct session *s)
{
	const struct hop_bridge *rule = rule_of(s);
	struct bridge *b;

	if (rule == NULL || hop_bridge_is_plain(rule)) {
		return PST_OK;
	}
	b = calloc(1, sizeof(*b));
	if (b == NULL || timers_reserve(&s->line.worker->timers) != PST_OK) {
		free(b);
		return PST_MEMORY;
	}
	bridge_init(b, rule,
	            rule == &s->line.back->pipeline->bridge ? s->up : s->down);
	b->timer.owner = s;
	b->timer.fire = flush_is_due;
	s->bridge = b;
	return PST_OK;
}

void join_finish(struct session *s)
{
	struct timers *ts = &s->line.worker->timers;

	segment_slice_free(s->held);
	s->held = NULL;
	if (s->bridge == NULL) {
		return;
	}
	timer_clear(ts, &s->bridge->timer);
	timers_release(ts);
	bridge_finish(s->bridge);
	free(s->bridge);
	s->bridge = NULL;
}

void join_drain(struct session *s)
{
	if (s->bridge != NULL && s->state == SESSION_JOINED) {
		s->bridge->drain = true;
		s->bridge->due = true;
		join_step(s);
	}
}

/* -- both -------------------------------------------------------------- */

static void note_cut(struct session *s, enum pst_role role,
                     const struct pst_queue *q)
{
	reason_set(&s->reason, (uint8_t)role, NULL,
	           (enum pst_class)q->end_class, 0,
	           q->end == PST_END_CUT
	                   ? "the peer stopped without its protocol's end"
	                   : "the peer tore the connection down");
}

static void pump_end(struct pump *p)
{
	struct session *s = p->session;
	enum pst_end end = (enum pst_end)p->from->end;

	if (join_is_broken(p)) {
		queue_purge(p->from);
	}
	if (!pst_ended(p->from) || p->to->end != PST_END_OPEN) {
		return;
	}
	if (end != PST_END_CLEAN) {
		note_cut(s, p->role, p->from);
		if (p->role == PST_CONNECT) {
			session_lost(s, (enum pst_class)p->from->end_class);
			queue_end(&s->line.back->top->tx, PST_END_RESET,
			          (enum pst_class)p->from->end_class);
		}
	}
	/* truncated on one hop must never look complete on the other */
	queue_end(p->to, end == PST_END_CLEAN ? PST_END_CLEAN : PST_END_RESET,
	          (enum pst_class)p->from->end_class);
	session_ended(s, p->role);
}

/* Nothing came, and nothing waits for something else. */
static bool is_idle(const struct pump *p)
{
	return p->from->first == NULL && p->from->end == PST_END_OPEN &&
	       p->session->bridge == NULL && p->session->held == NULL;
}

static void pump(struct pump *p)
{
	if (is_idle(p)) {
		return;
	}
	show_records(p);
	if (p->to->end != PST_END_OPEN) {
		queue_purge(p->from);
	} else if (p->comes == p->goes) {
		pump_same(p);
	} else if (p->goes == PST_SHAPE_BYTES) {
		pump_to_bytes(p);
	} else {
		pump_to_messages(p);
	}
	pump_end(p);
}

void join_step(struct session *s)
{
	struct stack *front = s->line.front, *back = s->line.back;
	struct pump up = {
		.session = s,
		.role = PST_ACCEPT,
		.from = &front->top->rx,
		.to = &back->top->tx,
		.source = front->pipeline,
		.comes = session_shape(s, front),
		.goes = session_shape(s, back),
	};
	struct pump down = {
		.session = s,
		.role = PST_CONNECT,
		.from = &back->top->rx,
		.to = &front->top->tx,
		.source = back->pipeline,
		.comes = up.goes,
		.goes = up.comes,
	};

	pump(&up);
	pump(&down);
	/* an abort of one direction is one of both */
	if (up.to->end == PST_END_RESET) {
		queue_end(down.to, PST_END_RESET,
		          (enum pst_class)up.to->end_class);
	}
	if (down.to->end == PST_END_RESET) {
		queue_end(up.to, PST_END_RESET,
		          (enum pst_class)down.to->end_class);
	}
	s->bytes_in += up.bytes;
	s->messages_in += up.messages;
	s->bytes_out += down.bytes;
	s->messages_out += down.messages;
	if (up.bytes + down.bytes != 0) {
		s->active_ms = s->line.worker->clock.now_ms;
	}
}
