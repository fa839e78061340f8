/* SPDX-License-Identifier: MIT */
/* The mux for tests: its table, and how its streams begin and end. */
#include "mux3.h"

#include <penstock/head.h>
#include <penstock/plugin.h>
#include <string.h>

struct tag {
	struct mux3_lane *lane;
};

enum pst_step mux3_no_memory(struct pst_instance *me)
{
	pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
	return PST_STEP_ERROR;
}

void mux3_settle_lane(struct pst_instance *me, struct mux3_lane *l)
{
	struct pst_stream *s = l->stream;

	if (s != NULL && l->rx_ended && l->tx_ended) {
		l->stream = NULL;
		((struct tag *)s->state)->lane = NULL;
		pst_stream_done(me, s);
	}
}

static void take_lane(struct mux3_lane *l, struct pst_stream *s)
{
	l->stream = s;
	((struct tag *)s->state)->lane = l;
}

static int64_t build_head(const struct mux3_conf *c, void *record, size_t room)
{
	struct pst_head_builder b;

	pst_head_begin(&b, record, room, PST_HEAD_REQUEST);
	pst_head_set(&b, &b.head->authority, c->host, strlen(c->host));
	pst_head_set(&b, &b.head->path, c->path, strlen(c->path));
	return pst_head_finish(&b);
}

static int open_three(struct pst_instance *me)
{
	uint64_t record[128];
	struct mux3 *m = me->state;
	int result = PST_OK, i;

	if (build_head(me->conf, record, sizeof(record)) < 0) {
		pst_fail(me, PST_CLASS_INTERNAL, 0,
		         "mux3: the path is too long");
		return PST_INVALID;
	}
	for (i = 0; i < MUX3_STREAMS; i++) {
		struct pst_stream *s;

		result = pst_stream_accept(
			me, (const struct pst_head *)(void *)record, &s);
		if (result != PST_OK) {
			pst_fail(me, PST_CLASS_REFUSED, 0,
			         "mux3: stream %d was not taken (%d)", i,
			         result);
			return result;
		}
		take_lane(&m->lane[i], s);
	}
	return result;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct mux3 *m = me->state;
	enum pst_step received, sent;

	if (!m->up) {
		m->up = true;
		return PST_STEP_UP;
	}
	/* what arrives has passed the layers below: they are up */
	if (!m->opened && me->role == PST_ACCEPT &&
	    pst_peek(io->rx_in) != NULL) {
		m->opened = true;
		if (open_three(me) != PST_OK) {
			return PST_STEP_ERROR;
		}
	}
	while (pst_stream_next(me) != NULL) {
		/* all three are looked at in each step */
	}
	received = mux3_receive(me, io);
	if (received == PST_STEP_ERROR) {
		return received;
	}
	sent = mux3_send(me, io);
	return sent == PST_STEP_OK ? received : sent;
}

static int stream_open(struct pst_instance *me, struct pst_stream *s)
{
	struct mux3 *m = me->state;
	int i;

	for (i = 0; i < MUX3_STREAMS; i++) {
		struct mux3_lane *l = &m->lane[i];

		if (l->stream == NULL && !l->used && !l->tx_ended && !l->gone &&
		    !m->trunk_ended) {
			take_lane(l, s);
			return PST_OK;
		}
	}
	return PST_AGAIN;
}

static void stream_close(struct pst_instance *me, struct pst_stream *s)
{
	struct mux3_lane *l = ((struct tag *)s->state)->lane;

	if (l != NULL) {
		l->stream = NULL;
		l->gone = true;
		pst_wake(me);
	}
}

#define ROW(n, m, d, h)                                                \
	{                                                              \
		.name = n, .type = PST_OPTION_STRING,                  \
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE,         \
		.offset = offsetof(struct mux3_conf, m), .initial = d, \
		.help = h                                              \
	}

static const struct pst_option options[] = {
	ROW("host", host, "", "The host that its streams ask for."),
	ROW("path", path, "/", "The path that its streams ask for."),
	{.name = NULL},
};

static const struct pst_layer layer = {
	.size = sizeof(layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "mux3",
	.help = "Three byte streams over one trunk, for tests.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_MUX | PST_PROVIDES_HALF_CLOSE,
	.headroom = MUX3_HEADER,
	.lookahead = MUX3_HEADER,
	.state_size = sizeof(struct mux3),
	.conf_size = sizeof(struct mux3_conf),
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.step = step,
};

static const struct pst_mux mux = {
	.size = sizeof(mux),
	.stream_state_size = sizeof(struct tag),
	.id = "mux3",
	.stream_open = stream_open,
	.stream_close = stream_close,
};

static const void *get(const char *extension, uint32_t n)
{
	if (n != 0) {
		return NULL;
	}
	if (strcmp(extension, PST_EXTENSION_LAYER) == 0) {
		return &layer;
	}
	return strcmp(extension, PST_EXTENSION_MUX) == 0 ? &mux : NULL;
}

PST_PLUGIN_NOTE("layer:mux3 mux:mux3");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "mux3",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
