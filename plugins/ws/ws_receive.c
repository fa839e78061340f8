/* SPDX-License-Identifier: MIT */
/* From frames to messages. */
#include "ws.h"

#include "ws_close.h"
#include "ws_mask.h"

#include <string.h>

enum {
	TINY = 128 /* shorter parts of fragmented messages are copied */
};

/* What one turn of the loop in ws_receive came to. */
enum turn {
	TURN_ON,   /* go on */
	TURN_WAIT, /* more input is needed */
	TURN_FAIL  /* ws_fail was called */
};

static enum turn fail(struct pst_instance *me, struct pst_io *io, uint16_t code,
                      enum pst_class why, const char *text)
{
	ws_fail(me, io, code, why, text);
	return TURN_FAIL;
}

static enum turn broken(struct pst_instance *me, struct pst_io *io,
                        const char *text)
{
	return fail(me, io, WS_CODE_PROTOCOL, PST_CLASS_PROTOCOL, text);
}

static enum turn no_memory(struct pst_instance *me, struct pst_io *io)
{
	ws_fail_memory(me, io);
	return TURN_FAIL;
}

static enum turn not_text(struct pst_instance *me, struct pst_io *io)
{
	return fail(me, io, WS_CODE_DATA, PST_CLASS_PROTOCOL,
	            "text is not UTF-8");
}

/* Records and empty slices carry no bytes of frames. */
static struct pst_slice *first_bytes(struct pst_instance *me,
                                     struct pst_queue *q)
{
	struct pst_slice *s;

	while ((s = pst_peek(q)) != NULL &&
	       ((s->flags & (PST_HEAD | PST_CONTROL)) != 0 || s->length == 0)) {
		pst_slice_free(me, pst_take(me, q));
	}
	return s;
}

static enum turn take_close(struct pst_instance *me, struct pst_io *io,
                            const uint8_t *payload, size_t length)
{
	struct ws_state *st = me->state;
	struct ws_close close;
	uint16_t fault = ws_close_parse(payload, length, &close);
	enum pst_class why;

	if (fault != 0) {
		return fail(me, io, fault, PST_CLASS_PROTOCOL,
		            fault == WS_CODE_DATA
		                    ? "the close reason is not UTF-8"
		                    : "invalid close code");
	}
	why = ws_close_class(close.code);
	if (pst_put_control(me, io->rx_out, PST_CONTROL_CLOSE, why, close.code,
	                    close.text, close.length) != PST_OK) {
		return no_memory(me, io);
	}
	/* A message that was begun stays unfinished: nobody above may take it
	 * for a whole one. */
	if (st->rx_type != 0) {
		pst_end(me, io->rx_out, PST_END_CUT, PST_CLASS_TRUNCATED);
	} else {
		pst_end(me, io->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	st->close_received = true;
	st->close_code = close.code;
	st->flush = io->tx_in->bytes;
	return TURN_ON;
}

static enum turn take_control(struct pst_instance *me, struct pst_io *io,
                              const struct ws_frame *f, size_t header)
{
	uint8_t payload[WS_CONTROL_MAX];
	const uint8_t *frame;
	size_t length = (size_t)f->length;

	if (io->rx_in->bytes < header + length) {
		return TURN_WAIT;
	}
	frame = pst_pullup(me, io->rx_in, header + length);
	if (frame == NULL) {
		return no_memory(me, io);
	}
	memcpy(payload, frame + header, length);
	if (f->masked) {
		ws_mask(payload, length, f->key);
	}
	pst_consume(me, io->rx_in, header + length);
	if (f->opcode == WS_CLOSE) {
		return take_close(me, io, payload, length);
	}
	pst_log(me, PST_LOG_DEBUG, "%s of %zu bytes",
	        f->opcode == WS_PONG ? "pong" : "ping", length);
	if (f->opcode == WS_PONG) {
		pst_count(me, WS_METRIC_PONGS_RECEIVED, 1);
		ws_ping_answered(me, payload, length);
		return TURN_ON;
	}
	pst_count(me, WS_METRIC_PINGS_RECEIVED, 1);
	return ws_send_pong(me, io, payload, length) == PST_OK
	               ? TURN_ON
	               : no_memory(me, io);
}

static void begin_packed(struct ws_state *st, bool packed)
{
	if (st->packing != NULL) {
		st->packing->rx_on = packed;
		st->packing->rx_wire = 0;
	}
}

static enum turn begin_data(struct pst_instance *me, struct pst_io *io,
                            const struct ws_frame *f, size_t header)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	bool packed = f->compressed ||
	              (f->opcode == WS_CONTINUATION && ws_is_packed(st));

	if ((f->opcode == WS_CONTINUATION) != (st->rx_type != 0)) {
		return broken(me, io,
		              st->rx_type != 0
		                      ? "new message inside a fragmented one"
		                      : "continuation of no message");
	}
	if (conf->max_frame != 0 && f->length > conf->max_frame) {
		return fail(me, io, WS_CODE_TOO_BIG, PST_CLASS_TOO_BIG,
		            "frame exceeds max_frame");
	}
	if (f->opcode != WS_CONTINUATION) {
		st->rx_message = 0;
	}
	if (!packed && conf->max_message != 0 &&
	    (f->length > conf->max_message ||
	     st->rx_message > conf->max_message - f->length)) {
		return fail(me, io, WS_CODE_TOO_BIG, PST_CLASS_TOO_BIG,
		            "message exceeds max_message");
	}
	if (f->opcode != WS_CONTINUATION && !ws_rate_message(me)) {
		return fail(me, io, WS_CODE_POLICY, PST_CLASS_POLICY,
		            "more messages than max_message_rate");
	}
	if (f->opcode != WS_CONTINUATION) {
		st->rx_type = f->opcode == WS_TEXT ? PST_TEXT : PST_BINARY;
		st->utf8 = (struct ws_utf8){0};
		begin_packed(st, packed);
	}
	if (!packed) { /* what is inflated counts */
		st->rx_message += f->length;
	}
	st->rx_left = f->length;
	st->rx_key = f->masked ? f->key : 0;
	st->rx_fin = f->fin;
	st->rx_in_frame = true;
	st->rx_fragment = !f->fin || f->opcode == WS_CONTINUATION;
	pst_consume(me, io->rx_in, header);
	return TURN_ON;
}

static enum turn take_header(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *s = first_bytes(me, io->rx_in);
	const struct ws_state *st = me->state;
	unsigned take =
		(me->role == PST_ACCEPT ? (unsigned)WS_FRAME_MASKED : 0) |
		(st->packing != NULL ? (unsigned)WS_FRAME_COMPRESSED : 0);
	struct ws_frame f;
	const char *why;
	int size;

	if (s == NULL) {
		return TURN_WAIT;
	}
	size = ws_frame_parse(s->data, s->length, take, &f, &why);
	if (size == PST_AGAIN && io->rx_in->bytes > s->length) {
		size_t n = io->rx_in->bytes;
		const uint8_t *p;

		n = n < WS_HEADER_MAX ? n : WS_HEADER_MAX;
		p = pst_pullup(me, io->rx_in, n);
		if (p == NULL) {
			return no_memory(me, io);
		}
		size = ws_frame_parse(p, n, take, &f, &why);
	}
	if (size == PST_AGAIN) {
		return TURN_WAIT;
	}
	if (size < 0) {
		return broken(me, io, why);
	}
	return ws_is_control(f.opcode) ? take_control(me, io, &f, (size_t)size)
	                               : begin_data(me, io, &f, (size_t)size);
}

/* The present frame is complete. */
static uint32_t end_frame(struct ws_state *st)
{
	uint32_t flags = st->rx_type;

	st->rx_in_frame = false;
	if (st->rx_fin) {
		flags |= PST_EOM;
		st->rx_type = 0;
	}
	return flags;
}

static enum turn take_empty(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	bool text = st->rx_type == PST_TEXT;
	uint32_t flags = end_frame(st);

	if ((flags & PST_EOM) == 0) {
		return TURN_ON;
	}
	if (text && !ws_utf8_complete(&st->utf8)) {
		return not_text(me, io);
	}
	return pst_write(me, io->rx_out, "", 0, flags) == PST_OK
	               ? TURN_ON
	               : no_memory(me, io);
}

static bool text_ok(struct ws_state *st, const struct pst_slice *s)
{
	if (st->rx_type != PST_TEXT) {
		return true;
	}
	return ws_utf8_feed(&st->utf8, s->data, s->length) &&
	       (st->rx_left != 0 || !st->rx_fin || ws_utf8_complete(&st->utf8));
}

/* The next part of the present frame's payload, ours to write to. */
static struct pst_slice *next_part(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;
	uint64_t most = ws_rate_part(me);
	struct pst_slice *s;

	most = st->rx_left < most ? st->rx_left : most;
	s = pst_cut(me, io->rx_in, most < SIZE_MAX ? (size_t)most : SIZE_MAX);
	if (s == NULL) {
		return NULL;
	}
	/* What is copied goes behind the last slice above; a view of what
	 * was received would keep all of its segment. */
	if (st->rx_fragment && s->length < TINY) {
		return ws_copy(me, s);
	}
	return me->role == PST_ACCEPT ? ws_writable(me, s) : s;
}

/* The present frame of a compressed message has ended. */
static void end_packed_frame(struct ws_state *st)
{
	st->rx_in_frame = false;
	st->packing->ending = st->rx_fin;
}

static enum turn inflate_next(struct pst_instance *me, struct pst_io *io)
{
	struct ws_refusal why = {0};
	int r = ws_packing_inflate(me, io, &why);

	if (r == PST_MEMORY) {
		return no_memory(me, io);
	}
	return r == 0 ? TURN_ON
	              : fail(me, io, why.status, (enum pst_class)why.reason,
	                     why.text);
}

static enum turn take_payload(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	struct pst_slice *s;
	uint32_t kept;

	if (st->rx_left == 0 && ws_is_packed(st)) {
		end_packed_frame(st);
		return TURN_ON;
	}
	if (st->rx_left == 0) {
		return take_empty(me, io);
	}
	if (first_bytes(me, io->rx_in) == NULL) {
		return TURN_WAIT;
	}
	s = next_part(me, io);
	if (s == NULL) {
		return no_memory(me, io);
	}
	if (me->role == PST_ACCEPT) {
		st->rx_key = ws_mask(s->data, s->length, st->rx_key);
	}
	st->rx_left -= s->length;
	if (ws_is_packed(st)) {
		st->packing->in = s;
		st->packing->rx_wire += s->length;
		if (st->rx_left == 0) {
			end_packed_frame(st);
		}
		return TURN_ON;
	}
	if (!text_ok(st, s)) {
		pst_slice_free(me, s);
		return not_text(me, io);
	}
	kept = s->flags & (PST_EARLY | PST_SHARED);
	s->flags = kept | (st->rx_left == 0 ? end_frame(st) : st->rx_type);
	pst_put(me, io->rx_out, s);
	return TURN_ON;
}

static enum turn take_next(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;

	if (ws_is_inflating(st)) {
		return inflate_next(me, io);
	}
	return st->rx_in_frame ? take_payload(me, io) : take_header(me, io);
}

static bool must_wait(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;
	bool inflating = ws_is_inflating(st);

	return (io->rx_in->bytes != 0 || inflating) &&
	       ws_rate_waits(me, st->rx_type == 0 && !inflating);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static enum turn take_turn(struct pst_instance *me, struct pst_io *io,
                           uint32_t *moved_io)
{
	uint32_t in = io->rx_in->bytes, out = io->rx_out->bytes, moved;
	enum turn turn = take_next(me, io);

	moved = larger(in - io->rx_in->bytes, io->rx_out->bytes - out);
	*moved_io += moved;
	if (turn == TURN_ON && !ws_rate_bytes(me, moved)) {
		return fail(me, io, WS_CODE_POLICY, PST_CLASS_POLICY,
		            "more bytes than max_byte_rate");
	}
	return turn;
}

enum pst_step ws_receive(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	uint32_t moved = 0;
	enum turn turn = TURN_ON;

	while (turn == TURN_ON && !st->close_received && moved < io->budget &&
	       !ws_full(me, io->rx_out) && !must_wait(me, io)) {
		turn = take_turn(me, io, &moved);
	}
	if (moved != 0) {
		ws_ping_heard(me);
	}
	if (turn == TURN_FAIL) {
		return PST_STEP_ERROR;
	}
	if (st->close_received) {
		ws_discard(me, io->rx_in);
		return PST_STEP_OK;
	}
	if (turn == TURN_WAIT) {
		return io->rx_in->end != PST_END_OPEN ? ws_peer_gone(me, io)
		                                      : PST_STEP_OK;
	}
	return moved >= io->budget ? PST_STEP_MORE : PST_STEP_OK;
}
