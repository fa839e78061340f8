/* SPDX-License-Identifier: MIT */
/* Sessions: what a service answers, and responses of its own. */
#include "join.h"
#include "session.h"

static void put_answer(struct session *s, const struct pst_answer *answer)
{
	struct station *top = s->line.front->top;
	struct pst_control c = {.kind = PST_CONTROL_ANSWER};
	int failed = 0;

	s->answered = true;
	failed |= queue_write(&top->tx, &c, sizeof(c), PST_CONTROL, 0);
	if (answer != NULL && answer->head_length != 0) {
		failed |= queue_write(&top->tx, answer->head,
		                      answer->head_length, PST_HEAD, 0);
	}
	station_mark(top);
	if (failed != 0) {
		session_abort(s, PST_CLASS_INTERNAL);
	}
}

void session_layer_offers(struct station *s)
{
	struct pst_control c = {.kind = PST_CONTROL_ANSWER};

	/* what stands above must open first, and needs this layer's payload */
	if (s != s->stack->top &&
	    queue_write(&s->tx, &c, sizeof(c), PST_CONTROL, 0) == PST_OK) {
		station_mark(s);
	}
}

/* The response that a refusal brings along goes in front of the end, in place
 * of words that the layer would find. */
static int put_response(struct session *s, const void *head, size_t head_length,
                        const void *body, size_t length)
{
	struct station *top = s->line.front->top;
	int failed = queue_write(
		&top->tx, head, head_length,
		PST_HEAD | (length != 0 ? 0u : (uint32_t)PST_EOM), 0);

	if (failed == 0 && length != 0) {
		failed = queue_write(&top->tx, body, length, PST_EOM, 0);
	}
	if (failed != 0) {
		queue_purge(&top->tx);
	}
	return failed;
}

/* The front can still be given a response: its layer waits for the answer, or
 * it carries exchanges, of which this one has no response yet. */
static bool answers(const struct session *s)
{
	const struct stack *front = s->line.front;

	return front->pipeline->top == PST_SHAPE_EXCHANGES ||
	       (front->top->offered && !front->top->up);
}

enum pst_shape session_shape(const struct session *s, const struct stack *stack)
{
	return s->tunnel && stack == s->line.front
	               ? PST_SHAPE_BYTES
	               : (enum pst_shape)stack->pipeline->top;
}

/* The answer grants CONNECT. */
static bool grants_tunnel(const struct session *s,
                          const struct pst_answer *answer)
{
	return service_tunnels(s->service) &&
	       s->line.front->pipeline->top == PST_SHAPE_EXCHANGES &&
	       answer->head_length != 0 &&
	       answer->head->upgrade_by == PST_UPGRADE_CONNECT;
}

/* The request was the exchange's only head, and its response is: what follows
 * either is payload. */
static void begin_tunnel(struct session *s, const struct pst_answer *answer)
{
	struct station *top = s->line.front->top;

	s->tunnel = true;
	s->responded = true;
	segment_slice_free(queue_take(&top->rx));
	if (queue_write(&top->tx, answer->head, answer->head_length, PST_HEAD,
	                0) != PST_OK) {
		session_abort(s, PST_CLASS_INTERNAL);
	}
	station_mark(top);
}

void session_answer(struct session *s, const struct pst_answer *answer)
{
	const struct station *top = s->line.front->top;

	if (s->state != SESSION_OFFERED) {
		return;
	}
	if (answer->accept == 0) {
		reason_set(&s->reason, 0, NULL, answer->reason, 0, "%s",
		           answer->text != NULL ? answer->text
		                                : "the service refused");
		if (answer->head_length != 0 && answers(s)) {
			(void)put_response(s, answer->head, answer->head_length,
			                   answer->body, answer->body_length);
		}
		s->responded = true;
		session_abort(s, answer->reason);
		return;
	}
	s->state = (uint8_t)session_next(s->state, SESSION_ACCEPT);
	if (grants_tunnel(s, answer)) {
		begin_tunnel(s, answer);
	} else if (top->offered && !top->up) {
		put_answer(s, answer);
	}
	station_mark(&s->top);
	/* limits are not armed anew: the opening's is gone, none came sooner */
	line_schedule(&s->line);
}

int session_join(struct session *s)
{
	if (s->state != SESSION_SERVING || s->line.back == NULL ||
	    s->line.back->state != STACK_UP) {
		return PST_INVALID;
	}
	s->state = (uint8_t)session_next(s->state, SESSION_JOIN);
	if (join_begin(s) != PST_OK) {
		return PST_MEMORY;
	}
	told_finish(&s->told);
	station_mark(&s->top);
	line_schedule(&s->line);
	return PST_OK;
}

/* -- in place of the back-end -------------------------------------------- */

void session_lost(struct session *s, enum pst_class why)
{
	const struct pst_service *type = s->service->type;
	const struct stack *front = s->line.front;

	if (s->responded || !s->service_open || type->lost == NULL ||
	    front->pipeline->top != PST_SHAPE_EXCHANGES ||
	    front->state == STACK_FAILED || front->top->rx.end == PST_END_CUT ||
	    front->top->rx.end == PST_END_RESET ||
	    front->top->tx.end != PST_END_OPEN) {
		return;
	}
	s->responded = true;
	s->may_respond = true;
	type->lost(&s->top.instance, why);
	s->may_respond = false;
}

int session_respond(struct session *s, const struct pst_head *head,
                    const void *body, size_t length)
{
	struct pst_queue *q = &s->line.front->top->tx;
	int result;

	if (!s->may_respond || q->end != PST_END_OPEN) {
		return PST_INVALID;
	}
	result = put_response(s, head, head->size, body, length);
	if (result != PST_OK) {
		return result;
	}
	s->may_respond = false;
	s->responded = true;
	s->bytes_out += length;
	queue_end(q, PST_END_CLEAN, PST_CLASS_CLEAN);
	session_ended(s, 0);
	station_mark(s->line.front->top);
	return PST_OK;
}
