/* SPDX-License-Identifier: MIT */
/* The opening as an accepting end: request, offer, answer, 101. */
#include "ws.h"

#include "ws_close.h"

#include <penstock/head.h>
#include <string.h>

static int put_head(struct pst_instance *me, struct pst_io *io,
                    struct pst_head_builder *b, struct pst_slice *s,
                    uint32_t flags)
{
	int64_t size = pst_head_finish(b);

	if (size < 0 || pst_slice_append(s, (uint32_t)size) == NULL) {
		pst_slice_free(me, s);
		return size < 0 ? (int)size : PST_INVALID;
	}
	s->flags = PST_HEAD | flags;
	pst_put(me, io->tx_out, s);
	return PST_OK;
}

static void add_field(struct pst_head_builder *b, const char *name,
                      const char *value, size_t length)
{
	pst_head_add(b, name, strlen(name), value, length);
}

static int put_refusal(struct pst_instance *me, struct pst_io *io,
                       const struct ws_refusal *why)
{
	size_t room = pst_head_room(4, 256);
	struct pst_slice *s = pst_slice_new(me, room);
	size_t length = strlen(why->text);
	struct pst_head_builder b;
	int r;

	if (s == NULL) {
		return PST_MEMORY;
	}
	pst_head_begin(&b, s->data, s->after, PST_HEAD_RESPONSE);
	b.head->status = why->status;
	b.head->body = PST_BODY_LENGTH;
	b.head->body_length = length + 1;
	add_field(&b, "Content-Type", "text/plain", 10);
	if (why->status == 426) {
		b.head->upgrade_by = PST_UPGRADE_FIELD;
		pst_head_set(&b, &b.head->upgrade, "websocket", 9);
		add_field(&b, "Sec-WebSocket-Version", "13", 2);
	}
	if (why->status == 405) {
		add_field(&b, "Allow", "GET", 3);
	}
	r = put_head(me, io, &b, s, 0);
	if (r == PST_OK && length != 0) {
		r = pst_write(me, io->tx_out, why->text, length, 0);
	}
	if (r == PST_OK) {
		r = pst_write(me, io->tx_out, "\n", 1, PST_EOM);
	}
	return r;
}

static enum pst_step refuse(struct pst_instance *me, struct pst_io *io,
                            const struct ws_refusal *why)
{
	if (put_refusal(me, io, why) != PST_OK) {
		return ws_fail_memory(me, io);
	}
	pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_fail(me, (enum pst_class)why->reason, why->status,
	         "opening refused with %u: %s", why->status, why->text);
	return PST_STEP_ERROR;
}

/* Also of who is not let in: the log names the origin that is not listed. */
static void learn_origin(struct pst_instance *me,
                         const struct pst_head *request)
{
	const struct pst_field *origin = ws_only_field(request, "Origin");

	if (origin != NULL) {
		pst_attribute_set(me, "ws.origin",
		                  pst_head_text(request, origin->value),
		                  origin->value.length, PST_CLAIMED);
	}
}

static void learn_protocol(struct pst_instance *me)
{
	const struct ws_state *st = me->state;

	if (st->protocol != NULL) {
		pst_attribute_set(me, "ws.subprotocol", st->protocol,
		                  strlen(st->protocol), PST_PROVEN);
	}
}

static int agree(struct pst_instance *me, const struct pst_head *request)
{
	const struct ws_conf *conf = me->conf;
	char response[WS_DEFLATE_TEXT];
	struct ws_deflate agreed;

	if (!conf->deflate || !ws_deflate_choose(request, &conf->deflate_want,
	                                         &agreed, response)) {
		return PST_OK;
	}
	return ws_packing_begin(me, &agreed, response);
}

/* What the other hop may want to know, and we again when it has answered. */
static int remember(struct pst_instance *me, const struct pst_head *request)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;

	if (conf->subprotocol_choice == WS_CHOICE_BACK) {
		st->opening = ws_opening_create();
		if (st->opening == NULL ||
		    ws_opening_offer(st->opening, request, NULL, NULL) !=
		            PST_OK) {
			return PST_MEMORY;
		}
	}
	return ws_tell_request(me, request);
}

static enum pst_step take_request(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	const struct ws_terms terms = {
		&conf->subprotocols,
		(enum ws_choice)conf->subprotocol_choice,
		conf->require_subprotocol,
		&conf->origins,
	};
	struct pst_slice *s = pst_take(me, io->rx_in);
	const struct pst_head *request = (const void *)s->data;
	struct ws_refusal why;
	enum pst_step step = PST_STEP_OFFER;
	const char *key;

	learn_origin(me, request);
	if (ws_request_check(request, &terms, &key, &st->protocol, &why) !=
	    PST_OK) {
		step = refuse(me, io, &why);
	} else if (agree(me, request) != PST_OK ||
	           remember(me, request) != PST_OK) {
		step = ws_fail_memory(me, io);
	} else {
		memcpy(st->random.key, key, WS_KEY_LENGTH);
		learn_protocol(me);
		st->phase = WS_WAITING;
	}
	pst_slice_free(me, s);
	return step;
}

static enum pst_step await_request(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_peek(io->rx_in);

	if (s != NULL && (s->flags & PST_HEAD) != 0) {
		return take_request(me, io);
	}
	if (s != NULL || io->rx_in->end != PST_END_OPEN) {
		pst_fail(me, PST_CLASS_TRUNCATED, 0,
		         "the stream carries no request");
		return PST_STEP_ERROR;
	}
	return PST_STEP_OK;
}

static void add_extra(struct pst_head_builder *b, const struct pst_head *extra)
{
	uint32_t i;

	for (i = 0; i < extra->field_count; i++) {
		const struct pst_field *f = &extra->field[i];

		if (!ws_is_own_field(pst_head_text(extra, f->name),
		                     f->name.length)) {
			pst_head_add(b, pst_head_text(extra, f->name),
			             f->name.length,
			             pst_head_text(extra, f->value),
			             f->value.length);
		}
	}
}

/* The back-end chose; what the client did not offer is not for it. */
static void take_choice(struct pst_instance *me, const struct pst_head *extra)
{
	struct ws_state *st = me->state;
	const struct pst_field *f;

	if (st->opening == NULL || extra == NULL) {
		return;
	}
	f = ws_only_field(extra, "Sec-WebSocket-Protocol");
	if (f == NULL) {
		return;
	}
	st->protocol = ws_opening_client_name(
		st->opening, pst_head_text(extra, f->value), f->value.length);
	if (st->protocol != NULL) {
		pst_attribute_set(me, "ws.subprotocol", st->protocol,
		                  strlen(st->protocol), PST_PROVEN);
	}
}

static int put_101(struct pst_instance *me, struct pst_io *io,
                   const struct pst_head *extra)
{
	struct ws_state *st = me->state;
	size_t protocol = st->protocol != NULL ? strlen(st->protocol) : 0;
	const char *packing =
		st->packing != NULL ? st->packing->response : NULL;
	size_t fields = 3 + (extra != NULL ? extra->field_count : 0);
	size_t text = 160 + protocol + WS_DEFLATE_TEXT +
	              (extra != NULL ? extra->size : 0);
	struct pst_slice *s = pst_slice_new(me, pst_head_room(fields, text));
	char accept[WS_ACCEPT_LENGTH];
	struct pst_head_builder b;

	if (s == NULL) {
		return PST_MEMORY;
	}
	ws_accept_of_key(st->random.key, accept);
	pst_head_begin(&b, s->data, s->after, PST_HEAD_RESPONSE);
	b.head->status = 101;
	b.head->upgrade_by = PST_UPGRADE_FIELD;
	pst_head_set(&b, &b.head->upgrade, "websocket", 9);
	add_field(&b, "Sec-WebSocket-Accept", accept, sizeof(accept));
	if (protocol != 0) {
		add_field(&b, "Sec-WebSocket-Protocol", st->protocol, protocol);
	}
	if (packing != NULL) {
		add_field(&b, "Sec-WebSocket-Extensions", packing,
		          strlen(packing));
	}
	if (extra != NULL) {
		add_extra(&b, extra);
	}
	return put_head(me, io, &b, s, 0);
}

static enum pst_step take_answer(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s;
	int r;

	pst_slice_free(me, pst_take(me, io->tx_in));
	s = pst_peek(io->tx_in);
	if (s != NULL && (s->flags & PST_HEAD) != 0) {
		s = pst_take(me, io->tx_in);
		take_choice(me, (const void *)s->data);
		r = put_101(me, io, (const void *)s->data);
		pst_slice_free(me, s);
	} else {
		r = put_101(me, io, NULL);
	}
	if (r != PST_OK) {
		pst_fail(me, PST_CLASS_INTERNAL, 0,
		         r == PST_MEMORY ? "memory ran out"
		                         : "the answer's fields make no head");
		return PST_STEP_ERROR;
	}
	return ws_opened(me);
}

/* The whole response of the back-end stands in tx_in. */
static enum pst_step relay_refusal(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *s = pst_peek(io->tx_in);
	const struct pst_head *h = (const void *)s->data;
	unsigned status = h->status;

	pst_move(me, io->tx_out, io->tx_in, SIZE_MAX);
	pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_fail(me, PST_CLASS_REFUSED, status, "the back-end refused with %u",
	         status);
	return PST_STEP_ERROR;
}

static bool is_answer(const struct pst_slice *s)
{
	const struct pst_control *c = (const void *)s->data;

	return (s->flags & PST_CONTROL) != 0 && c->kind == PST_CONTROL_ANSWER;
}

static enum pst_step await_answer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *s = pst_peek(io->tx_in);

	if (s != NULL && is_answer(s)) {
		return take_answer(me, io);
	}
	if (s != NULL && (s->flags & PST_HEAD) != 0) {
		return relay_refusal(me, io);
	}
	if (io->tx_in->end != PST_END_OPEN) {
		return ws_call_off(me, io);
	}
	if (io->rx_in->end == PST_END_CUT || io->rx_in->end == PST_END_RESET) {
		pst_fail(me, PST_CLASS_TRUNCATED, 0,
		         "the client left before the opening was answered");
		return PST_STEP_ERROR;
	}
	return PST_STEP_OK;
}

enum pst_step ws_accept_step(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;

	return st->phase == WS_START ? await_request(me, io)
	                             : await_answer(me, io);
}
