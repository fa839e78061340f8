/* SPDX-License-Identifier: MIT */
/* Accepting: one per listening descriptor of this worker. */
#ifndef CORE_ACCEPTOR_H
#define CORE_ACCEPTOR_H

#include <stdint.h>

struct listener;
struct sni_node;
struct worker;

/** Watch every descriptor of the worker. Returns 0 or PST_MEMORY. */
int acceptors_start(struct worker *w);
/** Want connections or not: drain, no descriptors left, helper too busy. */
void acceptors_pause(struct worker *w);
void acceptors_resume(struct worker *w);
/** Take what waits in the queues, then close the descriptors. */
void acceptors_close(struct worker *w);
void acceptors_finish(struct worker *w);

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
