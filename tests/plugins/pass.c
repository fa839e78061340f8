/* SPDX-License-Identifier: MIT */
/* A layer for tests that passes everything on, whatever its shape; or leaves at
 * once. */
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <string.h>

struct pass_conf {
	bool leave;
};

struct pass {
	bool up;
};

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct pass_conf *c = me->conf;
	struct pass *st = me->state;

	if (!st->up) {
		st->up = true;
		return c->leave ? PST_STEP_TRANSPARENT : PST_STEP_UP;
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_OK;
}

static const struct pst_option options[] = {
	{.name = "leave",
         .type = PST_OPTION_BOOL,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct pass_conf, leave),
         .initial = "false",
         .help = "Become transparent in the first step."},
	{.name = NULL},
};

static const struct pst_layer pass = {
	.size = sizeof(pass),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "pass",
	.help = "Passes everything on, for tests.",
	.below = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES | PST_SHAPE_EXCHANGES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct pass),
	.conf_size = sizeof(struct pass_conf),
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0 ? &pass
	                                                             : NULL;
}

PST_PLUGIN_NOTE("layer:pass");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "pass",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
