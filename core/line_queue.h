/* SPDX-License-Identifier: MIT */
/* Lines that are to be run, in order. A line is in one queue at most. */
#ifndef CORE_LINE_QUEUE_H
#define CORE_LINE_QUEUE_H

#include <stdbool.h>

struct line;

struct line_queue {
	struct line *first, *last;
};

/** Append a line that is in no queue. */
void line_queue_add(struct line_queue *q, struct line *line);
/** Take the first one out; NULL when there is none. */
struct line *line_queue_take(struct line_queue *q);
/** Take `line` out. Returns false when it is not there. */
bool line_queue_drop(struct line_queue *q, struct line *line);

#endif
