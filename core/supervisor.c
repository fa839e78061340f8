/* SPDX-License-Identifier: MIT */
/* The supervisor: start, signals, reload, end. */
#include "supervisor.h"

#include "configure.h"
#include "notify.h"
#include "process.h"
#include "supervisor_state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

/* -- reload ------------------------------------------------------------ */

/* The line's level says already what some of them begin with. */
void diag_log(const struct diag *d, const struct log *log)
{
	static const char said[] = "warning: ";
	size_t i;

	for (i = 0; i < d->count; i++) {
		const char *text = d->entries[i].text;

		if (text == NULL) {
			text = "out of memory";
		} else if (strncmp(text, said, sizeof(said) - 1) == 0) {
			text += sizeof(said) - 1;
		}
		log_line(log, d->entries[i].level, "%s", text);
	}
}

static void reload_start(struct supervisor *s)
{
	if (s->phase != SUPERVISOR_RUNNING) {
		return;
	}
	if (s->checker != NULL) {
		s->reload_again = true;
		return;
	}
	log_line(&s->log, PST_LOG_INFO, "reload of %s asked for", s->path);
	notify_reloading();
	s->checker = checker_start(s->path, true, &s->reload);
	if (s->checker == NULL) {
		diag_log(&s->reload, &s->log);
		diag_finish(&s->reload);
		notify_ready();
	}
}

static void reload_end(struct supervisor *s, int result,
                       struct checked *checked)
{
	if (result == PST_OK) {
		result = supervisor_adopt(s, checked, &s->reload);
	}
	diag_log(&s->reload, &s->log);
	if (result == PST_OK) {
		log_line(&s->log, PST_LOG_INFO,
		         "new configuration is taken over generation=%u "
		         "workers=%u",
		         s->now.number, s->now.workers);
	} else {
		log_line(&s->log, PST_LOG_ERROR,
		         "reload failed and nothing has changed errors=%zu",
		         s->reload.errors);
		notify_ready();
	}
	checked_finish(checked);
	diag_finish(&s->reload);
}

static void reload_go_on(struct supervisor *s)
{
	struct checked checked;
	int result = checker_read(s->checker, &s->reload, &checked);

	if (result == PST_AGAIN) {
		return;
	}
	checker_destroy(s->checker);
	s->checker = NULL;
	reload_end(s, result, &checked);
	if (s->reload_again) {
		s->reload_again = false;
		reload_start(s);
	}
}

/* -- events ------------------------------------------------------------ */

static void signal_take(struct supervisor *s, uint32_t signum)
{
	switch (signum) {
	case SIGTERM:
	case SIGINT:
		supervisor_end(s);
		break;
	case SIGHUP:
		reload_start(s);
		break;
	case SIGUSR1:
		counters_log(s->counters, &s->log);
		break;
	case SIGUSR2:
		supervisor_log_reopen(s);
		break;
	case SIGCHLD:
		supervisor_reap(s);
		break;
	default:
		break;
	}
}

static void signals_take(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		signal_take(s, info.ssi_signo);
	}
}

static void events_wait(struct supervisor *s, uint64_t wait)
{
	struct pollfd p[2] = {{.fd = s->signals, .events = POLLIN},
	                      {.fd = -1, .events = POLLIN}};

	if (s->checker != NULL) {
		const uint64_t now = process_now_ms();
		const uint64_t due = checker_deadline(s->checker);
		const uint64_t left = due > now ? due - now : 0;

		p[1].fd = checker_fd(s->checker);
		wait = left < wait ? left : wait;
	}
	poll(p, 2, wait > 3600000 ? 3600000 : (int)wait);
	signals_take(s);
	if (s->checker != NULL && s->phase == SUPERVISOR_RUNNING) {
		reload_go_on(s);
	}
}

/* -- life -------------------------------------------------------------- */

/* The first generation: errors go to stderr as they are, for who started us. */
static int first_generation(struct supervisor *s)
{
	struct checked checked;
	struct diag d;
	int result;

	diag_init(&d);
	result = checker_run(s->path, true, &d, &checked);
	if (result == PST_OK) {
		result = supervisor_adopt(s, &checked, &d);
	}
	if (result == PST_OK) {
		diag_log(&d, &s->log);
	} else {
		diag_print(&d, stderr);
	}
	checked_finish(&checked);
	diag_finish(&d);
	return result;
}

static int supervisor_init(struct supervisor *s, const char *path)
{
	memset(s, 0, sizeof(*s));
	s->path = path;
	s->looked = process_now_ms();
	s->now.checked.generation = -1;
	diag_init(&s->reload);
	log_init(&s->log);
	s->log.who = "supervisor";
	s->counters = counters_create(SUPERVISOR_SLOTS);
	s->signals = signals_open();
	if (s->counters == NULL || s->signals < 0) {
		log_line(&s->log, PST_LOG_ERROR,
		         "the supervisor cannot start: %s", strerror(errno));
		return PST_IO;
	}
	return PST_OK;
}

static void supervisor_finish(struct supervisor *s)
{
	checker_destroy(s->checker);
	diag_finish(&s->reload);
	generation_finish(&s->now);
	supervisor_pid_remove(s);
	counters_destroy(s->counters);
	if (s->signals >= 0) {
		close(s->signals);
	}
	log_close(&s->log);
	free(s->log_path);
}

int supervisor_run(const char *path)
{
	struct supervisor s;
	int status = EXIT_FAILURE;

	descriptors_raise();
	if (supervisor_init(&s, path) == PST_OK &&
	    first_generation(&s) == PST_OK) {
		uint64_t wait;

		while (wait = supervisor_tend(&s), s.workers != NULL) {
			events_wait(&s, wait);
		}
		log_line(&s.log, PST_LOG_INFO, "stopped");
		status = EXIT_SUCCESS;
	}
	supervisor_finish(&s);
	return status;
}
