/* SPDX-License-Identifier: MIT */
/* The service `echo`: sends back what it receives, in any shape. */
#include "echo.h"

#include <penstock/plugin.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

enum pst_step echo_no_memory(struct pst_instance *me)
{
	pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
	return PST_STEP_ERROR;
}

void echo_break(struct pst_instance *me, struct pst_io *io)
{
	enum pst_class why = (enum pst_class)io->rx_in->end_class;

	pst_end(me, io->tx_out, PST_END_RESET,
	        why == PST_CLASS_CLEAN ? PST_CLASS_TRUNCATED : why);
}

static int offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_answer answer = {.size = sizeof(answer), .accept = 1};
	const struct pst_slice *first = pst_peek(io->rx_in);
	struct echo *e = me->state;

	e->exchange = first != NULL && (first->flags & PST_HEAD) != 0;
	pst_service_answer(me, &answer);
	return PST_OK;
}

/* A close goes back as it came, a ping as a pong; the rest is dropped. Takes
 * ownership. */
static int put_control(struct pst_instance *me, struct pst_queue *to,
                       struct pst_slice *s)
{
	const struct pst_control *c = (const void *)s->data;
	int result = PST_OK;

	switch ((enum pst_control_kind)c->kind) {
	case PST_CONTROL_CLOSE:
		pst_put(me, to, s);
		return PST_OK;
	case PST_CONTROL_PING:
		result = pst_put_control(me, to, PST_CONTROL_PONG,
		                         (enum pst_class)c->reason, c->code,
		                         c->text, c->text_length);
		break;
	case PST_CONTROL_PONG:
	case PST_CONTROL_ANSWER:
		break;
	}
	pst_slice_free(me, s);
	return result;
}

static void pass_end(struct pst_instance *me, struct pst_io *io)
{
	if (!pst_ended(io->rx_in)) {
		return;
	}
	if (io->rx_in->end == PST_END_CLEAN) {
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	} else {
		echo_break(me, io);
	}
}

/* Bytes and messages alike. */
static enum pst_step echo_stream(struct pst_instance *me, struct pst_io *io)
{
	uint32_t moved = 0;

	while (pst_peek(io->rx_in) != NULL && pst_room(me, io->tx_out) != 0) {
		struct pst_slice *s;

		if (moved >= io->budget) {
			return PST_STEP_MORE;
		}
		s = pst_take(me, io->rx_in);
		if ((s->flags & PST_CONTROL) != 0) {
			if (put_control(me, io->tx_out, s) != PST_OK) {
				return echo_no_memory(me);
			}
			continue;
		}
		moved += s->length;
		pst_put(me, io->tx_out, s);
	}
	pass_end(me, io);
	return PST_STEP_OK;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct echo *e = me->state;

	return e->exchange ? echo_exchange(me, io) : echo_stream(me, io);
}

static const struct pst_service echo = {
	.size = sizeof(echo),
	.id = "echo",
	.help = "Sends back what it receives: bytes, messages, or a 200 with "
		"the request's body.",
	.shapes = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES | PST_SHAPE_EXCHANGES,
	.state_size = sizeof(struct echo),
	.offer = offer,
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_SERVICE) == 0 ? &echo
	                                                               : NULL;
}

PST_PLUGIN_NOTE("service:echo");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "echo",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
