/* SPDX-License-Identifier: MIT */
/* A worker as the supervisor sees it. */
#include "worker_process.h"

#include "process.h"
#include "worker.h"
#include "worker_builder.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKOFF_MAX_S 30u
#define STEADY_MS     60000u /* a worker that ran this long starts anew */

/* -- in the child ------------------------------------------------------ */

/* What a worker is made of, in the order in which it is made. */
struct child {
	const struct worker_start *start;
	struct listen_fd *listen;
	size_t listen_count;
	struct configuration *configuration;
	struct registry *registry;
	struct gateway *gateway;
	struct diag d;
};

/* A sibling's socket held here would hide the supervisor's end. */
static void child_close(const struct worker_start *s)
{
	const struct worker_process *w;
	size_t i;

	for (w = s->siblings; w != NULL; w = w->next) {
		if (w->control >= 0) {
			close(w->control);
		}
	}
	for (i = 0; i < s->close_count; i++) {
		if (s->close[i] >= 0) {
			close(s->close[i]);
		}
	}
}

static int child_sockets(struct child *c)
{
	const struct worker_start *s = c->start;
	struct listen_set *set = &s->generation->set;
	const unsigned place = s->worker->place;
	const unsigned workers = s->generation->workers;

	c->listen_count = listen_set_share(set, place, workers, NULL, 0);
	c->listen = calloc(c->listen_count + 1, sizeof(*c->listen));
	if (c->listen == NULL) {
		return PST_MEMORY;
	}
	listen_set_share(set, place, workers, c->listen, c->listen_count);
	listen_set_leave(set, c->listen, c->listen_count);
	return PST_OK;
}

/* The parent may have died between fork and prctl. */
static int child_guard(struct child *c, pid_t parent)
{
	if (privileges_drop(&c->start->generation->who, PRIVILEGES_NONE) !=
	    PST_OK) {
		diag_add(&c->d, PST_LOG_ERROR, NULL, 0, "penstock.user",
		         "cannot become \"%s\": %s",
		         c->start->generation->who.user, strerror(errno));
		return PST_CONFIG;
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != parent) {
		return PST_IO;
	}
	return PST_OK;
}

static int child_build(struct child *c)
{
	const struct generation_run *g = c->start->generation;
	int result;

	c->registry =
		registry_open(&g->configuration->settings.plugin_path, NULL);
	if (c->registry == NULL) {
		return PST_MEMORY;
	}
	result = registry_init_plugins(c->registry, core_table(), &c->d);
	if (result != PST_OK) {
		return result;
	}
	return worker_build_gateway(g->checked.generation, c->registry, &c->d,
	                            &c->configuration, &c->gateway);
}

static int child_serve(struct child *c, int control)
{
	const struct worker_start *s = c->start;
	const struct worker_params params = {
		.index = s->worker->slot,
		.gateway = c->gateway,
		.configuration = c->configuration,
		.registry = c->registry,
		.generation = s->generation->number,
		.listen = c->listen,
		.listen_count = (unsigned)c->listen_count,
		.counters = s->counters,
		.log = s->log,
		.control_fd = control,
	};
	struct worker *w;
	int status = EXIT_FAILURE;

	c->gateway = NULL;
	c->configuration = NULL;
	w = worker_create(&params);
	if (w != NULL) {
		status = worker_run(w);
	}
	worker_destroy(w);
	return status;
}

static void child_complain(const struct child *c, int result)
{
	size_t i;

	for (i = 0; i < c->d.count; i++) {
		if (c->d.entries[i].level == PST_LOG_ERROR) {
			log_line(c->start->log, PST_LOG_ERROR, "%s",
			         c->d.entries[i].text);
		}
	}
	if (c->d.errors == 0) {
		log_line(c->start->log, PST_LOG_ERROR,
		         "a worker cannot start: %s",
		         result == PST_MEMORY ? "out of memory"
		                              : strerror(errno));
	}
}

static void child_finish(struct child *c)
{
	gateway_destroy(c->gateway);
	if (c->registry != NULL) {
		registry_finish_plugins(c->registry);
	}
	registry_destroy(c->registry);
	configure_destroy(c->configuration);
	free(c->listen);
	diag_finish(&c->d);
}

static int child_main(const struct worker_start *s, int control, pid_t parent)
{
	struct child c = {.start = s};
	char who[32];
	int result, status = EXIT_FAILURE;

	/* Sent to a whole group of processes they are for the supervisor. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	diag_init(&c.d);
	snprintf(who, sizeof(who), "worker %u", s->worker->place + 1);
	s->log->who = who;
	child_close(s);
	result = child_sockets(&c);
	result = result == PST_OK ? child_guard(&c, parent) : result;
	result = result == PST_OK ? child_build(&c) : result;
	if (result == PST_OK) {
		status = child_serve(&c, control);
	} else {
		child_complain(&c, result);
	}
	child_finish(&c);
	return status;
}

/* -- in the supervisor ------------------------------------------------- */

int worker_process_start(const struct worker_start *start)
{
	struct worker_process *w = start->worker;
	const pid_t parent = getpid();
	int control[2];

	if (control_pair(control) != PST_OK) {
		return PST_IO;
	}
	w->pid = process_fork();
	if (w->pid < 0) {
		w->pid = 0;
		close(control[0]);
		close(control[1]);
		return PST_IO;
	}
	if (w->pid == 0) {
		close(control[1]);
		exit(child_main(start, control[0], parent));
	}
	close(control[0]);
	w->control = control[1];
	w->started = process_now_ms();
	w->due = UINT64_MAX;
	w->hung = false;
	w->phase = WORKER_STARTING;
	return PST_OK;
}

void worker_process_tell(const struct worker_process *w,
                         const struct control_order *order)
{
	if (w->control >= 0 && w->pid > 0 &&
	    control_send(w->control, order) == PST_AGAIN) {
		kill(w->pid, SIGKILL);
	}
}

static size_t doing_text(const struct counters *c, struct doing *d, char *text,
                         size_t size)
{
	const uint32_t layer = atomic_load(&d->layer);
	const uint32_t service = atomic_load(&d->service);
	const uint64_t session = atomic_load(&d->session);
	size_t at = 0;

	text[0] = '\0';
	if (layer != 0) {
		at += (size_t)snprintf(text, size, " in layer %.100s",
		                       counters_name_text(c, layer));
	}
	if (service != 0) {
		at += (size_t)snprintf(text + at, size - at, ", service %.100s",
		                       counters_name_text(c, service));
	}
	if (session != 0) {
		at += (size_t)snprintf(text + at, size - at,
		                       ", session %" PRIu64, session);
	}
	return at;
}

/* " in layer ws, service quotes, session 4711", or "" when it was idle. */
static void slot_text(const struct worker_process *w, struct counters *c,
                      char *text, size_t size)
{
	struct worker_slot *slot = counters_slot(c, w->slot);
	char helper[300];
	size_t at = doing_text(c, &slot->loop, text, size);

	if (doing_text(c, &slot->helper, helper, sizeof(helper)) > 0) {
		snprintf(text + at, size - at, "%s its helper%s",
		         at == 0 ? "," : " and", helper);
	}
}

static void mourn(const struct worker_process *w, struct counters *c,
                  const struct log *log, int status)
{
	const bool wanted = w->phase >= WORKER_DRAINING;
	char end[PROCESS_END_MAX], doing[700];

	process_end_text(status, end, sizeof(end));
	slot_text(w, c, doing, sizeof(doing));
	if (status == 0) {
		log_line(log, wanted ? PST_LOG_INFO : PST_LOG_WARNING,
		         "worker %u (pid %d) ended", w->place + 1, (int)w->pid);
	} else if (!w->hung) {
		log_line(log, PST_LOG_ERROR, "worker %u (pid %d) %s%s",
		         w->place + 1, (int)w->pid, end,
		         WIFSIGNALED(status) ? doing : "");
	}
}

bool worker_process_reap(struct worker_process *w, struct counters *c,
                         const struct log *log)
{
	int status;

	if (w->pid == 0 || waitpid(w->pid, &status, WNOHANG) != w->pid) {
		return false;
	}
	mourn(w, c, log, status);
	counters_worker_died(c, w->slot);
	if (w->control >= 0) {
		/* closing alone would leave it there: a child may hold a copy */
		epoll_ctl(w->events, EPOLL_CTL_DEL, w->control, NULL);
		close(w->control);
	}
	w->control = -1;
	w->pid = 0;
	return true;
}

uint64_t worker_process_beat(const struct worker_process *w, struct counters *c)
{
	return atomic_load(&counters_slot(c, w->slot)->heartbeat_ms);
}

void worker_process_hung(struct worker_process *w, struct counters *c,
                         const struct log *log, uint64_t ms)
{
	char doing[700];

	slot_text(w, c, doing, sizeof(doing));
	log_line(log, PST_LOG_ERROR,
	         "worker %u (pid %d) is killed: no sign of life for %" PRIu64
	         " s%s",
	         w->place + 1, (int)w->pid, ms / 1000, doing);
	w->hung = true;
	kill(w->pid, SIGKILL);
}

uint64_t worker_process_backoff(struct worker_process *w, uint64_t now)
{
	unsigned seconds;

	if (now - w->started >= STEADY_MS) {
		w->failures = 0;
	}
	seconds = w->failures == 0  ? 0
	          : w->failures > 5 ? BACKOFF_MAX_S
	                            : 1u << (w->failures - 1);
	w->failures++;
	return seconds * 1000u;
}
