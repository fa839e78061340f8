/* SPDX-License-Identifier: MIT */
/* One clock for everything that waits; tests set it. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	uint64_t now_ms; /* monotonic */
	int64_t wall;    /* seconds since 1970 */
	bool manual;     /* a test sets both; update does nothing */
};

void clock_init(struct clock *c);
/** Read the system's clocks, once per turn of the loop. */
void clock_update(struct clock *c);

#endif
