/* SPDX-License-Identifier: MIT */
/* Inside the supervisor: shared by its sources only. */
#ifndef CORE_SUPERVISOR_STATE_H
#define CORE_SUPERVISOR_STATE_H

#include "expiry.h"
#include "renewal.h"
#include "watch_files.h"
#include "worker_process.h"

#include <stdbool.h>

enum {
	SUPERVISOR_SLOT = 0,     /* its own, in the counters */
	SUPERVISOR_SLOTS = 2048, /* of running and draining workers, from 1 */
	PREPARE_LIMIT_MS = 120000, /* until all workers have a new generation */
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

enum reload_phase {
	RELOAD_NONE,
	RELOAD_CHECKING,  /* the checker reads and builds */
	RELOAD_PREPARING, /* every worker builds; can still be given up */
	RELOAD_COMMITTING /* it is the current one; workers change over */
};

enum reload_cause {
	RELOAD_ASKED, /* by SIGHUP: the configuration is read again */
	RELOAD_FILES  /* files have changed: the settings stay */
};

/** A reload under way. */
struct reload {
	enum reload_phase phase;
	enum reload_cause cause;
	struct timespec read; /* when the check began, by the wall clock */
	bool again;             /* asked for while one was under way */
	struct checker *checker;
	struct diag d;          /* what was said so far */
	struct generation_run next; /* while PREPARING */
	uint64_t due;               /* then give up; monotonic ms */
};

struct worker;

struct supervisor {
	const char *path; /* of the configuration */
	enum supervisor_phase phase;
	struct log log;
	char *log_path; /* owned: what log.path borrows */
	char *pid_path; /* owned: the file that was written; NULL: none */
	struct counters *counters;
	struct generation_run now;      /* number 0: none yet */
	uint32_t numbered;              /* generations so far */
	struct worker_process *workers; /* of `now`, and older ones */
	bool single;          /* the one worker is in this process, */
	struct worker *inner; /* and this is it, once it is made */
	struct reload reload;
	struct watch_files *files; /* of `now`; NULL: they are not watched */
	struct renewal renewal;
	struct expiry_book expiries;
	uint64_t expiries_due; /* monotonic ms */
	uint32_t failures;     /* series "reload_failures" */
	bool told_ready;
	uint64_t looked;  /* monotonic ms: the last look at the heartbeats */
	uint64_t lenient; /* until then nobody counts as hung */
	int signals;      /* signalfd */
	int events;       /* epoll: readable when there is something to do */
};

/** Ready for first_generation: log, counters, signals, events. Returns 0, or
 *  PST_IO after a line in the log. */
PST_MUST_CHECK int supervisor_init(struct supervisor *s, const char *path);
void supervisor_finish(struct supervisor *s);
/** The first generation: errors go to stderr as they are, for who started us.
 *  Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int supervisor_first(struct supervisor *s);

/** Watch `fd`; `what` tells supervisor_take what is readable: `s->signals`'s
 *  address, a worker_process, ... Returns 0 or PST_IO. */
int supervisor_watch(struct supervisor *s, int fd, void *what);
void supervisor_unwatch(struct supervisor *s, int fd);
/** Wait up to `wait` ms for events, and do what they ask for. */
void supervisor_take(struct supervisor *s, uint64_t wait);
/** Start what is due, look for what hangs, drain what was replaced. Returns
 *  the ms until there is more to do; UINT64_MAX: nothing. */
uint64_t supervisor_tend(struct supervisor *s);

/** Fill `next_out` from what was checked (takes it): sockets are opened. It is
 *  finished by the caller, also on failure. Returns 0, or PST_CONFIG and `d`
 *  says why. */
PST_MUST_CHECK int generation_init(struct generation_run *next_out,
                                   struct supervisor *s,
                                   struct checked *checked, struct diag *d);
/** Are there places left for its workers, beside those that still run? Returns
 *  0, or PST_CONFIG and `d` says so. */
PST_MUST_CHECK int generation_room(const struct supervisor *s,
                                   const struct generation_run *g,
                                   struct diag *d);
/** Free and close what the generation holds. */
void generation_finish(struct generation_run *g);
/** The setting that workers of `now` cannot follow to `next`; NULL: none. */
const char *generation_difference(const struct generation_run *now,
                                  const struct generation_run *next);
/** Make `next` (takes it) the current one. The one before is closed. */
void supervisor_enter(struct supervisor *s, struct generation_run *next);
/** A worker for each place of the current generation. */
void supervisor_populate(struct supervisor *s);
/** One line per address of the current generation. */
void supervisor_listening_log(const struct supervisor *s);
/** Each diagnosis as a line of the log. */
void diag_log(const struct diag *d, const struct log *log);

/** Look which workers have ended. */
void supervisor_reap(struct supervisor *s);
/** Drain all, or, when that was asked for before, stop all. */
void supervisor_end(struct supervisor *s);

/** Read and check the configuration again, then change over. */
void supervisor_reload(struct supervisor *s);
/** The checker has said something, or takes too long. */
void supervisor_reload_checked(struct supervisor *s);
/** A worker has said something. */
void supervisor_reload_answer(struct supervisor *s, struct worker_process *w,
                              const struct control_message *m);
/** A worker was started: it takes part in what is under way. */
void supervisor_reload_join(struct supervisor *s, struct worker_process *w);
/** A worker has ended. */
void supervisor_reload_lost(struct supervisor *s, struct worker_process *w);
/** Give up what takes too long. Returns when to look again, monotonic ms. */
uint64_t supervisor_reload_tend(struct supervisor *s, uint64_t now);
/** Forget a reload under way. */
void supervisor_reload_drop(struct supervisor *s);

/** Files have changed: check them, then change over. */
void supervisor_renew(struct supervisor *s);

/** The wall clock as stamps of files may have it at the earliest. */
void supervisor_clock(struct timespec *out);
/** Watch the files of the current generation, or none. */
void supervisor_files_follow(struct supervisor *s);
void supervisor_files_end(struct supervisor *s);
/** Take what has happened to them. */
void supervisor_files_changed(struct supervisor *s);
/** Renew what is due. Returns when to look again, monotonic ms. */
uint64_t supervisor_files_tend(struct supervisor *s, uint64_t now);
/** What ends one day is the current generation's. */
void supervisor_expiries_follow(struct supervisor *s);
/** Tell what is due. Returns when to look again, monotonic ms. */
uint64_t supervisor_expiries_tend(struct supervisor *s, uint64_t now);
/** Every series and what is left of every certificate. */
void supervisor_counters_log(const struct supervisor *s);

/** Log, pid file and limits as the generation's settings say. Returns 0 or
 *  PST_CONFIG. */
PST_MUST_CHECK int supervisor_settle(struct supervisor *s,
                                     const struct generation_run *g,
                                     struct diag *d);
void supervisor_log_reopen(struct supervisor *s);
void supervisor_pid_remove(struct supervisor *s);

#endif
