/* SPDX-License-Identifier: MIT */
/* Requests that wait until they are here as a whole, or as far as is wanted,
 * before a back-end is asked. */
#include "proxy.h"

static const struct pst_head *head_of(const struct pst_slice *s)
{
	return (const struct pst_head *)(const void *)s->data;
}

bool proxy_buffer_begin(struct pst_instance *me, const struct pst_slice *head)
{
	const struct pst_answer yes = {.size = sizeof(yes), .accept = 1};
	const struct pst_head *h = head_of(head);
	struct proxy *state = proxy_of(me);
	uint32_t at = 0;

	if (proxy_conf_of(me)->buffer_request == 0 ||
	    (head->flags & PST_EOM) != 0 || h->body == PST_BODY_NONE ||
	    h->upgrade_by != PST_UPGRADE_NONE) {
		return false;
	}
	state->answered = true;
	state->buffering = true;
	/* RFC 9110 10.1.1: nobody else will say it in time */
	state->continued = pst_head_find(h, "Expect", &at) != NULL;
	pst_service_answer(me, &yes);
	return true;
}

static int put_continue(struct pst_instance *me, struct pst_queue *to)
{
	struct pst_slice *s = pst_slice_new(me, pst_head_room(0, 0));
	struct pst_head_builder b;
	int64_t size;

	if (s == NULL) {
		return PST_MEMORY;
	}
	pst_head_begin(&b, s->data, pst_head_room(0, 0), PST_HEAD_INTERIM);
	b.head->status = 100;
	size = pst_head_finish(&b);
	if (size < 0) {
		pst_slice_free(me, s);
		return (int)size;
	}
	(void)pst_slice_append(s, (uint32_t)size);
	s->flags = PST_HEAD;
	pst_put(me, to, s);
	return PST_OK;
}

static bool is_here(struct pst_instance *me, struct pst_queue *q)
{
	return q->end != PST_END_OPEN ||
	       q->bytes >= proxy_conf_of(me)->buffer_request ||
	       (q->last != NULL && (q->last->flags & PST_EOM) != 0) ||
	       pst_room(me, q) == 0;
}

enum pst_step proxy_buffer_step(struct pst_instance *me, struct pst_io *io)
{
	struct proxy *state = proxy_of(me);

	if (io->rx_in->end == PST_END_RESET || io->rx_in->end == PST_END_CUT) {
		pst_fail(me, PST_CLASS_TRUNCATED, 0,
		         "the client went away within its request");
		return PST_STEP_ERROR;
	}
	if (state->continued && !state->told_to_go_on) {
		state->told_to_go_on = true;
		if (put_continue(me, io->tx_out) != PST_OK) {
			pst_fail(me, PST_CLASS_INTERNAL, 0, "memory ran out");
			return PST_STEP_ERROR;
		}
	}
	if (!state->buffering || !is_here(me, io->rx_in)) {
		return PST_STEP_OK;
	}
	state->buffering = false;
	return proxy_connect(me, 0) == 0 ? PST_STEP_OK : PST_STEP_ERROR;
}
