/* SPDX-License-Identifier: MIT */
/* Queues of lines. */
#include "line_queue.h"

#include "line.h"

#include <stddef.h>

void line_queue_add(struct line_queue *q, struct line *line)
{
	line->queued = true;
	line->next = NULL;
	if (q->last != NULL) {
		q->last->next = line;
	} else {
		q->first = line;
	}
	q->last = line;
}

struct line *line_queue_take(struct line_queue *q)
{
	struct line *line = q->first;

	if (line != NULL) {
		q->first = line->next;
		if (q->first == NULL) {
			q->last = NULL;
		}
		line->queued = false;
	}
	return line;
}

bool line_queue_drop(struct line_queue *q, struct line *line)
{
	struct line *before = NULL, *l = q->first;

	while (l != NULL && l != line) {
		before = l;
		l = l->next;
	}
	if (l == NULL) {
		return false;
	}
	if (before != NULL) {
		before->next = line->next;
	} else {
		q->first = line->next;
	}
	if (q->last == line) {
		q->last = before;
	}
	line->queued = false;
	return true;
}
