/* SPDX-License-Identifier: MIT */
/* The layer `acme-quota`: passes bytes, and ends streams that receive too many.
 * Copy this folder, rename it after yourself, and change `take`. */
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <string.h>

/* What conf_init gets, filled in from `options`. Constant while in use. */
struct quota_conf {
	uint64_t max_bytes; /* 0: no limit */
};

/* One instance: one place in one connection. Zeroed before open. */
struct quota {
	uint64_t taken; /* bytes */
	bool up;
};

enum metric {
	METRIC_EXCEEDED
};

/* One slice from below, on its way up. Takes ownership. */
static int take(struct pst_instance *me, struct pst_queue *to,
                struct pst_slice *s)
{
	const struct quota_conf *c = me->conf;
	struct quota *st = me->state;

	st->taken += s->length;
	if (c->max_bytes != 0 && st->taken > c->max_bytes) {
		pst_slice_free(me, s);
		pst_count(me, METRIC_EXCEEDED, 1);
		pst_fail(me, PST_CLASS_TOO_BIG, 0,
		         "the client sent more than %llu bytes",
		         (unsigned long long)c->max_bytes);
		return PST_LIMIT;
	}
	pst_put(me, to, s);
	return PST_OK;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct quota *st = me->state;

	if (!st->up) { /* nothing to negotiate */
		st->up = true;
		return PST_STEP_UP;
	}
	while (pst_peek(io->rx_in) != NULL && pst_room(me, io->rx_out) > 0) {
		if (take(me, io->rx_out, pst_take(me, io->rx_in)) != PST_OK) {
			return PST_STEP_ERROR;
		}
	}
	if (pst_ended(io->rx_in)) {
		pst_pass(me, io->rx_out, io->rx_in); /* the end */
	}
	pst_pass(me, io->tx_out, io->tx_in); /* left alone */
	return PST_STEP_OK;
}

static int conf_init(void *conf, struct pst_setup *setup)
{
	const struct quota_conf *c = conf;

	if (c->max_bytes == 0) {
		pst_warning(setup, "max_bytes",
		            "0 is no limit: the layer does nothing");
	}
	return PST_OK;
}

static const struct pst_option options[] = {
	{
		.name = "max_bytes",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = offsetof(struct quota_conf, max_bytes),
		.initial = "1m",
		.unit = "bytes",
		.help = "How much one stream may receive; 0 is no limit.",
	},
	{.name = NULL},
};

static const struct pst_metric metrics[] = {
	[METRIC_EXCEEDED] = {.name = "exceeded",
                             .help = "Streams ended by the quota."},
	{.name = NULL},
};

static const struct pst_layer quota = {
	.size = sizeof(quota),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "acme-quota",
	.help = "Ends streams that receive more bytes than allowed.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct quota),
	.conf_size = sizeof(struct quota_conf),
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.metrics = metrics,
	.metric_stride = sizeof(struct pst_metric),
	.conf_init = conf_init,
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	bool mine = n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0;

	return mine ? &quota : NULL;
}

PST_PLUGIN_NOTE("layer:acme-quota");

const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "acme-quota",
	.version = "1.0",
	.license = "MIT",
	.get = get,
};
