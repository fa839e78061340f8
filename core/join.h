/* SPDX-License-Identifier: MIT */
/* The join: pumps between front and back stream, with conversion of shapes. */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include <penstock/result.h>

struct session;

/** Both stacks are up: make what pumping needs. Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int join_begin(struct session *s);
/** Harmless without join_begin. */
void join_finish(struct session *s);

/** Move what can be moved, both ways, and pass ends on. */
void join_step(struct session *s);
/** This end shuts down: nothing is held back any more. Before the layers are
 *  told. */
void join_drain(struct session *s);

#endif
