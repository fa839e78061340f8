/* SPDX-License-Identifier: MIT */
/* What the log says of a request. */
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

static size_t add(char *out, size_t at, const char *text, size_t length)
{
	size_t room = EXCHANGE_REQUEST_MAX - 1 - at;

	length = length < room ? length : room;
	memcpy(out + at, text, length);
	return at + length;
}

size_t exchange_request(const struct pst_head *h,
                        char out[EXCHANGE_REQUEST_MAX])
{
	size_t at;

	at = add(out, 0, pst_head_text(h, h->method), h->method.length);
	at = add(out, at, " ", 1);
	at = add(out, at, pst_head_text(h, h->authority), h->authority.length);
	at = add(out, at, pst_head_text(h, h->path), pst_head_path_length(h));
	out[at] = '\0';
	return at + 1;
}

struct exchange_note *exchange_note_create(const struct pst_head *h)
{
	char request[EXCHANGE_REQUEST_MAX];
	size_t size = exchange_request(h, request);
	struct exchange_note *n = malloc(sizeof(*n) + size);

	if (n != NULL) {
		n->status = 0;
		memcpy(n->request, request, size);
	}
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
