/* SPDX-License-Identifier: MIT */
/* What the log says of an exchange. */
#include "exchange_note.h"

#include <penstock/head.h>
#include <penstock/queue.h>
#include <stdlib.h>

static const struct pst_head *head_in(const struct pst_slice *s)
{
	return s == NULL || (s->flags & PST_HEAD) == 0
	               ? NULL
	               : (const struct pst_head *)(const void *)s->data;
}

static size_t add(struct exchange_note *n, size_t at, const char *text,
                  size_t length)
{
	size_t room = sizeof(n->request) - 1 - at;

	length = length < room ? length : room;
	memcpy(n->request + at, text, length);
	return at + length;
}

struct exchange_note *exchange_note_create(const struct pst_head *h)
{
	struct exchange_note *n = malloc(sizeof(*n));
	size_t at;

	if (n == NULL) {
		return NULL;
	}
	at = add(n, 0, pst_head_text(h, h->method), h->method.length);
	at = add(n, at, " ", 1);
	at = add(n, at, pst_head_text(h, h->authority), h->authority.length);
	at = add(n, at, pst_head_text(h, h->path), pst_head_path_length(h));
	n->request[at] = '\0';
	n->status = 0;
	return n;
}

void exchange_note_look(struct exchange_note *note, const struct pst_queue *q)
{
	const struct pst_slice *s;

	if (note == NULL || note->status != 0) {
		return;
	}
	for (s = q->first; s != NULL; s = s->next) {
		const struct pst_head *h = head_in(s);

		if (h != NULL && h->kind == PST_HEAD_RESPONSE) {
			note->status = h->status;
			return;
		}
	}
}
