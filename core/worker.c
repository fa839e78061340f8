/* SPDX-License-Identifier: MIT */
/* The worker: its loop, its turn, its drain. */
#include "acceptor.h"
#include "block.h"
#include "helper.h"
#include "session.h"
#include "trunk.h"
#include "wire.h"
#include "worker_builder.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LINES_PER_TURN = 128, /* then events are looked at */
	LATER_PER_TURN = 4,
	LINES_PER_BEAT = 16, /* each may have 64 KiB of tiny messages */
	HEARTBEAT_MS = 1000,
	TIMERS_OF_OURS = 3,
	LAST_WORDS_MS = 500 /* after the drain timeout */
};

/* A long turn is not a layer that hangs. */
static void beat_within_turn(struct worker *w)
{
	clock_update(&w->clock);
	atomic_store(&w->slot->heartbeat_ms, w->clock.now_ms);
}

static void run_lines(struct worker *w)
{
	unsigned n;

	for (n = 1; n <= LINES_PER_TURN && w->now.first != NULL; n++) {
		line_run(line_queue_take(&w->now));
		if (n % LINES_PER_BEAT == 0) {
			beat_within_turn(w);
		}
	}
}

/* Whom an event has woken comes before those that always have more to do, and
 * waits for a few of them at most. */
static void admit_later(struct worker *w)
{
	unsigned n;

	for (n = 0; n < LATER_PER_TURN && w->later.first != NULL; n++) {
		line_queue_add(&w->now, line_queue_take(&w->later));
	}
}

static uint64_t before_wait(void *owner)
{
	struct worker *w = owner;
	uint64_t wait, resolver;

	admit_later(w);
	run_lines(w);
	timers_run(&w->timers, w->clock.now_ms);
	run_lines(w);
	helper_tell(w->helper);
	if (w->now.first != NULL || w->later.first != NULL) {
		return 0;
	}
	if (w->generations_ended) {
		worker_generations_sweep(w);
	}
	worker_note(&w->slot->loop, 0, 0, 0);
	wait = timers_wait_ms(&w->timers, w->clock.now_ms);
	resolver = resolver_wait_ms(w->resolver);
	return wait < resolver ? wait : resolver;
}

static void after_wait(void *owner)
{
	struct worker *w = owner;

	clock_update(&w->clock);
	resolver_tick(w->resolver);
}

/* -- drain ------------------------------------------------------------------ */

static void stop(struct worker *w)
{
	loop_stop(w->loop);
}

void worker_one_less(struct worker *w)
{
	if ((w->draining || w->stop_when_done) && w->sessions == NULL &&
	    w->trunks == NULL && w->doors.first == NULL) {
		stop(w);
	}
}

void worker_drain(struct worker *w)
{
	struct session *s;
	struct trunk *t;

	if (w->draining) {
		stop(w);
		return;
	}
	w->draining = true;
	acceptors_close(w);
	for (s = w->sessions; s != NULL; s = s->next) {
		s->line.drain = true;
		line_schedule(&s->line);
	}
	for (t = w->trunks; t != NULL; t = t->next) {
		trunk_drain(t);
	}
	timer_set(&w->timers, &w->drain_timer,
	          w->clock.now_ms + w->gateway->settings.drain_timeout);
	worker_one_less(w);
}

static void cut_sessions(struct worker *w)
{
	struct session *s;

	for (s = w->sessions; s != NULL; s = s->next) {
		reason_set(&s->reason, 0, NULL, PST_CLASS_GOING_AWAY, 0,
		           "the gateway stops and drain_timeout has passed");
		if (s->line.lent == NULL) {
			session_abort(s, PST_CLASS_GOING_AWAY);
		}
	}
}

static void cut_trunks(struct worker *w)
{
	struct trunk *t;

	for (t = w->trunks; t != NULL; t = t->next) {
		if (t->line.lent == NULL) {
			trunk_abort(t, PST_CLASS_GOING_AWAY);
		}
	}
	doors_close(w);
}

static void drain_over(struct timer *t)
{
	struct worker *w = t->owner;

	switch (t->id++) {
	case 0:
		cut_sessions(w);
		/* trunks first carry the last words of their streams */
		timer_set(&w->timers, t, w->clock.now_ms + 1);
		break;
	case 1:
		cut_trunks(w);
		timer_set(&w->timers, t, w->clock.now_ms + LAST_WORDS_MS);
		break;
	default:
		stop(w);
	}
}

/* -- signals, supervisor, heartbeat ------------------------------------------ */

static void look_for_resets(struct worker *w)
{
	struct session *s;
	struct trunk *t;

	for (t = w->trunks; t != NULL; t = t->next) {
		wire_look_for_reset(t->stack->bottom);
	}
	for (s = w->sessions; s != NULL; s = s->next) {
		wire_look_for_reset(s->line.front->bottom);
		if (s->line.back != NULL) {
			wire_look_for_reset(s->line.back->bottom);
		}
	}
}

static void beat(struct timer *t)
{
	struct worker *w = t->owner;

	atomic_store(&w->slot->heartbeat_ms, w->clock.now_ms);
	look_for_resets(w);
	timer_set(&w->timers, t, w->clock.now_ms + HEARTBEAT_MS);
}

static void accept_again(struct timer *t)
{
	acceptors_resume(t->owner);
}

static void asked_to_end(struct wakeup *wk)
{
	worker_drain(wk->owner);
}

static void asked_for_counters(struct wakeup *wk)
{
	struct worker *w = wk->owner;

	counters_log(w->params.counters, w->log);
}

static void start_timers(struct worker *w)
{
	w->drain_timer = (struct timer){.owner = w, .fire = drain_over};
	w->heartbeat = (struct timer){.owner = w, .fire = beat};
	w->accept_pause = (struct timer){.owner = w, .fire = accept_again};
	beat(&w->heartbeat);
}

static void start_signals(struct worker *w)
{
	if (w->params.handle_signals) {
		wakeup_signal_start(w->loop, &w->sigterm, SIGTERM, w,
		                    asked_to_end);
		wakeup_signal_start(w->loop, &w->sigint, SIGINT, w,
		                    asked_to_end);
		wakeup_signal_start(w->loop, &w->sigusr1, SIGUSR1, w,
		                    asked_for_counters);
	}
}

static void stop_signals(struct worker *w)
{
	if (w->params.handle_signals && w->sigterm.woken != NULL) {
		wakeup_signal_stop(w->loop, &w->sigterm);
		wakeup_signal_stop(w->loop, &w->sigint);
		wakeup_signal_stop(w->loop, &w->sigusr1);
	}
}

/* -- life --------------------------------------------------------------------- */

static bool first_generation(struct worker *w)
{
	const struct worker_params *p = &w->params;
	struct worker_generation *g = worker_generation_create(
		p->generation, p->gateway, p->configuration, p->counters);

	if (g == NULL) {
		return false;
	}
	w->params.configuration = NULL;
	if (worker_generation_add(w, g) != PST_OK) {
		worker_generation_destroy(g);
		return false;
	}
	worker_generation_enter(w, g);
	return true;
}

static bool make_parts(struct worker *w)
{
	const struct loop_hooks hooks = {w, before_wait, after_wait};
	unsigned i;

	for (i = 0; i < TIMERS_OF_OURS; i++) {
		if (timers_reserve(&w->timers) != PST_OK) {
			return false;
		}
	}
	w->loop = loop_create(&hooks);
	if (w->loop == NULL || !first_generation(w)) {
		return false;
	}
	w->resolver = resolver_create(w->loop);
	w->helper = helper_create(w);
	doors_init(w);
	return w->resolver != NULL && w->helper != NULL &&
	       acceptors_start(w) == PST_OK &&
	       worker_control_start(w) == PST_OK;
}

struct worker *worker_create(const struct worker_params *params)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		log_line(params->log, PST_LOG_ERROR, "out of memory");
		return NULL;
	}
	w->params = *params;
	w->gateway = params->gateway;
	w->log = params->log;
	w->slot = counters_slot(params->counters, params->index);
	w->cells = counters_cells(params->counters, params->index);
	clock_init(&w->clock);
	timers_init(&w->timers);
	if (!make_parts(w)) {
		log_line(w->log, PST_LOG_ERROR, "a worker cannot start: %s",
		         strerror(errno));
		worker_destroy(w);
		return NULL;
	}
	start_timers(w);
	start_signals(w);
	return w;
}

static void destroy_lines(struct worker *w)
{
	doors_close(w);
	while (w->sessions != NULL) {
		session_destroy(w->sessions);
	}
	while (w->trunks != NULL) {
		trunk_destroy(w->trunks);
	}
}

static void destroy_generations(struct worker *w)
{
	struct worker_generation *g;

	if (w->generation != NULL) {
		worker_generation_release(w, w->generation);
	}
	while ((g = w->generations) != NULL) {
		worker_generation_remove(w, g);
		worker_generation_destroy(g);
	}
	if (w->params.configuration != NULL) { /* no generation took it */
		gateway_destroy(w->params.gateway);
		configure_destroy(w->params.configuration);
	}
}

void worker_destroy(struct worker *w)
{
	if (w == NULL) {
		return;
	}
	if (w->loop != NULL) {
		helper_destroy(w->helper);
		worker_control_stop(w);
		acceptors_free(&w->acceptors);
		stop_signals(w);
		destroy_lines(w);
		resolver_destroy(w->resolver);
		loop_destroy(w->loop);
	}
	destroy_generations(w);
	timers_finish(&w->timers);
	splice_pool_finish(&w->splice);
	segment_trim();
	block_trim();
	free(w->log_path);
	free(w);
}

int worker_run(struct worker *w)
{
	loop_run(w->loop);
	return w->status;
}

void worker_hold(struct worker *w)
{
	helper_hold(w->helper);
	worker_builder_hold(w->builder);
}

void worker_go(struct worker *w)
{
	worker_builder_go(w->builder);
	helper_go(w->helper);
}

struct loop *worker_loop(struct worker *w)
{
	return w->loop;
}
