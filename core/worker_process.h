/* SPDX-License-Identifier: MIT */
/* A worker as the supervisor sees it: a process that is started, watched, told
 * to drain, and mourned with a line that names what it was doing. */
#ifndef CORE_WORKER_PROCESS_H
#define CORE_WORKER_PROCESS_H

#include "checker.h"
#include "configure.h"
#include "control_wire.h"
#include "counters.h"
#include "log.h"
#include "privileges.h"
#include "sockets.h"

#include <stdbool.h>
#include <time.h>

/** One configuration at work: what workers are started with. */
struct generation_run {
	uint32_t number; /* 1, 2, ...; some are never adopted */
	unsigned workers;
	struct timespec read; /* since then its files may have changed */
	struct configuration *configuration; /* for its settings; owned */
	struct checked checked;
	struct listen_set set;
	struct identity who;
};

enum worker_phase {
	WORKER_WAITING,  /* not running; starts when `due` */
	WORKER_STARTING, /* runs, no sign of life yet */
	WORKER_UP,
	WORKER_DRAINING, /* told to; killed when `due` */
	WORKER_STOPPING, /* told to stop at once; killed when `due` */
	WORKER_GONE      /* ended and not wanted back */
};

/** Its part in a reload that is under way. */
enum worker_part {
	WORKER_APART,
	WORKER_ASKED,    /* to prepare */
	WORKER_PREPARED, /* and it is */
	WORKER_COMMITS   /* it was told to */
};

struct worker_process {
	struct worker_process *next;
	enum worker_phase phase;
	enum worker_part part;
	unsigned place;      /* 0..: which sockets of the generation */
	unsigned slot;       /* in the counters */
	uint32_t generation; /* its number */
	pid_t pid;           /* 0: not running */
	int control;         /* socket of control_wire.h; -1: none */
	int events;          /* borrowed: the epoll(7) that watches it */
	uint64_t started;    /* monotonic ms */
	uint64_t due;        /* UINT64_MAX: nothing */
	unsigned failures;   /* in a row */
	uint64_t drain_ms;   /* how long it may drain */
	bool hung;           /* killed for giving no sign of life */
};

/** What starting a worker takes from the supervisor. All borrowed. */
struct worker_start {
	struct worker_process *worker, *siblings;
	struct generation_run *generation;
	struct counters *counters;
	struct log *log;
	const int *close; /* descriptors that are not for the child */
	size_t close_count;
};

/** Fork it. In the child this does not return. Returns 0 or PST_IO. */
PST_MUST_CHECK int worker_process_start(const struct worker_start *start);
/** Send a message; a worker that is gone is no error, one that does not read is
 *  killed. */
void worker_process_tell(const struct worker_process *w,
                         const struct control_order *order);
/** Look whether it has ended, without waiting; then tells so in the log. */
bool worker_process_reap(struct worker_process *w, struct counters *c,
                         const struct log *log);
/** Has it shown signs of life, and when last (monotonic ms; 0: never)? */
uint64_t worker_process_beat(const struct worker_process *w,
                             struct counters *c);
/** Kill it for giving no sign of life for `ms`, with a line that says so. */
void worker_process_hung(struct worker_process *w, struct counters *c,
                         const struct log *log, uint64_t ms);
/** How long to wait before the next start, in ms: 0, 1, 2, 4 ... 30 s. */
uint64_t worker_process_backoff(struct worker_process *w, uint64_t now);

#endif
