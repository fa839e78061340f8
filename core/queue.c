/* SPDX-License-Identifier: MIT */
/* Queues of slices: put, take, cut, move, end. */
#include "queue.h"

#include <assert.h>
#include <string.h>

enum {
	COPY_BELOW =
		1024 /* a shorter put is copied when that saves a segment */
};

void queue_init(struct pst_queue *q, struct pst_budget *budget)
{
	memset(q, 0, sizeof(*q));
	q->budget = budget;
}

void queue_purge(struct pst_queue *q)
{
	while (q->first != NULL) {
		segment_slice_free(queue_take(q));
	}
}

void queue_rebudget(struct pst_queue *q, struct pst_budget *budget)
{
	struct pst_slice *s;

	q->budget = budget;
	for (s = q->first; s != NULL; s = s->next) {
		segment_charge(s, budget);
	}
}

static uint32_t payload(const struct pst_slice *s)
{
	return slice_is_record(s) ? 0 : s->length;
}

static void append(struct pst_queue *q, struct pst_slice *s)
{
	s->next = NULL;
	if (q->last != NULL) {
		q->last->next = s;
	} else {
		q->first = s;
	}
	q->last = s;
	q->bytes += payload(s);
	q->changed |= QUEUE_PUT;
}

/* The same message goes on in `s`, or both are plain bytes. */
static bool continues(const struct pst_slice *last, const struct pst_slice *s)
{
	const uint32_t kind = PST_TEXT | PST_BINARY | PST_EARLY;

	return (last->flags & PST_EOM) == 0 &&
	       (last->flags & kind) == (s->flags & kind);
}

/* Copy a short slice behind the last one, when its segment is then free. */
QUEUE_RARE static bool copied_behind(struct pst_queue *q, struct pst_slice *s)
{
	struct pst_slice *last = q->last;
	struct pst_slice *view;

	if (last->after < s->length || s->segment->references != 1 ||
	    s->segment == last->segment || slice_is_record(s) ||
	    slice_is_record(last) || ((s->flags | last->flags) & PST_SHARED)) {
		return false;
	}
	if (!continues(last, s)) {
		view = segment_view(last, last->data + last->length, 0);
		if (view == NULL) {
			return false;
		}
		view->after = last->after;
		last->after = 0;
		append(q, view);
		last = view;
	}
	memcpy(last->data + last->length, s->data, s->length);
	last->length += s->length;
	last->after -= s->length;
	last->flags |= s->flags;
	q->bytes += s->length;
	q->changed |= QUEUE_PUT;
	segment_slice_free(s);
	return true;
}

void queue_put(struct pst_queue *q, struct pst_slice *s)
{
	if (q->end != PST_END_OPEN) {
		/* a layer's mistake: nobody may see bytes behind the end */
		segment_slice_free(s);
		return;
	}
	if (q->last != NULL && s->length < COPY_BELOW && copied_behind(q, s)) {
		return;
	}
	segment_charge(s, q->budget);
	append(q, s);
}

int queue_write(struct pst_queue *q, const void *data, size_t length,
                uint32_t flags, size_t headroom)
{
	const uint8_t *p = data;
	struct pst_queue made;
	bool whole = (flags & (PST_HEAD | PST_CONTROL)) != 0;

	queue_init(&made, NULL);
	do {
		size_t n = length < SEGMENT_BIG || whole ? length : SEGMENT_BIG;
		struct pst_slice *s = segment_slice(n, headroom);

		if (s == NULL) {
			queue_purge(&made);
			return PST_MEMORY;
		}
		if (n != 0) {
			memcpy(s->data, p, n);
		}
		s->length = (uint32_t)n;
		s->after -= (uint32_t)n;
		p += n;
		length -= n;
		s->flags = length == 0 ? flags : flags & ~(uint32_t)PST_EOM;
		append(&made, s);
	} while (length != 0);
	while (made.first != NULL) {
		queue_put(q, queue_take(&made));
	}
	return PST_OK;
}

struct pst_slice *queue_take(struct pst_queue *q)
{
	struct pst_slice *s = q->first;

	if (s == NULL) {
		return NULL;
	}
	q->first = s->next;
	if (q->first == NULL) {
		q->last = NULL;
	}
	s->next = NULL;
	q->bytes -= payload(s);
	q->changed |= QUEUE_TOOK;
	return s;
}

struct pst_slice *queue_cut(struct pst_queue *q, size_t n)
{
	struct pst_slice *s = q->first;
	struct pst_slice *front;

	if (s == NULL || s->length <= n || slice_is_record(s)) {
		return queue_take(q);
	}
	front = segment_view(s, s->data, (uint32_t)n);
	if (front == NULL) {
		return NULL;
	}
	front->flags = s->flags & ~(uint32_t)PST_EOM;
	front->before = s->before;
	s->data += n;
	s->length -= (uint32_t)n;
	s->before = 0;
	q->bytes -= (uint32_t)n;
	q->changed |= QUEUE_TOOK;
	return front;
}

void queue_consume(struct pst_queue *q, size_t n)
{
	while (n != 0) {
		struct pst_slice *s = q->first;

		assert(s != NULL);
		if (s->length > n && !slice_is_record(s)) {
			pst_slice_skip(s, (uint32_t)n);
			q->bytes -= (uint32_t)n;
			q->changed |= QUEUE_TOOK;
			return;
		}
		n -= payload(s);
		segment_slice_free(queue_take(q));
	}
}

/* Are n bytes queued before a record or a message's end stands in the way? */
static bool has_run(const struct pst_queue *q, size_t n)
{
	const struct pst_slice *s;

	for (s = q->first; s != NULL && !slice_is_record(s); s = s->next) {
		if (s->length >= n) {
			return true;
		}
		if ((s->flags & PST_EOM) != 0) {
			return false;
		}
		n -= s->length;
	}
	return false;
}

uint8_t *queue_pullup(struct pst_queue *q, size_t n, size_t headroom)
{
	struct pst_slice *s = q->first;
	struct pst_slice *joined;
	size_t have = 0;

	if (q->bytes < n || s == NULL || !has_run(q, n)) {
		return NULL;
	}
	if (s->length >= n) {
		return s->data;
	}
	joined = segment_slice(n, headroom);
	if (joined == NULL) {
		return NULL;
	}
	joined->flags = s->flags & ~(uint32_t)PST_SHARED;
	while (have < n) {
		size_t part = q->first->length;

		part = part < n - have ? part : n - have;
		memcpy(joined->data + have, q->first->data, part);
		have += part;
		/* the last slice's EOM stays with its remaining bytes */
		if (part == q->first->length) {
			joined->flags |= q->first->flags & PST_EOM;
		}
		if (part != 0) {
			queue_consume(q, part);
		} else {
			segment_slice_free(queue_take(q));
		}
	}
	joined->length = (uint32_t)n;
	joined->after -= (uint32_t)n;
	segment_charge(joined, q->budget);
	joined->next = q->first;
	q->first = joined;
	if (q->last == NULL) {
		q->last = joined;
	}
	q->bytes += (uint32_t)n;
	return joined->data;
}

static size_t move_all(struct pst_queue *to, struct pst_queue *from)
{
	size_t moved = from->bytes;

	if (to->last != NULL) {
		to->last->next = from->first;
	} else {
		to->first = from->first;
	}
	to->last = from->last;
	to->bytes += from->bytes;
	to->changed |= QUEUE_PUT;
	from->first = NULL;
	from->last = NULL;
	from->bytes = 0;
	from->changed |= QUEUE_TOOK;
	return moved;
}

QUEUE_RARE static size_t move_each(struct pst_queue *to, struct pst_queue *from,
                                   size_t max)
{
	size_t moved = 0;

	while (from->first != NULL && moved < max) {
		struct pst_slice *s = queue_take(from);

		moved += payload(s);
		queue_put(to, s);
	}
	return moved;
}

size_t queue_move(struct pst_queue *to, struct pst_queue *from, size_t max)
{
	if (from->first == NULL) {
		return 0;
	}
	/* behind something queued, short slices are worth copying: queue_put */
	if (max >= from->bytes && to->budget == from->budget &&
	    (to->first == NULL || from->bytes >= COPY_BELOW)) {
		return move_all(to, from);
	}
	return move_each(to, from, max);
}

void queue_end(struct pst_queue *q, enum pst_end end, enum pst_class why)
{
	if (q->end != PST_END_OPEN) {
		return;
	}
	q->end = (uint8_t)end;
	q->end_class = (uint8_t)why;
	q->changed |= QUEUE_PUT;
}
