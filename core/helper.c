/* SPDX-License-Identifier: MIT */
/* The helper thread: heavy steps, one after the other. */
#include "helper.h"

#include "block.h"
#include "segment.h"
#include "session.h"
#include "thread.h"
#include "trunk.h"
#include "worker_state.h"

#include <pthread.h>
#include <stdlib.h>

/* What was lent: one step to run, and the lines that nobody else may touch. */
struct lent {
	struct lent *next;
	struct station *station;
	enum pst_step result;
	size_t count, room;
	struct line **lines;
};

struct helper {
	struct worker *worker;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, idle;
	struct lent *first, *last; /* under lock: to be run */
	struct lent *done;         /* under lock: newest first */
	bool stop, held, runs;     /* under lock */
	bool sleeps;               /* under lock: the thread waits for `more` */
	bool lent;                 /* the loop's own: since it was last told */
	struct wakeup back;
	unsigned waiting; /* the loop's own count */
};

static void run_step(struct helper *h, struct lent *l)
{
	struct station *s = l->station;

	struct doing *doing = &h->worker->slot->helper;
	const struct session *session = s->stack->session;

	worker_note(doing, s->place->note, s->stack->pipeline->service->note,
	            session != NULL ? session->id : 0);
	l->result = station_step(s, PST_IO_HELPER);
	worker_note(doing, 0, 0, 0);
}

static void *helper_main(void *arg)
{
	struct helper *h = arg;

	thread_give_way();
	pthread_mutex_lock(&h->lock);
	while (!h->stop || h->first != NULL) {
		struct lent *l = h->first;

		if (l == NULL || h->held) {
			h->sleeps = true;
			pthread_cond_wait(&h->more, &h->lock);
			h->sleeps = false;
			continue;
		}
		h->first = l->next;
		h->runs = true;
		pthread_mutex_unlock(&h->lock);
		run_step(h, l);
		pthread_mutex_lock(&h->lock);
		h->runs = false;
		pthread_cond_signal(&h->idle);
		l->next = h->done;
		h->done = l;
		wakeup_send(h->worker->loop, &h->back);
	}
	pthread_mutex_unlock(&h->lock);
	segment_trim();
	block_trim();
	return NULL;
}

/* -- what is lent --------------------------------------------------------- */

static bool add_line(struct lent *l, struct line *line)
{
	if (line->lent == l) {
		return true;
	}
	if (l->count == l->room) {
		size_t room = l->room == 0 ? 4 : l->room * 2;
		struct line **lines =
			realloc(l->lines, room * sizeof(struct line *));

		if (lines == NULL) {
			return false;
		}
		l->lines = lines;
		l->room = room;
	}
	line->lent = l;
	l->lines[l->count++] = line;
	return true;
}

static bool add_trunk_of(struct lent *l, const struct stack *stack)
{
	const struct stream *st;

	if (stack == NULL || stack->bottom->kind != STATION_STREAM) {
		return true;
	}
	st = stack->bottom->instance.state;
	return add_line(l, &st->trunk->line);
}

static bool add_neighbours(struct lent *l, struct line *line)
{
	const struct stream *st;

	if (line->session != NULL) {
		return add_trunk_of(l, line->front) &&
		       add_trunk_of(l, line->back);
	}
	for (st = line->trunk->streams; st != NULL; st = st->next) {
		if (st->stack != NULL &&
		    !add_line(l, st->stack->bottom->line)) {
			return false;
		}
	}
	return true;
}

/* Slices may share a segment across a mux, and counts are not atomic: all lines
 * that a mux connects go together. */
static bool collect(struct lent *l, struct line *line)
{
	size_t i;

	if (!add_line(l, line)) {
		return false;
	}
	for (i = 0; i < l->count; i++) {
		if (!add_neighbours(l, l->lines[i])) {
			return false;
		}
	}
	return true;
}

static void release(struct lent *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		l->lines[i]->lent = NULL;
	}
}

static void lent_destroy(struct lent *l)
{
	free(l->lines);
	free(l);
}

void helper_lend(struct station *s)
{
	struct helper *h = s->line->worker->helper;
	struct lent *l = calloc(1, sizeof(*l));

	s->heavy = false;
	if (l == NULL || !collect(l, s->line)) {
		if (l != NULL) {
			release(l);
			lent_destroy(l);
		}
		stack_reason(s->stack, s, PST_CLASS_INTERNAL, 0,
		             "out of memory");
		station_failed(s);
		line_schedule(s->line);
		return;
	}
	l->station = s;
	h->waiting++;
	pthread_mutex_lock(&h->lock);
	if (h->first == NULL) {
		h->first = l;
	} else {
		h->last->next = l;
	}
	h->last = l;
	pthread_mutex_unlock(&h->lock);
	h->lent = true;
}

void helper_tell(struct helper *h)
{
	bool sleeps;

	if (!h->lent) {
		return;
	}
	h->lent = false;
	pthread_mutex_lock(&h->lock);
	sleeps = h->sleeps;
	pthread_mutex_unlock(&h->lock);
	if (sleeps) {
		pthread_cond_signal(&h->more);
	}
}

/* -- hand-back ------------------------------------------------------------- */

/* What came while they were lent stands in dirty marks; each line looks. A line
 * may be freed by its run, not by these calls: they only queue it. */
static void hand_back(struct helper *h, struct lent *l)
{
	size_t i;

	h->waiting--;
	release(l);
	line_after_step(l->station, l->result);
	for (i = 0; i < l->count; i++) {
		struct line *line = l->lines[i];

		if (line->session != NULL) {
			session_unlent(line->session);
		} else if (line->trunk->state != TRUNK_LEFT) {
			trunk_unlent(line->trunk);
		}
		if (line->trunk == NULL || line->trunk->state != TRUNK_LEFT) {
			line_schedule(line);
		}
	}
	lent_destroy(l);
}

static void take_back(struct helper *h)
{
	struct lent *l, *in_order = NULL;

	pthread_mutex_lock(&h->lock);
	l = h->done;
	h->done = NULL;
	pthread_mutex_unlock(&h->lock);
	while (l != NULL) {
		struct lent *next = l->next;

		l->next = in_order;
		in_order = l;
		l = next;
	}
	while (in_order != NULL) {
		l = in_order;
		in_order = l->next;
		hand_back(h, l);
	}
}

static void woken(struct wakeup *w)
{
	take_back(w->owner);
}

/* -- life ------------------------------------------------------------------ */

struct helper *helper_create(struct worker *w)
{
	struct helper *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		return NULL;
	}
	h->worker = w;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->more, NULL);
	pthread_cond_init(&h->idle, NULL);
	wakeup_start(w->loop, &h->back, h, woken);
	if (thread_start(&h->thread, helper_main, h) != 0) {
		wakeup_stop(w->loop, &h->back);
		free(h);
		return NULL;
	}
	return h;
}

void helper_destroy(struct helper *h)
{
	if (h == NULL) {
		return;
	}
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->more);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	take_back(h);
	wakeup_stop(h->worker->loop, &h->back);
	pthread_cond_destroy(&h->more);
	pthread_cond_destroy(&h->idle);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

unsigned helper_waiting(const struct helper *h)
{
	return h->waiting;
}

void helper_hold(struct helper *h)
{
	pthread_mutex_lock(&h->lock);
	h->held = true;
	while (h->runs) {
		pthread_cond_wait(&h->idle, &h->lock);
	}
	pthread_mutex_unlock(&h->lock);
}

void helper_go(struct helper *h)
{
	pthread_mutex_lock(&h->lock);
	h->held = false;
	pthread_cond_signal(&h->more);
	pthread_mutex_unlock(&h->lock);
}
