/* SPDX-License-Identifier: MIT */
/* The worker's end of the control channel: commands, and reloads in two phases.
 * Whatever can fail is done while a generation is prepared. */
#include "acceptor.h"
#include "control_wire.h"
#include "helper.h"
#include "worker_builder.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MESSAGES_PER_TURN = 64
};

static void answer(struct worker *w, enum control_kind kind, uint32_t number,
                   const char *text)
{
	const struct control_order order = {
		.kind = kind,
		.number = number,
		.body = text,
		.length = text == NULL ? 0 : strlen(text),
	};

	if (w->params.control_fd >= 0 &&
	    control_send(w->params.control_fd, &order) != PST_OK) {
		/* who does not listen to us cannot lead us */
		loop_stop(w->loop);
	}
}

/* -- prepare ----------------------------------------------------------- */

static void forget(struct worker *w)
{
	struct worker_reload *r = &w->reload;

	acceptors_free(&r->acceptors);
	if (r->ready != NULL) {
		worker_generation_release(w, r->ready);
	}
	memset(r, 0, sizeof(*r));
}

static void refuse(struct worker *w, const char *why)
{
	const uint32_t number = w->reload.number;

	forget(w);
	answer(w, CONTROL_FAILED, number, why);
}

/* A new number replaces what was under way. */
static struct worker_reload *reload_of(struct worker *w, uint32_t number)
{
	if (w->reload.number != number) {
		forget(w);
		w->reload.number = number;
	}
	return &w->reload;
}

static void take_sockets(struct worker *w, struct control_message *m)
{
	struct worker_reload *r = reload_of(w, m->number);
	uint32_t listener;
	size_t i;

	if (m->length != m->fd_count * sizeof(listener)) {
		r->lost = true; /* for want of room in our table */
		return;
	}
	for (i = 0; i < m->fd_count; i++) {
		struct acceptor *a;

		memcpy(&listener, m->body + i * sizeof(listener),
		       sizeof(listener));
		a = acceptor_create(w, m->fds[i], listener, r->acceptors);
		m->fds[i] = -1;
		r->lost |= a == NULL;
		r->acceptors = a != NULL ? a : r->acceptors;
	}
}

static void prepare(struct worker *w, struct control_message *m)
{
	const struct worker_reload *r = reload_of(w, m->number);
	int result;

	if (w->draining) {
		refuse(w, "the worker drains");
		return;
	}
	if (r->lost || m->fd_count != 1) {
		refuse(w,
		       "not all descriptors arrived: the worker has too many "
		       "open; raise its limit (ulimit -n)");
		return;
	}
	result = worker_builder_build(w->builder, m->number, m->fds[0]);
	m->fds[0] = -1;
	if (result != PST_OK) {
		refuse(w, result == PST_MEMORY ? "out of memory"
		                               : "no thread can be started");
	}
}

static const char *first_error(const struct diag *d)
{
	size_t i;

	for (i = 0; i < d->count; i++) {
		if (d->entries[i].level == PST_LOG_ERROR &&
		    d->entries[i].text != NULL) {
			return d->entries[i].text;
		}
	}
	return "out of memory";
}

static void built(void *owner, struct worker_build *build)
{
	struct worker *w = owner;
	struct worker_reload *r = &w->reload;
	struct worker_generation *g = build->generation;

	if (build->number != r->number) { /* forgotten meanwhile */
		if (g != NULL) {
			worker_builder_free(w->builder, g);
		}
		return;
	}
	if (g == NULL) {
		refuse(w, first_error(&build->d));
		return;
	}
	if (!acceptors_fit(r->acceptors, g->gateway) ||
	    worker_generation_add(w, g) != PST_OK) {
		worker_builder_free(w->builder, g);
		refuse(w, "its sockets and its listeners do not match");
		return;
	}
	r->ready = g;
	answer(w, CONTROL_PREPARED, r->number, NULL);
}

/* -- commit ------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The file was opened by who may; ours to open again is its path. */
static void log_move(struct worker *w, const char *path, int *fd)
{
	char *copy = path == NULL ? NULL : strdup(path);

	if (path != NULL && (copy == NULL || *fd < 0)) {
		free(copy);
		return; /* the old file is better than none */
	}
	log_close(w->log);
	free(w->log_path);
	w->log_path = copy;
	if (copy != NULL) {
		w->log->fd = *fd;
		w->log->path = copy;
		*fd = -1;
	}
}

static void log_follow(struct worker *w, const struct gateway_settings *s,
                       int *fd)
{
	helper_hold(w->helper); /* it logs, and without a lock */
	if (!same_text(w->log->path, s->log_file)) {
		log_move(w, s->log_file, fd);
	}
	w->log->level = s->log_level;
	w->log->format = s->log_format;
	helper_go(w->helper);
}

static void commit(struct worker *w, struct control_message *m)
{
	struct worker_reload *r = &w->reload;
	struct worker_generation *g = r->ready;

	if (g == NULL || m->number != r->number) {
		log_line(w->log, PST_LOG_ERROR,
		         "told to serve a generation that is not prepared");
		w->status = EXIT_FAILURE;
		loop_stop(w->loop); /* the next worker begins with it */
		return;
	}
	r->ready = NULL;
	acceptors_change(w, &r->acceptors, g);
	forget(w);
	log_follow(w, &g->gateway->settings, &m->fds[0]);
	answer(w, CONTROL_COMMITTED, g->number, NULL);
}

/* -- the channel ------------------------------------------------------- */

static void take(struct worker *w, struct control_message *m)
{
	switch (m->kind) {
	case CONTROL_DRAIN:
		forget(w);
		if (!w->draining) {
			worker_drain(w);
		}
		break;
	case CONTROL_LOG_REOPEN:
		log_reopen(w->log);
		break;
	case CONTROL_LISTEN:
		take_sockets(w, m);
		break;
	case CONTROL_PREPARE:
		prepare(w, m);
		break;
	case CONTROL_COMMIT:
		commit(w, m);
		break;
	case CONTROL_ABORT:
		if (m->number == w->reload.number) {
			forget(w);
		}
		break;
	case CONTROL_STOP:
	case CONTROL_PREPARED:
	case CONTROL_FAILED:
	case CONTROL_COMMITTED:
	case CONTROL_KINDS:
		loop_stop(w->loop);
		break;
	}
}

static void control_ready(struct watch *watch, unsigned events)
{
	struct worker *w = watch->owner;
	struct control_message m;
	int i, result;

	(void)events;
	for (i = 0; i < MESSAGES_PER_TURN; i++) {
		m.fds[0] = -1;
		result = control_receive(w->params.control_fd, &m);
		if (result == PST_AGAIN) {
			return;
		}
		if (result != 1) {
			/* the supervisor is gone: nobody may be left behind */
			loop_stop(w->loop);
			return;
		}
		take(w, &m);
		control_message_finish(&m);
	}
}

int worker_control_start(struct worker *w)
{
	w->builder = worker_builder_create(w->loop, w->params.registry,
	                                   w->params.counters, w, built);
	if (w->builder == NULL) {
		return PST_MEMORY;
	}
	if (w->params.control_fd >= 0) {
		watch_init(&w->control, w->params.control_fd, w, control_ready);
		watch_set(w->loop, &w->control, LOOP_READ);
	}
	return PST_OK;
}

void worker_control_stop(struct worker *w)
{
	if (w->builder == NULL) {
		return;
	}
	if (w->params.control_fd >= 0) {
		watch_set(w->loop, &w->control, 0);
	}
	forget(w);
	worker_builder_destroy(w->builder);
	w->builder = NULL;
}
