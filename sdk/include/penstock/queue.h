/* SPDX-License-Identifier: MIT */
/* Queues: bounded lists of slices between two neighbours, and how they end. */
#ifndef PENSTOCK_QUEUE_H
#define PENSTOCK_QUEUE_H

#include <penstock/slice.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pst_budget; /* the core's: what one direction may hold */

/**
 * State of a queue's end. It is reached by the taker after the last slice.
 *
 * CLEAN  the protocol of the putter ended as it should
 * CUT    the layer below stopped without the end that this one requires
 * RESET  torn down; what is queued in front is still delivered, then the taker
 *        tears down as well (a bottom layer with RST)
 */
enum pst_end {
	PST_END_OPEN = 0,
	PST_END_CLEAN,
	PST_END_CUT,
	PST_END_RESET
};

/** Read-only outside the core; change it with the functions of layer.h. */
struct pst_queue {
	struct pst_slice *first;
	struct pst_slice *last;
	struct pst_budget *budget;
	uint32_t bytes;   /* payload queued: HEAD and CONTROL not counted */
	uint8_t end;      /* enum pst_end */
	uint8_t end_class; /* enum pst_class, when end is not OPEN or CLEAN */
	uint8_t changed;  /* the core's */
	uint8_t reserved;
};

/** The first slice, borrowed until the queue changes; NULL when empty. */
static inline struct pst_slice *pst_peek(const struct pst_queue *q)
{
	return q->first;
}

/** True when nothing is queued and nothing more will come. */
static inline bool pst_ended(const struct pst_queue *q)
{
	return q->first == NULL && q->end != PST_END_OPEN;
}

#ifdef __cplusplus
}
#endif
#endif
