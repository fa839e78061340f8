/* SPDX-License-Identifier: MIT */
/* From a text to what it names: open addressing, never more than half full. */
#include "name_index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 32u /* a power of two */

struct name_slot {
	const char *name; /* NULL: free */
	void *value;
	uint64_t hash;
};

void name_index_finish(struct name_index *x)
{
	free(x->slots);
	x->slots = NULL;
	x->room = 0;
	x->count = 0;
}

/* FNV-1a */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *name != '\0'; name++) {
		hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
	}
	return hash;
}

/* The slot of `name`, or the free one where it belongs. */
static struct name_slot *slot_of(const struct name_index *x, const char *name,
                                 uint64_t hash)
{
	size_t i = (size_t)hash & (x->room - 1);

	while (x->slots[i].name != NULL &&
	       (x->slots[i].hash != hash ||
	        strcmp(x->slots[i].name, name) != 0)) {
		i = (i + 1) & (x->room - 1);
	}
	return &x->slots[i];
}

void *name_index_find(const struct name_index *x, const char *name)
{
	return x->room == 0 ? NULL : slot_of(x, name, hash_of(name))->value;
}

static int grow(struct name_index *x)
{
	struct name_index larger = {NULL, 0, x->count};
	size_t i;

	larger.room = x->room == 0 ? ROOM_FIRST : x->room * 2;
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (larger.slots == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < x->room; i++) {
		if (x->slots[i].name != NULL) {
			*slot_of(&larger, x->slots[i].name, x->slots[i].hash) =
				x->slots[i];
		}
	}
	free(x->slots);
	*x = larger;
	return PST_OK;
}

int name_index_add(struct name_index *x, const char *name, void *value)
{
	uint64_t hash = hash_of(name);
	struct name_slot *slot;

	if (x->count >= x->room / 2 && grow(x) != PST_OK) {
		return PST_MEMORY;
	}
	slot = slot_of(x, name, hash);
	slot->name = name;
	slot->value = value;
	slot->hash = hash;
	x->count++;
	return PST_OK;
}
