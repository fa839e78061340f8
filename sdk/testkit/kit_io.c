/* SPDX-License-Identifier: MIT */
/* Feeding a test kit and reading from it. */
#include "kit.h"

#include <stdlib.h>

struct pst_kit_port *pst_kit_rx_in(struct pst_kit *k)
{
	return k->rx_in;
}

struct pst_kit_port *pst_kit_rx_out(struct pst_kit *k)
{
	return k->rx_out;
}

struct pst_kit_port *pst_kit_tx_in(struct pst_kit *k)
{
	return k->tx_in;
}

struct pst_kit_port *pst_kit_tx_out(struct pst_kit *k)
{
	return k->tx_out;
}

struct pst_kit_port *pst_kit_stream_rx_out(struct pst_kit *k, unsigned n)
{
	return k->streams[n]->rx_out;
}

struct pst_kit_port *pst_kit_stream_tx_in(struct pst_kit *k, unsigned n)
{
	return k->streams[n]->tx_in;
}

void pst_kit_limit(struct pst_kit_port *p, size_t bytes)
{
	p->limit = bytes;
}

void pst_kit_stall(struct pst_kit_port *p, bool stalled)
{
	p->stalled = stalled;
}

void pst_kit_split(struct pst_kit_port *p, size_t size, uint32_t seed)
{
	p->split = size;
	p->random = seed;
}

void pst_kit_headroom(struct pst_kit_port *p, uint32_t bytes)
{
	p->headroom = bytes;
}

static void changed(struct pst_kit_port *p)
{
	if (p->stream != NULL) {
		p->stream->changed = true;
	}
}

/** Bytes of the next part of `left`: xorshift32 where sizes are random. */
static size_t part_of(struct pst_kit_port *p, size_t left)
{
	size_t n = p->split;

	if (n == 0) {
		return left;
	}
	if (p->random != 0) {
		p->random ^= p->random << 13;
		p->random ^= p->random >> 17;
		p->random ^= p->random << 5;
		n = 1 + p->random % n;
	}
	return n < left ? n : left;
}

static void feed_one(struct pst_kit_port *p, const void *data, size_t length,
                     uint32_t flags)
{
	struct pst_slice *s;

	if (p->q->end != PST_END_OPEN) {
		kit_violate(p->kit, "the test feeds %s after its end", p->name);
		return;
	}
	s = kit_slice_make(p->kit, p->headroom, length);
	if (length != 0) {
		memcpy(s->data, data, length);
	}
	s->length = (uint32_t)length;
	s->after = 0;
	s->flags = flags;
	kit_append(p->q, s);
	changed(p);
}

void pst_kit_feed_slice(struct pst_kit_port *p, const void *data, size_t length,
                        uint32_t flags)
{
	feed_one(p, data, length, flags);
}

void pst_kit_feed(struct pst_kit_port *p, const void *data, size_t length)
{
	const uint8_t *at = data;

	while (length != 0) {
		size_t n = part_of(p, length);

		feed_one(p, at, n, 0);
		at += n;
		length -= n;
	}
}

void pst_kit_feed_message(struct pst_kit_port *p, const void *data,
                          size_t length, uint32_t flags)
{
	const uint8_t *at = data;

	flags &= ~(uint32_t)PST_EOM;
	for (;;) {
		size_t n = part_of(p, length);

		if (n == length) {
			feed_one(p, at, n, flags | PST_EOM);
			return;
		}
		feed_one(p, at, n, flags);
		at += n;
		length -= n;
	}
}

void pst_kit_feed_head(struct pst_kit_port *p, const struct pst_head *head,
                       uint32_t flags)
{
	feed_one(p, head, head->size, flags | PST_HEAD);
}

void pst_kit_feed_control(struct pst_kit_port *p, enum pst_control_kind kind,
                          enum pst_class reason, uint16_t code,
                          const char *text)
{
	uint64_t record[(sizeof(struct pst_control) + 128) / 8];
	struct pst_control *c = (struct pst_control *)(void *)record;
	size_t length = text == NULL ? 0 : strlen(text);

	length = length > 123 ? 123 : length;
	c->kind = (uint8_t)kind;
	c->reason = (uint8_t)reason;
	c->code = code;
	c->text_length = (uint32_t)length;
	if (length != 0) {
		memcpy(c->text, text, length);
	}
	feed_one(p, c, sizeof(*c) + length, PST_CONTROL);
}

void pst_kit_end(struct pst_kit_port *p, enum pst_end end, enum pst_class why)
{
	if (p->q->end == PST_END_OPEN) {
		p->q->end = (uint8_t)end;
		p->q->end_class = (uint8_t)why;
		changed(p);
	}
}

void pst_kit_drip(struct pst_kit_port *p, const void *data, size_t length,
                  size_t size)
{
	const uint8_t *at = data;

	while (length != 0) {
		size_t n = length < size ? length : size;

		pst_kit_feed(p, at, n);
		pst_kit_run(p->kit);
		at += n;
		length -= n;
	}
}

/** The queue to read from: what was drained first. */
static struct pst_queue *source(struct pst_kit_port *p)
{
	return p->out.first != NULL ? &p->out : p->q;
}

struct pst_slice *pst_kit_peek(struct pst_kit_port *p)
{
	return source(p)->first;
}

struct pst_slice *pst_kit_take(struct pst_kit_port *p)
{
	changed(p);
	return kit_unlink(source(p));
}

void pst_kit_free(struct pst_slice *s)
{
	if (s != NULL) {
		kit_slice_drop(s);
	}
}

void pst_kit_discard(struct pst_kit_port *p)
{
	struct pst_slice *s;

	while ((s = pst_kit_take(p)) != NULL) {
		kit_slice_drop(s);
	}
}

size_t pst_kit_waiting(const struct pst_kit_port *p)
{
	return (size_t)p->out.bytes + p->q->bytes;
}

size_t pst_kit_read(struct pst_kit_port *p, void *buffer, size_t capacity)
{
	uint8_t *to = buffer;
	size_t done = 0;
	struct pst_slice *s;

	while (done < capacity && (s = pst_kit_peek(p)) != NULL &&
	       kit_is_payload(s)) {
		size_t n = s->length < capacity - done ? s->length
		                                       : capacity - done;

		memcpy(to + done, s->data, n);
		done += n;
		if (n == s->length) {
			pst_kit_free(pst_kit_take(p));
			continue;
		}
		pst_slice_skip(s, (uint32_t)n);
		source(p)->bytes -= (uint32_t)n;
		changed(p);
	}
	return done;
}

/** Compare payload with *data_io on; false when it differs or goes past. */
static bool matches(const struct pst_queue *q, const uint8_t **data_io,
                    size_t *left_io, bool *stopped_out)
{
	const struct pst_slice *s;

	for (s = q->first; s != NULL; s = s->next) {
		if (!kit_is_payload(s)) {
			*stopped_out = true;
			return true;
		}
		if (s->length > *left_io ||
		    (s->length != 0 &&
		     memcmp(s->data, *data_io, s->length) != 0)) {
			return false;
		}
		*data_io += s->length;
		*left_io -= s->length;
	}
	return true;
}

bool pst_kit_reads(struct pst_kit_port *p, const void *data, size_t length)
{
	const uint8_t *at = data;
	size_t left = length;
	struct pst_slice *s;
	bool stopped = false;

	if (!matches(&p->out, &at, &left, &stopped) ||
	    (!stopped && !matches(p->q, &at, &left, &stopped)) || left != 0) {
		return false;
	}
	while ((s = pst_kit_peek(p)) != NULL && kit_is_payload(s)) {
		pst_kit_free(pst_kit_take(p));
	}
	return true;
}

enum pst_end pst_kit_ended(const struct pst_kit_port *p)
{
	if (p->out.first != NULL || p->q->first != NULL) {
		return PST_END_OPEN;
	}
	return (enum pst_end)p->q->end;
}

enum pst_class pst_kit_end_class(const struct pst_kit_port *p)
{
	return (enum pst_class)p->q->end_class;
}
