/* SPDX-License-Identifier: MIT */
/* Segments and slices from freelists, one set per thread. */
#include "segment.h"

#include <stdlib.h>
#include <string.h>

enum segment_class {
	CLASS_SMALL,
	CLASS_BIG,
	CLASS_ODD, /* any size, not kept */
	CLASS_COUNT
};

/* LIFO, so that the next segment is still in the cache; capped, so that a burst
 * does not stay with us. Bytes in pools: 256 * 1.8 KiB + 128 * 16.6 KiB. */
static const unsigned keep[CLASS_COUNT] = {256, 128, 0};
enum {
	KEEP_SLICES = 1024
};

static _Thread_local struct {
	struct pst_segment *free[CLASS_COUNT];
	unsigned count[CLASS_COUNT];
	struct pst_slice *slices;
	unsigned slice_count;
} pool;

static void uncharge(struct pst_segment *g)
{
	struct pst_budget *b = g->budget;

	if (b == NULL) {
		return;
	}
	g->budget = NULL;
	budget_uncharge(b, g->charge);
}

void segment_charge(struct pst_slice *s, struct pst_budget *b)
{
	struct pst_segment *g = s->segment;

	if (g->budget == b) {
		return;
	}
	uncharge(g);
	g->budget = b;
	if (b != NULL) {
		budget_charge(b, g->charge);
	}
}

static uint32_t capacity_of(enum segment_class class)
{
	return SEGMENT_HEADROOM + SEGMENT_TAILROOM +
	       (class == CLASS_SMALL ? SEGMENT_SMALL : SEGMENT_BIG);
}

static struct pst_segment *segment_get(size_t bytes)
{
	enum segment_class class = CLASS_ODD;
	struct pst_segment *g;

	if (bytes <= capacity_of(CLASS_SMALL)) {
		class = CLASS_SMALL;
	} else if (bytes <= capacity_of(CLASS_BIG)) {
		class = CLASS_BIG;
	}
	g = pool.free[class];
	if (g != NULL) {
		pool.free[class] = g->next_free;
		pool.count[class]--;
		return g;
	}
	if (class != CLASS_ODD) {
		bytes = capacity_of(class);
	}
	if (bytes > UINT32_MAX / 2) {
		return NULL;
	}
	g = malloc(sizeof(*g) + bytes);
	if (g != NULL) {
		g->class = (uint8_t) class;
		g->capacity = (uint32_t)bytes;
	}
	return g;
}

struct pst_slice *segment_slice(size_t room, size_t headroom)
{
	size_t front = headroom < SEGMENT_HEADROOM
	                       ? SEGMENT_HEADROOM
	                       : (headroom + 7) & ~(size_t)7;
	struct pst_segment *g;

	if (room > UINT32_MAX / 4 || front > UINT32_MAX / 4) {
		return NULL;
	}
	g = segment_get(front + room);
	if (g == NULL) {
		return NULL;
	}
	g->budget = NULL;
	g->references = 1;
	g->charge = g->capacity + (uint32_t)sizeof(*g);
	g->first_used = true;
	g->first = (struct pst_slice){.segment = g,
	                              .data = g->bytes + front,
	                              .before = (uint32_t)front,
	                              .after = g->capacity - (uint32_t)front};
	return &g->first;
}

static struct pst_slice *slice_get(struct pst_segment *g)
{
	struct pst_slice *s;

	if (!g->first_used) {
		g->first_used = true;
		return &g->first;
	}
	s = pool.slices;
	if (s != NULL) {
		pool.slices = s->next;
		pool.slice_count--;
	} else {
		s = malloc(sizeof(*s));
	}
	if (s != NULL) {
		g->charge += (uint32_t)sizeof(*s);
		if (g->budget != NULL) {
			g->budget->held += sizeof(*s);
		}
	}
	return s;
}

struct pst_slice *segment_view(struct pst_slice *of, uint8_t *data,
                               uint32_t length)
{
	struct pst_slice *s = slice_get(of->segment);

	if (s != NULL) {
		*s = (struct pst_slice){
			.segment = of->segment, .data = data, .length = length};
		of->segment->references++;
	}
	return s;
}

static void segment_put_back(struct pst_segment *g)
{
	uncharge(g);
	if (pool.count[g->class] < keep[g->class]) {
		g->next_free = pool.free[g->class];
		pool.free[g->class] = g;
		pool.count[g->class]++;
	} else {
		free(g);
	}
}

static void slice_put_back(struct pst_slice *s, struct pst_segment *g)
{
	g->charge -= (uint32_t)sizeof(*s);
	if (g->budget != NULL) {
		g->budget->held -= sizeof(*s);
	}
	if (pool.slice_count < KEEP_SLICES) {
		s->next = pool.slices;
		pool.slices = s;
		pool.slice_count++;
	} else {
		free(s);
	}
}

void segment_slice_free(struct pst_slice *s)
{
	struct pst_segment *g;

	if (s == NULL) {
		return;
	}
	g = s->segment;
	if (s == &g->first) {
		g->first_used = false;
	} else {
		slice_put_back(s, g);
	}
	if (--g->references == 0) {
		segment_put_back(g);
	}
}

void segment_trim(void)
{
	int class;

	for (class = 0; class < CLASS_COUNT; class ++) {
		while (pool.free[class] != NULL) {
			struct pst_segment *g = pool.free[class];

			pool.free[class] = g->next_free;
			free(g);
		}
		pool.count[class] = 0;
	}
	while (pool.slices != NULL) {
		struct pst_slice *s = pool.slices;

		pool.slices = s->next;
		free(s);
	}
	pool.slice_count = 0;
}
