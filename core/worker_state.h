/* SPDX-License-Identifier: MIT */
/* What a worker is made of; for the machine's own files. */
#ifndef CORE_WORKER_STATE_H
#define CORE_WORKER_STATE_H

#include "door.h"
#include "line.h"
#include "line_queue.h"
#include "reason.h"
#include "splice.h"
#include "timers.h"
#include "worker.h"

#include <penstock/control.h>

struct acceptor;
struct helper;
struct site;
struct worker_builder;
struct worker_generation;

/** A generation on its way, from the first of its sockets to its commit. */
struct worker_reload {
	uint32_t number;            /* 0: none */
	struct acceptor *acceptors; /* owned: of its sockets */
	bool lost;                  /* a socket did not arrive */
	struct worker_generation *ready; /* NULL: not built yet */
};

struct worker {
	struct worker_params params;
	struct gateway *gateway; /* of `generation` */
	struct worker_generation *generation, *generations; /* current; all */
	struct site *sites;
	struct worker_reload reload;
	struct worker_builder *builder;
	struct log *log;
	char *log_path; /* owned: of a log file that a reload brought */
	struct loop *loop;
	struct clock clock;
	struct timers timers;
	struct resolver *resolver;
	struct helper *helper;
	struct worker_slot *slot;
	_Atomic int64_t *cells; /* of its counters */
	struct splice_pool splice;
	struct line_queue now;   /* lines to run in this turn */
	struct line_queue later; /* in the next one: they have had their share */
	struct session *sessions; /* all, newest first */
	struct trunk *trunks;     /* all, newest first */
	struct doors doors;
	struct acceptor *acceptors;
	struct timer drain_timer, heartbeat, accept_pause;
	struct wakeup sigterm, sigint, sigusr1;
	struct watch control;
	bool draining;
	bool generations_ended; /* one may have no user any more */
	bool stop_when_done; /* after the last session */
	/** NULL, or shown each control record that a join comes upon. */
	void (*saw_control)(struct session *s, enum pst_role from,
	                    const struct pst_control *c);
	int status;
};

/** Note what a thread is about to run, for the crash line. */
static inline void worker_note(struct doing *doing, uint32_t layer,
                               uint32_t service, uint64_t session)
{
	atomic_store_explicit(&doing->layer, layer, memory_order_relaxed);
	atomic_store_explicit(&doing->service, service, memory_order_relaxed);
	atomic_store_explicit(&doing->session, session, memory_order_relaxed);
}
/** A session or trunk is gone: the last one ends a drain. */
void worker_one_less(struct worker *w);

/** Listen to the supervisor, and be able to build. Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int worker_control_start(struct worker *w);
/** The builder has ended and a generation under way is forgotten. */
void worker_control_stop(struct worker *w);

#endif
