/* SPDX-License-Identifier: MIT */
/* How long a server keeps a connection: the field Keep-Alive. */
#include "h1_keep.h"

#define EARLIER_MS 1000 /* than the server's end */

/* Digits; more than fit are as good as for ever. */
static uint32_t number(struct h1_text t)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < t.n; i++) {
		if (t.p[i] < '0' || t.p[i] > '9') {
			return H1_KEEP_UNSAID;
		}
		value = value * 10 + (uint64_t)(t.p[i] - '0');
		value = value < H1_KEEP_UNSAID ? value : H1_KEEP_UNSAID;
	}
	return t.n == 0 ? H1_KEEP_UNSAID : (uint32_t)value;
}

static void read_item(struct h1_keep *keep, struct h1_text item)
{
	const char *equals = memchr(item.p, '=', item.n);
	struct h1_text name, rest;
	uint32_t *value, said;

	if (equals == NULL) {
		return;
	}
	name = h1_text_of(item.p, (size_t)(equals - item.p));
	rest = h1_text_of(equals + 1, item.n - name.n - 1);
	if (h1_text_is(name, "timeout")) {
		value = &keep->timeout;
	} else if (h1_text_is(name, "max")) {
		value = &keep->max;
	} else {
		return;
	}
	said = number(rest);
	*value = said < *value ? said : *value;
}

struct h1_keep h1_keep_read(const struct h1_fields *fields)
{
	struct h1_keep keep = {H1_KEEP_UNSAID, H1_KEEP_UNSAID};
	uint32_t i = fields->first[H1_KEEP_ALIVE];

	if (fields->seen[H1_KEEP_ALIVE] == 0) {
		return keep;
	}
	for (; i < fields->count; i++) {
		struct h1_text list = fields->field[i].value, item;

		if (fields->field[i].known != H1_KEEP_ALIVE) {
			continue;
		}
		while (h1_list_next(&list, &item)) {
			read_item(&keep, item);
		}
	}
	return keep;
}

uint64_t h1_keep_ms(uint32_t timeout)
{
	uint64_t ms = (uint64_t)timeout * 1000;

	return ms > 2 * EARLIER_MS ? ms - EARLIER_MS : ms / 2;
}
