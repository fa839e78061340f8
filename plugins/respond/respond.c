/* SPDX-License-Identifier: MIT */
/* The service `respond`: one fixed answer to every exchange. */
#include "respond.h"

#include <penstock/plugin.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

enum {
	PART = 16 * 1024 /* bytes of body per slice */
};

struct respond {
	size_t sent;   /* bytes of body */
	bool headless; /* the request was HEAD: no body */
	bool ready;    /* the request is read, or need not be */
	bool head_sent;
	bool done;
};

static int offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_answer answer = {.size = sizeof(answer), .accept = 1};

	(void)io;
	pst_service_answer(me, &answer);
	return PST_OK;
}

/* RFC 9110 10.1.1: a client that asks first is spared sending its body. 7.8: one
 * that asks for an upgrade waits for what it is told, too. */
static bool asks_first(const struct pst_head *request)
{
	return pst_head_count(request, "Expect") != 0 ||
	       request->upgrade_by != PST_UPGRADE_NONE;
}

static void look_at(struct respond *r, const struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;

	if ((s->flags & PST_HEAD) != 0 && h->kind == PST_HEAD_REQUEST) {
		r->headless = pst_head_equals(h, h->method, "HEAD");
		r->ready = r->ready || asks_first(h);
	}
	r->ready = r->ready || (s->flags & PST_EOM) != 0;
}

/* Read the request to its end: a client that still sends may not listen. */
static bool drain(struct pst_instance *me, struct pst_io *io)
{
	struct respond *r = me->state;
	uint32_t read = 0;

	while (pst_peek(io->rx_in) != NULL) {
		struct pst_slice *s;

		if (read >= io->budget) {
			return false;
		}
		s = pst_take(me, io->rx_in);
		read += s->length;
		look_at(r, s);
		pst_slice_free(me, s);
	}
	return true;
}

static void finish(struct pst_instance *me, struct pst_io *io)
{
	struct respond *r = me->state;

	r->done = true;
	pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
}

static int put_head(struct pst_instance *me, struct pst_io *io)
{
	const struct respond_conf *c = me->conf;
	struct respond *r = me->state;
	bool last = r->headless || c->body_length == 0;
	int result = pst_write(me, io->tx_out, c->head, c->head->size,
	                       PST_HEAD | (last ? (uint32_t)PST_EOM : 0));

	if (result == PST_OK) {
		r->head_sent = true;
		if (last) {
			finish(me, io);
		}
	}
	return result;
}

static int put_body(struct pst_instance *me, struct pst_io *io)
{
	const struct respond_conf *c = me->conf;
	struct respond *r = me->state;
	size_t left = c->body_length - r->sent;
	size_t n = left < PART ? left : PART;
	int result = pst_write(me, io->tx_out, c->body + r->sent, n,
	                       n == left ? PST_EOM : 0);

	if (result == PST_OK) {
		r->sent += n;
		if (n == left) {
			finish(me, io);
		}
	}
	return result;
}

static int answer(struct pst_instance *me, struct pst_io *io)
{
	const struct respond *r = me->state;
	int result = PST_OK;

	while (!r->done && result == PST_OK && pst_room(me, io->tx_out) != 0) {
		result = r->head_sent ? put_body(me, io) : put_head(me, io);
	}
	return result;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct respond *r = me->state;
	bool drained = drain(me, io);

	if (r->ready && answer(me, io) != PST_OK) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
		return PST_STEP_ERROR;
	}
	if (!drained) {
		return PST_STEP_MORE;
	}
	if (pst_ended(io->rx_in) && !r->ready) {
		pst_end(me, io->tx_out, PST_END_RESET, PST_CLASS_TRUNCATED);
	}
	return PST_STEP_OK;
}

static const struct pst_service respond = {
	.size = sizeof(respond),
	.id = "respond",
	.help = "Answers every exchange with one fixed response.",
	.shapes = PST_SHAPE_EXCHANGES,
	.state_size = sizeof(struct respond),
	.conf_size = sizeof(struct respond_conf),
	.options = respond_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = respond_conf_init,
	.conf_finish = respond_conf_finish,
	.offer = offer,
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_SERVICE) == 0
	               ? &respond
	               : NULL;
}

PST_PLUGIN_NOTE("service:respond");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "respond",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
