/* SPDX-License-Identifier: MIT */
/* A worker: one loop, one helper thread, all sessions of its sockets. */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "clock.h"
#include "counters.h"
#include "gateway.h"
#include "log.h"
#include "loop.h"
#include "resolve.h"
#include "sockets.h"

struct configuration;
struct registry;

struct worker_params {
	unsigned index;          /* slot in counters */
	struct gateway *gateway; /* `note` members are set */
	/** What the gateway was built from: owned by the worker from
	 *  worker_create on, also on failure, and with it the gateway, which
	 *  goes when a reload has replaced it. NULL: both are borrowed. */
	struct configuration *configuration;
	struct registry *registry; /* borrowed; to build the next: NULL without
	                            * control_fd */
	uint32_t generation;       /* its number at the supervisor */
	/** The array is borrowed; its descriptors are the worker's own from
	 *  worker_create on. It closes them when it begins to drain, after taking
	 *  what waits in them, or in worker_destroy. */
	const struct listen_fd *listen;
	unsigned listen_count;
	struct counters *counters; /* borrowed */
	struct log *log;           /* borrowed */
	bool handle_signals;       /* --single: SIGTERM and SIGINT are ours */
	int control_fd;            /* borrowed; to the supervisor: -1, or a socket
	                            * with the messages of control_wire.h; its
	                            * end: the supervisor is gone, stop */
};

struct worker;

/** NULL on failure, which is logged. `log` is the worker's to change when a
 *  reload does. */
struct worker *worker_create(const struct worker_params *params);
void worker_destroy(struct worker *w);
/** Until drained or stopped. Returns the process's exit status. */
int worker_run(struct worker *w);
/** Begin to drain: no new connections, sessions end as they can, all are cut
 *  at the drain timeout. */
void worker_drain(struct worker *w);
/** For a fork: wait for what the worker's other threads do, and let them begin
 *  nothing until worker_go. */
void worker_hold(struct worker *w);
void worker_go(struct worker *w);
/** Its loop, for others that live on it. */
struct loop *worker_loop(struct worker *w);
/** The table for plugins. */
const struct pst_core *core_table(void);

#endif
