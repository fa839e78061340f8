/* SPDX-License-Identifier: MIT */
/* Reload in two phases: every worker prepares the new generation beside the one
 * that it serves, then all change over, or none. */
#include "notify.h"
#include "process.h"
#include "supervisor_state.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool takes_part(const struct supervisor *s,
                       const struct worker_process *w)
{
	return w->generation == s->now.number && w->pid != 0 &&
	       (w->phase == WORKER_STARTING || w->phase == WORKER_UP);
}

static bool any_is(const struct supervisor *s, enum worker_part part)
{
	const struct worker_process *w;

	for (w = s->workers; w != NULL; w = w->next) {
		if (w->part == part) {
			return true;
		}
	}
	return false;
}

/* -- how it ends ------------------------------------------------------- */

static void over(struct supervisor *s)
{
	struct reload *r = &s->reload;

	diag_finish(&r->d);
	r->phase = RELOAD_NONE;
	if (r->again) {
		r->again = false;
		supervisor_reload(s);
	}
}

static void failed_log(const struct supervisor *s)
{
	const struct reload *r = &s->reload;
	const struct log_field errors = {.key = "errors",
	                                 .number = (int64_t)r->d.errors};

	diag_log(&r->d, &s->log);
	log_fields(&s->log, PST_LOG_ERROR,
	           r->cause == RELOAD_FILES
	                   ? "files that have changed cannot be used; the old "
	                     "ones stay in use"
	                   : "reload failed and nothing has changed",
	           &errors, 1);
}

static void failed(struct supervisor *s)
{
	const struct reload *r = &s->reload;

	if (r->cause == RELOAD_FILES &&
	    !renewal_checked(&s->renewal, RENEWAL_BAD, process_now_ms())) {
		over(s); /* it is tried again */
		return;
	}
	failed_log(s);
	counters_add(s->counters, SUPERVISOR_SLOT, s->failures, 1);
	if (r->cause == RELOAD_ASKED) {
		notify_ready();
	}
	over(s);
}

static void taken_over(struct supervisor *s)
{
	const struct log_field fields[] = {
		{.key = "generation", .number = s->now.number},
		{.key = "workers", .number = s->now.workers},
	};

	if (s->reload.cause == RELOAD_FILES) {
		(void)renewal_checked(&s->renewal, RENEWAL_TAKEN,
		                      process_now_ms());
		log_fields(&s->log, PST_LOG_INFO,
		           "files that have changed are taken over", fields, 1);
	} else {
		log_fields(&s->log, PST_LOG_INFO,
		           "new configuration is taken over", fields, 2);
		notify_ready();
	}
	over(s);
}

static void unchanged(struct supervisor *s)
{
	(void)renewal_checked(&s->renewal, RENEWAL_SAME, process_now_ms());
	over(s);
}

/* -- prepare ----------------------------------------------------------- */

static int send_sockets(const struct generation_run *g,
                        const struct worker_process *w,
                        const struct listen_fd *listen, size_t count)
{
	uint32_t listeners[CONTROL_FDS_MAX];
	int fds[CONTROL_FDS_MAX], result = PST_OK;
	size_t at = 0, n;

	while (at < count && result == PST_OK) {
		for (n = 0; n < CONTROL_FDS_MAX && at < count; n++, at++) {
			fds[n] = listen[at].fd;
			listeners[n] = listen[at].listener;
		}
		result = control_send(w->control,
		                      &(struct control_order){
					      .kind = CONTROL_LISTEN,
					      .number = g->number,
					      .body = listeners,
					      .length = n * sizeof(uint32_t),
					      .fds = fds,
					      .fd_count = n,
				      });
	}
	return result;
}

/* All its sockets are sent: it knows by itself which of them it has. */
static int send_generation(const struct generation_run *g,
                           const struct worker_process *w)
{
	const struct control_order prepare = {
		.kind = CONTROL_PREPARE,
		.number = g->number,
		.fds = &g->checked.generation,
		.fd_count = 1,
	};
	const size_t count =
		listen_set_share(&g->set, w->place, g->workers, NULL, 0);
	struct listen_fd *listen = calloc(count + 1, sizeof(*listen));
	int result;

	if (listen == NULL) {
		return PST_MEMORY;
	}
	listen_set_share(&g->set, w->place, g->workers, listen, count);
	result = send_sockets(g, w, listen, count);
	free(listen);
	return result == PST_OK ? control_send(w->control, &prepare) : result;
}

static void abandon(struct supervisor *s)
{
	struct reload *r = &s->reload;
	const struct control_order abort = {.kind = CONTROL_ABORT,
	                                    .number = r->next.number};
	struct worker_process *w;

	for (w = s->workers; w != NULL; w = w->next) {
		if (w->part != WORKER_APART) {
			w->part = WORKER_APART;
			worker_process_tell(w, &abort);
		}
	}
	listen_set_restore(&s->now.set, s->now.checked.requests);
	generation_finish(&r->next);
	failed(s);
}

static int ask(struct supervisor *s, struct worker_process *w)
{
	int result = send_generation(&s->reload.next, w);

	w->part = WORKER_ASKED;
	if (result == PST_OK) {
		return PST_OK;
	}
	diag_add(&s->reload.d, PST_LOG_ERROR, NULL, 0, NULL,
	         "worker %u cannot be told of it: %s", w->place + 1,
	         result == PST_AGAIN    ? "it does not listen"
	         : result == PST_MEMORY ? "out of memory"
	                                : strerror(errno));
	return result;
}

/* -- commit ------------------------------------------------------------ */

static void tell_commit(struct supervisor *s, struct worker_process *w,
                        bool log_changed)
{
	const struct control_order commit = {
		.kind = CONTROL_COMMIT,
		.number = s->now.number,
		.fds = &s->log.fd,
		.fd_count = log_changed && s->log.path != NULL,
	};

	w->part = WORKER_COMMITS;
	if (control_send(w->control, &commit) != PST_OK) {
		/* the one that replaces it begins with the new generation */
		kill(w->pid, SIGKILL);
	}
}

static void commit(struct supervisor *s)
{
	struct reload *r = &s->reload;
	const uint32_t before = s->now.number;
	const char *log_path = s->log_path;
	struct worker_process *w;

	if (supervisor_settle(s, &r->next, &r->d) != PST_OK) {
		abandon(s);
		return;
	}
	diag_log(&r->d, &s->log);
	supervisor_enter(s, &r->next);
	if (r->cause == RELOAD_ASKED) {
		supervisor_listening_log(s);
	}
	r->phase = RELOAD_COMMITTING;
	for (w = s->workers; w != NULL; w = w->next) {
		if (w->generation != before) {
			continue;
		}
		w->generation = s->now.number;
		w->drain_ms = s->now.configuration->settings.drain_timeout;
		if (w->part == WORKER_PREPARED) {
			tell_commit(s, w, log_path != s->log_path);
		}
	}
}

static void go_on(struct supervisor *s)
{
	if (s->reload.phase == RELOAD_PREPARING && !any_is(s, WORKER_ASKED)) {
		commit(s);
	}
	if (s->reload.phase == RELOAD_COMMITTING &&
	    !any_is(s, WORKER_COMMITS)) {
		taken_over(s);
	}
}

static void prepare(struct supervisor *s)
{
	struct reload *r = &s->reload;
	struct worker_process *w;

	r->phase = RELOAD_PREPARING;
	r->due = process_now_ms() + PREPARE_LIMIT_MS;
	for (w = s->workers; w != NULL; w = w->next) {
		if (takes_part(s, w) && ask(s, w) != PST_OK) {
			abandon(s);
			return;
		}
	}
	go_on(s);
}

/* -- other processes instead ------------------------------------------- */

static int replace(struct supervisor *s, const char *why)
{
	struct reload *r = &s->reload;

	if (s->single) {
		diag_add(
			&r->d, PST_LOG_ERROR, NULL, 0, why,
			"cannot be changed by a reload with --single; restart");
		return PST_CONFIG;
	}
	if (generation_room(s, &r->next, &r->d) != PST_OK ||
	    supervisor_settle(s, &r->next, &r->d) != PST_OK) {
		return PST_CONFIG;
	}
	diag_log(&r->d, &s->log);
	log_line(&s->log, PST_LOG_INFO,
	         "workers are replaced, since %s has changed; the old ones "
	         "drain",
	         why);
	supervisor_enter(s, &r->next);
	supervisor_listening_log(s);
	s->told_ready = false;
	supervisor_populate(s);
	taken_over(s);
	return PST_OK;
}

static void checked_well(struct supervisor *s, struct checked *checked)
{
	struct reload *r = &s->reload;
	const char *why;

	if (generation_init(&r->next, s, checked, &r->d) != PST_OK) {
		abandon(s);
		return;
	}
	r->next.read = r->read;
	if (expiry_refuse_new(&s->expiries, r->next.checked.expiries,
	                      r->next.checked.expiry_count, time(NULL),
	                      &r->d) != PST_OK) {
		abandon(s);
		return;
	}
	why = generation_difference(&s->now, &r->next);
	if (why == NULL) {
		prepare(s);
	} else if (replace(s, why) != PST_OK) {
		abandon(s);
	}
}

/* -- events ------------------------------------------------------------ */

static void check(struct supervisor *s, const struct check_order *order)
{
	struct reload *r = &s->reload;

	r->phase = RELOAD_CHECKING;
	supervisor_clock(&r->read);
	if (s->inner != NULL) {
		worker_hold(s->inner);
	}
	r->checker = checker_start(order, &r->d);
	if (s->inner != NULL) {
		worker_go(s->inner);
	}
	if (r->checker == NULL) {
		failed(s);
	} else if (supervisor_watch(s, checker_fd(r->checker), r) != PST_OK) {
		diag_add(&r->d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the process that checks cannot be listened to: %s",
		         strerror(errno));
		checker_destroy(r->checker);
		r->checker = NULL;
		failed(s);
	}
}

void supervisor_reload(struct supervisor *s)
{
	const struct check_order order = {
		.path = s->path,
		.generation = -1,
		.seed = s->now.configuration->seed,
		.seal = true,
	};
	struct reload *r = &s->reload;

	if (s->phase != SUPERVISOR_RUNNING) {
		return;
	}
	if (r->phase != RELOAD_NONE) {
		r->again = true;
		return;
	}
	log_line(&s->log, PST_LOG_INFO, "reload of %s asked for", s->path);
	notify_reloading();
	r->cause = RELOAD_ASKED;
	check(s, &order);
}

void supervisor_renew(struct supervisor *s)
{
	const struct check_order order = {
		.path = s->path,
		.generation = s->now.checked.generation,
		.seal = true,
	};

	s->reload.cause = RELOAD_FILES;
	check(s, &order);
}

void supervisor_reload_checked(struct supervisor *s)
{
	struct reload *r = &s->reload;
	struct checked checked;
	int result;

	if (r->phase != RELOAD_CHECKING) {
		return;
	}
	result = checker_read(r->checker, &r->d, &checked);
	if (result == PST_AGAIN) {
		return;
	}
	supervisor_unwatch(s, checker_fd(r->checker));
	checker_destroy(r->checker);
	r->checker = NULL;
	if (result == PST_OK && checked.same) {
		unchanged(s);
	} else if (result == PST_OK) {
		checked_well(s, &checked);
	} else {
		failed(s);
	}
	checked_finish(&checked);
}

void supervisor_reload_answer(struct supervisor *s, struct worker_process *w,
                              const struct control_message *m)
{
	struct reload *r = &s->reload;

	if (r->phase == RELOAD_PREPARING && w->part == WORKER_ASKED &&
	    m->number == r->next.number) {
		if (m->kind == CONTROL_PREPARED) {
			w->part = WORKER_PREPARED;
			go_on(s);
		} else if (m->kind == CONTROL_FAILED) {
			diag_add(&r->d, PST_LOG_ERROR, NULL, 0, NULL,
			         "worker %u cannot prepare it: %s",
			         w->place + 1, (const char *)m->body);
			w->part = WORKER_APART;
			abandon(s);
		}
	} else if (m->kind == CONTROL_COMMITTED && w->part == WORKER_COMMITS &&
	           m->number == s->now.number) {
		w->part = WORKER_APART;
		go_on(s);
	}
}

void supervisor_reload_join(struct supervisor *s, struct worker_process *w)
{
	if (s->reload.phase == RELOAD_PREPARING && ask(s, w) != PST_OK) {
		abandon(s);
	}
}

void supervisor_reload_lost(struct supervisor *s, struct worker_process *w)
{
	const enum worker_part part = w->part;

	w->part = WORKER_APART;
	switch (part) {
	case WORKER_APART:
		break;
	case WORKER_ASKED:
	case WORKER_PREPARED:
		diag_add(&s->reload.d, PST_LOG_ERROR, NULL, 0, NULL,
		         "worker %u ended while it was prepared", w->place + 1);
		abandon(s);
		break;
	case WORKER_COMMITS:
		go_on(s);
		break;
	}
}

static void prepared_too_late(struct supervisor *s)
{
	const struct worker_process *w;

	for (w = s->workers; w != NULL; w = w->next) {
		if (w->part == WORKER_ASKED) {
			diag_add(&s->reload.d, PST_LOG_ERROR, NULL, 0, NULL,
			         "worker %u has not prepared it within %d s",
			         w->place + 1, PREPARE_LIMIT_MS / 1000);
		}
	}
	abandon(s);
}

uint64_t supervisor_reload_tend(struct supervisor *s, uint64_t now)
{
	struct reload *r = &s->reload;

	switch (r->phase) {
	case RELOAD_NONE:
	case RELOAD_COMMITTING: /* who hangs is found by the heartbeat */
		break;
	case RELOAD_CHECKING:
		if (now >= checker_deadline(r->checker)) {
			supervisor_reload_checked(s);
			break;
		}
		return checker_deadline(r->checker);
	case RELOAD_PREPARING:
		if (now >= r->due) {
			prepared_too_late(s);
			break;
		}
		return r->due;
	}
	return UINT64_MAX;
}

void supervisor_reload_drop(struct supervisor *s)
{
	struct reload *r = &s->reload;
	struct worker_process *w;

	if (r->checker != NULL) {
		supervisor_unwatch(s, checker_fd(r->checker));
		checker_destroy(r->checker);
		r->checker = NULL;
	}
	if (r->phase == RELOAD_PREPARING) {
		generation_finish(&r->next);
	}
	for (w = s->workers; w != NULL; w = w->next) {
		w->part = WORKER_APART;
	}
	r->again = false;
	r->phase = RELOAD_NONE;
	diag_finish(&r->d);
}
