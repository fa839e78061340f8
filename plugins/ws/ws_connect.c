/* SPDX-License-Identifier: MIT */
/* The opening as a connecting end: request, response. */
#include "ws.h"

#include "ws_close.h"

#include <errno.h>
#include <penstock/head.h>
#include <string.h>
#include <sys/random.h>

static struct pst_slice *build_request(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	size_t offer = conf->offer != NULL ? strlen(conf->offer) : 0;
	size_t text = 200 + WS_DEFLATE_TEXT + offer + strlen(conf->authority) +
	              strlen(conf->target);
	struct pst_slice *s = pst_slice_new(me, pst_head_room(4, text));
	struct pst_head_builder b;
	char key[WS_KEY_LENGTH], packing[WS_DEFLATE_TEXT];
	int64_t size;

	if (s == NULL) {
		return NULL;
	}
	ws_key_of_nonce(st->random.nonce, key);
	pst_head_begin(&b, s->data, s->after, PST_HEAD_REQUEST);
	b.head->upgrade_by = PST_UPGRADE_FIELD;
	pst_head_set(&b, &b.head->method, "GET", 3);
	pst_head_set(&b, &b.head->authority, conf->authority,
	             strlen(conf->authority));
	pst_head_set(&b, &b.head->path, conf->target, strlen(conf->target));
	pst_head_set(&b, &b.head->upgrade, "websocket", 9);
	pst_head_add(&b, "Sec-WebSocket-Version", 21, "13", 2);
	pst_head_add(&b, "Sec-WebSocket-Key", 17, key, sizeof(key));
	if (offer != 0) {
		pst_head_add(&b, "Sec-WebSocket-Protocol", 22, conf->offer,
		             offer);
	}
	if (conf->deflate) {
		pst_head_add(&b, "Sec-WebSocket-Extensions", 24, packing,
		             ws_deflate_offer(&conf->deflate_want, packing));
	}
	size = pst_head_finish(&b);
	if (size < 0 || pst_slice_append(s, (uint32_t)size) == NULL) {
		pst_slice_free(me, s);
		return NULL;
	}
	s->flags = PST_HEAD | PST_EOM;
	return s;
}

static enum pst_step send_request(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	struct pst_slice *s;

	if (getrandom(st->random.nonce, WS_NONCE_LENGTH, 0) !=
	    WS_NONCE_LENGTH) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "getrandom: %s",
		         strerror(errno));
		return PST_STEP_ERROR;
	}
	s = build_request(me);
	if (s == NULL) {
		return ws_fail_memory(me, io);
	}
	pst_put(me, io->tx_out, s);
	st->phase = WS_WAITING;
	return PST_STEP_OK;
}

static enum pst_step judge(struct pst_instance *me,
                           const struct pst_head *response)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	const struct ws_offer terms = {
		&conf->subprotocols,
		conf->deflate ? &conf->deflate_want : NULL,
	};
	struct ws_deflate agreed;
	struct ws_refusal why;
	const char *protocol;

	if (ws_response_check(response, st->random.nonce, &terms, &protocol,
	                      &agreed, &why) == PST_OK) {
		if (agreed.send.bits != 0 &&
		    ws_packing_begin(me, &agreed, NULL) != PST_OK) {
			pst_fail(me, PST_CLASS_INTERNAL, 0, "memory ran out");
			return PST_STEP_ERROR;
		}
		if (protocol != NULL) {
			pst_attribute_set(me, "ws.subprotocol", protocol,
			                  strlen(protocol), PST_PROVEN);
		}
		return ws_opened(me);
	}
	pst_fail(me, (enum pst_class)why.reason,
	         why.reason == PST_CLASS_REFUSED ? why.status
	                                         : (unsigned)WS_CODE_PROTOCOL,
	         "answered with %u: %s", why.status, why.text);
	return PST_STEP_ERROR;
}

static enum pst_step take_head(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_take(me, io->rx_in);
	const struct pst_head *head = (const void *)s->data;
	enum pst_step step = PST_STEP_MORE;

	if (head->kind == PST_HEAD_RESPONSE) {
		step = judge(me, head);
	}
	pst_slice_free(me, s);
	return step;
}

static enum pst_step await_response(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_peek(io->rx_in);

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
