/* SPDX-License-Identifier: MIT */
/* The builder: generations are built and freed beside the loop. */
#include "worker_builder.h"

#include "loop.h"
#include "thread.h"
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	struct job *next;
	int fd; /* to build from; -1: free the generation */
	struct worker_build build;
};

struct worker_builder {
	struct loop *loop;
	struct registry *registry;
	struct counters *counters;
	void *owner;
	void (*built)(void *owner, struct worker_build *build);
	struct wakeup back;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, idle;
	struct job *first, *last; /* under lock: to be done */
	struct job *done;         /* under lock: newest first */
	bool stop, held, busy;    /* under lock */
	bool runs;                /* the loop's own: there is a thread */
};

/* -- on the thread ----------------------------------------------------- */

int worker_build_gateway(int fd, struct registry *registry, struct diag *d,
                         struct configuration **c_out,
                         struct gateway **gateway_out)
{
	struct configuration *c;
	int result = configure_load_generation(fd, d, &c);

	*c_out = NULL;
	*gateway_out = NULL;
	if (result == PST_OK) {
		result = configure_build(c, registry, core_table(), d,
		                         gateway_out);
	}
	if (result != PST_OK) {
		configure_destroy(c);
		return result;
	}
	*c_out = c;
	return PST_OK;
}

static void build(struct worker_builder *b, int fd, struct worker_build *w)
{
	struct configuration *c;
	struct gateway *gateway;

	if (worker_build_gateway(fd, b->registry, &w->d, &c, &gateway) !=
	    PST_OK) {
		return;
	}
	w->generation =
		worker_generation_create(w->number, gateway, c, b->counters);
	if (w->generation == NULL) {
		gateway_destroy(gateway);
		configure_destroy(c);
	}
}

static void job_run(struct worker_builder *b, struct job *j)
{
	if (j->fd < 0) {
		worker_generation_destroy(j->build.generation);
		j->build.generation = NULL;
		return;
	}
	build(b, j->fd, &j->build);
	close(j->fd);
}

static void job_destroy(struct job *j)
{
	diag_finish(&j->build.d);
	free(j);
}

static void *builder_main(void *arg)
{
	struct worker_builder *b = arg;

	thread_give_way();
	pthread_mutex_lock(&b->lock);
	while (!b->stop || b->first != NULL) {
		struct job *j = b->first;

		if (j == NULL || b->held) {
			pthread_cond_wait(&b->more, &b->lock);
			continue;
		}
		b->first = j->next;
		b->busy = true;
		pthread_mutex_unlock(&b->lock);
		job_run(b, j);
		pthread_mutex_lock(&b->lock);
		b->busy = false;
		pthread_cond_signal(&b->idle);
		j->next = b->done;
		b->done = j;
		wakeup_send(b->loop, &b->back);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* -- on the loop ------------------------------------------------------- */

static struct job *done_take(struct worker_builder *b)
{
	struct job *j, *next, *in_order = NULL;

	pthread_mutex_lock(&b->lock);
	j = b->done;
	b->done = NULL;
	pthread_mutex_unlock(&b->lock);
	for (; j != NULL; j = next) {
		next = j->next;
		j->next = in_order;
		in_order = j;
	}
	return in_order;
}

static void woken(struct wakeup *w)
{
	struct worker_builder *b = w->owner;
	struct job *j, *next;

	for (j = done_take(b); j != NULL; j = next) {
		next = j->next;
		if (j->fd >= 0) {
			b->built(b->owner, &j->build);
		}
		job_destroy(j);
	}
}

static int start(struct worker_builder *b)
{
	int failed;

	if (b->runs) {
		return PST_OK;
	}
	failed = thread_start(&b->thread, builder_main, b);
	if (failed != 0) {
		errno = failed;
		return PST_IO;
	}
	b->runs = true;
	return PST_OK;
}

static void job_add(struct worker_builder *b, struct job *j)
{
	pthread_mutex_lock(&b->lock);
	if (b->first == NULL) {
		b->first = j;
	} else {
		b->last->next = j;
	}
	b->last = j;
	pthread_cond_signal(&b->more);
	pthread_mutex_unlock(&b->lock);
}

static struct job *job_create(int fd)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j != NULL) {
		j->fd = fd;
		diag_init(&j->build.d);
	}
	return j;
}

int worker_builder_build(struct worker_builder *b, uint32_t number, int fd)
{
	struct job *j = job_create(fd);
	int result = j == NULL ? PST_MEMORY : start(b);

	if (result != PST_OK) {
		free(j);
		close(fd);
		return result;
	}
	j->build.number = number;
	job_add(b, j);
	return PST_OK;
}

void worker_builder_free(struct worker_builder *b, struct worker_generation *g)
{
	struct job *j = job_create(-1);

	if (j == NULL || start(b) != PST_OK) {
		free(j);
		worker_generation_destroy(g);
		return;
	}
	j->build.generation = g;
	job_add(b, j);
}

void worker_builder_hold(struct worker_builder *b)
{
	pthread_mutex_lock(&b->lock);
	b->held = true;
	while (b->busy) {
		pthread_cond_wait(&b->idle, &b->lock);
	}
	pthread_mutex_unlock(&b->lock);
}

void worker_builder_go(struct worker_builder *b)
{
	pthread_mutex_lock(&b->lock);
	b->held = false;
	pthread_cond_signal(&b->more);
	pthread_mutex_unlock(&b->lock);
}

/* -- life -------------------------------------------------------------- */

struct worker_builder *worker_builder_create(
	struct loop *loop, struct registry *registry, struct counters *counters,
	void *owner, void (*built)(void *owner, struct worker_build *build))
{
	struct worker_builder *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		return NULL;
	}
	b->loop = loop;
	b->registry = registry;
	b->counters = counters;
	b->owner = owner;
	b->built = built;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->more, NULL);
	pthread_cond_init(&b->idle, NULL);
	wakeup_start(loop, &b->back, b, woken);
	return b;
}

void worker_builder_destroy(struct worker_builder *b)
{
	struct job *j, *next;

	if (b == NULL) {
		return;
	}
	if (b->runs) {
		pthread_mutex_lock(&b->lock);
		b->stop = true;
		pthread_cond_signal(&b->more);
		pthread_mutex_unlock(&b->lock);
		pthread_join(b->thread, NULL);
	}
	for (j = done_take(b); j != NULL; j = next) {
		next = j->next;
		worker_generation_destroy(j->build.generation);
		job_destroy(j);
	}
	wakeup_stop(b->loop, &b->back);
	pthread_cond_destroy(&b->more);
	pthread_cond_destroy(&b->idle);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
