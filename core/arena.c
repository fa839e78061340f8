/* SPDX-License-Identifier: MIT */
/* Memory that is made bit by bit and freed at once. */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 16384
#define ALIGNMENT  16

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

void arena_init(struct arena *a)
{
	a->blocks = NULL;
	a->free = 0;
	a->failed = false;
}

void arena_finish(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->blocks) != NULL) {
		a->blocks = b->next;
		free(b);
	}
	a->free = 0;
}

static bool grow(struct arena *a, size_t want)
{
	size_t size = want > BLOCK_SIZE ? want : BLOCK_SIZE;
	struct arena_block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL) {
		return false;
	}
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	a->free = size;
	return true;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;
	void *p;

	if (size > SIZE_MAX / 2) {
		a->failed = true;
		return NULL;
	}
	size = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > a->free && !grow(a, size)) {
		a->failed = true;
		return NULL;
	}
	b = a->blocks;
	p = b->bytes + (b->size - a->free);
	a->free -= size;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, count * size);
}

char *arena_copy(struct arena *a, const char *text, size_t length)
{
	char *copy = length == SIZE_MAX ? NULL : arena_alloc(a, length + 1);

	if (copy != NULL && length != 0) {
		memcpy(copy, text, length);
	}
	return copy;
}

char *arena_string(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_copy(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (length >= 0) {
		text = arena_alloc(a, (size_t)length + 1);
	}
	if (text != NULL) {
		va_start(ap, fmt);
		vsnprintf(text, (size_t)length + 1, fmt, ap);
		va_end(ap);
	}
	return text;
}
