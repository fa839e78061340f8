/* SPDX-License-Identifier: MIT */
/* What the parts of the layer `chaos` share. */
#ifndef CHAOS_H
#define CHAOS_H

#include <penstock/layer.h>

enum chaos_direction {
	CHAOS_BOTH = 0,
	CHAOS_RX,
	CHAOS_TX
};

struct chaos_conf {
	uint32_t direction; /* enum chaos_direction */
	bool heavy;
	uint64_t chunk;
	uint64_t max_per_step;
	uint64_t stall_every;
	int64_t stall_ms;
	int64_t error_at; /* -1: never */
	int64_t cut_at;   /* likewise */
	int64_t seed;
};

/** One direction at work. Its timer has the same index. */
struct chaos_way {
	uint64_t passed; /* bytes */
	bool stall_due;  /* to be armed on the loop */
	bool stalled;
	bool cut; /* what still comes is dropped */
};

enum {
	CHAOS_WAY_RX,
	CHAOS_WAY_TX,
	CHAOS_WAYS
};

struct chaos {
	struct chaos_way way[CHAOS_WAYS];
	uint32_t random; /* xorshift32 */
	bool up;
};

extern const struct pst_option chaos_options[];

int chaos_conf_init(void *conf, struct pst_setup *setup);

#endif
