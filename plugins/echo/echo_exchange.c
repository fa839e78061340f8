/* SPDX-License-Identifier: MIT */
/* Echo of exchanges: the response carries the request's body and type. */
#include "echo.h"

#include <penstock/head.h>

static void finish(struct pst_instance *me, struct pst_io *io)
{
	struct echo *e = me->state;

	e->done = true;
	pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
}

/* RFC 9110 10.1.1: the client waits for a word before it sends its body. */
static bool waits(const struct pst_head *request)
{
	uint32_t at = 0;
	const struct pst_field *f = pst_head_find(request, "Expect", &at);

	return f != NULL && pst_head_is(request, f->value, "100-continue");
}

static int put_continue(struct pst_instance *me, struct pst_io *io)
{
	uint64_t record[(sizeof(struct pst_head) + 64) / 8];
	struct pst_head_builder b;
	int64_t size;

	pst_head_begin(&b, record, sizeof(record), PST_HEAD_INTERIM);
	b.head->status = 100;
	size = pst_head_finish(&b);
	return size < 0 ? (int)size
	                : pst_write(me, io->tx_out, record, (size_t)size,
	                            PST_HEAD);
}

static int64_t build(struct pst_slice *s, size_t room,
                     const struct pst_head *request)
{
	struct pst_head_builder b;
	uint32_t at = 0;
	const struct pst_field *type =
		pst_head_find(request, "Content-Type", &at);

	pst_head_begin(&b, s->data, room, PST_HEAD_RESPONSE);
	b.head->status = 200;
	b.head->body = request->body == PST_BODY_NONE ? (uint8_t)PST_BODY_LENGTH
	                                              : request->body;
	b.head->body_length =
		request->body == PST_BODY_LENGTH ? request->body_length : 0;
	if (type != NULL) {
		pst_head_add(&b, "Content-Type", 12,
		             pst_head_text(request, type->value),
		             type->value.length);
	}
	return pst_head_finish(&b);
}

/* The response's head is never longer than the request's and this. */
static int put_response(struct pst_instance *me, struct pst_io *io,
                        const struct pst_head *request, uint32_t flags)
{
	size_t room = pst_head_room(1, 64) + request->size;
	struct pst_slice *s = pst_slice_new(me, room);
	int64_t size;

	if (s == NULL) {
		return PST_MEMORY;
	}
	size = build(s, room, request);
	if (size < 0) {
		pst_slice_free(me, s);
		return (int)size;
	}
	pst_slice_append(s, (uint32_t)size);
	s->flags = PST_HEAD | flags;
	pst_put(me, io->tx_out, s);
	return PST_OK;
}

/* RFC 9110 7.8: what asks for an upgrade ends when it is told that there is none.
 */
static bool is_whole(const struct pst_slice *s)
{
	const struct pst_head *request = (const void *)s->data;

	return (s->flags & PST_EOM) != 0 ||
	       (request->upgrade_by != PST_UPGRADE_NONE &&
	        request->body == PST_BODY_NONE);
}

static int begin(struct pst_instance *me, struct pst_io *io,
                 const struct pst_slice *s)
{
	const struct pst_head *request = (const void *)s->data;
	bool last = is_whole(s);
	struct echo *e = me->state;
	int result = PST_OK;

	e->headless = pst_head_equals(request, request->method, "HEAD");
	if (!last && !e->headless && waits(request)) {
		result = put_continue(me, io);
	}
	if (result == PST_OK) {
		result = put_response(me, io, request,
		                      last || e->headless ? PST_EOM : 0);
	}
	if (result == PST_OK && (last || e->headless)) {
		finish(me, io);
	}
	return result;
}

/* Payload, or trailers, of which only the end is kept. Takes ownership. */
static int go_on(struct pst_instance *me, struct pst_io *io,
                 struct pst_slice *s)
{
	bool last = (s->flags & PST_EOM) != 0;
	int result = PST_OK;

	if ((s->flags & (PST_HEAD | PST_CONTROL)) == 0) {
		pst_put(me, io->tx_out, s);
	} else {
		pst_slice_free(me, s);
		result = last ? pst_write(me, io->tx_out, "", 0, PST_EOM)
		              : PST_OK;
	}
	if (last && result == PST_OK) {
		finish(me, io);
	}
	return result;
}

static int take(struct pst_instance *me, struct pst_io *io, struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;
	const struct echo *e = me->state;
	int result;

	if (!e->done && (s->flags & PST_HEAD) != 0 &&
	    h->kind == PST_HEAD_REQUEST) {
		result = begin(me, io, s);
		pst_slice_free(me, s);
		return result;
	}
	if (e->done) {
		pst_slice_free(me, s);
		return PST_OK;
	}
	return go_on(me, io, s);
}

enum pst_step echo_exchange(struct pst_instance *me, struct pst_io *io)
{
	const struct echo *e = me->state;
	uint32_t moved = 0;

	while (pst_peek(io->rx_in) != NULL &&
	       (e->done || pst_room(me, io->tx_out) != 0)) {
		if (moved >= io->budget) {
			return PST_STEP_MORE;
		}
		moved += pst_peek(io->rx_in)->length;
		if (take(me, io, pst_take(me, io->rx_in)) != PST_OK) {
			return echo_no_memory(me);
		}
	}
	if (pst_ended(io->rx_in) && !e->done) {
		echo_break(me, io);
	}
	return PST_STEP_OK;
}
