/* SPDX-License-Identifier: MIT */
/* A generation at work in a worker. Sessions, trunks and doors use the one that
 * they began with; it goes with the last of them. */
#ifndef CORE_WORKER_GENERATION_H
#define CORE_WORKER_GENERATION_H

#include "configure.h"
#include "counters.h"
#include "gateway.h"

#include <stdbool.h>

struct pools;
struct series;
struct worker;

/** What a listening address keeps over generations. */
struct site {
	struct site *next; /* of the worker's */
	char *address;     /* owned: as the listener has it */
	unsigned users;    /* generations */
	int64_t open;      /* connections, now */
	const struct listener *current; /* NULL: nobody listens any more */
};

struct worker_generation {
	struct worker_generation *next; /* of the worker's: older ones */
	uint32_t number;                /* the supervisor's; 0: the first */
	size_t users; /* lines and doors that began in it; one more while it
	               * is current, or waits to become so */
	struct gateway *gateway;
	struct configuration *configuration; /* owned, and with it the gateway;
	                                      * NULL: both are borrowed */
	struct series *series;
	struct pools *pools; /* of its connect pipelines */
	struct site **sites; /* by listener; NULL until it is added */
};

/** Get `gateway` ready to be served: names, series, and its services point here.
 *  Takes ownership of `configuration` and then of the gateway. NULL on memory,
 *  with both left to the caller. Any thread. */
struct worker_generation *
worker_generation_create(uint32_t number, struct gateway *gateway,
                         struct configuration *configuration,
                         struct counters *counters);
/** Nobody uses it. Any thread. NULL is accepted. */
void worker_generation_destroy(struct worker_generation *g);

/** Add it to the worker's, with its sites and one user: who adds it. Returns 0
 *  or PST_MEMORY with nothing added. */
PST_MUST_CHECK int worker_generation_add(struct worker *w,
                                         struct worker_generation *g);
/** Take it out again, with the sites that only it had. */
void worker_generation_remove(struct worker *w, struct worker_generation *g);
/** From now on new connections and streams are its. Who added it uses it no
 *  more: the worker does, until it enters another one. */
void worker_generation_enter(struct worker *w, struct worker_generation *g);
/** Give away what nobody uses any more. Not within a step. */
void worker_generations_sweep(struct worker *w);

/** The one that a pipeline, or a listener, belongs to. */
static inline struct worker_generation *
worker_generation_of(const struct pipeline *p)
{
	return p->service->generation;
}

static inline struct worker_generation *
worker_generation_at(const struct listener *l)
{
	return worker_generation_of(l->nodes[0].lower);
}

static inline void worker_generation_hold(struct worker_generation *g)
{
	g->users++;
}
/** May be the last use; it is freed later. */
void worker_generation_release(struct worker *w, struct worker_generation *g);

/** How many connections of its address are open in this worker. */
int64_t *worker_open_count(const struct listener *l);
/** Where connections that came in through `l` are routed now: the same place
 *  in the current generation when it is still there, else `l`. */
const struct listener *worker_listener_now(const struct listener *l);
/** The node that streams of a connection of `node`, which came in through `l`,
 *  are routed with now: the current one whose layers up to the mux are set as
 *  they were, else `node`. */
const struct sni_node *worker_node_now(const struct listener *l,
                                       const struct sni_node *node);

#endif
