/* SPDX-License-Identifier: MIT */
/* One clock for everything that waits; tests set it. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/** The loop's thread reads the members; others use the functions below. */
struct clock {
	uint64_t now_ms; /* monotonic */
	int64_t wall;    /* seconds since 1970 */
	bool manual;     /* a test sets both; update does nothing */
};

void clock_init(struct clock *c);
/** Read the system's clocks, once per turn of the loop. */
void clock_update(struct clock *c);

/** From any thread: the helper looks while the loop updates. */
static inline uint64_t clock_now_ms(const struct clock *c)
{
	return __atomic_load_n(&c->now_ms, __ATOMIC_RELAXED);
}

static inline int64_t clock_wall(const struct clock *c)
{
	return __atomic_load_n(&c->wall, __ATOMIC_RELAXED);
}

#endif
