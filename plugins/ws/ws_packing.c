/* SPDX-License-Identifier: MIT */
/* Compressed messages, between the frames and the layer above (RFC 7692 7.2).
 */
#include "ws.h"

#include "ws_close.h"
#include "ws_mask.h"

#include <stdlib.h>
#include <string.h>

enum {
	PART_MIN = 256, /* bytes of an output slice */
	PART_MAX = 16384,
	TAIL = 4,              /* RFC 7692 7.2.1: 00 00 ff ff is not sent */
	RATIO_FROM = 1024 * 1024 /* what is smaller may be made of anything */
};

int ws_packing_begin(struct pst_instance *me, const struct ws_deflate *agreed,
                     const char *response)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	struct ws_packing *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		return PST_MEMORY;
	}
	st->packing = p;
	p->zip = ws_zip_create(agreed, &conf->deflate_effort);
	p->response = response == NULL ? NULL : strdup(response);
	if (p->zip == NULL || (response != NULL && p->response == NULL)) {
		ws_packing_end(me);
		return PST_MEMORY;
	}
	return PST_OK;
}

void ws_packing_end(struct pst_instance *me)
{
	struct ws_state *st = me->state;
	struct ws_packing *p = st->packing;

	if (p != NULL) {
		ws_zip_destroy(p->zip);
		free(p->response);
		pst_slice_free(me, p->in);
		pst_slice_free(me, p->out);
		free(p);
		st->packing = NULL;
	}
}

/* -- receiving --------------------------------------------------------- */

static int spoilt(struct ws_refusal *fail_out, uint16_t code,
                  enum pst_class why, const char *text)
{
	*fail_out = (struct ws_refusal){code, (uint8_t)why, text};
	return 1;
}

static size_t part_size(uint64_t wanted)
{
	return wanted < PART_MIN   ? PART_MIN
	       : wanted > PART_MAX ? PART_MAX
	                           : (size_t)wanted;
}

static bool have_room(struct pst_instance *me, struct ws_packing *p)
{
	if (p->out == NULL) {
		uint64_t in = p->in == NULL ? 0 : p->in->length;

		p->out = pst_slice_new(me, part_size(in * 4));
	}
	return p->out != NULL;
}

/* What was made counts, and must be what the message may be. */
static int judge(struct pst_instance *me, const uint8_t *made, size_t length,
                 struct ws_refusal *fail_out)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	uint64_t wire = st->packing->rx_wire + 1;

	st->rx_message += length;
	if (conf->max_message != 0 && st->rx_message > conf->max_message) {
		return spoilt(fail_out, WS_CODE_TOO_BIG, PST_CLASS_TOO_BIG,
		              "message exceeds max_message");
	}
	if (conf->deflate_ratio != 0 && st->rx_message > RATIO_FROM &&
	    st->rx_message / wire > (uint64_t)conf->deflate_ratio) {
		return spoilt(fail_out, WS_CODE_TOO_BIG, PST_CLASS_TOO_BIG,
		              "message inflates more than deflate_ratio");
	}
	if (st->rx_type == PST_TEXT && !ws_utf8_feed(&st->utf8, made, length)) {
		return spoilt(fail_out, WS_CODE_DATA, PST_CLASS_PROTOCOL,
		              "text is not UTF-8");
	}
	return PST_OK;
}

static void put_out(struct pst_instance *me, struct pst_io *io, uint32_t flags)
{
	const struct ws_state *st = me->state;
	struct ws_packing *p = st->packing;

	if (p->out != NULL && (p->out->length != 0 || flags != 0)) {
		p->out->flags = st->rx_type | flags;
		pst_put(me, io->rx_out, p->out);
		p->out = NULL;
	}
}

static int message_ends(struct pst_instance *me, struct pst_io *io,
                        struct ws_refusal *fail_out)
{
	struct ws_state *st = me->state;

	if (st->rx_type == PST_TEXT && !ws_utf8_complete(&st->utf8)) {
		return spoilt(fail_out, WS_CODE_DATA, PST_CLASS_PROTOCOL,
		              "text is not UTF-8");
	}
	put_out(me, io, PST_EOM);
	st->packing->ending = false;
	st->packing->rx_on = false;
	st->rx_type = 0;
	return PST_OK;
}

/* Run zlib once. Returns as ws_zip_inflate, or 2 after a limit. */
static int inflate_once(struct pst_instance *me, struct ws_refusal *fail_out)
{
	const struct ws_state *st = me->state;
	struct ws_packing *p = st->packing;
	struct ws_zip_io z = {
		.out = p->out->data + p->out->length,
		.out_left = p->out->after,
	};
	const uint8_t *made = z.out;
	size_t length;
	int r;

	if (p->in != NULL) {
		z.in = p->in->data;
		z.in_left = p->in->length;
		r = ws_zip_inflate(p->zip, &z);
		pst_slice_skip(p->in, p->in->length - (uint32_t)z.in_left);
	} else {
		r = ws_zip_inflate_end(p->zip, &z);
	}
	length = p->out->after - z.out_left;
	(void)pst_slice_append(p->out, (uint32_t)length);
	return judge(me, made, length, fail_out) != PST_OK ? 2 : r;
}

int ws_packing_inflate(struct pst_instance *me, struct pst_io *io,
                       struct ws_refusal *fail_out)
{
	const struct ws_state *st = me->state;
	struct ws_packing *p = st->packing;
	int r;

	if (!have_room(me, p)) {
		return PST_MEMORY;
	}
	r = inflate_once(me, fail_out);
	if (r == 2 || r == PST_MEMORY) {
		return r == 2 ? 1 : r;
	}
	if (r < 0) {
		return spoilt(fail_out, WS_CODE_DATA, PST_CLASS_PROTOCOL,
		              "compressed data is broken");
	}
	if (r == 1) { /* there is more to come out */
		put_out(me, io, 0);
		return PST_OK;
	}
	if (p->in == NULL) {
		return message_ends(me, io, fail_out);
	}
	pst_slice_free(me, p->in);
	p->in = NULL;
	if (!p->ending) {
		put_out(me, io, 0); /* nobody waits for the message's end */
	}
	return PST_OK;
}

/* -- sending ----------------------------------------------------------- */

struct chain {
	struct pst_slice *first, *last;
	uint64_t length;
};

static void chain_free(struct pst_instance *me, struct chain *c)
{
	while (c->first != NULL) {
		struct pst_slice *s = c->first;

		c->first = s->next;
		s->next = NULL;
		pst_slice_free(me, s);
	}
	c->last = NULL;
	c->length = 0;
}

static struct pst_slice *chain_grow(struct pst_instance *me, struct chain *c,
                                    size_t size)
{
	struct pst_slice *s = pst_slice_new(me, size);

	if (s == NULL) {
		return NULL;
	}
	s->next = NULL;
	if (c->last == NULL) {
		c->first = s;
	} else {
		c->last->next = s;
	}
	c->last = s;
	return s;
}

static int deflate_into(struct pst_instance *me, struct chain *c,
                        struct ws_zip_io *z, size_t part,
                        enum ws_zip_flush flush)
{
	const struct ws_state *st = me->state;
	int r = 1;

	while (r == 1) {
		struct pst_slice *s = c->last;
		size_t room;

		if (s == NULL || s->after == 0) {
			s = chain_grow(me, c, part);
		}
		if (s == NULL) {
			return PST_MEMORY;
		}
		room = s->after;
		z->out = s->data + s->length;
		z->out_left = room;
		r = ws_zip_deflate(st->packing->zip, z, flush);
		(void)pst_slice_append(s, (uint32_t)(room - z->out_left));
		c->length += room - z->out_left;
	}
	return r;
}

/* Take `left` bytes of tx_in: at least one slice. */
static int pack(struct pst_instance *me, struct pst_io *io, struct chain *c,
                uint64_t left)
{
	const size_t part = part_size(left / 2);
	int r;

	do {
		struct pst_slice *s = pst_take(me, io->tx_in);
		struct ws_zip_io z = {.in = s->data, .in_left = s->length};

		left -= s->length;
		r = deflate_into(me, c, &z, part,
		                 left == 0 ? WS_ZIP_SYNC : WS_ZIP_MORE);
		pst_slice_free(me, s);
	} while (left != 0 && r == PST_OK);
	return r;
}

static void chain_cut(struct pst_instance *me, struct chain *c, uint64_t keep)
{
	struct pst_slice *s = c->first;
	struct chain rest;

	c->length = keep;
	while (s->length < keep) {
		keep -= s->length;
		s = s->next;
	}
	pst_slice_trim(s, s->length - (uint32_t)keep);
	rest = (struct chain){s->next, c->last, 0};
	s->next = NULL;
	c->last = s;
	if (rest.first != NULL) {
		chain_free(me, &rest);
	}
}

/* RFC 7692 7.2.1: the tail goes; 7.2.3.6: what is then empty is one 0 byte. */
static int finish(struct pst_instance *me, struct chain *c)
{
	struct ws_state *st = me->state;
	uint8_t *p;

	chain_cut(me, c, c->length < TAIL ? 0 : c->length - TAIL);
	if (c->length == 0) {
		p = pst_slice_append(c->last, 1);
		if (p == NULL) {
			return PST_MEMORY;
		}
		*p = 0;
		c->length = 1;
	}
	ws_zip_deflate_end(st->packing->zip);
	return PST_OK;
}

/* The chain's next bytes, at most `most`. What is cut off is copied. */
static struct pst_slice *chain_take(struct pst_instance *me, struct chain *c,
                                    uint64_t most)
{
	struct pst_slice *s = c->first;
	struct pst_slice *part;
	uint8_t *p;

	if (s->length <= most) {
		c->first = s->next;
		s->next = NULL;
		c->length -= s->length;
		return s;
	}
	part = pst_slice_new(me, (size_t)most);
	if (part != NULL) {
		p = pst_slice_append(part, (uint32_t)most);
		memcpy(p, s->data, (size_t)most);
		pst_slice_skip(s, (uint32_t)most);
		c->length -= most;
	}
	return part;
}

/* One frame of what the chain begins with. */
static int put_chain(struct pst_instance *me, struct pst_io *io,
                     const struct ws_frame *f, struct chain *c)
{
	uint64_t left = f->length;
	uint32_t key = f->key;
	bool first = true;

	while (left != 0) {
		struct pst_slice *s = chain_take(me, c, left);

		if (s == NULL) {
			return PST_MEMORY;
		}
		left -= s->length;
		if (f->masked) {
			key = ws_mask(s->data, s->length, key);
		}
		if (!first) {
			pst_put(me, io->tx_out, s);
		} else if (ws_put_first(me, io, f, s) != PST_OK) {
			return PST_MEMORY;
		}
		first = false;
	}
	return PST_OK;
}

static int put_frames(struct pst_instance *me, struct pst_io *io,
                      uint8_t opcode, bool fin, struct chain *c)
{
	const struct ws_conf *conf = me->conf;
	uint64_t most = conf->fragment_size;
	int r = PST_OK;

	while (r == PST_OK && c->length != 0) {
		bool last = most == 0 || c->length <= most;
		struct ws_frame f;

		r = ws_frame_describe(me, opcode, fin && last,
		                      last ? c->length : most, &f);
		if (r == PST_OK) {
			f.compressed = opcode != WS_CONTINUATION;
			r = put_chain(me, io, &f, c);
		}
		opcode = WS_CONTINUATION;
	}
	return r;
}

int ws_packing_send(struct pst_instance *me, struct pst_io *io, uint8_t opcode,
                    uint64_t length, bool fin)
{
	struct chain c = {NULL, NULL, 0};
	int r = pack(me, io, &c, length);

	if (r == PST_OK && fin) {
		r = finish(me, &c);
	}
	if (r == PST_OK) {
		r = put_frames(me, io, opcode, fin, &c);
	}
	chain_free(me, &c);
	return r;
}
