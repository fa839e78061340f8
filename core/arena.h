/* SPDX-License-Identifier: MIT */
/* Memory that is made bit by bit and freed at once: one generation's. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_block;

/** A failure sticks, so that a builder may check once, at its end. */
struct arena {
	struct arena_block *blocks;
	size_t free; /* bytes left in the first block */
	bool failed; /* some allocation was refused */
};

void arena_init(struct arena *a);
/** Free everything. */
void arena_finish(struct arena *a);

/** `size` zeroed bytes, aligned for any type; lent until arena_finish. NULL
 *  when memory ran out. `size` 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/** `count` zeroed elements of `size` bytes. */
void *arena_array(struct arena *a, size_t count, size_t size);
/** A terminated copy of text[length]. */
char *arena_copy(struct arena *a, const char *text, size_t length);
/** A copy of the string; NULL stays NULL. */
char *arena_string(struct arena *a, const char *text);
PST_PRINTF(2, 3)
char *arena_printf(struct arena *a, const char *fmt, ...);

#endif
