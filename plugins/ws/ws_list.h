/* SPDX-License-Identifier: MIT */
/* Comma-separated lists over all fields of one name (RFC 9110 5.6.1). */
#ifndef WS_LIST_H
#define WS_LIST_H

#include <penstock/head.h>

/** Walks the elements. Set head and name, the rest zero. */
struct ws_list {
	const struct pst_head *head;
	const char *name;
	const struct pst_field *field;
	uint32_t next_field;
	uint32_t at; /* in the field's value */
};

/** An element without surrounding white space; not terminated. */
struct ws_item {
	const char *text;
	size_t length;
};

/** The next element that is not empty. False behind the last. */
bool ws_list_next(struct ws_list *l, struct ws_item *item_out);

/** True when text[length] equals `item`, case included. */
static inline bool ws_item_is(const struct ws_item *item, const char *text)
{
	return strlen(text) == item->length &&
	       memcmp(text, item->text, item->length) == 0;
}

/** The next element of text[length] from *at_io on. False behind the last. */
bool ws_text_next(const char *text, size_t length, uint32_t *at_io,
                  struct ws_item *item_out);

#endif
