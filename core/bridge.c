/* SPDX-License-Identifier: MIT */
/* From bytes to messages: where each message ends, and what may leave. */
#include "bridge.h"

#include <string.h>

void bridge_init(struct bridge *b, const struct hop_bridge *rule,
                 struct pst_budget *budget)
{
	memset(b, 0, sizeof(*b));
	b->rule = rule;
	queue_init(&b->held, budget);
}

void bridge_finish(struct bridge *b)
{
	queue_purge(&b->held);
}

static uint32_t kind(const struct bridge *b)
{
	return b->rule->bytes_as == BRIDGE_TEXT ? PST_TEXT : PST_BINARY;
}

/* -- where characters end ---------------------------------------------- */

static bool goes_on(const struct pst_queue *q, size_t at)
{
	const struct pst_slice *s = q->first;

	while (at >= s->length) {
		at -= s->length;
		s = s->next;
	}
	return (s->data[at] & 0xC0) == 0x80;
}

/* The most of the first `n` bytes held that is whole characters. */
static size_t whole(const struct bridge *b, size_t n)
{
	const size_t most = b->held.bytes - b->text.have;

	if (n >= most) {
		return most;
	}
	while (b->rule->bytes_as == BRIDGE_TEXT && n != 0 &&
	       goes_on(&b->held, n)) {
		n--;
	}
	return n;
}

/* The first character that is held; 0 when it is not complete. */
static size_t one_character(const struct bridge *b)
{
	const size_t most = b->held.bytes - b->text.have;
	size_t n = 1;

	while (n < most && goes_on(&b->held, n)) {
		n++;
	}
	return n <= most ? n : 0;
}

/* -- what leaves ------------------------------------------------------- */

static int leave(struct bridge *b, struct pst_queue *to, size_t n, bool last)
{
	const uint32_t end = last ? PST_EOM : 0;
	int result = PST_OK;

	b->sent += n;
	if (n == 0 && last) {
		result = queue_write(to, "", 0, kind(b) | PST_EOM, 0);
	}
	while (n != 0) {
		struct pst_slice *s = queue_cut(&b->held, n);

		if (s == NULL) {
			return PST_MEMORY;
		}
		n -= s->length;
		s->flags |= kind(b) | (n == 0 ? end : 0);
		queue_put(to, s);
	}
	if (last) {
		b->sent = 0;
		b->messages++;
	}
	return result;
}

/* Messages that have their size. A delimiter does not count, and as long as
 * one may follow the message stays open. */
static int leave_sized(struct bridge *b, struct pst_queue *to)
{
	const uint64_t size = b->rule->flush_size;
	const bool wait = b->rule->delimiter != NULL;
	int result = PST_OK;

	while (size != 0 && result == PST_OK) {
		uint64_t have = b->sent + b->held.bytes - b->match;
		size_t n;

		if (wait ? have <= size : have < size) {
			break;
		}
		n = whole(b, (size_t)(size - b->sent));
		if (n == 0 && b->sent == 0) {
			n = one_character(b);
		}
		if (n == 0 && b->sent == 0) {
			break;
		}
		result = leave(b, to, n, true);
	}
	return result;
}

static int leave_delimited(struct bridge *b, struct pst_queue *to)
{
	const size_t length = b->rule->delimiter->length;
	const bool strip = b->rule->delimiter_mode == BRIDGE_STRIP;
	int result = leave(b, to, b->held.bytes - (strip ? length : 0), true);

	b->match = 0;
	if (result == PST_OK && strip) {
		queue_consume(&b->held, length);
	}
	return result;
}

/* Too much is held: the message leaves in parts. */
static int leave_early(struct bridge *b, struct pst_queue *to)
{
	const struct pst_budget *budget = b->held.budget;

	if (budget->held < budget->limit / 2) {
		return PST_OK;
	}
	return leave(b, to, whole(b, b->held.bytes - b->match), false);
}

/* -- what comes -------------------------------------------------------- */

/* Bytes up to and with the end of a delimiter; 0: none ends here. */
static size_t find(struct bridge *b, const uint8_t *p, size_t length)
{
	const struct bridge_mark *d = b->rule->delimiter;
	size_t i;

	for (i = 0; i < length; i++) {
		if (b->match == 0) {
			const uint8_t *next =
				memchr(p + i, d->bytes[0], length - i);

			if (next == NULL) {
				return 0;
			}
			i = (size_t)(next - p);
		}
		while (b->match != 0 && d->bytes[b->match] != p[i]) {
			b->match = d->back[b->match - 1];
		}
		b->match += d->bytes[b->match] == p[i];
		if (b->match == d->length) {
			return i + 1;
		}
	}
	return 0;
}

static int take_some(struct bridge *b, struct pst_queue *from,
                     struct pst_queue *to, uint64_t *taken_io)
{
	const struct pst_slice *s = from->first;
	struct pst_slice *part;
	size_t n = 0;
	bool found;
	int result;

	if (b->rule->delimiter != NULL) {
		n = find(b, s->data, s->length);
	}
	found = n != 0;
	n = found ? n : s->length;
	if (b->rule->bytes_as == BRIDGE_TEXT &&
	    !utf8_feed(&b->text, s->data, n)) {
		return PST_PROTO;
	}
	part = queue_cut(from, n);
	if (part == NULL) {
		return PST_MEMORY;
	}
	*taken_io += n;
	queue_put(&b->held, part);
	result = leave_sized(b, to);
	if (result != PST_OK) {
		return result;
	}
	return found ? leave_delimited(b, to) : leave_early(b, to);
}

static bool waits(const struct bridge *b)
{
	const struct hop_bridge *r = b->rule;

	return !b->drain && (r->flush_size != 0 || r->flush_time != 0 ||
	                     r->delimiter != NULL);
}

int bridge_take(struct bridge *b, struct pst_queue *from, struct pst_queue *to,
                uint64_t *taken_io)
{
	int result = PST_OK;

	while (result == PST_OK && from->first != NULL) {
		if (slice_is_record(from->first) || from->first->length == 0) {
			segment_slice_free(queue_take(from));
			continue;
		}
		result = take_some(b, from, to, taken_io);
	}
	return result != PST_OK || waits(b) ? result : bridge_flush(b, to);
}

int bridge_flush(struct bridge *b, struct pst_queue *to)
{
	size_t n = whole(b, b->held.bytes);

	if (n == 0 && b->sent == 0) {
		return PST_OK;
	}
	b->match = 0;
	return leave(b, to, n, true);
}

int bridge_end(struct bridge *b, struct pst_queue *to)
{
	return b->text.have != 0 ? PST_PROTO : bridge_flush(b, to);
}

/* -- the other way ----------------------------------------------------- */

int64_t bridge_strip(const struct hop_bridge *rule, struct pst_queue *from,
                     struct pst_queue *to, uint64_t *messages_io)
{
	const uint32_t gone = PST_EOM | PST_TEXT | PST_BINARY;
	const struct bridge_mark *mark = rule->append;
	int64_t moved = 0;

	while (from->first != NULL && !slice_is_record(from->first)) {
		struct pst_slice *s = queue_take(from);
		bool last = (s->flags & PST_EOM) != 0;

		s->flags &= ~gone;
		moved += s->length;
		*messages_io += last;
		if (s->length == 0) {
			segment_slice_free(s);
		} else {
			queue_put(to, s);
		}
		if (last && mark != NULL &&
		    queue_write(to, mark->bytes, mark->length, 0, 0) !=
		            PST_OK) {
			return PST_MEMORY;
		}
	}
	return moved;
}
