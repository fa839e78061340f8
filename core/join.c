/* SPDX-License-Identifier: MIT */
/* Pumping between two stack tops. */
#include "join.h"

#include "session.h"
#include "worker_state.h"

#include <penstock/control.h>

struct pump {
	struct pst_queue *from, *to;
	uint32_t from_shape, to_shape;
	uint64_t bytes, messages; /* moved in this step */
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

static void pump_same(struct pump *p)
{
	if (p->from_shape == PST_SHAPE_MESSAGES) {
		p->messages += count_messages(p->from);
	}
	p->bytes += queue_move(p->to, p->from, SIZE_MAX);
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
	const uint32_t gone = PST_EOM | PST_TEXT | PST_BINARY;

	while (p->from->first != NULL) {
		struct pst_slice *s = queue_take(p->from);

		if ((s->flags & PST_CONTROL) != 0) {
			pump_control(p, s);
		}
		p->messages += !slice_is_record(s) && (s->flags & PST_EOM) != 0;
		if (slice_is_record(s) || s->length == 0 ||
		    p->to->end != PST_END_OPEN) {
			segment_slice_free(s);
			continue;
		}
		s->flags &= ~gone;
		p->bytes += s->length;
		queue_put(p->to, s);
	}
}

/* What arrived in this step leaves as one message. */
static void pump_to_messages(struct pump *p)
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

static void note_cut(struct session *s, enum pst_role role,
                     const struct pst_queue *q)
{
	reason_set(&s->reason, (uint8_t)role, NULL,
	           (enum pst_class)q->end_class, 0,
	           q->end == PST_END_CUT
	                   ? "the peer stopped without its protocol's end"
	                   : "the peer tore the connection down");
}

static void pump_end(struct pump *p, struct session *s, enum pst_role role)
{
	enum pst_end end = (enum pst_end)p->from->end;

	if (!pst_ended(p->from) || p->to->end != PST_END_OPEN) {
		return;
	}
	if (end != PST_END_CLEAN) {
		note_cut(s, role, p->from);
	}
	/* truncated on one hop must never look complete on the other */
	queue_end(p->to, end == PST_END_CLEAN ? PST_END_CLEAN : PST_END_RESET,
	          (enum pst_class)p->from->end_class);
	session_ended(s, role);
}

static void pump(struct pump *p, struct session *s, enum pst_role role)
{
	if (p->to->end != PST_END_OPEN) {
		queue_purge(p->from);
	} else if (p->from_shape == p->to_shape) {
		pump_same(p);
	} else if (p->to_shape == PST_SHAPE_BYTES) {
		pump_to_bytes(p);
	} else {
		pump_to_messages(p);
	}
	pump_end(p, s, role);
}

void join_step(struct session *s)
{
	struct stack *front = s->line.front, *back = s->line.back;
	struct pump up = {&front->top->rx,
	                  &back->top->tx,
	                  front->pipeline->top,
	                  back->pipeline->top,
	                  0,
	                  0};
	struct pump down = {&back->top->rx,
	                    &front->top->tx,
	                    back->pipeline->top,
	                    front->pipeline->top,
	                    0,
	                    0};

	pump(&up, s, PST_ACCEPT);
	pump(&down, s, PST_CONNECT);
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
