/* SPDX-License-Identifier: MIT */
/* Inside the supervisor: shared by its sources only. */
#ifndef CORE_SUPERVISOR_STATE_H
#define CORE_SUPERVISOR_STATE_H

#include "worker_process.h"

#include <stdbool.h>

enum {
	SUPERVISOR_SLOTS = 2048, /* running and draining workers together */
	HEARTBEAT_LIMIT_MS = 10000,
	START_LIMIT_MS = 120000, /* until the first sign of life */
	OVERSLEPT_MS = 3000,     /* between two looks at the heartbeats */
	DRAIN_GRACE_MS = 5000,   /* after the drain timeout */
	STOP_GRACE_MS = 2000
};

enum supervisor_phase {
	SUPERVISOR_RUNNING,
	SUPERVISOR_DRAINING, /* asked to end once */
	SUPERVISOR_STOPPING  /* twice */
};

struct supervisor {
	const char *path; /* of the configuration */
	enum supervisor_phase phase;
	struct log log;
	char *log_path; /* owned: what log.path borrows */
	char *pid_path; /* owned: the file that was written; NULL: none */
	struct counters *counters;
	struct generation_run now;      /* number 0: none yet */
	struct worker_process *workers; /* of `now`, and older ones */
	struct checker *checker;        /* a reload under way */
	struct diag reload;             /* what it has said so far */
	bool reload_again;              /* asked for while one was under way */
	bool told_ready;
	uint64_t looked;  /* monotonic ms: the last look at the heartbeats */
	uint64_t lenient; /* until then nobody counts as hung */
	int signals;      /* signalfd */
};

/** Make the generation `checked` (takes it) the current one: open sockets,
 *  start workers. On failure nothing changes and `d` says why. */
PST_MUST_CHECK int supervisor_adopt(struct supervisor *s,
                                    struct checked *checked, struct diag *d);
/** Start what is due, look for what hangs, drain what was replaced. Returns
 *  the ms until there is more to do; UINT64_MAX: nothing. */
uint64_t supervisor_tend(struct supervisor *s);
/** Look which workers have ended. */
void supervisor_reap(struct supervisor *s);
/** Drain all, or, when that was asked for before, stop all. */
void supervisor_end(struct supervisor *s);
/** One line per address of the current generation. */
void supervisor_listening_log(const struct supervisor *s);
/** Each diagnosis as a line of the log. */
void diag_log(const struct diag *d, const struct log *log);
/** Free and close what the generation holds. */
void generation_finish(struct generation_run *g);

/** Log, pid file and limits as the generation's settings say. Returns 0 or
 *  PST_CONFIG. */
PST_MUST_CHECK int supervisor_settle(struct supervisor *s,
                                     const struct generation_run *g,
                                     struct diag *d);
void supervisor_log_reopen(struct supervisor *s);
void supervisor_pid_remove(struct supervisor *s);

#endif
