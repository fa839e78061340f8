/* SPDX-License-Identifier: MIT */
/* Queue operations behind the plugins' table, and the core's own. */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include "segment.h"

#include <penstock/queue.h>
#include <penstock/result.h>

/** What is rarely done stays out of line, so that what is done for each slice
 *  needs none of its registers. */
#define QUEUE_RARE __attribute__((noinline))

/** Which of a station's two queues this is: in pst_queue.reserved. */
enum queue_direction {
	QUEUE_LOOSE = 0, /* in no station */
	QUEUE_RX,
	QUEUE_TX
};

enum queue_changed {
	QUEUE_PUT = 1, /* slices or the end came since the last look */
	QUEUE_TOOK = 2
};

void queue_init(struct pst_queue *q, struct pst_budget *budget);
/** Free what is queued; the queue stays usable. */
void queue_purge(struct pst_queue *q);
/** Charge everything queued, and all that comes, to `budget`. */
void queue_rebudget(struct pst_queue *q, struct pst_budget *budget);

void queue_put(struct pst_queue *q, struct pst_slice *s);
int queue_write(struct pst_queue *q, const void *data, size_t length,
                uint32_t flags, size_t headroom);
struct pst_slice *queue_take(struct pst_queue *q);
struct pst_slice *queue_cut(struct pst_queue *q, size_t n);
void queue_consume(struct pst_queue *q, size_t n);
uint8_t *queue_pullup(struct pst_queue *q, size_t n, size_t headroom);
size_t queue_move(struct pst_queue *to, struct pst_queue *from, size_t max);
void queue_end(struct pst_queue *q, enum pst_end end, enum pst_class why);

/** Bytes of room in the queue's direction for what comes in from outside; 0
 *  notes that somebody waits. For layers: line_room. */
static inline size_t queue_room(struct pst_queue *q)
{
	struct pst_budget *b = q->budget;

	if (b->held < b->limit) {
		return b->limit - b->held;
	}
	b->blocked = true;
	return 0;
}

/** True for a slice without payload. */
static inline bool slice_is_record(const struct pst_slice *s)
{
	return (s->flags & (PST_HEAD | PST_CONTROL)) != 0;
}

#endif
