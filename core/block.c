/* SPDX-License-Identifier: MIT */
/* Zeroed blocks from freelists, one set per thread. */
#include "block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature /* clang's way to say it */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

enum {
	STEP = 16,     /* bytes from one class to the next */
	CLASSES = 128, /* class 0: larger than any, not kept */
#ifdef __SANITIZE_ADDRESS__
	KEEP_BYTES = 0 /* a block that is used after its end must be seen */
#else
	KEEP_BYTES = 512 * 1024 /* a burst does not stay with us */
#endif
};

struct block {
	_Alignas(max_align_t) struct block *next;
	size_t class;
	_Alignas(max_align_t) uint8_t bytes[];
};

/* LIFO, so that the next block is still in the cache. */
static _Thread_local struct {
	struct block *free[CLASSES];
	size_t held; /* bytes */
} pool;

static size_t class_of(size_t size)
{
	size_t class = (size + STEP - 1) / STEP;

	return class < CLASSES ? class : 0;
}

static struct block *take(size_t class)
{
	struct block *b = pool.free[class];

	if (b != NULL) {
		pool.free[class] = b->next;
		pool.held -= class * STEP;
	}
	return b;
}

void *block_create(size_t size)
{
	size_t class = class_of(size);
	struct block *b = take(class);

	if (b == NULL && size <= SIZE_MAX / 2) {
		b = malloc(sizeof(*b) + (class != 0 ? class * STEP : size));
	}
	if (b == NULL) {
		return NULL;
	}
	b->class = class;
	return memset(b->bytes, 0, size);
}

void block_destroy(void *block)
{
	struct block *b;

	if (block == NULL) {
		return;
	}
	b = (struct block *)(void *)((uint8_t *)block -
	                             offsetof(struct block, bytes));
	if (b->class == 0 || pool.held + b->class * STEP > KEEP_BYTES) {
		free(b);
		return;
	}
	b->next = pool.free[b->class];
	pool.free[b->class] = b;
	pool.held += b->class * STEP;
}

void block_trim(void)
{
	struct block *b;
	size_t class;

	for (class = 1; class < CLASSES; class ++) {
		while ((b = take(class)) != NULL) {
			free(b);
		}
	}
}
