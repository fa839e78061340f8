/* SPDX-License-Identifier: MIT */
/* Accepting: one per listening descriptor of this worker. */
#ifndef CORE_ACCEPTOR_H
#define CORE_ACCEPTOR_H

#include <stdbool.h>
#include <stdint.h>

struct acceptor;
struct gateway;
struct listener;
struct sni_node;
struct worker;
struct worker_generation;

/** Watch every descriptor that the worker was made with; owned from now on, also
 *  on failure. Returns 0 or PST_MEMORY. */
int acceptors_start(struct worker *w);
/** Want connections or not: drain, no descriptors left, helper too busy. */
void acceptors_pause(struct worker *w);
void acceptors_resume(struct worker *w);
/** Take what waits in the queues, then close the descriptors. */
void acceptors_close(struct worker *w);

/** One for the listener of this index in a generation to come, in front of
 *  `next`; takes ownership of `fd`, also on failure. NULL on memory. */
struct acceptor *acceptor_create(struct worker *w, int fd, unsigned listener,
                                 struct acceptor *next);
/** Is there a listener for each of them? */
bool acceptors_fit(const struct acceptor *list, const struct gateway *gateway);
/** Close and free the list; it becomes empty. */
void acceptors_free(struct acceptor **list);
/** Enter generation `g`, whose sockets are those of `next`: the same sockets go
 *  on, others begin, and what waits in those that are gone is still served by
 *  the generation before. Cannot fail; the list becomes empty. */
void acceptors_change(struct worker *w, struct acceptor **next,
                      struct worker_generation *g);

/** Serve an open, non-blocking socket as if it had been accepted on `l`. The
 *  socket is owned from here on; `peer` is copied. */
void acceptor_take(struct worker *w, const struct listener *l, int fd,
                   const char *peer);
/** The same when it is known which of the listener's nodes it wants. The time
 *  for its opening runs since `began_ms`. */
void acceptor_enter(struct worker *w, const struct listener *l,
                    const struct sni_node *node, int fd, const char *peer,
                    uint64_t began_ms);

#endif
