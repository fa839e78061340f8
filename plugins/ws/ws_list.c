/* SPDX-License-Identifier: MIT */
/* Comma-separated lists in fields. */
#include "ws_list.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(struct ws_item *item)
{
	while (item->length != 0 && is_space(item->text[0])) {
		item->text++;
		item->length--;
	}
	while (item->length != 0 && is_space(item->text[item->length - 1])) {
		item->length--;
	}
}

bool ws_text_next(const char *text, size_t length, uint32_t *at_io,
                  struct ws_item *item_out)
{
	while (*at_io < length) {
		const char *begin = text + *at_io;
		const char *comma = memchr(begin, ',', length - *at_io);
		size_t n = comma != NULL ? (size_t)(comma - begin)
		                         : length - *at_io;

		*at_io += (uint32_t)n + 1;
		*item_out = (struct ws_item){begin, n};
		trim(item_out);
		if (item_out->length != 0) {
			return true;
		}
	}
	return false;
}

bool ws_list_next(struct ws_list *l, struct ws_item *item_out)
{
	for (;;) {
		if (l->field == NULL) {
			l->field =
				pst_head_find(l->head, l->name, &l->next_field);
			l->at = 0;
		}
		if (l->field == NULL) {
			return false;
		}
		if (ws_text_next(pst_head_text(l->head, l->field->value),
		                 l->field->value.length, &l->at, item_out)) {
			return true;
		}
		l->field = NULL;
	}
}
