/* SPDX-License-Identifier: MIT */
/* Lines: what is stepped together. A session is a line of stations (front
 * layers, top, back layers); a trunk is a line of its own. */
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include "station.h"

struct line {
	struct worker *worker;
	struct line *next;       /* in the run queue */
	struct stack *front;     /* a trunk's only stack */
	struct stack *back;      /* NULL: none (yet) */
	struct station *top;     /* NULL for a trunk */
	struct session *session; /* this or trunk is set */
	struct trunk *trunk;
	struct lent *lent; /* to the helper; NULL: ours */
	bool queued;
	bool running; /* its stations are being stepped */
	bool drain;
};

/** Queue a line for the next run. Harmless when it is queued or lent. */
void line_schedule(struct line *line);
/** Forget a line that is about to be freed. */
void line_forget(struct line *line);
/** Step until nothing changes, or long enough for this turn. */
void line_run(struct line *line);
/** Mark every station: a direction has room again, or all must look. */
void line_mark_all(struct line *line);

/** What follows a step, here or on the helper: find out whom it concerns. */
void line_after_step(struct station *s, enum pst_step result);

/** Look what changed in the queues above `below`: mark whom it concerns. */
void line_look(struct station *below, struct station *above);

/**
 * Bytes of room for what a layer puts into `q`.
 *
 * What waits for the layer is charged to the same direction as what it makes of
 * it, so a layer has twice the limit that stops the source; and one whose way
 * ahead is empty has always room for a segment, or two layers that each make
 * more of what they take could stop each other for good.
 */
size_t line_room(struct pst_queue *q);

/** The next station to the right (front to back), or NULL. */
struct station *line_right(const struct line *line, const struct station *s);
/** The next one to the left. */
struct station *line_left(const struct line *line, const struct station *s);
struct station *line_first(const struct line *line);
struct station *line_last(const struct line *line);

#endif
