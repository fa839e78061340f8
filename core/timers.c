/* SPDX-License-Identifier: MIT */
/* A binary heap of timers. */
#include "timers.h"

#include <penstock/result.h>
#include <stdlib.h>
#include <string.h>

void timers_init(struct timers *ts)
{
	memset(ts, 0, sizeof(*ts));
}

void timers_finish(struct timers *ts)
{
	free(ts->heap);
	timers_init(ts);
}

int timers_reserve(struct timers *ts)
{
	if (ts->reserved + 2 > ts->capacity) {
		size_t capacity = ts->capacity == 0 ? 64 : ts->capacity * 2;
		struct timer **heap =
			realloc(ts->heap, capacity * sizeof(struct timer *));

		if (heap == NULL) {
			return PST_MEMORY;
		}
		ts->heap = heap;
		ts->capacity = capacity;
	}
	ts->reserved++;
	return PST_OK;
}

void timers_release(struct timers *ts)
{
	ts->reserved--;
}

static void put_at(struct timers *ts, size_t place, struct timer *t)
{
	ts->heap[place] = t;
	t->place = (uint32_t)place;
}

static void sift_up(struct timers *ts, struct timer *t)
{
	size_t at = t->place;

	while (at > 1 && ts->heap[at / 2]->due_ms > t->due_ms) {
		put_at(ts, at, ts->heap[at / 2]);
		at /= 2;
	}
	put_at(ts, at, t);
}

static void sift_down(struct timers *ts, struct timer *t)
{
	size_t at = t->place;

	while (at * 2 <= ts->count) {
		size_t child = at * 2;

		if (child < ts->count &&
		    ts->heap[child + 1]->due_ms < ts->heap[child]->due_ms) {
			child++;
		}
		if (ts->heap[child]->due_ms >= t->due_ms) {
			break;
		}
		put_at(ts, at, ts->heap[child]);
		at = child;
	}
	put_at(ts, at, t);
}

void timer_set(struct timers *ts, struct timer *t, uint64_t due_ms)
{
	t->due_ms = due_ms;
	if (t->place == 0) {
		put_at(ts, ++ts->count, t);
	}
	sift_up(ts, t);
	sift_down(ts, t);
}

void timer_clear(struct timers *ts, struct timer *t)
{
	struct timer *last;

	if (t->place == 0) {
		return;
	}
	last = ts->heap[ts->count--];
	if (last != t) {
		put_at(ts, t->place, last);
		sift_up(ts, last);
		sift_down(ts, last);
	}
	t->place = 0;
}

uint64_t timers_wait_ms(const struct timers *ts, uint64_t now_ms)
{
	if (ts->count == 0) {
		return UINT64_MAX;
	}
	if (ts->heap[1]->due_ms <= now_ms) {
		return 0;
	}
	return ts->heap[1]->due_ms - now_ms;
}

void timers_run(struct timers *ts, uint64_t now_ms)
{
	while (ts->count != 0 && ts->heap[1]->due_ms <= now_ms) {
		struct timer *t = ts->heap[1];

		timer_clear(ts, t);
		t->fire(t);
	}
}
