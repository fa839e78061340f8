/* SPDX-License-Identifier: MIT */
/* A layer for tests that moves nothing but on the helper thread. */
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <string.h>

struct heavy {
	bool up;
	uint32_t sum; /* so that there is something to race for */
};

static bool waits(const struct pst_queue *to, const struct pst_queue *from)
{
	return pst_peek(from) != NULL ||
	       (pst_ended(from) && to->end == PST_END_OPEN);
}

static void work(struct pst_instance *me, struct pst_queue *to,
                 struct pst_queue *from)
{
	struct heavy *st = me->state;
	const struct pst_slice *s;
	uint32_t i;

	for (s = pst_peek(from); s != NULL; s = s->next) {
		for (i = 0; i < s->length; i++) {
			st->sum = st->sum * 31 + s->data[i];
		}
	}
	pst_pass(me, to, from);
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct heavy *st = me->state;

	if ((io->flags & PST_IO_HELPER) == 0) {
		return !st->up || waits(io->rx_out, io->rx_in) ||
		                       waits(io->tx_out, io->tx_in)
		               ? PST_STEP_HEAVY
		               : PST_STEP_OK;
	}
	if (!st->up) {
		st->up = true;
		return PST_STEP_UP;
	}
	work(me, io->rx_out, io->rx_in);
	work(me, io->tx_out, io->tx_in);
	pst_count(me, 0, 1);
	return PST_STEP_OK;
}

static const struct pst_metric metrics[] = {
	{.name = "heavy_steps", .help = "Steps on the helper."},
	{.name = NULL},
};

static const struct pst_layer heavy = {
	.size = sizeof(heavy),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "heavy",
	.help = "Moves bytes on the helper thread only, for tests.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct heavy),
	.metrics = metrics,
	.metric_stride = sizeof(struct pst_metric),
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0 ? &heavy
	                                                             : NULL;
}

PST_PLUGIN_NOTE("layer:heavy");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "heavy",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
