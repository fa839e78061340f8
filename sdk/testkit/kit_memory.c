/* SPDX-License-Identifier: MIT */
/* The test kit's slices and queues: slow, and suspicious of everything. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

void *kit_alloc(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL) {
		fputs("testkit: memory ran out\n", stderr);
		abort();
	}
	return p;
}

char *kit_text(const char *text, size_t length)
{
	char *copy = kit_alloc(length + 1);

	if (length != 0) {
		memcpy(copy, text, length);
	}
	return copy;
}

static struct pst_kit *kit_of(struct pst_instance *me)
{
	return (struct pst_kit *)me;
}

bool kit_is_payload(const struct pst_slice *s)
{
	return (s->flags & (PST_HEAD | PST_CONTROL)) == 0;
}

static uint32_t payload_of(const struct pst_slice *s)
{
	return kit_is_payload(s) ? s->length : 0;
}

size_t kit_room(const struct pst_kit_port *p)
{
	return p->q->bytes < p->limit ? p->limit - p->q->bytes : 0;
}

/** True when the n-th allocation is due that the test wants to fail. */
static bool starved(struct pst_kit *k)
{
	return k->fail_at != 0 && --k->fail_at == 0;
}

struct pst_slice *kit_slice_make(struct pst_kit *k, size_t before, size_t want)
{
	struct kit_slice *ks = kit_alloc(sizeof(*ks));
	size_t front = (before + 7) & ~(size_t)7;

	ks->kit = k;
	ks->block_size = front + want;
	ks->block = kit_alloc(ks->block_size);
	memset(ks->block, 0xa5, ks->block_size);
	ks->s.segment = (struct pst_segment *)(void *)ks->block;
	ks->s.data = ks->block + front;
	ks->s.before = (uint32_t)before;
	ks->s.after = (uint32_t)want;
	k->live++;
	return &ks->s;
}

void kit_slice_drop(struct pst_slice *s)
{
	struct kit_slice *ks = (struct kit_slice *)(void *)s;

	ks->kit->live--;
	free(ks->block);
	free(ks);
}

void kit_append(struct pst_queue *q, struct pst_slice *s)
{
	((struct kit_slice *)(void *)s)->queued = true;
	s->next = NULL;
	if (q->last != NULL) {
		q->last->next = s;
	} else {
		q->first = s;
	}
	q->last = s;
	q->bytes += payload_of(s);
}

struct pst_slice *kit_unlink(struct pst_queue *q)
{
	struct pst_slice *s = q->first;

	if (s == NULL) {
		return NULL;
	}
	q->first = s->next;
	if (q->first == NULL) {
		q->last = NULL;
	}
	q->bytes -= payload_of(s);
	s->next = NULL;
	((struct kit_slice *)(void *)s)->queued = false;
	return s;
}

void kit_splice(struct pst_kit *k, struct pst_queue *to, struct pst_queue *from)
{
	struct pst_slice *s;

	while ((s = kit_unlink(from)) != NULL) {
		kit_append(to, s);
		k->activity++;
	}
	if (from->end != PST_END_OPEN && to->end == PST_END_OPEN) {
		to->end = from->end;
		to->end_class = from->end_class;
		k->activity++;
	}
}

/** The port of a queue that the instance handed in; NULL, and a violation,
 *  when there is none or it may not be touched now. */
static struct pst_kit_port *any_port_of(struct pst_kit *k,
                                        const struct pst_queue *q,
                                        const char *what)
{
	struct pst_kit_port *p;

	for (p = k->ports; p != NULL; p = p->next) {
		if (p->q == q) {
			return p;
		}
	}
	kit_violate(k, "%s: not a queue of this step", what);
	return NULL;
}

static struct pst_kit_port *port_of(struct pst_kit *k,
                                    const struct pst_queue *q, bool output,
                                    const char *what)
{
	struct pst_kit_port *p = any_port_of(k, q, what);

	if (p == NULL) {
		return NULL;
	}
	if (p->output != output) {
		kit_violate(k, "%s: %s is an %s", what, p->name,
		            p->output ? "output" : "input");
		return NULL;
	}
	if (p->stream != NULL && p->stream->done && !p->stream->closed) {
		kit_violate(k, "%s: %s of a stream that is done", what,
		            p->name);
	}
	return p;
}

static struct pst_slice *core_slice_new(struct pst_instance *me, size_t want)
{
	struct pst_kit *k = kit_of(me);
	uint32_t headroom = k->params.extra_headroom;

	if (starved(k)) {
		return NULL;
	}
	if (k->params.layer != NULL) {
		headroom += k->params.layer->headroom;
	}
	return kit_slice_make(k, headroom, want);
}

static void core_slice_free(struct pst_slice *s)
{
	struct kit_slice *ks = (struct kit_slice *)(void *)s;

	if (s == NULL) {
		return;
	}
	if (ks->queued) {
		kit_violate(ks->kit, "slice_free: the slice is queued");
		return;
	}
	kit_slice_drop(s);
}

static void check_shape(struct pst_kit *k, struct pst_kit_port *p,
                        const struct pst_slice *s)
{
	uint32_t kinds = s->flags & (PST_TEXT | PST_BINARY);

	if (p->shape == PST_SHAPE_BYTES) {
		if ((s->flags & ~(uint32_t)(PST_EARLY | PST_SHARED)) != 0) {
			kit_violate(k, "put: flags %#x in bytes queue %s",
			            s->flags, p->name);
		}
		return;
	}
	if ((s->flags & PST_HEAD) != 0 &&
	    !pst_kit_head_ok(s->data, s->length)) {
		kit_violate(k, "put: malformed head into %s", p->name);
	}
	if ((s->flags & PST_CONTROL) != 0 && pst_kit_control_of(s) == NULL) {
		kit_violate(k, "put: malformed control record into %s",
		            p->name);
	}
	if (p->shape != PST_SHAPE_MESSAGES || !kit_is_payload(s)) {
		return;
	}
	if (kinds == (PST_TEXT | PST_BINARY) ||
	    (p->in_message && kinds != p->message_flags)) {
		kit_violate(k, "put: text and binary mixed in %s", p->name);
	}
	p->in_message = (s->flags & PST_EOM) == 0;
	p->message_flags = kinds;
}

/** A slice must lie within the room that it was given. */
static void check_bounds(struct pst_kit *k, const struct pst_slice *s)
{
	const struct kit_slice *ks = (const struct kit_slice *)(const void *)s;
	const uint8_t *end = ks->block + ks->block_size;

	if (s->data < ks->block || s->data > end ||
	    (size_t)(s->data - ks->block) < s->before ||
	    (size_t)(end - s->data) < (size_t)s->length + s->after) {
		kit_violate(k, "put: a slice grew past its room");
	}
}

static void check_room(struct pst_kit *k, struct pst_kit_port *p,
                       const struct pst_slice *s)
{
	size_t taken = p->peer != NULL ? p->peer->taken : 0;

	if (kit_is_payload(s) && s->length != 0 && kit_room(p) == 0 &&
	    p->put > p->room_at_step + taken + KIT_SLACK) {
		kit_violate(k, "put: more than a slice past the room of %s",
		            p->name);
	}
	p->put += payload_of(s);
}

static void put_checked(struct pst_kit *k, struct pst_kit_port *p,
                        struct pst_slice *s)
{
	check_bounds(k, s);
	check_shape(k, p, s);
	if (s->length == 0 && p->shape == PST_SHAPE_BYTES) {
		kit_slice_drop(s); /* carries nothing */
		return;
	}
	k->activity++;
	kit_append(p->q, s);
}

static void core_put(struct pst_instance *me, struct pst_queue *q,
                     struct pst_slice *s)
{
	struct pst_kit *k = kit_of(me);
	struct kit_slice *ks = (struct kit_slice *)(void *)s;
	struct pst_kit_port *p = port_of(k, q, true, "put");

	if (ks->queued || ks->kit != k) {
		kit_violate(k, "put: the slice is not yours");
		return;
	}
	if (p == NULL) {
		kit_slice_drop(s);
		return;
	}
	if (q->end != PST_END_OPEN) {
		kit_violate(k, "put: %s has ended", p->name);
		kit_slice_drop(s);
		return;
	}
	check_room(k, p, s);
	put_checked(k, p, s);
}

static int core_write(struct pst_instance *me, struct pst_queue *q,
                      const void *data, size_t length, uint32_t flags)
{
	struct pst_slice *s = core_slice_new(me, length);

	if (s == NULL) {
		return PST_MEMORY;
	}
	if (length != 0) {
		memcpy(s->data, data, length);
	}
	s->length = (uint32_t)length;
	s->after = 0;
	s->flags = flags;
	core_put(me, q, s);
	return 0;
}

static struct pst_slice *core_take(struct pst_instance *me, struct pst_queue *q)
{
	struct pst_kit *k = kit_of(me);
	struct pst_kit_port *p = port_of(k, q, false, "take");
	struct pst_slice *s;

	if (p == NULL || (s = kit_unlink(q)) == NULL) {
		return NULL;
	}
	p->taken += payload_of(s);
	k->activity++;
	return s;
}

/** The front part becomes a block of its own, so that a write past its end is
 *  seen; what it left behind is overwritten, so that a stale pointer is. */
static struct pst_slice *split_front(struct pst_kit *k, struct pst_queue *q,
                                     uint32_t n)
{
	struct pst_slice *s = q->first;
	struct pst_slice *front = kit_slice_make(k, s->before, n);

	memcpy(front->data, s->data, n);
	memset(s->data, 0xdd, n);
	front->length = n;
	front->after = 0;
	front->flags = s->flags & ~(uint32_t)PST_EOM;
	s->data += n;
	s->length -= n;
	s->before = 0;
	q->bytes -= n;
	return front;
}

static struct pst_slice *core_cut(struct pst_instance *me, struct pst_queue *q,
                                  size_t n)
{
	struct pst_kit *k = kit_of(me);
	struct pst_kit_port *p = port_of(k, q, false, "cut");

	if (p == NULL || q->first == NULL) {
		return NULL;
	}
	if (n == 0) {
		kit_violate(k, "cut: of 0 bytes");
		return NULL;
	}
	if (!kit_is_payload(q->first) || q->first->length <= n) {
		return core_take(me, q);
	}
	if (starved(k)) {
		return NULL;
	}
	p->taken += n;
	k->activity++;
	return split_front(k, q, (uint32_t)n);
}

static void core_consume(struct pst_instance *me, struct pst_queue *q, size_t n)
{
	struct pst_kit *k = kit_of(me);
	struct pst_kit_port *p = port_of(k, q, false, "consume");

	if (p == NULL) {
		return;
	}
	if (n > q->bytes) {
		kit_violate(k, "consume: %zu bytes of %u in %s", n, q->bytes,
		            p->name);
		n = q->bytes;
	}
	while (n != 0) {
		struct pst_slice *s = q->first;
		uint32_t part = s->length < n ? s->length : (uint32_t)n;

		k->activity++;
		if (!kit_is_payload(s)) {
			kit_violate(k, "consume: over a head or control");
			return;
		}
		p->taken += part;
		n -= part;
		if (part == s->length) {
			kit_slice_drop(kit_unlink(q));
			continue;
		}
		memset(s->data, 0xdd, part);
		pst_slice_skip(s, part);
		q->bytes -= part;
	}
}

/** Bytes of payload up to the first message end, head or control. */
static size_t reach(const struct pst_queue *q, size_t want)
{
	const struct pst_slice *s;
	size_t n = 0;

	for (s = q->first; s != NULL && kit_is_payload(s); s = s->next) {
		n += s->length;
		if (n >= want || (s->flags & PST_EOM) != 0) {
			break;
		}
	}
	return n;
}

static uint8_t *core_pullup(struct pst_instance *me, struct pst_queue *q,
                            size_t n)
{
	struct pst_kit *k = kit_of(me);
	struct pst_slice *s, *merged;

	if (port_of(k, q, false, "pullup") == NULL || reach(q, n) < n ||
	    q->first == NULL) {
		return NULL;
	}
	if (q->first->length >= n) {
		return q->first->data;
	}
	if (starved(k)) {
		return NULL;
	}
	merged = kit_slice_make(k, q->first->before, n);
	merged->after = 0;
	merged->flags = q->first->flags;
	while (merged->length < n) {
		size_t left = n - merged->length;

		s = q->first->length > left ? split_front(k, q, (uint32_t)left)
		                            : kit_unlink(q);
		memcpy(merged->data + merged->length, s->data, s->length);
		merged->length += s->length;
		merged->flags |= s->flags & PST_EOM;
		kit_slice_drop(s);
	}
	((struct kit_slice *)(void *)merged)->queued = true;
	merged->next = q->first;
	q->first = merged;
	q->last = q->last == NULL ? merged : q->last;
	q->bytes += merged->length;
	return merged->data;
}

static size_t core_move(struct pst_instance *me, struct pst_queue *to,
                        struct pst_queue *from, size_t max)
{
	struct pst_kit *k = kit_of(me);
	struct pst_kit_port *in = port_of(k, from, false, "move");
	struct pst_kit_port *out = port_of(k, to, true, "move");
	size_t moved = 0;

	if (in == NULL || out == NULL) {
		return 0;
	}
	if (from->first != NULL && to->end != PST_END_OPEN) {
		kit_violate(k, "move: %s has ended", out->name);
		return 0;
	}
	while (from->first != NULL && moved < max) {
		struct pst_slice *s = kit_unlink(from);

		moved += payload_of(s);
		in->taken += payload_of(s);
		out->put += payload_of(s);
		put_checked(k, out, s);
	}
	return moved;
}

static size_t core_room(struct pst_instance *me, struct pst_queue *q)
{
	struct pst_kit_port *p = any_port_of(kit_of(me), q, "room");

	return p == NULL ? 0 : kit_room(p);
}

static void core_end(struct pst_instance *me, struct pst_queue *q,
                     enum pst_end end, enum pst_class why)
{
	struct pst_kit *k = kit_of(me);
	struct pst_kit_port *p = port_of(k, q, true, "end");

	if (p == NULL) {
		return;
	}
	if (end != PST_END_CLEAN && end != PST_END_CUT &&
	    end != PST_END_RESET) {
		kit_violate(k, "end: %d is no end", (int)end);
		return;
	}
	if (q->end == PST_END_OPEN) {
		q->end = (uint8_t)end;
		q->end_class = (uint8_t)why;
		k->activity++;
	}
}

void kit_memory_entries(struct pst_core *core)
{
	core->slice_new = core_slice_new;
	core->slice_free = core_slice_free;
	core->put = core_put;
	core->write = core_write;
	core->take = core_take;
	core->cut = core_cut;
	core->consume = core_consume;
	core->pullup = core_pullup;
	core->move = core_move;
	core->room = core_room;
	core->end = core_end;
}
