/* SPDX-License-Identifier: MIT */
/* acme-cap: ends a stream whose peer sends more than a limit. Start here:
 * rename it, then change `step`. */
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <string.h>

PST_PLUGIN_NOTE("layer:acme-cap");

struct conf {
	uint64_t limit; /* bytes */
};

struct state {
	uint64_t received; /* bytes */
	bool up;
};

enum metric {
	RECEIVED,
	ENDED
};

static const struct pst_option options[] = {
	{
		.name = "limit",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = offsetof(struct conf, limit),
		.min = 1,
		.max = INT64_MAX,
		.initial = "1m",
		.unit = "bytes",
		.help = "How much one peer may send.",
	},
	{.name = NULL},
};

static const struct pst_metric metrics[] = {
	{.name = "received_bytes", .help = "Bytes from peers."},
	{.name = "ended", .help = "Streams that passed the limit."},
	{.name = NULL},
};

static bool receive(struct pst_instance *me, struct pst_io *io)
{
	const struct conf *conf = me->conf;
	struct state *state = me->state;

	while (pst_peek(io->rx_in) != NULL && pst_room(me, io->rx_out) > 0) {
		struct pst_slice *s = pst_take(me, io->rx_in);

		state->received += s->length;
		pst_count(me, RECEIVED, s->length);
		pst_put(me, io->rx_out, s);
		if (state->received > conf->limit) {
			pst_count(me, ENDED, 1);
			pst_fail(me, PST_CLASS_TOO_BIG, 0,
			         "more than %llu bytes were received",
			         (unsigned long long)conf->limit);
			return false;
		}
	}
	if (pst_ended(io->rx_in)) {
		pst_pass(me, io->rx_out, io->rx_in);
	}
	return true;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct state *state = me->state;

	if (!state->up) {
		state->up = true;
		return PST_STEP_UP;
	}
	pst_pass(me, io->tx_out, io->tx_in);
	return receive(me, io) ? PST_STEP_OK : PST_STEP_ERROR;
}

extern const struct pst_layer acme_cap;

const struct pst_layer acme_cap = {
	.size = sizeof(acme_cap),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "acme-cap",
	.help = "Ends a stream whose peer sends more than a limit.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct state),
	.conf_size = sizeof(struct conf),
	.options = options,
	.metrics = metrics,
	.option_stride = sizeof(struct pst_option),
	.metric_stride = sizeof(struct pst_metric),
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	bool mine = n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0;

	return mine ? &acme_cap : NULL;
}

const struct pst_plugin pst_plugin = {
	.magic = PST_MAGIC,
	.size = sizeof(pst_plugin),
	.abi = PST_ABI,
	.name = "acme-cap",
	.version = "1.0",
	.license = "MIT",
	.get = get,
};
