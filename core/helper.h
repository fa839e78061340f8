/* SPDX-License-Identifier: MIT */
/* The helper: one thread per worker that runs heavy steps. A line is lent to it
 * whole, with every line that shares segments with it (a trunk and its
 * streams), so that nothing in them needs a lock. */
#ifndef CORE_HELPER_H
#define CORE_HELPER_H

#include "line.h"

struct helper;

struct helper *helper_create(struct worker *w);
/** Waits for the step that runs; what is lent comes back first. */
void helper_destroy(struct helper *h);
/** Lend the line of `s` and run one step of `s` on the helper. */
void helper_lend(struct station *s);
/** Wake the helper for what was lent, once for all of a turn of the loop: a
 *  thread that is woken for each would take the processor from the loop. Cheap
 *  when nothing was. */
void helper_tell(struct helper *h);
/** Lines that wait or run. */
unsigned helper_waiting(const struct helper *h);
/** Wait for the step that runs, and begin no other until helper_go: for a
 *  fork, and for what the helper reads without a lock. */
void helper_hold(struct helper *h);
void helper_go(struct helper *h);

#endif
