/* SPDX-License-Identifier: MIT */
/* The gateway in one process: the supervisor lives on the loop of its one
 * worker, and talks to it as to any other. */
#include "supervisor.h"

#include "process.h"
#include "supervisor_state.h"
#include "worker_builder.h"
#include "worker_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_WAIT_MS 3600000u

/* Parts in the order in which they are made. */
struct single {
	struct supervisor base;
	struct registry *registry;
	struct configuration *configuration;
	struct gateway *gateway;
	struct listen_fd *listen;
	size_t listen_count;
	struct log log; /* the worker's own */
	char *log_path; /* owned: what its path borrows at first */
	int control;    /* the worker's end; -1: none */
	struct worker *worker;
	struct watch events;
	struct timer due;
};

/* -- made -------------------------------------------------------------- */

static int single_build(struct single *s, struct diag *d)
{
	const struct generation_run *g = &s->base.now;
	int result = PST_MEMORY;

	s->registry = registry_open(&g->configuration->settings.plugin_path, d);
	if (s->registry != NULL) {
		result = registry_init_plugins(s->registry, core_table(), d);
	}
	if (result == PST_OK) {
		result =
			worker_build_gateway(g->checked.generation, s->registry,
		                             d, &s->configuration, &s->gateway);
	}
	return result;
}

/* The worker closes its sockets when it likes: it gets copies. */
static int single_listen(struct single *s)
{
	const struct listen_set *set = &s->base.now.set;
	size_t i;

	s->listen_count = listen_set_share(set, 0, 1, NULL, 0);
	s->listen = calloc(s->listen_count + 1, sizeof(*s->listen));
	if (s->listen == NULL) {
		s->listen_count = 0;
		return PST_MEMORY;
	}
	listen_set_share(set, 0, 1, s->listen, s->listen_count);
	for (i = 0; i < s->listen_count; i++) {
		s->listen[i].fd = fcntl(s->listen[i].fd, F_DUPFD_CLOEXEC, 0);
		if (s->listen[i].fd < 0) {
			s->listen_count = i;
			return PST_IO;
		}
	}
	return PST_OK;
}

static int single_log(struct single *s)
{
	s->log = s->base.log;
	if (s->log.path == NULL) {
		return PST_OK;
	}
	s->log_path = strdup(s->log.path);
	s->log.path = s->log_path;
	s->log.fd = fcntl(s->base.log.fd, F_DUPFD_CLOEXEC, 0);
	return s->log.fd < 0 || s->log_path == NULL ? PST_IO : PST_OK;
}

/* How the supervisor's functions see the worker. */
static int single_place(struct single *s)
{
	struct worker_process *w = calloc(1, sizeof(*w));
	int control[2];

	if (w == NULL || control_pair(control) != PST_OK) {
		free(w);
		return PST_MEMORY;
	}
	w->phase = WORKER_STARTING;
	w->slot = SUPERVISOR_SLOT + 1;
	w->generation = s->base.now.number;
	w->pid = getpid();
	w->control = control[0];
	w->events = s->base.events;
	w->started = process_now_ms();
	w->due = UINT64_MAX;
	w->drain_ms = s->base.now.configuration->settings.drain_timeout;
	s->control = control[1];
	s->base.workers = w;
	return supervisor_watch(&s->base, w->control, w);
}

static int single_prepare(struct single *s, struct diag *d)
{
	int result = privileges_drop(&s->base.now.who, PRIVILEGES_NONE);

	if (result == PST_OK) {
		result = single_build(s, d);
	}
	if (result == PST_OK) {
		result = single_listen(s);
	}
	if (result == PST_OK) {
		result = single_log(s);
	}
	if (result == PST_OK) {
		result = single_place(s);
	}
	if (result != PST_OK && d->errors == 0) {
		diag_add(d, PST_LOG_ERROR, s->base.path, 0, NULL,
		         "cannot start: %s",
		         result == PST_IO ? strerror(errno) : "out of memory");
	}
	return result;
}

/* -- at work ----------------------------------------------------------- */

static void turn(struct single *s)
{
	struct worker *w = s->worker;
	uint64_t wait;

	supervisor_take(&s->base, 0);
	wait = supervisor_tend(&s->base);
	wait = wait > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait;
	timer_set(&w->timers, &s->due, w->clock.now_ms + wait);
}

static void events_ready(struct watch *watch, unsigned events)
{
	(void)events;
	turn(watch->owner);
}

static void time_passed(struct timer *t)
{
	turn(t->owner);
}

static int single_live(struct single *s)
{
	struct worker *w = s->worker;
	int status;

	s->base.inner = w;
	s->due = (struct timer){.owner = s, .fire = time_passed};
	if (timers_reserve(&w->timers) != PST_OK) {
		return EXIT_FAILURE;
	}
	watch_init(&s->events, s->base.events, s, events_ready);
	watch_set(w->loop, &s->events, LOOP_READ);
	turn(s);
	status = worker_run(w);
	watch_set(w->loop, &s->events, 0);
	timer_clear(&w->timers, &s->due);
	timers_release(&w->timers);
	s->base.inner = NULL;
	return status;
}

static int single_serve(struct single *s)
{
	const struct worker_params params = {
		.index = SUPERVISOR_SLOT + 1,
		.gateway = s->gateway,
		.configuration = s->configuration,
		.registry = s->registry,
		.generation = s->base.now.number,
		.listen = s->listen,
		.listen_count = (unsigned)s->listen_count,
		.counters = s->base.counters,
		.log = &s->log,
		.control_fd = s->control,
	};
	int status = EXIT_FAILURE;

	s->gateway = NULL;
	s->configuration = NULL;
	s->worker = worker_create(&params);
	s->listen_count = 0;
	if (s->worker != NULL) {
		status = single_live(s);
		worker_destroy(s->worker);
		log_line(&s->base.log, PST_LOG_INFO, "stopped");
	}
	return status;
}

static void single_finish(struct single *s)
{
	struct worker_process *w = s->base.workers;
	size_t i;

	for (i = 0; i < s->listen_count; i++) {
		close(s->listen[i].fd);
	}
	free(s->listen);
	gateway_destroy(s->gateway);
	if (s->registry != NULL) {
		registry_finish_plugins(s->registry);
	}
	registry_destroy(s->registry);
	configure_destroy(s->configuration);
	if (w != NULL) {
		close(w->control);
		close(s->control);
		free(w);
		s->base.workers = NULL;
	}
	supervisor_finish(&s->base);
	log_close(&s->log);
	free(s->log_path);
}

int single_run(const char *path)
{
	struct single s;
	struct diag d;
	int status = EXIT_FAILURE;

	memset(&s, 0, sizeof(s));
	log_init(&s.log);
	descriptors_raise();
	diag_init(&d);
	if (supervisor_init(&s.base, path) == PST_OK) {
		s.base.single = true;
		if (supervisor_first(&s.base) == PST_OK) {
			if (single_prepare(&s, &d) == PST_OK) {
				status = single_serve(&s);
			} else {
				diag_print(&d, stderr);
			}
		}
	}
	diag_finish(&d);
	single_finish(&s);
	return status;
}
