/* SPDX-License-Identifier: MIT */
/* The gateway in one process: no supervisor, no checker, no reload. */
#include "supervisor.h"

#include "supervisor_state.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parts in the order in which they are made. */
struct single {
	struct supervisor base; /* for its log, pid file and counters */
	struct registry *registry;
	struct gateway *gateway;
	struct listen_fd *listen;
	unsigned listen_count;
};

static int single_build(struct single *s, const char *path, struct diag *d)
{
	struct configuration **c = &s->base.now.configuration;
	int loaded = configure_load(path, d, c), result;

	if (*c == NULL) {
		return loaded;
	}
	s->registry = registry_open(&(*c)->settings.plugin_path, d);
	if (s->registry == NULL) {
		return PST_MEMORY;
	}
	result = registry_init_plugins(s->registry, core_table(), d);
	if (result == PST_OK) {
		result = configure_build(*c, s->registry, core_table(), d,
		                         &s->gateway);
	}
	if (result == PST_OK) {
		result =
			identity_find((*c)->settings.user, (*c)->settings.group,
		                      false, &s->base.now.who, d);
	}
	return loaded != PST_OK ? loaded : result;
}

static int single_listen(struct single *s, struct diag *d)
{
	const unsigned count = s->gateway->listener_count;
	struct listen_request *requests = calloc(count + 1, sizeof(*requests));
	struct listen_set *set = &s->base.now.set;
	unsigned i;
	int result;

	if (requests == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < count; i++) {
		listen_request_fill(&requests[i], &s->gateway->listeners[i]);
	}
	result = listen_set_open(set, requests, count, 1, NULL, d);
	if (result == PST_OK) {
		s->base.now.checked.requests = requests;
		s->base.now.checked.request_count = count;
	} else {
		free(requests);
		return result;
	}
	s->listen_count = (unsigned)listen_set_share(set, 0, 1, NULL, 0);
	s->listen = calloc(s->listen_count + 1, sizeof(*s->listen));
	if (s->listen == NULL) {
		return PST_MEMORY;
	}
	listen_set_share(set, 0, 1, s->listen, s->listen_count);
	listen_set_hand_over(set);
	return PST_OK;
}

static int single_prepare(struct single *s, const char *path, struct diag *d)
{
	int result = single_build(s, path, d);

	if (result == PST_OK) {
		result = single_listen(s, d);
	}
	if (result == PST_OK) {
		result = supervisor_settle(&s->base, &s->base.now, d);
	}
	if (result == PST_OK) {
		supervisor_listening_log(&s->base);
		result = privileges_drop(&s->base.now.who, PRIVILEGES_NONE);
	}
	if (result != PST_OK && d->errors == 0) {
		diag_add(d, PST_LOG_ERROR, path, 0, NULL, "cannot start: %s",
		         result == PST_IO ? strerror(errno) : "out of memory");
	}
	return result;
}

static int single_serve(struct single *s)
{
	const struct worker_params params = {
		.gateway = s->gateway,
		.listen = s->listen,
		.listen_count = s->listen_count,
		.counters = s->base.counters,
		.log = &s->base.log,
		.handle_signals = true,
		.control_fd = -1,
	};
	struct worker *w = worker_create(&params);
	int status = EXIT_FAILURE;

	if (w != NULL) {
		listen_set_release(&s->base.now.set);
		log_line(&s->base.log, PST_LOG_INFO, "ready workers=1");
		status = worker_run(w);
		worker_destroy(w);
		log_line(&s->base.log, PST_LOG_INFO, "stopped");
	}
	return status;
}

static void single_finish(struct single *s)
{
	listen_set_close(&s->base.now.set);
	gateway_destroy(s->gateway);
	if (s->registry != NULL) {
		registry_finish_plugins(s->registry);
	}
	registry_destroy(s->registry);
	generation_finish(&s->base.now);
	supervisor_pid_remove(&s->base);
	counters_destroy(s->base.counters);
	log_close(&s->base.log);
	free(s->base.log_path);
	free(s->listen);
}

int single_run(const char *path)
{
	struct single s;
	struct diag d;
	int status = EXIT_FAILURE;

	memset(&s, 0, sizeof(s));
	s.base.now.checked.generation = -1;
	log_init(&s.base.log);
	s.base.counters = counters_create(1);
	signal(SIGPIPE, SIG_IGN);
	/* What only a supervisor can do must not end us. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	descriptors_raise();
	diag_init(&d);
	if (s.base.counters != NULL && single_prepare(&s, path, &d) == PST_OK) {
		diag_log(&d, &s.base.log);
		status = single_serve(&s);
	} else {
		diag_print(&d, stderr);
	}
	diag_finish(&d);
	single_finish(&s);
	return status;
}
