/* SPDX-License-Identifier: MIT */
/* A layer for tests that takes its process down when it reads "crash". */
#include <penstock/head.h>
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum how {
	HOW_ABORT,
	HOW_SEGV
};

struct crash_conf {
	uint32_t how; /* enum how */
};

struct crash {
	bool up;
	uint32_t matched; /* letters of the word so far */
};

static void look_at(struct crash *st, const struct pst_slice *s, uint32_t how)
{
	static const char word[] = "crash";
	uint32_t i;

	for (i = 0; i < s->length; i++) {
		uint8_t c = pst_ascii_lower(s->data[i]);

		st->matched = c == (uint8_t)word[st->matched]
		                      ? st->matched + 1
		                      : c == (uint8_t)word[0];
		if (st->matched != sizeof(word) - 1) {
			continue;
		}
		if (how == HOW_SEGV) {
			raise(SIGSEGV);
		}
		abort();
	}
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct crash_conf *c = me->conf;
	struct crash *st = me->state;
	const struct pst_slice *s;

	if (!st->up) {
		st->up = true;
		return PST_STEP_UP;
	}
	for (s = pst_peek(io->rx_in); s != NULL; s = s->next) {
		look_at(st, s, c->how);
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_OK;
}

static const char *const hows[] = {"abort", "segv", NULL};

static const struct pst_option options[] = {
	{.name = "how",
         .type = PST_OPTION_ENUM,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct crash_conf, how),
         .choices = hows,
         .initial = "abort",
         .help = "The signal to end by."},
	{.name = NULL},
};

static const struct pst_layer crash = {
	.size = sizeof(crash),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "crash",
	.help = "Ends the process when it reads \"crash\", for tests.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct crash),
	.conf_size = sizeof(struct crash_conf),
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0 ? &crash
	                                                             : NULL;
}

PST_PLUGIN_NOTE("layer:crash");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "crash",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
