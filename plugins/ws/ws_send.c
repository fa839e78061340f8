/* SPDX-License-Identifier: MIT */
/* From messages to frames. */
#include "ws.h"

#include "ws_close.h"
#include "ws_mask.h"

#include <string.h>
#include <sys/random.h>

enum {
	COPY_BELOW = 1024 /* payload that is copied behind a header of its own
	                   * where there is no headroom */
};

/* RFC 6455 10.3: masks must not be predictable. */
static int fresh_mask(struct ws_state *st, uint32_t *mask_out)
{
	if (st->mask_count == 0) {
		size_t size = sizeof(st->random.masks);

		if (getrandom(st->random.masks, size, 0) != (ssize_t)size) {
			return PST_MEMORY;
		}
		st->mask_count = sizeof(st->random.masks) / sizeof(uint32_t);
	}
	*mask_out = st->random.masks[--st->mask_count];
	return PST_OK;
}

int ws_frame_describe(struct pst_instance *me, uint8_t opcode, bool fin,
                      uint64_t length, struct ws_frame *frame_out)
{
	*frame_out = (struct ws_frame){
		.length = length,
		.opcode = opcode,
		.fin = fin,
		.masked = me->role == PST_CONNECT,
	};
	return frame_out->masked ? fresh_mask(me->state, &frame_out->key)
	                         : PST_OK;
}

static struct pst_slice *control_frame(struct pst_instance *me,
                                       enum ws_opcode opcode,
                                       const void *payload, size_t length)
{
	struct pst_slice *s = pst_slice_new(me, WS_HEADER_MAX + length);
	struct ws_frame f;
	uint8_t *p;

	if (s == NULL || ws_frame_describe(me, (uint8_t)opcode, true, length,
	                                   &f) != PST_OK) {
		pst_slice_free(me, s);
		return NULL;
	}
	p = pst_slice_append(
		s, (uint32_t)(ws_frame_size(length, f.masked) + length));
	p += ws_frame_build(&f, p);
	if (length != 0) {
		memcpy(p, payload, length);
	}
	if (f.masked) {
		ws_mask(p, length, f.key);
	}
	return s;
}

int ws_send_control(struct pst_instance *me, struct pst_io *io,
                    enum ws_opcode opcode, const void *payload, size_t length)
{
	struct pst_slice *s = control_frame(me, opcode, payload, length);

	if (s == NULL) {
		return PST_MEMORY;
	}
	pst_put(me, io->tx_out, s);
	return PST_OK;
}

int ws_send_pong(struct pst_instance *me, struct pst_io *io,
                 const void *payload, size_t length)
{
	struct ws_state *st = me->state;

	if (st->close_sent) {
		return PST_OK;
	}
	pst_slice_free(me, st->pong);
	st->pong = control_frame(me, WS_PONG, payload, length);
	if (st->pong == NULL) {
		return PST_MEMORY;
	}
	if (!ws_full(me, io->tx_out)) {
		pst_put(me, io->tx_out, st->pong);
		st->pong = NULL;
	}
	return PST_OK;
}

struct pst_slice *ws_copy(struct pst_instance *me, struct pst_slice *s)
{
	struct pst_slice *copy = pst_slice_new(me, s->length);
	uint8_t *p;

	if (copy != NULL) {
		p = pst_slice_append(copy, s->length);
		memcpy(p, s->data, s->length);
		copy->flags = s->flags & ~(uint32_t)PST_SHARED;
	}
	pst_slice_free(me, s);
	return copy;
}

struct pst_slice *ws_writable(struct pst_instance *me, struct pst_slice *s)
{
	return (s->flags & PST_SHARED) != 0 ? ws_copy(me, s) : s;
}

/* Header and payload in a slice of their own, or only the header. */
static struct pst_slice *header_slice(struct pst_instance *me,
                                      const struct ws_frame *f, size_t size,
                                      const struct pst_slice *payload)
{
	uint32_t with = payload->length < COPY_BELOW ? payload->length : 0;
	struct pst_slice *s = pst_slice_new(me, size + with);
	uint8_t *p;

	if (s == NULL) {
		return NULL;
	}
	p = pst_slice_append(s, (uint32_t)size + with);
	ws_frame_build(f, p);
	memcpy(p + size, payload->data, with);
	s->flags = payload->flags & PST_EARLY;
	return s;
}

/* Put the frame's header and its first slice. */
int ws_put_first(struct pst_instance *me, struct pst_io *io,
                 const struct ws_frame *f, struct pst_slice *s)
{
	size_t size = ws_frame_size(f->length, f->masked);
	uint8_t *p = pst_slice_prepend(s, (uint32_t)size);
	struct pst_slice *header;

	if (p != NULL) {
		ws_frame_build(f, p);
		pst_put(me, io->tx_out, s);
		return PST_OK;
	}
	header = header_slice(me, f, size, s);
	if (header == NULL) {
		pst_slice_free(me, s);
		return PST_MEMORY;
	}
	if (header->length > size || s->length == 0) {
		pst_slice_free(me, s);
		s = NULL;
	}
	pst_put(me, io->tx_out, header);
	if (s != NULL) {
		pst_put(me, io->tx_out, s);
	}
	return PST_OK;
}

/* The next slice of a frame: not more of it than is left. */
static struct pst_slice *next_slice(struct pst_instance *me, struct pst_io *io,
                                    uint64_t left)
{
	return io->tx_in->first->length <= left
	               ? pst_take(me, io->tx_in)
	               : pst_cut(me, io->tx_in, (size_t)left);
}

static int put_frame(struct pst_instance *me, struct pst_io *io,
                     const struct ws_frame *f)
{
	uint64_t left = f->length;
	uint32_t key = f->key;
	bool first = true;

	do {
		struct pst_slice *s = next_slice(me, io, left);

		if (s != NULL && f->masked) {
			s = ws_writable(me, s);
		}
		if (s == NULL) {
			return PST_MEMORY;
		}
		if (f->masked) {
			key = ws_mask(s->data, s->length, key);
		}
		left -= s->length;
		s->flags &= PST_EARLY | PST_SHARED;
		if (first) {
			if (ws_put_first(me, io, f, s) != PST_OK) {
				return PST_MEMORY;
			}
		} else if (s->length == 0) {
			pst_slice_free(me, s);
		} else {
			pst_put(me, io->tx_out, s);
		}
		first = false;
	} while (left != 0);
	return PST_OK;
}

/* The payload queued of the present message, up to its end, but not more than
 * `most`. */
static uint64_t run_length(const struct pst_queue *q, uint64_t most,
                           bool *fin_out)
{
	const struct pst_slice *s;
	uint64_t length = 0;

	*fin_out = false;
	for (s = q->first;
	     s != NULL && (s->flags & (PST_HEAD | PST_CONTROL)) == 0;
	     s = s->next) {
		length += s->length;
		if (length > most) {
			return most;
		}
		if ((s->flags & PST_EOM) != 0) {
			*fin_out = true;
			break;
		}
	}
	return length;
}

/* Slices of a frame are taken until its length is reached; an empty one that
 * carries the EOM behind them has to go as well. */
static void drop_empty_end(struct pst_instance *me, struct pst_queue *q,
                           bool ended)
{
	while (!ended) {
		struct pst_slice *s = pst_take(me, q);

		ended = (s->flags & PST_EOM) != 0;
		pst_slice_free(me, s);
	}
}

static bool end_is_taken(const struct pst_queue *q, uint64_t length)
{
	const struct pst_slice *s = q->first;

	/* of an empty message the first slice is taken in any case */
	for (; length > s->length; s = s->next) {
		length -= s->length;
	}
	return (s->flags & PST_EOM) != 0;
}

/* The whole of a message is compressed, or nothing of it: what is short would
 * only grow. */
static bool is_packed(struct pst_instance *me, uint64_t length, bool fin)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	struct ws_packing *p = st->packing;

	if (p == NULL) {
		return false;
	}
	if (!st->tx_in_message) {
		p->tx_on = ws_zip_sends(p->zip) &&
		           (!fin || length >= conf->deflate_min);
	}
	return p->tx_on;
}

static int send_plain(struct pst_instance *me, struct pst_io *io,
                      uint8_t opcode, uint64_t length, bool fin)
{
	struct ws_frame f;
	int r = ws_frame_describe(me, opcode, fin, length, &f);

	return r == PST_OK ? put_frame(me, io, &f) : r;
}

static uint64_t frame_part(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;

	return conf->fragment_size == 0 ? UINT64_MAX : conf->fragment_size;
}

/* Bytes of a run to look at: what is compressed is cut behind that. */
static uint64_t run_part(struct pst_instance *me)
{
	const struct ws_state *st = me->state;
	const struct ws_packing *p = st->packing;
	bool may_pack = p != NULL &&
	                (st->tx_in_message ? p->tx_on : ws_zip_sends(p->zip));

	return may_pack ? UINT64_MAX : frame_part(me);
}

/* RFC 6455 5.6: text is UTF-8. What is not stays here. */
static bool text_ok(struct pst_instance *me, const struct pst_queue *q,
                    uint64_t length, bool fin)
{
	struct ws_state *st = me->state;
	const struct pst_slice *s;

	if (!st->tx_in_message) {
		st->tx_utf8 = (struct ws_utf8){0};
		st->tx_text = (q->first->flags & PST_TEXT) != 0;
	}
	if (!st->tx_text) {
		return true;
	}
	for (s = q->first; length != 0; s = s->next) {
		size_t n = s->length < length ? s->length : (size_t)length;

		if (!ws_utf8_feed(&st->tx_utf8, s->data, n)) {
			return false;
		}
		length -= n;
	}
	return !fin || ws_utf8_complete(&st->tx_utf8);
}

static int send_data(struct pst_instance *me, struct pst_io *io,
                     uint64_t length, bool fin)
{
	struct ws_state *st = me->state;
	bool packed = is_packed(me, length, fin), end_taken;
	uint8_t opcode;
	int r;

	if (!packed && length > frame_part(me)) {
		length = frame_part(me);
		fin = false;
	}
	end_taken = !fin || end_is_taken(io->tx_in, length);
	if (!text_ok(me, io->tx_in, length, fin)) {
		return PST_PROTO;
	}
	opcode = st->tx_text ? WS_TEXT : WS_BINARY;
	if (st->tx_in_message) {
		opcode = WS_CONTINUATION;
	}
	r = packed ? ws_packing_send(me, io, opcode, length, fin)
	           : send_plain(me, io, opcode, length, fin);
	if (r == PST_OK) {
		drop_empty_end(me, io->tx_in, end_taken);
	}
	st->tx_in_message = !fin;
	st->flush -= length < st->flush ? (uint32_t)length : st->flush;
	return r;
}

static int send_message(struct pst_instance *me, struct pst_io *io)
{
	bool fin;
	uint64_t length = run_length(io->tx_in, run_part(me), &fin);

	if (length == 0 && !fin) { /* says nothing */
		pst_slice_free(me, pst_take(me, io->tx_in));
		return PST_OK;
	}
	return send_data(me, io, length, fin);
}

static int close_as_told(struct pst_instance *me, struct pst_io *io,
                         const struct pst_control *c)
{
	enum pst_class why = (enum pst_class)c->reason;
	const char *word = ws_close_word(why);

	if (c->code != WS_CODE_NONE && ws_close_valid(c->code)) {
		return ws_send_close(me, io, c->code, c->text, c->text_length);
	}
	if (c->code == WS_CODE_NONE && why == PST_CLASS_CLEAN) {
		return ws_send_close(me, io, WS_CODE_NONE, NULL, 0);
	}
	return ws_send_close(me, io, ws_close_code(why), word, strlen(word));
}

static int send_record(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_take(me, io->tx_in);
	const struct pst_control *c = (const void *)s->data;
	int r = PST_OK;

	if ((s->flags & PST_CONTROL) != 0) {
		switch ((enum pst_control_kind)c->kind) {
		case PST_CONTROL_CLOSE:
			r = close_as_told(me, io, c);
			break;
		case PST_CONTROL_PING:
			pst_count(me, WS_METRIC_PINGS_SENT, 1);
			r = ws_send_control(me, io, WS_PING, c->text,
			                    c->text_length);
			break;
		case PST_CONTROL_PONG:
			r = ws_send_control(me, io, WS_PONG, c->text,
			                    c->text_length);
			break;
		case PST_CONTROL_ANSWER: /* was taken by the opening */
			break;
		}
	}
	pst_slice_free(me, s);
	return r;
}

/* tx_in is empty: is it time to close? */
static int close_if_due(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;
	enum pst_class why = PST_CLASS_CLEAN;
	const char *word;

	if (st->close_received) {
		return ws_send_close(me, io, st->close_code, NULL, 0);
	}
	if (io->tx_in->end == PST_END_OPEN) {
		if ((io->flags & PST_IO_DRAIN) == 0 || st->tx_in_message ||
		    st->rx_type != 0) { /* messages are finished first */
			return PST_OK;
		}
		why = PST_CLASS_GOING_AWAY;
	} else if (io->tx_in->end != PST_END_CLEAN) {
		why = (enum pst_class)io->tx_in->end_class;
		why = why == PST_CLASS_CLEAN ? PST_CLASS_TRUNCATED : why;
	} else if (st->tx_in_message) {
		why = PST_CLASS_TRUNCATED;
	}
	word = ws_close_word(why);
	return ws_send_close(me, io, ws_close_code(why), word, strlen(word));
}

static int send_next(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	const struct pst_slice *s = pst_peek(io->tx_in);

	if (st->pong != NULL) {
		pst_put(me, io->tx_out, st->pong);
		st->pong = NULL;
		return PST_OK;
	}
	if (s == NULL || (st->close_received && st->flush == 0)) {
		int r = close_if_due(me, io);

		return r != PST_OK || st->close_sent ? r : PST_AGAIN;
	}
	return (s->flags & (PST_HEAD | PST_CONTROL)) != 0
	               ? send_record(me, io)
	               : send_message(me, io);
}

enum pst_step ws_send(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	uint32_t moved = 0, before;
	int r = PST_OK;

	while (r == PST_OK && !st->close_sent && moved < io->budget &&
	       !ws_full(me, io->tx_out)) {
		before = io->tx_in->bytes;
		r = send_next(me, io);
		moved += before - io->tx_in->bytes;
	}
	if (r == PST_MEMORY) {
		return ws_fail_memory(me, io);
	}
	if (r == PST_PROTO) {
		return ws_fail(me, io, WS_CODE_INTERNAL, PST_CLASS_PROTOCOL,
		               "text to be sent is not UTF-8");
	}
	if (st->close_sent) {
		ws_discard(me, io->tx_in);
		return PST_STEP_OK;
	}
	return moved >= io->budget ? PST_STEP_MORE : PST_STEP_OK;
}
