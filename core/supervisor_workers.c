/* SPDX-License-Identifier: MIT */
/* The supervisor's workers: started, watched, replaced, drained. */
#include "notify.h"
#include "process.h"
#include "supervisor_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS       1000u /* how often heartbeats are looked at */
#define LOOK_START_MS 20u   /* while somebody is awaited */

static bool slot_is_free(const struct supervisor *s, unsigned slot)
{
	const struct worker_process *w;

	for (w = s->workers; w != NULL; w = w->next) {
		if (w->slot == slot) {
			return false;
		}
	}
	return true;
}

/* The lowest free slot: so few pages of the counters are in use. */
static unsigned slot_take(struct supervisor *s)
{
	unsigned slot = SUPERVISOR_SLOT + 1;

	while (slot < SUPERVISOR_SLOTS && !slot_is_free(s, slot)) {
		slot++;
	}
	return slot;
}

static int worker_add(struct supervisor *s, unsigned place)
{
	const unsigned slot = slot_take(s);
	struct worker_process *w;

	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		return PST_MEMORY;
	}
	w->phase = WORKER_WAITING;
	w->place = place;
	w->slot = slot;
	w->generation = s->now.number;
	w->control = -1;
	w->drain_ms = s->now.configuration->settings.drain_timeout;
	w->next = s->workers;
	s->workers = w;
	return PST_OK;
}

static void worker_start(struct supervisor *s, struct worker_process *w)
{
	const struct reload *r = &s->reload;
	const int not_theirs[] = {s->signals, s->events,
	                          r->checker == NULL ? -1
	                                             : checker_fd(r->checker)};
	const struct worker_start start = {
		.worker = w,
		.siblings = s->workers,
		.generation = &s->now,
		.counters = s->counters,
		.log = &s->log,
		.close = not_theirs,
		.close_count = sizeof(not_theirs) / sizeof(not_theirs[0]),
	};
	const uint64_t now = process_now_ms();

	w->due = UINT64_MAX;
	if (worker_process_start(&start) != PST_OK) {
		log_line(&s->log, PST_LOG_ERROR,
		         "worker %u cannot be started: %s", w->place + 1,
		         strerror(errno));
		w->failures += w->failures == 0;
		w->due = now + worker_process_backoff(w, now);
		return;
	}
	w->events = s->events;
	if (supervisor_watch(s, w->control, w) != PST_OK) {
		log_line(&s->log, PST_LOG_WARNING,
		         "worker %u cannot be listened to: %s", w->place + 1,
		         strerror(errno));
	}
	supervisor_reload_join(s, w);
}

void supervisor_populate(struct supervisor *s)
{
	unsigned i;

	for (i = 0; i < s->now.workers; i++) {
		if (worker_add(s, i) != PST_OK) {
			log_line(&s->log, PST_LOG_ERROR,
			         "worker %u cannot be started: out of memory",
			         i + 1);
		}
	}
}

/* -- tending ----------------------------------------------------------- */

static bool is_current(const struct supervisor *s,
                       const struct worker_process *w)
{
	return w->generation == s->now.number;
}

static void worker_drain_begin(struct worker_process *w)
{
	const struct control_order drain = {.kind = CONTROL_DRAIN};

	if (w->pid == 0) {
		w->phase = WORKER_GONE;
		return;
	}
	worker_process_tell(w, &drain);
	w->phase = WORKER_DRAINING;
	w->due = process_now_ms() + w->drain_ms + DRAIN_GRACE_MS;
}

static void worker_stop_begin(struct worker_process *w)
{
	const struct control_order stop = {.kind = CONTROL_STOP};

	if (w->pid == 0) {
		w->phase = WORKER_GONE;
		return;
	}
	worker_process_tell(w, &stop);
	w->phase = WORKER_STOPPING;
	w->due = process_now_ms() + STOP_GRACE_MS;
}

static void worker_watch(struct supervisor *s, struct worker_process *w,
                         uint64_t now)
{
	const uint64_t beat = worker_process_beat(w, s->counters);
	const uint64_t since = beat > w->started ? beat : w->started;
	const uint64_t limit = beat == 0 ? START_LIMIT_MS : HEARTBEAT_LIMIT_MS;

	if (beat != 0 && w->phase == WORKER_STARTING) {
		w->phase = WORKER_UP;
	}
	if (now >= s->lenient && now > since && now - since >= limit &&
	    !w->hung) {
		worker_process_hung(w, s->counters, &s->log, now - since);
	}
}

static void worker_tend(struct supervisor *s, struct worker_process *w,
                        uint64_t now)
{
	switch (w->phase) {
	case WORKER_WAITING:
		if (w->due <= now) {
			worker_start(s, w);
		}
		break;
	case WORKER_STARTING:
	case WORKER_UP:
		worker_watch(s, w, now);
		break;
	case WORKER_DRAINING:
	case WORKER_STOPPING:
		if (w->due <= now) {
			log_line(&s->log, PST_LOG_WARNING,
			         "worker %u (pid %d) is killed: it did not end "
			         "in time",
			         w->place + 1, (int)w->pid);
			w->hung = true;
			w->due = UINT64_MAX;
			kill(w->pid, SIGKILL);
		}
		break;
	case WORKER_GONE:
		break;
	}
}

/* True when each place of the generation has a worker that serves. */
static bool all_up(const struct supervisor *s)
{
	const struct worker_process *w;
	unsigned up = 0;

	for (w = s->workers; w != NULL; w = w->next) {
		up += is_current(s, w) && w->phase == WORKER_UP;
	}
	return up == s->now.workers;
}

static void replaced_drain(struct supervisor *s)
{
	struct worker_process *w;

	for (w = s->workers; w != NULL; w = w->next) {
		if (!is_current(s, w) && w->phase < WORKER_DRAINING) {
			worker_drain_begin(w);
		}
	}
}

static void gone_forget(struct supervisor *s)
{
	struct worker_process **at = &s->workers;

	while (*at != NULL) {
		struct worker_process *w = *at;

		if (w->phase == WORKER_GONE) {
			*at = w->next;
			free(w);
		} else {
			at = &w->next;
		}
	}
}

static uint64_t next_look(const struct supervisor *s, uint64_t now)
{
	const struct worker_process *w;
	uint64_t next = UINT64_MAX, due;

	for (w = s->workers; w != NULL; w = w->next) {
		if (w->phase == WORKER_STARTING) {
			due = now + LOOK_START_MS;
		} else if (w->phase == WORKER_UP) {
			due = now + LOOK_MS;
		} else {
			due = w->due;
		}
		next = due < next ? due : next;
	}
	return next;
}

uint64_t supervisor_tend(struct supervisor *s)
{
	const uint64_t now = process_now_ms();
	struct worker_process *w;
	uint64_t next, due;

	if (now - s->looked > OVERSLEPT_MS) {
		/* The whole machine may have slept: let the workers wake. */
		s->lenient = now + HEARTBEAT_LIMIT_MS;
	}
	s->looked = now;
	for (w = s->workers; w != NULL; w = w->next) {
		worker_tend(s, w, now);
	}
	if (s->phase == SUPERVISOR_RUNNING && !s->told_ready && all_up(s)) {
		s->told_ready = true;
		log_fields(&s->log, PST_LOG_INFO, "ready",
		           &(struct log_field){.key = "workers",
		                               .number = s->now.workers},
		           1);
		notify_ready();
		replaced_drain(s);
	}
	gone_forget(s);
	next = next_look(s, now);
	due = supervisor_reload_tend(s, now);
	next = due < next ? due : next;
	due = supervisor_files_tend(s, now);
	next = due < next ? due : next;
	due = supervisor_expiries_tend(s, now);
	next = due < next ? due : next;
	if (next == UINT64_MAX) {
		return UINT64_MAX;
	}
	return next > now ? next - now : 0;
}

static void worker_ended(struct supervisor *s, struct worker_process *w)
{
	const uint64_t now = process_now_ms();
	uint64_t wait;

	if (w->phase >= WORKER_DRAINING || !is_current(s, w) ||
	    s->phase != SUPERVISOR_RUNNING) {
		w->phase = WORKER_GONE;
		return;
	}
	wait = worker_process_backoff(w, now);
	w->phase = WORKER_WAITING;
	w->due = now + wait;
	if (wait != 0) {
		log_line(&s->log, PST_LOG_INFO,
		         "worker %u starts again in %u s", w->place + 1,
		         (unsigned)(wait / 1000));
	}
}

void supervisor_reap(struct supervisor *s)
{
	struct worker_process *w;

	for (w = s->workers; w != NULL; w = w->next) {
		if (worker_process_reap(w, s->counters, &s->log)) {
			worker_ended(s, w);
			supervisor_reload_lost(s, w);
		}
	}
}

/* Our copies are closed first: what waits in a socket's queue is the draining
 * worker's, what comes later is refused by the system. */
void supervisor_end(struct supervisor *s)
{
	struct worker_process *w;

	if (s->phase == SUPERVISOR_RUNNING) {
		log_line(&s->log, PST_LOG_INFO, "draining");
		notify_stopping();
		listen_set_close(&s->now.set);
		supervisor_reload_drop(s);
		s->phase = SUPERVISOR_DRAINING;
		for (w = s->workers; w != NULL; w = w->next) {
			if (w->phase < WORKER_DRAINING) {
				worker_drain_begin(w);
			}
		}
	} else {
		log_line(&s->log, PST_LOG_INFO, "stopping at once");
		s->phase = SUPERVISOR_STOPPING;
		for (w = s->workers; w != NULL; w = w->next) {
			if (w->phase < WORKER_STOPPING) {
				worker_stop_begin(w);
			}
		}
	}
}
