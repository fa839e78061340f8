/* SPDX-License-Identifier: MIT */
/* What is known of the hops, and what they told, as a test wants it. */
#include "kit.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct kit_told *t)
{
	free(t->data);
	t->data = NULL;
	t->length = 0;
}

static int kit_tell(struct pst_kit *k, uint32_t what, const void *data,
                    size_t length)
{
	struct kit_told *t;
	void *all;

	if (what >= PST_TOLD_COUNT) {
		return PST_INVALID;
	}
	t = &k->told[what];
	if (what != PST_TOLD_BODY) {
		forget(t);
	}
	if (length > PST_TOLD_MAX - t->length) {
		forget(t);
		return PST_LIMIT;
	}
	all = realloc(t->data, t->length + length + 1);
	if (all == NULL) {
		return PST_MEMORY;
	}
	if (length != 0) {
		memcpy((uint8_t *)all + t->length, data, length);
	}
	t->data = all;
	t->length += length;
	return PST_OK;
}

static int core_tell(struct pst_instance *me, uint32_t what, const void *data,
                     size_t length)
{
	return kit_tell((struct pst_kit *)(void *)me, what, data, length);
}

static const void *core_told(struct pst_instance *me, uint32_t what,
                             size_t *length_out)
{
	const struct pst_kit *k = (struct pst_kit *)(void *)me;
	const struct kit_told *t =
		what < PST_TOLD_COUNT ? &k->told[what] : NULL;

	if (length_out != NULL) {
		*length_out = t == NULL ? 0 : t->length;
	}
	return t == NULL ? NULL : t->data;
}

static int core_hop(struct pst_instance *me, uint32_t role,
                    struct pst_hop *hop_out)
{
	const struct pst_kit *k = (struct pst_kit *)(void *)me;
	const struct pst_hop *hop = role == PST_ACCEPT    ? k->params.front
	                            : role == PST_CONNECT ? k->params.back
	                                                  : NULL;

	if (hop == NULL || hop_out->size < sizeof(*hop_out)) {
		return PST_INVALID;
	}
	*hop_out = *hop;
	hop_out->size = sizeof(*hop_out);
	return PST_OK;
}

void kit_told_entries(struct pst_core *core)
{
	core->hop = core_hop;
	core->tell = core_tell;
	core->told = core_told;
}

void kit_told_finish(struct pst_kit *k)
{
	unsigned i;

	for (i = 0; i < PST_TOLD_COUNT; i++) {
		forget(&k->told[i]);
	}
}

int pst_kit_tell(struct pst_kit *k, enum pst_told what, const void *data,
                 size_t length)
{
	return kit_tell(k, (uint32_t)what, data, length);
}

int pst_kit_tell_head(struct pst_kit *k, enum pst_told what,
                      const struct pst_kit_head *head)
{
	uint64_t memory[1024];
	int64_t size = pst_kit_build_head(head, memory, sizeof(memory));

	return size < 0 ? (int)size
	                : kit_tell(k, (uint32_t)what, memory, (size_t)size);
}

const void *pst_kit_told(struct pst_kit *k, enum pst_told what,
                         size_t *length_out)
{
	return core_told(&k->me, (uint32_t)what, length_out);
}
