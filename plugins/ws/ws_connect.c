/* SPDX-License-Identifier: MIT */
/* The opening as a connecting end: request, response. */
#include "ws.h"

#include "ws_close.h"

#include <errno.h>
#include <penstock/head.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static enum pst_step send_request(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	struct pst_slice *s;

	st->opening = ws_opening_create();
	if (st->opening == NULL) {
		return ws_fail_memory(me, io);
	}
	if (getrandom(st->random.nonce, WS_NONCE_LENGTH, 0) !=
	    WS_NONCE_LENGTH) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "getrandom: %s",
		         strerror(errno));
		return PST_STEP_ERROR;
	}
	s = ws_build_request(me);
	if (s == NULL) {
		return ws_fail_memory(me, io);
	}
	pst_put(me, io->tx_out, s);
	st->phase = WS_WAITING;
	return PST_STEP_OK;
}

static enum pst_step failed(struct pst_instance *me,
                            const struct ws_refusal *why)
{
	pst_fail(me, (enum pst_class)why->reason,
	         why->reason == PST_CLASS_REFUSED ? why->status
	                                          : (unsigned)WS_CODE_PROTOCOL,
	         "answered with %u: %s", why->status, why->text);
	return PST_STEP_ERROR;
}

/* All of the refusal is here, or as much of it as is kept. */
static enum pst_step refused(struct pst_instance *me)
{
	struct ws_state *st = me->state;
	struct ws_opening *o = st->opening;
	const struct ws_refusal why = {
		o->refusal->status, PST_CLASS_REFUSED,
		"the server did not switch to WebSocket"};

	/* without memory for it the client gets our own words */
	(void)ws_tell_response(me, o->refusal, NULL, o->body);
	return failed(me, &why);
}

static void keep_body(struct pst_instance *me, const struct pst_slice *s)
{
	struct ws_state *st = me->state;
	struct ws_opening *o = st->opening;

	if (o->too_long || (s->flags & (PST_HEAD | PST_CONTROL)) != 0) {
		return;
	}
	o->too_long = pst_tell(me, PST_TOLD_BODY, s->data, s->length) != PST_OK;
	o->body = o->too_long ? 0 : o->body + s->length;
}

/* The body of a refusal, as far as there is one. */
static enum pst_step take_refusal(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;
	bool ended = st->opening->refusal->body == PST_BODY_NONE;
	struct pst_slice *s;

	while (!ended && (s = pst_take(me, io->rx_in)) != NULL) {
		keep_body(me, s);
		ended = (s->flags & PST_EOM) != 0;
		pst_slice_free(me, s);
	}
	return ended || io->rx_in->end != PST_END_OPEN ? refused(me)
	                                               : PST_STEP_OK;
}

static int keep_refusal(struct ws_opening *o, const struct pst_head *response)
{
	o->refusal = malloc(response->size);
	if (o->refusal == NULL) {
		return PST_MEMORY;
	}
	memcpy(o->refusal, response, response->size);
	return PST_OK;
}

static enum pst_step opened(struct pst_instance *me,
                            const struct pst_head *response,
                            const struct ws_deflate *agreed,
                            const char *protocol)
{
	const struct ws_state *st = me->state;
	const char *client = NULL;

	if (protocol != NULL) {
		client = ws_opening_client_name(st->opening, protocol,
		                                strlen(protocol));
		pst_attribute_set(me, "ws.subprotocol", protocol,
		                  strlen(protocol), PST_PROVEN);
	}
	if ((agreed->send.bits != 0 &&
	     ws_packing_begin(me, agreed, NULL) != PST_OK) ||
	    ws_tell_response(me, response, client, 0) == PST_MEMORY) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "memory ran out");
		return PST_STEP_ERROR;
	}
	return ws_opened(me);
}

static enum pst_step judge(struct pst_instance *me, struct pst_io *io,
                           const struct pst_head *response)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	const struct pst_list names = ws_opening_list(st->opening);
	const struct ws_offer terms = {
		&names,
		conf->deflate ? &conf->deflate_want : NULL,
	};
	struct ws_deflate agreed;
	struct ws_refusal why;
	const char *protocol;

	if (ws_response_check(response, st->random.nonce, &terms, &protocol,
	                      &agreed, &why) == PST_OK) {
		return opened(me, response, &agreed, protocol);
	}
	if (why.reason != PST_CLASS_REFUSED ||
	    keep_refusal(st->opening, response) != PST_OK) {
		return failed(me, &why);
	}
	return take_refusal(me, io);
}

static enum pst_step take_head(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_take(me, io->rx_in);
	const struct pst_head *head = (const void *)s->data;
	enum pst_step step = PST_STEP_MORE;

	if (head->kind == PST_HEAD_RESPONSE) {
		step = judge(me, io, head);
	}
	pst_slice_free(me, s);
	return step;
}

static enum pst_step await_response(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;
	struct pst_slice *s = pst_peek(io->rx_in);

	if (st->opening->refusal != NULL) {
		return take_refusal(me, io);
	}
	if (s != NULL && (s->flags & PST_HEAD) != 0) {
		return take_head(me, io);
	}
	if (s != NULL || io->rx_in->end != PST_END_OPEN) {
		pst_fail(me,
		         io->rx_in->end == PST_END_RESET
		                 ? (enum pst_class)io->rx_in->end_class
		                 : PST_CLASS_TRUNCATED,
		         0, "the server ended the stream without a response");
		return PST_STEP_ERROR;
	}
	if (io->tx_in->end == PST_END_RESET) {
		return ws_call_off(me, io);
	}
	return PST_STEP_OK;
}

enum pst_step ws_connect_step(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	enum pst_step step = PST_STEP_OK;

	if (st->phase == WS_START) {
		step = send_request(me, io);
	}
	return step == PST_STEP_OK ? await_response(me, io) : step;
}
