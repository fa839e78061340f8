/* SPDX-License-Identifier: MIT */
/* The supervisor's life: from the first generation to the last worker. */
#include "supervisor.h"

#include "process.h"
#include "supervisor_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int signals_open(void)
{
	static const int taken[] = {SIGTERM, SIGINT,  SIGHUP,
	                            SIGCHLD, SIGUSR1, SIGUSR2};
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		sigaddset(&set, taken[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
		return -1;
	}
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

#define WARNING_WORD "warning: "

/* Where the text says what the line's level says already; NULL: nowhere. */
static const char *warning_word(const struct diag_entry *e)
{
	const char *behind_place;

	if (e->level != PST_LOG_WARNING) {
		return NULL;
	}
	if (strncmp(e->text, WARNING_WORD, strlen(WARNING_WORD)) == 0) {
		return e->text;
	}
	behind_place = strstr(e->text, ": " WARNING_WORD);
	return behind_place == NULL ? NULL : behind_place + 2;
}

void diag_log(const struct diag *d, const struct log *log)
{
	size_t i;

	for (i = 0; i < d->count; i++) {
		const struct diag_entry *e = &d->entries[i];
		const char *word = warning_word(e);

		if (word == NULL) {
			log_line(log, e->level, "%s", e->text);
		} else {
			log_line(log, e->level, "%.*s%s", (int)(word - e->text),
			         e->text, word + strlen(WARNING_WORD));
		}
	}
}

int supervisor_first(struct supervisor *s)
{
	const struct check_order order = {
		.path = s->path,
		.generation = -1,
		.seal = true,
	};
	struct generation_run next;
	struct checked checked;
	struct diag d;
	int result;

	memset(&next, 0, sizeof(next));
	next.checked.generation = -1;
	diag_init(&d);
	supervisor_clock(&s->reload.read);
	result = checker_run(&order, &d, &checked);
	if (result == PST_OK) {
		result = generation_init(&next, s, &checked, &d);
	}
	if (result == PST_OK) {
		result = supervisor_settle(s, &next, &d);
	}
	if (result == PST_OK) {
		diag_log(&d, &s->log);
		next.read = s->reload.read;
		supervisor_enter(s, &next);
		supervisor_listening_log(s);
	} else {
		diag_print(&d, stderr);
	}
	generation_finish(&next);
	checked_finish(&checked);
	diag_finish(&d);
	return result;
}

int supervisor_init(struct supervisor *s, const char *path)
{
	memset(s, 0, sizeof(*s));
	s->path = path;
	s->looked = process_now_ms();
	s->now.checked.generation = -1;
	s->reload.next.checked.generation = -1;
	diag_init(&s->reload.d);
	log_init(&s->log);
	s->counters = counters_create(SUPERVISOR_SLOTS);
	s->signals = signals_open();
	s->events = epoll_create1(EPOLL_CLOEXEC);
	if (s->counters == NULL || s->signals < 0 || s->events < 0 ||
	    supervisor_watch(s, s->signals, &s->signals) != PST_OK) {
		log_line(&s->log, PST_LOG_ERROR, "cannot start: %s",
		         strerror(errno));
		return PST_IO;
	}
	s->failures = counters_series(s->counters, "reload_failures", 0);
	return PST_OK;
}

void supervisor_finish(struct supervisor *s)
{
	supervisor_reload_drop(s);
	supervisor_files_end(s);
	expiry_finish(&s->expiries);
	generation_finish(&s->now);
	supervisor_pid_remove(s);
	counters_destroy(s->counters);
	if (s->signals >= 0) {
		close(s->signals);
	}
	if (s->events >= 0) {
		close(s->events);
	}
	log_close(&s->log);
	free(s->log_path);
}

int supervisor_run(const char *path)
{
	struct supervisor s;
	int status = EXIT_FAILURE;

	descriptors_raise();
	if (supervisor_init(&s, path) == PST_OK) {
		s.log.who = "supervisor";
		if (supervisor_first(&s) == PST_OK) {
			uint64_t wait;

			supervisor_populate(&s);
			while (wait = supervisor_tend(&s), s.workers != NULL) {
				supervisor_take(&s, wait);
			}
			log_line(&s.log, PST_LOG_INFO, "stopped");
			status = EXIT_SUCCESS;
		}
	}
	supervisor_finish(&s);
	return status;
}
