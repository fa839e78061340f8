/* SPDX-License-Identifier: MIT */
/* Counters in memory shared by supervisor and workers. */
#include "counters.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SERIES_MAX  4096u
#define NAMES_MAX   4096u
#define BUCKET_MANY 8192u /* a power of two above both */

/* One name of a table. Written before the bucket that shows it. */
struct entry {
	char text[COUNTERS_NAME_MAX + 1];
	int gauge;
	uint32_t reserved;
};

/* Append-only; entry 0 stays empty. A bucket holds an index, 0 is free. */
struct table {
	_Atomic uint32_t count; /* entries with entry 0 */
	_Atomic uint32_t bucket[BUCKET_MANY];
	struct entry entry[SERIES_MAX];
};

/* One worker's part starts on a page of its own. */
struct slot {
	struct worker_slot worker;
	_Atomic int64_t cell[SERIES_MAX];
};

struct counters {
	pthread_mutex_t lock; /* of both tables, over processes */
	size_t size;          /* bytes of the whole region */
	size_t slots_at;      /* where the first slot stands in it */
	size_t slot_size;
	unsigned workers;
	_Alignas(64) _Atomic unsigned used; /* slots from here on are empty */
	_Alignas(64) struct table series, names;
};

_Static_assert(SERIES_MAX == NAMES_MAX, "both tables are one type");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "cells are shared by processes");

static size_t page_round(size_t n)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

static struct slot *slot_of(const struct counters *c, unsigned worker)
{
	uintptr_t at = (uintptr_t)c + c->slots_at + worker * c->slot_size;

	assert(worker < c->workers);
	return (struct slot *)at;
}

static int lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;
	int failed = pthread_mutexattr_init(&attr);

	if (failed == 0) {
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
		failed = pthread_mutex_init(lock, &attr);
		pthread_mutexattr_destroy(&attr);
	}
	return failed;
}

struct counters *counters_create(unsigned workers)
{
	const size_t slot_size = page_round(sizeof(struct slot));
	const size_t size =
		page_round(sizeof(struct counters)) + workers * slot_size;
	struct counters *c =
		mmap(NULL, size, PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (c == MAP_FAILED) {
		return NULL;
	}
	c->size = size;
	c->slots_at = page_round(sizeof(*c));
	c->slot_size = slot_size;
	c->workers = workers;
	atomic_init(&c->series.count, 1);
	atomic_init(&c->names.count, 1);
	if (lock_init(&c->lock) != 0) {
		munmap(c, size);
		return NULL;
	}
	return c;
}

void counters_destroy(struct counters *c)
{
	if (c != NULL) {
		munmap(c, c->size);
	}
}

/* FNV-1a */
static uint32_t text_hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text != '\0'; text++) {
		h = (h ^ (unsigned char)*text) * 16777619u;
	}
	return h;
}

/* The index of `text`, or 0 with the bucket that is free for it. */
static uint32_t table_look(const struct table *t, const char *text,
                           uint32_t *bucket_out)
{
	uint32_t at = text_hash(text) % BUCKET_MANY;

	for (;;) {
		uint32_t index = atomic_load_explicit(&t->bucket[at],
		                                      memory_order_acquire);

		if (index == 0) {
			*bucket_out = at;
			return 0;
		}
		if (strcmp(t->entry[index].text, text) == 0) {
			return index;
		}
		at = (at + 1) % BUCKET_MANY;
	}
}

static uint32_t table_append(struct table *t, const char *text, int gauge,
                             uint32_t bucket)
{
	const uint32_t index = atomic_load(&t->count);

	if (index == SERIES_MAX) {
		return 0;
	}
	memcpy(t->entry[index].text, text, strlen(text) + 1);
	t->entry[index].gauge = gauge;
	atomic_store(&t->count, index + 1);
	atomic_store_explicit(&t->bucket[bucket], index, memory_order_release);
	return index;
}

static uint32_t table_index(struct counters *c, struct table *t,
                            const char *text, int gauge)
{
	uint32_t bucket, index = table_look(t, text, &bucket);
	int failed;

	if (index != 0) {
		return index;
	}
	failed = pthread_mutex_lock(&c->lock);
	if (failed == EOWNERDEAD) {
		/* Whatever it began was never shown in a bucket, or is whole. */
		failed = pthread_mutex_consistent(&c->lock);
	}
	if (failed != 0) {
		return 0;
	}
	index = table_look(t, text, &bucket);
	if (index == 0) {
		index = table_append(t, text, gauge, bucket);
	}
	pthread_mutex_unlock(&c->lock);
	return index;
}

uint32_t counters_series(struct counters *c, const char *name, int gauge)
{
	if (*name == '\0' || strlen(name) > COUNTERS_NAME_MAX) {
		return 0;
	}
	return table_index(c, &c->series, name, gauge);
}

uint32_t counters_name(struct counters *c, const char *text)
{
	char cut[COUNTERS_NAME_MAX + 1];
	size_t length = strnlen(text, COUNTERS_NAME_MAX);

	memcpy(cut, text, length);
	cut[length] = '\0';
	return length == 0 ? 0 : table_index(c, &c->names, cut, 0);
}

const char *counters_name_text(const struct counters *c, uint32_t index)
{
	return index < NAMES_MAX ? c->names.entry[index].text : "";
}

/* Pages of slots that nobody used stay unread, so that they cost nothing. */
static void slot_use(struct counters *c, unsigned worker)
{
	unsigned used = atomic_load_explicit(&c->used, memory_order_relaxed);

	while (worker >= used &&
	       !atomic_compare_exchange_weak(&c->used, &used, worker + 1)) {
	}
}

void counters_add(struct counters *c, unsigned worker, uint32_t series,
                  int64_t add)
{
	assert(series < SERIES_MAX);
	counters_bump(counters_cells(c, worker), series, add);
}

_Atomic int64_t *counters_cells(struct counters *c, unsigned worker)
{
	slot_use(c, worker);
	return slot_of(c, worker)->cell;
}

int64_t counters_sum(const struct counters *c, uint32_t series)
{
	uint64_t sum = 0;
	unsigned i;

	assert(series < SERIES_MAX);
	for (i = 0; i < atomic_load(&c->used); i++) {
		sum += (uint64_t)atomic_load_explicit(
			&slot_of(c, i)->cell[series], memory_order_relaxed);
	}
	return (int64_t)sum;
}

const char *counters_series_name(const struct counters *c, uint32_t n,
                                 int *gauge_out)
{
	if (n == 0 || n >= atomic_load(&c->series.count)) {
		return NULL;
	}
	*gauge_out = c->series.entry[n].gauge;
	return c->series.entry[n].text;
}

struct worker_slot *counters_slot(struct counters *c, unsigned worker)
{
	return &slot_of(c, worker)->worker;
}

static void doing_clear(struct doing *d)
{
	atomic_store(&d->session, 0);
	atomic_store(&d->layer, 0);
	atomic_store(&d->service, 0);
}

void counters_worker_died(struct counters *c, unsigned worker)
{
	struct slot *slot = slot_of(c, worker);
	uint32_t i;
	int gauge;

	for (i = 1; counters_series_name(c, i, &gauge) != NULL; i++) {
		if (gauge != 0) {
			atomic_store(&slot->cell[i], 0);
		}
	}
	atomic_store(&slot->worker.heartbeat_ms, 0);
	doing_clear(&slot->worker.loop);
	doing_clear(&slot->worker.helper);
}

void counters_log(const struct counters *c, const struct log *log)
{
	const char *name;
	uint32_t i;
	int gauge;

	for (i = 1; (name = counters_series_name(c, i, &gauge)) != NULL; i++) {
		const struct log_field fields[] = {
			{.key = "name", .text = name},
			{.key = "value", .number = counters_sum(c, i)},
		};

		log_fields(log, PST_LOG_INFO, gauge != 0 ? "gauge" : "counter",
		           fields, sizeof(fields) / sizeof(fields[0]));
	}
}
