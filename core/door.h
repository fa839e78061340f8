/* SPDX-License-Identifier: MIT */
/* The door of a listener with several nodes: a connection waits until its first
 * bytes, which are looked at and left where they are, say which one it wants. */
#ifndef CORE_DOOR_H
#define CORE_DOOR_H

#include "gateway.h"

struct door;
struct worker;

/** All that wait in one worker, and the series that count them. */
struct doors {
	struct door *first;
	uint32_t waiting; /* gauge "door.waiting" */
	uint32_t refused; /* "door.refused": for want of a name or protocol */
};

void doors_init(struct worker *w);

/** Take an open, non-blocking socket, owned from here on, to the door of `l`.
 *  It is served, perhaps at once, with acceptor_enter, or gets last words and
 *  is closed. `peer` is copied. Until then it counts as a connection of `l`. */
void door_open(struct worker *w, const struct listener *l, int fd,
               const char *peer);

/** After a reload: who waits at `from` is served by `to`, the same address in
 *  the tree of now, from the next byte on. */
void doors_follow(struct worker *w, const struct listener *from,
                  const struct listener *to);
/** Close all, without words: the worker ends. */
void doors_close(struct worker *w);

#endif
