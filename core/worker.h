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

struct worker_params {
	unsigned index;          /* slot in counters */
	struct gateway *gateway; /* borrowed; `note` members are set */
	/** The array is borrowed; its descriptors are the worker's own from
	 *  worker_create on. It closes them when it begins to drain, after taking
	 *  what waits in them, or in worker_destroy. */
	const struct listen_fd *listen;
	unsigned listen_count;
	struct counters *counters; /* borrowed */
	struct log *log;           /* borrowed */
	bool handle_signals;       /* --single: SIGTERM and SIGINT are ours */
	int control_fd;            /* from the supervisor: -1, or a pipe whose
	                              * bytes are commands: 'd' drain, 's' stop,
	                              * 'l' log_reopen; end of file: the
	                              * supervisor is gone, stop */
};

struct worker;

/** NULL on failure, which is logged. */
struct worker *worker_create(const struct worker_params *params);
void worker_destroy(struct worker *w);
/** Until drained or stopped. Returns the process's exit status. */
int worker_run(struct worker *w);
/** Begin to drain: no new connections, sessions end as they can, all are cut
 *  at the drain timeout. */
void worker_drain(struct worker *w);
/** The table for plugins. */
const struct pst_core *core_table(void);

#endif
