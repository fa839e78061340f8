/* SPDX-License-Identifier: MIT */
/* Copies of heads and bodies that one hop keeps for the other. */
#include "told.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct told_item *i)
{
	if (i->data != NULL) {
		free(i->data);
		*i = (struct told_item){NULL, 0};
	}
}

/* Behind what is there. */
static int append(struct told_item *i, const void *data, size_t length)
{
	void *all = realloc(i->data, i->length + length + 1);

	if (all == NULL) {
		return PST_MEMORY;
	}
	if (length != 0) {
		memcpy((char *)all + i->length, data, length);
	}
	i->data = all;
	i->length += length;
	return PST_OK;
}

int told_add(struct told *t, uint32_t what, const void *data, size_t length)
{
	struct told_item *i;

	if (what >= PST_TOLD_COUNT) {
		return PST_INVALID;
	}
	i = &t->item[what];
	if (what != PST_TOLD_BODY) {
		forget(i);
	}
	if (length > PST_TOLD_MAX - i->length) {
		forget(i);
		return PST_LIMIT;
	}
	return append(i, data, length);
}

const void *told_get(const struct told *t, uint32_t what, size_t *length_out)
{
	const struct told_item *i =
		what < PST_TOLD_COUNT ? &t->item[what] : NULL;

	if (length_out != NULL) {
		*length_out = i == NULL ? 0 : i->length;
	}
	return i == NULL ? NULL : i->data;
}

void told_forget_back(struct told *t)
{
	forget(&t->item[PST_TOLD_RESPONSE]);
	forget(&t->item[PST_TOLD_BODY]);
}

void told_finish(struct told *t)
{
	forget(&t->item[PST_TOLD_REQUEST]);
	told_forget_back(t);
}
