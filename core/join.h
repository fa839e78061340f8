/* SPDX-License-Identifier: MIT */
/* The join: pumps between front and back stream, with conversion of shapes. */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

struct session;

/** Move what can be moved, both ways, and pass ends on. */
void join_step(struct session *s);

#endif
