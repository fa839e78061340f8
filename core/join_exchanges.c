/* SPDX-License-Identifier: MIT */
/* Pumping exchanges: heads pass the service's hand, bodies do not. */
#include "join_pump.h"
#include "session.h"
#include "worker_state.h"

#include <penstock/head.h>

static bool is_final(const struct pump *p, const struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;

	return p->role == PST_CONNECT && h->kind == PST_HEAD_RESPONSE;
}

/* The service looks at the head in front of the queue, and may change it, or
 * respond by itself. */
static bool pass_head(struct pump *p)
{
	struct session *s = p->session;
	struct pst_slice *head = queue_take(p->from);
	uint32_t end = head->flags & PST_EOM;
	bool final = is_final(p, head), responds;

	s->hold = 0;
	s->may_respond = final;
	head = s->service->type->head(&s->top.instance, p->role, head);
	responds = final && !s->may_respond;
	s->may_respond = false;
	if (responds) {
		segment_slice_free(head);
		return false;
	}
	if (head == NULL) {
		session_abort(s, s->reason.set ? (enum pst_class)s->reason.class
		                               : PST_CLASS_INTERNAL);
		return false;
	}
	head->flags = (head->flags & ~(uint32_t)PST_EOM) | PST_HEAD | end;
	if (final && end == 0 && s->hold != 0) {
		s->held = head;
		return true;
	}
	s->responded = s->responded || final;
	queue_put(p->to, head);
	return true;
}

/* Whether a head still waits for its body, of which more can come. */
static bool is_held(struct pump *p)
{
	struct session *s = p->session;
	struct pst_queue *q = p->from;

	if (s->held == NULL || p->role != PST_CONNECT) {
		return false;
	}
	s->active_ms = s->line.worker->clock.now_ms;
	if (q->bytes < s->hold && line_room(q) != 0 &&
	    (q->last == NULL || (q->last->flags & PST_EOM) == 0) &&
	    q->end != PST_END_CLEAN) {
		return true;
	}
	s->responded = true;
	queue_put(p->to, s->held);
	s->held = NULL;
	return false;
}

static bool has_head(const struct pst_queue *q)
{
	const struct pst_slice *s = q->first;

	while (s != NULL && (s->flags & PST_HEAD) == 0) {
		s = s->next;
	}
	return s != NULL;
}

void join_pump_exchanges(struct pump *p)
{
	while (!is_held(p) && p->to->end == PST_END_OPEN && has_head(p->from)) {
		if ((p->from->first->flags & PST_HEAD) != 0) {
			if (!pass_head(p)) {
				break;
			}
			continue;
		}
		p->bytes += p->from->first->length;
		queue_put(p->to, queue_take(p->from));
	}
	if (p->to->end != PST_END_OPEN) {
		queue_purge(p->from);
	} else if (!is_held(p)) {
		p->bytes += queue_move(p->to, p->from, SIZE_MAX);
	}
}

bool join_is_broken(const struct pump *p)
{
	return p->role == PST_CONNECT && p->session->held != NULL &&
	       (p->from->end == PST_END_CUT || p->from->end == PST_END_RESET);
}
