/* SPDX-License-Identifier: MIT */
/* The clock, read from the system unless a test sets it. */
#include "clock.h"

#include <time.h>

void clock_init(struct clock *c)
{
	c->manual = false;
	clock_update(c);
}

void clock_update(struct clock *c)
{
	struct timespec t;

	if (c->manual) {
		return;
	}
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	__atomic_store_n(&c->now_ms,
	                 (uint64_t)t.tv_sec * 1000 +
	                         (uint64_t)t.tv_nsec / 1000000,
	                 __ATOMIC_RELAXED);
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	__atomic_store_n(&c->wall, (int64_t)t.tv_sec, __ATOMIC_RELAXED);
}
