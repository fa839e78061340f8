/* SPDX-License-Identifier: MIT */
/* Timers on the one clock: a binary heap, ordered by deadline. */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	uint64_t due_ms;
	uint32_t place; /* in the heap, from 1; 0: not set */
	uint32_t id;    /* the owner's */
	void *owner;
	void (*fire)(struct timer *t); /* the timer is no longer set then */
};

struct timers {
	struct timer **heap; /* heap[0] is unused */
	size_t count, capacity;
	size_t reserved; /* timers that may be set at once */
};

void timers_init(struct timers *ts);
void timers_finish(struct timers *ts);

/** Make room for one more timer, so that timer_set cannot fail. Returns 0 or
 *  PST_MEMORY. Undone by timers_release. */
int timers_reserve(struct timers *ts);
void timers_release(struct timers *ts);

/** Fire at `due_ms`; moves a timer that is set. Reserved by the caller. */
void timer_set(struct timers *ts, struct timer *t, uint64_t due_ms);
void timer_clear(struct timers *ts, struct timer *t);

/** Milliseconds from `now_ms` to the next deadline; UINT64_MAX: none. */
uint64_t timers_wait_ms(const struct timers *ts, uint64_t now_ms);
/** Fire all that are due, each once. */
void timers_run(struct timers *ts, uint64_t now_ms);

#endif
