/* SPDX-License-Identifier: MIT */
/* Budgets: how much one direction holds, and how much it may. */
#ifndef CORE_BUDGET_H
#define CORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BUDGET_WIDE = 256 * 1024, /* bytes that a wide one may hold */
	BUDGET_WIDE_MOST = 32     /* wide ones at once, of a process */
};

/**
 * What one direction of a session (or of a trunk) holds, in bytes of memory:
 * each segment counts whole, to the budget of the queue that it was last put
 * into, and each further slice of it counts its own record.
 *
 * Slices of one segment may wait on both sides of a mux, so a segment can
 * outlive the session that it is charged to: the budget then goes with the last
 * of its segments.
 *
 * Bulk costs less in large pieces: while all that is read is written at once, a
 * budget may be wide. It keeps its permit for as long as more than usual is
 * held, so that peers that stop taking do not add up to more than there are
 * permits.
 */
struct pst_budget {
	size_t held;
	uint32_t limit;      /* when held is as much, nothing is read */
	uint32_t high_water; /* limit of one that is not wide */
	uint32_t segments;   /* charged here */
	bool blocked; /* somebody saw no room: step the producers when there is */
	bool orphan;  /* its owner is gone */
	bool wide;    /* it has a permit */
};

/** `high_water`: bytes, below 4 GiB. NULL when memory ran out. */
struct pst_budget *budget_create(uint64_t high_water);
/** The owner is gone. NULL is accepted. */
void budget_release(struct pst_budget *b);

static inline uint32_t budget_wide_limit(const struct pst_budget *b)
{
	return b->high_water < BUDGET_WIDE / 4 ? 4 * b->high_water
	                                       : BUDGET_WIDE;
}

/** Bytes that layers may have made the budget hold. It is more than was read at
 *  most: a layer above may wait for the rest of what it can tell nothing of
 *  yet, which must not wait for anything. */
static inline size_t budget_for_layers(const struct pst_budget *b)
{
	return (size_t)b->high_water +
	       (b->wide ? budget_wide_limit(b) : b->high_water);
}

/** Before reading: let one that holds little hold more, up to four times as
 *  much. Any thread, like all of these: permits are the process's. */
void budget_widen(struct pst_budget *b);
/** What was read does not leave at once: read no more than usual. */
static inline void budget_narrow(struct pst_budget *b)
{
	if (b->wide) {
		b->limit = b->high_water;
	}
}
/** End of what was wide once no more than usual is held, and of an orphan that
 *  holds nothing: it is destroyed. */
void budget_settle(struct pst_budget *b);

static inline void budget_charge(struct pst_budget *b, size_t bytes)
{
	b->held += bytes;
	b->segments++;
}

static inline void budget_uncharge(struct pst_budget *b, size_t bytes)
{
	b->held -= bytes;
	b->segments--;
	if (b->orphan || b->wide) {
		budget_settle(b);
	}
}

#endif
