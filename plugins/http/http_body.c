/* SPDX-License-Identifier: MIT */
/* Bodies on the move: framing taken out of what comes in, and put into what
 * goes out. */
#include "http_trunk.h"

void http_in_begin(struct http_in *in, const struct pst_head *h,
                   const struct h1_message *message)
{
	memset(in, 0, sizeof(*in));
	if (h->kind == PST_HEAD_REQUEST && h->upgrade_by != PST_UPGRADE_NONE) {
		in->delimited = HTTP_BODY_LATER;
	} else if (message->chunked) {
		in->delimited = HTTP_BODY_CHUNKED;
	} else if (message->until_close) {
		in->delimited = HTTP_BODY_CLOSE;
	} else if (h->body == PST_BODY_LENGTH && h->body_length != 0) {
		in->delimited = HTTP_BODY_LENGTH;
		in->left = h->body_length;
	} else {
		in->done = true;
	}
}

static void spend(uint32_t *budget_io, size_t n)
{
	*budget_io -= n < *budget_io ? (uint32_t)n : *budget_io;
}

static int put_eom(struct pst_instance *me, struct pst_queue *to)
{
	struct pst_slice *s;

	if (to == NULL) {
		return PST_OK;
	}
	s = pst_slice_new(me, 1);
	if (s == NULL) {
		return PST_MEMORY;
	}
	s->flags |= PST_EOM;
	pst_put(me, to, s);
	return PST_OK;
}

/* Nothing more to read: wait, or it never comes. */
static int starved(const struct pst_queue *from)
{
	return pst_ended(from) ? PST_IO : PST_AGAIN;
}

/* Move up to `left` bytes of one slice. Returns how many, or an error. */
static int64_t move_some(struct pst_instance *me, struct pst_queue *from,
                         struct pst_queue *to, uint64_t left, bool last,
                         uint32_t *budget_io)
{
	struct pst_slice *s;
	uint32_t n;

	if (pst_peek(from) == NULL) {
		return starved(from);
	}
	if (*budget_io == 0 || (to != NULL && pst_room(me, to) == 0)) {
		return PST_AGAIN;
	}
	s = pst_cut(me, from, left < UINT32_MAX ? (size_t)left : UINT32_MAX);
	if (s == NULL) {
		return PST_MEMORY;
	}
	n = s->length;
	spend(budget_io, n);
	if (to == NULL || n == 0) {
		pst_slice_free(me, s);
		return n;
	}
	s->flags &= ~(uint32_t)(PST_EOM | PST_TEXT | PST_BINARY);
	if (last && n == left) {
		s->flags |= PST_EOM;
	}
	pst_put(me, to, s);
	return n;
}

static int length_in(struct pst_instance *me, struct http_in *in,
                     struct pst_queue *from, struct pst_queue *to,
                     uint32_t *budget_io)
{
	while (in->left != 0) {
		int64_t n = move_some(me, from, to, in->left, true, budget_io);

		if (n < 0) {
			return (int)n;
		}
		in->left -= (uint64_t)n;
	}
	return PST_OK;
}

static int close_in(struct pst_instance *me, struct pst_queue *from,
                    struct pst_queue *to, uint32_t *budget_io)
{
	for (;;) {
		int64_t n =
			move_some(me, from, to, UINT64_MAX, false, budget_io);

		if (n == PST_IO && from->end == PST_END_CLEAN) {
			return put_eom(me, to);
		}
		if (n < 0) {
			return (int)n;
		}
	}
}

/* The trailer section: at least its empty line. */
static int trailers_in(struct pst_instance *me, struct http_in *in,
                       struct pst_queue *from, struct pst_queue *to,
                       const struct h1_limits *limits, struct h1_error *err)
{
	int64_t n = http_scan(from, &in->scan, limits, err);
	const struct http_conf *c = http_conf_of(me);
	struct pst_head_builder b;
	struct pst_slice *s;
	const uint8_t *bytes;
	int64_t size;

	if (n < 0) {
		http_gather(me, from, &in->scan);
		return n == PST_AGAIN && from->end != PST_END_OPEN ? PST_IO
		                                                   : (int)n;
	}
	if (n == 2) {
		pst_consume(me, from, 2);
		return put_eom(me, to);
	}
	bytes = pst_pullup(me, from, (size_t)n);
	s = http_record(me, &b, h1_record_room(&in->scan, (size_t)n),
	                PST_HEAD_TRAILERS);
	if (bytes == NULL || s == NULL) {
		pst_slice_free(me, s);
		return PST_MEMORY;
	}
	size = h1_parse_trailers(bytes, (size_t)n, limits, &b, err);
	if (size < 0 || to == NULL) {
		pst_slice_free(me, s);
	} else {
		if (c->identity.count != 0) {
			s = http_identity_apply(me, &c->identity, s, &size);
		}
		if (s == NULL) {
			return PST_MEMORY;
		}
		http_put_record(me, to, s, size, PST_EOM);
	}
	pst_consume(me, from, (size_t)n);
	return size < 0 ? (int)size : PST_OK;
}

/* Framing at the front of the queue. */
static int chunk_framing(struct pst_instance *me, struct http_in *in,
                         struct pst_queue *from, uint32_t *budget_io,
                         struct h1_error *err)
{
	for (;;) {
		const struct pst_slice *s = pst_peek(from);
		size_t used;
		int r;

		if (s == NULL) {
			return starved(from);
		}
		if (s->length == 0) {
			pst_slice_free(me, pst_take(me, from));
			continue;
		}
		r = h1_chunks_read(&in->chunks, s->data, s->length, &used, err);
		pst_consume(me, from, used);
		spend(budget_io, used);
		if (r != PST_AGAIN) {
			return r;
		}
	}
}

static int chunks_in(struct pst_instance *me, struct http_in *in,
                     struct pst_queue *from, struct pst_queue *to,
                     const struct h1_limits *limits, uint32_t *budget_io,
                     struct h1_error *err)
{
	while (in->chunks.state != H1_CHUNK_END) {
		int64_t n;
		int r;

		if (in->chunks.state == H1_CHUNK_DATA) {
			n = move_some(me, from, to, in->chunks.left, false,
			              budget_io);
			if (n < 0) {
				return (int)n;
			}
			h1_chunks_took(&in->chunks, (uint64_t)n);
			continue;
		}
		if (*budget_io == 0) {
			return PST_AGAIN;
		}
		r = chunk_framing(me, in, from, budget_io, err);
		if (r != PST_OK) {
			return r;
		}
	}
	in->scan.kind = H1_TRAILERS;
	return trailers_in(me, in, from, to, limits, err);
}

int http_body_in(struct pst_instance *me, struct http_in *in,
                 struct pst_queue *from, struct pst_queue *to,
                 const struct h1_limits *limits, uint32_t *budget_io,
                 struct h1_error *err_out)
{
	int r = PST_OK;

	if (in->done) {
		return PST_OK;
	}
	switch ((enum http_delimited)in->delimited) {
	case HTTP_BODY_NONE:
		break;
	case HTTP_BODY_LENGTH:
		r = length_in(me, in, from, to, budget_io);
		break;
	case HTTP_BODY_CHUNKED:
		r = chunks_in(me, in, from, to, limits, budget_io, err_out);
		break;
	case HTTP_BODY_CLOSE:
		r = close_in(me, from, to, budget_io);
		break;
	case HTTP_BODY_LATER:
		/* who asked for an upgrade may end its side: it hears, too */
		r = from->end == PST_END_CLEAN ? PST_AGAIN : starved(from);
		break;
	}
	in->done = r == PST_OK;
	return r;
}

/* One chunk: its line in the slice's headroom, CRLF in its tailroom, and behind
 * the last one the end. Without tailroom they are owed. */
static int put_chunk(struct pst_instance *me, struct http_out *out,
                     struct pst_queue *to, struct pst_slice *s, bool last)
{
	uint8_t line[H1_CHUNK_HEAD_MAX], *at;
	uint32_t n = h1_chunk_head(s->length, line);
	uint32_t tail = last ? HTTP_TAIL : 2;

	at = pst_slice_prepend(s, n);
	if (at != NULL) {
		memcpy(at, line, n);
	} else if (pst_write(me, to, line, n, 0) != PST_OK) {
		pst_slice_free(me, s);
		return PST_MEMORY;
	}
	at = pst_slice_append(s, tail);
	if (at != NULL) {
		memcpy(at, "\r\n0\r\n\r\n", tail);
	}
	out->owes_crlf = at == NULL;
	out->done = at != NULL && last;
	pst_put(me, to, s);
	return PST_OK;
}

static int put_last_chunk(struct pst_instance *me, struct pst_queue *to,
                          const struct pst_head *trailers)
{
	static const struct h1_extra nothing;
	size_t room = trailers == NULL ? 8 : h1_write_room(trailers, &nothing);
	struct pst_slice *s = pst_slice_new(me, room);
	int64_t n;

	if (s == NULL) {
		return PST_MEMORY;
	}
	n = h1_write_last_chunk(trailers, s->data, room);
	if (n < 0) {
		pst_slice_free(me, s);
		return PST_INVALID;
	}
	(void)pst_slice_append(s, (uint32_t)n);
	pst_put(me, to, s);
	return PST_OK;
}

/* One payload slice; takes ownership. */
static int put_payload(struct pst_instance *me, struct http_out *out,
                       struct pst_queue *to, struct pst_slice *s)
{
	bool last = (s->flags & PST_EOM) != 0;

	out->ending = last;
	s->flags &= (uint32_t)PST_SHARED;
	switch ((enum h1_delimit)out->delimit) {
	case H1_DELIMIT_NONE:
		break;
	case H1_DELIMIT_LENGTH:
		if (s->length > out->left) {
			pst_slice_free(me, s);
			return PST_INVALID;
		}
		out->left -= s->length;
		pst_put(me, to, s);
		return PST_OK;
	case H1_DELIMIT_CHUNKED:
		if (s->length == 0) {
			break;
		}
		return put_chunk(me, out, to, s, last);
	case H1_DELIMIT_CLOSE:
		pst_put(me, to, s);
		return PST_OK;
	}
	pst_slice_free(me, s);
	return PST_OK;
}

int http_out_end(struct pst_instance *me, struct http_out *out,
                 struct pst_queue *to, const struct pst_head *trailers)
{
	int r = PST_OK;

	if (out->delimit == H1_DELIMIT_CHUNKED) {
		r = put_last_chunk(me, to, trailers);
	} else if (out->delimit == H1_DELIMIT_LENGTH && out->left != 0) {
		r = PST_INVALID;
	}
	out->done = r == PST_OK;
	return r;
}

/* A HEAD slice behind the head: trailers, which end the message. */
static int put_trailers(struct pst_instance *me, struct http_out *out,
                        struct pst_queue *to, struct pst_slice *s)
{
	const struct pst_head *h = (const struct pst_head *)(void *)s->data;
	int r = PST_INVALID;

	if (h->kind == PST_HEAD_TRAILERS) {
		r = http_out_end(me, out, to, h);
	}
	pst_slice_free(me, s);
	return r;
}

/* What had no room before: the end of a chunk, and of the message. */
static int settle(struct pst_instance *me, struct http_out *out,
                  struct pst_queue *to)
{
	int r = PST_OK;

	if (pst_room(me, to) == 0) {
		return PST_AGAIN;
	}
	if (out->owes_crlf) {
		r = pst_write(me, to, "\r\n", 2, 0);
		out->owes_crlf = r != PST_OK;
	}
	return r == PST_OK && out->ending ? http_out_end(me, out, to, NULL) : r;
}

/* No slice waits. An end without EOM is one where the end is the frame. */
static int nothing_out(struct pst_instance *me, struct http_out *out,
                       const struct pst_queue *from, struct pst_queue *to)
{
	if (from->end == PST_END_CLEAN &&
	    (out->delimit != H1_DELIMIT_LENGTH || out->left == 0)) {
		return http_out_end(me, out, to, NULL);
	}
	return starved(from);
}

int http_body_out(struct pst_instance *me, struct http_out *out,
                  struct pst_queue *from, struct pst_queue *to,
                  uint32_t *budget_io)
{
	int r = PST_OK;

	while (r == PST_OK && !out->done) {
		struct pst_slice *s;

		if (out->owes_crlf || out->ending) {
			r = settle(me, out, to);
			continue;
		}
		if (pst_peek(from) == NULL) {
			return nothing_out(me, out, from, to);
		}
		if (*budget_io == 0 || pst_room(me, to) == 0) {
			return PST_AGAIN;
		}
		s = pst_take(me, from);
		if ((s->flags & PST_HEAD) != 0) {
			r = put_trailers(me, out, to, s);
		} else if ((s->flags & PST_CONTROL) != 0) {
			pst_slice_free(me, s);
		} else {
			spend(budget_io, s->length);
			r = put_payload(me, out, to, s);
		}
	}
	return r;
}
