/* SPDX-License-Identifier: MIT */
/* What the supervisor waits for: signals, workers, the checker. */
#include "supervisor_state.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	EVENTS_AT_ONCE = 16,
	LONGEST_WAIT_MS = 3600000
};

int supervisor_watch(struct supervisor *s, int fd, void *what)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = what};

	return epoll_ctl(s->events, EPOLL_CTL_ADD, fd, &e) == 0 ? PST_OK
	                                                        : PST_IO;
}

void supervisor_unwatch(struct supervisor *s, int fd)
{
	(void)epoll_ctl(s->events, EPOLL_CTL_DEL, fd, NULL);
}

static void signal_take(struct supervisor *s, uint32_t signum)
{
	switch (signum) {
	case SIGTERM:
	case SIGINT:
		supervisor_end(s);
		break;
	case SIGHUP:
		supervisor_reload(s);
		break;
	case SIGUSR1:
		supervisor_counters_log(s);
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

/* A worker that ended is mourned when its signal comes; what it sends is not
 * trusted. */
static void worker_take(struct supervisor *s, struct worker_process *w)
{
	struct control_message m;

	switch (control_receive(w->control, &m)) {
	case 1:
		supervisor_reload_answer(s, w, &m);
		control_message_finish(&m);
		break;
	case 0:
	case PST_IO:
		supervisor_unwatch(s, w->control);
		break;
	default:
		break;
	}
}

static bool is_worker(const struct supervisor *s, const void *what)
{
	const struct worker_process *w = s->workers;

	while (w != NULL && w != what) {
		w = w->next;
	}
	return w != NULL && w->control >= 0;
}

static void event_take(struct supervisor *s, void *what)
{
	if (what == &s->signals) {
		signals_take(s);
	} else if (what == &s->reload) {
		supervisor_reload_checked(s);
	} else if (what == &s->files) {
		if (s->files != NULL) {
			supervisor_files_changed(s);
		}
	} else if (is_worker(s, what)) { /* not by an event before this one */
		worker_take(s, what);
	}
}

void supervisor_take(struct supervisor *s, uint64_t wait)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int i, n;

	n = epoll_wait(s->events, events, EVENTS_AT_ONCE,
	               wait > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)wait);
	for (i = 0; i < n; i++) {
		event_take(s, events[i].data.ptr);
	}
}
