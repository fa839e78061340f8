/* SPDX-License-Identifier: MIT */
/* What a worker is made of; for the machine's own files. */
#ifndef CORE_WORKER_STATE_H
#define CORE_WORKER_STATE_H

#include "door.h"
#include "line.h"
#include "reason.h"
#include "timers.h"
#include "worker.h"

struct helper;
struct acceptor;

struct worker {
	struct worker_params params;
	struct gateway *gateway;
	struct log *log;
	struct loop *loop;
	struct clock clock;
	struct timers timers;
	struct resolver *resolver;
	struct helper *helper;
	struct worker_slot *slot;
	struct line *run_first, *run_last;
	struct session *sessions; /* all, newest first */
	struct trunk *trunks;     /* all, newest first */
	struct doors doors;
	struct acceptor *acceptors;
	unsigned acceptor_count;
	struct series *series;
	struct timer drain_timer, heartbeat, accept_pause;
	struct wakeup sigterm, sigint, sigusr1;
	struct watch control;
	int64_t *connections; /* per listener, open now */
	bool draining;
	bool stop_when_done; /* after the last session */
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
/** Run what is queued; returns true when something is left. */
bool worker_run_lines(struct worker *w);
/** A session or trunk is gone: the last one ends a drain. */
void worker_one_less(struct worker *w);

#endif
