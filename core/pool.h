/* SPDX-License-Identifier: MIT */
/* Idle trunks to back-ends, kept to be used again. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include "gateway.h"

struct pools;
struct session;
struct stack;
struct trunk;

/**
 * One worker's pools for one generation, one for each connect pipeline. So a
 * trunk is found again only by streams of the pipeline that it was made for:
 * its target, identity, trust and settings are those, and nothing else can be
 * mixed up. (Layers below a mux see no attribute of any session.)
 *
 * NULL when memory ran out. Any thread.
 */
struct pools *pools_create(const struct gateway *g);
/** They are empty. NULL is accepted. */
void pools_destroy(struct pools *p);
/** Close every trunk that waits in them. */
void pools_close(struct pools *p);

/** The back stream of `session` for `p`, which has a mux: on an idle trunk that
 *  is fit for it, or on a fresh one. NULL when memory ran out. */
struct stack *pool_connect(struct session *session, const struct pipeline *p);
/** Keep a trunk whose streams are all served, when its mux wants that and
 *  nothing is left of them; the oldest goes where there are too many. */
bool pool_keep(struct trunk *t);
/** Take `t` out; harmless when it does not wait. */
void pool_forget(struct trunk *t);

#endif
