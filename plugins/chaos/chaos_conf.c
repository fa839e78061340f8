/* SPDX-License-Identifier: MIT */
/* Settings of the layer `chaos`. */
#include "chaos.h"

#define ROW(n, t, m, ...)                                             \
	{                                                             \
		.name = n, .type = t, .flags = PST_BOTH_HOPS,         \
		.offset = offsetof(struct chaos_conf, m), __VA_ARGS__ \
	}

static const char *const directions[] = {"both", "rx", "tx", NULL};

const struct pst_option chaos_options[] = {
	ROW("direction", PST_OPTION_ENUM, direction, .choices = directions,
            .initial = "both",
            .help = "Which direction is disturbed; rx is what was received."),
	ROW("chunk", PST_OPTION_SIZE, chunk, .initial = "0", .unit = "bytes",
            .help = "Cut slices to at most this many bytes; 0 leaves them."),
	ROW("max_per_step", PST_OPTION_SIZE, max_per_step, .initial = "0",
            .unit = "bytes",
            .help = "Pass at most this many bytes each way before the "
                    "neighbours are stepped; 0 is as many as `chunk`."),
	ROW("stall_every", PST_OPTION_SIZE, stall_every, .initial = "0",
            .unit = "bytes",
            .help = "Pause each time this many bytes have passed; 0 is never."),
	ROW("stall_ms", PST_OPTION_INT, stall_ms, .max = 3600000,
            .initial = "0", .unit = "ms", .help = "How long such a pause is."),
	ROW("error_at", PST_OPTION_INT, error_at, .min = -1, .max = INT64_MAX,
            .initial = "-1", .unit = "bytes",
            .help = "Fail when this many bytes have passed; -1 is never."),
	ROW("cut_at", PST_OPTION_INT, cut_at, .min = -1, .max = INT64_MAX,
            .initial = "-1", .unit = "bytes",
            .help = "End the direction, as if the line broke, when this many "
                    "bytes have passed; -1 is never."),
	ROW("heavy", PST_OPTION_BOOL, heavy, .initial = "false",
            .help = "Do all work on the helper thread."),
	ROW("seed", PST_OPTION_INT, seed, .max = UINT32_MAX, .initial = "0",
            .help = "Choose sizes of 1 to `chunk` bytes at random from this "
                    "seed; 0 takes `chunk` itself."),
	{.name = NULL},
};

int chaos_conf_init(void *conf, struct pst_setup *setup)
{
	const struct chaos_conf *c = conf;
	int result = PST_OK;

	if (c->stall_every != 0 && c->stall_ms == 0) {
		pst_error(setup, "stall_every",
		          "a pause of no length; set stall_ms too");
		result = PST_CONFIG;
	}
	if (c->stall_ms != 0 && c->stall_every == 0) {
		pst_error(setup, "stall_ms",
		          "there is no pause; set stall_every too");
		result = PST_CONFIG;
	}
	if (c->seed != 0 && c->chunk == 0) {
		pst_error(setup, "seed",
		          "there are no sizes to choose; set chunk too");
		result = PST_CONFIG;
	}
	return result;
}
