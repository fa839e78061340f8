/* SPDX-License-Identifier: MIT */
/* The back's side of a connection: requests out, responses in, one exchange at
 * a time. */
#include "h1_keep.h"
#include "http_status.h"
#include "http_trunk.h"

void http_count_kept(struct pst_instance *me, bool kept)
{
	struct http_trunk *t = http_trunk_of(me);

	if (t->idle != kept) {
		t->idle = kept;
		pst_count(me, HTTP_KEPT, kept ? 1 : -1);
	}
}

static void count_exchange(struct pst_instance *me, const struct pst_stream *s)
{
	const struct http_trunk *t = http_trunk_of(me);

	http_count_kept(me, false);
	pst_count(me, t->requests == 0 ? HTTP_FRESH : HTTP_REUSED, 1);
	if ((s->flags & PST_STREAM_AGAIN) != 0) {
		pst_count(me, HTTP_REPEATED, 1);
	}
}

int http_stream_open(struct pst_instance *me, struct pst_stream *s)
{
	struct http_trunk *t = http_trunk_of(me);

	if (t->phase != HTTP_IDLE || t->stream != NULL || t->timed_out) {
		return PST_AGAIN;
	}
	count_exchange(me, s);
	memset(&t->in, 0, sizeof(t->in));
	memset(&t->out, 0, sizeof(t->out));
	t->in.scan.kind = H1_RESPONSE;
	t->stream = s;
	t->answered = false;
	t->keep_alive = false;
	t->asked = PST_UPGRADE_NONE;
	http_enter(me, HTTP_EXCHANGE, 0);
	return PST_OK;
}

static enum http_turn idle(struct pst_instance *me, struct pst_io *io)
{
	const struct http_trunk *t = http_trunk_of(me);
	bool draining = (io->flags & PST_IO_DRAIN) != 0 && t->requests != 0;

	/* nobody was asked: what it says can belong to no exchange */
	if (pst_peek(io->rx_in) != NULL || io->rx_in->end != PST_END_OPEN ||
	    io->tx_out->end != PST_END_OPEN || t->timed_out || draining) {
		http_count_kept(me, false);
		return http_shut(me, io);
	}
	return HTTP_WAIT;
}

static enum http_turn invalid(struct pst_instance *me, struct pst_io *io)
{
	return http_fail(me, io, PST_CLASS_INTERNAL, 0,
	                 "the service sent a request that cannot be written");
}

/* From the request's end on the back-end's time runs. */
static void sent(struct pst_instance *me)
{
	const struct http_trunk *t = http_trunk_of(me);

	if (!t->answered) {
		http_enter(me, HTTP_EXCHANGE,
		           http_conf_of(me)->response_timeout);
	}
}

/* RFC 9110 9.3.1, 9.3.2, 9.3.5: a back-end may not look for this body, and take
 * it for a request; so nothing else goes over its connection. */
static bool has_odd_body(const struct pst_head *h)
{
	return h->body != PST_BODY_NONE &&
	       (pst_head_equals(h, h->method, "GET") ||
	        pst_head_equals(h, h->method, "HEAD") ||
	        pst_head_equals(h, h->method, "DELETE"));
}

/* The scheme in front of the credentials. */
static bool has_scheme(const struct pst_head *h, const struct pst_field *f,
                       const char *scheme)
{
	const struct pst_span first = {f->value.at, (uint32_t)strlen(scheme)};

	return f->value.length >= first.length &&
	       pst_head_is(h, first, scheme) &&
	       (f->value.length == first.length ||
	        !pst_is_token_char(
			(uint8_t)pst_head_text(h, f->value)[first.length]));
}

/* RFC 4559 6: who asked stands for the whole connection, and would for the next
 * client's request. */
static bool proves_connection(const struct pst_head *h)
{
	const struct pst_field *f;
	uint32_t at = 0;

	while ((f = pst_head_find(h, "Authorization", &at)) != NULL) {
		if (has_scheme(h, f, "NTLM") || has_scheme(h, f, "Negotiate")) {
			return true;
		}
	}
	return false;
}

static void remember(struct http_trunk *t, const struct pst_head *h)
{
	t->asked = h->upgrade_by;
	t->is_head = pst_head_equals(h, h->method, "HEAD");
	t->alone = has_odd_body(h) || proves_connection(h);
	memset(t->upgrade, 0, sizeof(t->upgrade));
	memcpy(t->upgrade, pst_head_text(h, h->upgrade), h->upgrade.length);
}

static enum http_turn write_request(struct pst_instance *me, struct pst_io *io,
                                    const struct pst_head *h, bool last)
{
	const struct http_conf *c = http_conf_of(me);
	struct http_trunk *t = http_trunk_of(me);
	struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};
	int r;

	if (h->kind != PST_HEAD_REQUEST ||
	    h->upgrade.length >= sizeof(t->upgrade)) {
		return invalid(me, io);
	}
	remember(t, h);
	if (t->asked == PST_UPGRADE_NONE) {
		extra.delimit = h1_delimit_request(h, &extra.length);
	}
	if (t->alone && t->asked == PST_UPGRADE_NONE) {
		extra.connection = "close";
	}
	if (c->host != NULL || h->authority.length == 0) {
		extra.host = c->authority;
	}
	r = http_put_head(me, io->tx_out, h, &extra);
	t->requests++;
	pst_count(me, HTTP_REQUESTS, 1);
	t->out.begun = true;
	t->out.left = extra.length;
	t->out.delimit = (uint8_t)extra.delimit;
	if (r == PST_OK && last && t->asked == PST_UPGRADE_NONE) {
		r = http_out_end(me, &t->out, io->tx_out, NULL);
	}
	if (r != PST_OK) {
		return r == PST_MEMORY ? http_no_memory(me, io)
		                       : invalid(me, io);
	}
	if (t->out.done || t->asked != PST_UPGRADE_NONE) {
		sent(me);
	}
	return HTTP_AGAIN;
}

/* tx_in ended before the request did: it must not look complete. */
static enum http_turn request_cut(struct pst_instance *me, struct pst_io *io,
                                  const struct pst_queue *q)
{
	enum pst_class why = (enum pst_class)q->end_class;

	return http_fail(me, io,
	                 why == PST_CLASS_CLEAN ? PST_CLASS_TRUNCATED : why, 0,
	                 "the request was cut off");
}

/* RFC 9110 9.2.2 */
static bool is_idempotent(const struct pst_head *h)
{
	static const char *const methods[] = {"GET",   "HEAD", "OPTIONS",
	                                      "TRACE", "PUT",  "DELETE"};
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (pst_head_equals(h, h->method, methods[i])) {
			return true;
		}
	}
	return false;
}

/* A kept connection may end just when it is used again. A request that may be
 * sent twice stays in its queue until the back-end has said something. */
static bool may_repeat(const struct http_trunk *t, const struct pst_slice *s)
{
	const struct pst_head *h = (const struct pst_head *)(void *)s->data;

	return t->requests != 0 && (s->flags & PST_HEAD) != 0 &&
	       h->kind == PST_HEAD_REQUEST && is_idempotent(h) &&
	       ((s->flags & PST_EOM) != 0 ||
	        h->upgrade_by == PST_UPGRADE_FIELD);
}

/* From here on the request cannot be repeated. */
static void let_go(struct pst_instance *me)
{
	struct pst_stream *s = http_trunk_of(me)->stream;

	if ((s->flags & PST_STREAM_KEPT) != 0) {
		s->flags &= ~(uint32_t)PST_STREAM_KEPT;
		pst_slice_free(me, pst_take(me, s->tx_in));
	}
}

static enum http_turn request_head(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_queue *q = t->stream->tx_in;
	struct pst_slice *s = pst_peek(q);
	enum http_turn turn = HTTP_AGAIN;

	if (s == NULL) {
		return q->end == PST_END_OPEN ? HTTP_WAIT
		                              : request_cut(me, io, q);
	}
	if (may_repeat(t, s)) {
		t->stream->flags |= PST_STREAM_KEPT;
		return write_request(me, io,
		                     (const struct pst_head *)(void *)s->data,
		                     (s->flags & PST_EOM) != 0);
	}
	s = pst_take(me, q);
	if ((s->flags & PST_HEAD) != 0) {
		turn = write_request(me, io,
		                     (const struct pst_head *)(void *)s->data,
		                     (s->flags & PST_EOM) != 0);
	} else if ((s->flags & PST_CONTROL) == 0) {
		turn = invalid(me, io);
	}
	pst_slice_free(me, s);
	return turn;
}

/* The response is complete: nobody waits for the request's rest. */
static void drain_request(struct pst_instance *me)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_queue *q = t->stream->tx_in;
	struct pst_slice *s;

	t->keep_alive = false;
	while (!t->out.done && (s = pst_take(me, q)) != NULL) {
		t->out.done = (s->flags & PST_EOM) != 0;
		pst_slice_free(me, s);
	}
	t->out.done = t->out.done || pst_ended(q);
}

static enum http_turn request_body(struct pst_instance *me, struct pst_io *io,
                                   uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_queue *q = t->stream->tx_in;
	int r;

	if (t->asked != PST_UPGRADE_NONE) {
		/* what follows belongs to the other protocol */
		if (q->end != PST_END_OPEN) {
			let_go(me);
		}
		return pst_ended(q) && !t->answered ? request_cut(me, io, q)
		                                    : HTTP_AGAIN;
	}
	r = http_body_out(me, &t->out, q, io->tx_out, budget_io);
	if (r == PST_OK) {
		sent(me);
	}
	if (r == PST_OK || r == PST_AGAIN) {
		return HTTP_AGAIN;
	}
	if (r == PST_IO) {
		return request_cut(me, io, q);
	}
	return r == PST_MEMORY ? http_no_memory(me, io) : invalid(me, io);
}

/* The request's direction of a stream. AGAIN: look at the other one. */
static enum http_turn request(struct pst_instance *me, struct pst_io *io,
                              uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);

	if (t->stream->tx_in->end == PST_END_RESET && !t->in.done) {
		/* nobody waits for the response */
		return request_cut(me, io, t->stream->tx_in);
	}
	while (!t->out.begun) {
		enum http_turn turn = request_head(me, io);

		if (turn == HTTP_WAIT) {
			return HTTP_AGAIN;
		}
		if (turn != HTTP_AGAIN) {
			return turn;
		}
	}
	if (t->in.done && !t->out.done) {
		drain_request(me);
	}
	return t->out.done ? HTTP_AGAIN : request_body(me, io, budget_io);
}

/* The connection ended where more of the response was due. */
static enum http_turn back_ended(struct pst_instance *me, struct pst_io *io,
                                 const char *text)
{
	enum pst_class why = (enum pst_class)io->rx_in->end_class;
	struct http_trunk *t = http_trunk_of(me);

	if (io->rx_in->end != PST_END_RESET || why == PST_CLASS_CLEAN) {
		why = PST_CLASS_TRUNCATED;
	}
	if ((t->stream->flags & PST_STREAM_KEPT) != 0) {
		/* the core opens it on another connection */
		t->stream = NULL;
	}
	return http_fail(me, io, why, 502, "%s", text);
}

static enum http_turn protocol_error(struct pst_instance *me, struct pst_io *io,
                                     int64_t result, const struct h1_error *err)
{
	if (result == PST_MEMORY) {
		return http_no_memory(me, io);
	}
	return http_fail(me, io,
	                 result == PST_LIMIT ? PST_CLASS_TOO_BIG
	                                     : PST_CLASS_PROTOCOL,
	                 502, "in the back-end's response: %s", err->text);
}

/* A head is parsed into `s`; takes ownership. */
static enum http_turn pass_head(struct pst_instance *me, struct pst_slice *s,
                                int64_t size, const struct h1_message *message)
{
	const struct pst_head *h = (const struct pst_head *)(void *)s->data;
	struct http_trunk *t = http_trunk_of(me);
	bool granted =
		h->upgrade_by != PST_UPGRADE_NONE &&
		(h->status == 101 || h->upgrade_by == PST_UPGRADE_CONNECT);

	if (h->kind == PST_HEAD_INTERIM) {
		http_put_record(me, t->stream->rx_out, s, size, 0);
		memset(&t->in.scan, 0, sizeof(t->in.scan));
		t->in.scan.kind = H1_RESPONSE;
		return HTTP_AGAIN;
	}
	t->answered = true;
	http_enter(me, HTTP_EXCHANGE, 0);
	if (granted) {
		pst_count(me, HTTP_UPGRADES, 1);
		http_put_record(me, t->stream->rx_out, s, size, 0);
		t->stream = NULL;
		return HTTP_LEAVE;
	}
	t->keep_alive = message->keep_alive && !t->alone &&
	                t->asked != PST_UPGRADE_CONNECT;
	if (message->keep_for != H1_KEEP_UNSAID) {
		t->keep_for = message->keep_for;
	}
	http_in_begin(&t->in, h, message);
	if (t->is_head || h->status == 304) {
		t->in.done = true;
	}
	http_put_record(me, t->stream->rx_out, s, size,
	                t->in.done ? PST_EOM : 0);
	if (t->in.done) {
		pst_end(me, t->stream->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	if (t->asked != PST_UPGRADE_NONE) {
		t->out.done = true;
	}
	return HTTP_AGAIN;
}

static enum http_turn take_response(struct pst_instance *me, struct pst_io *io,
                                    size_t length)
{
	const struct http_conf *c = http_conf_of(me);
	const struct http_trunk *t = http_trunk_of(me);
	const struct h1_asked asked = {
		.head = t->is_head,
		.connect = t->asked == PST_UPGRADE_CONNECT,
		.upgrade = h1_text_of(t->upgrade, strlen(t->upgrade)),
	};
	const uint8_t *bytes = pst_pullup(me, io->rx_in, length);
	struct h1_message message;
	struct pst_head_builder b;
	struct h1_error err;
	struct pst_slice *s;
	int64_t size;

	s = http_record(me, &b, h1_record_room(&t->in.scan, length),
	                PST_HEAD_RESPONSE);
	if (bytes == NULL || s == NULL) {
		pst_slice_free(me, s);
		return http_no_memory(me, io);
	}
	size = h1_parse_response(bytes, length, &c->limits, &asked, &b,
	                         &message, &err);
	if (size < 0) {
		pst_slice_free(me, s);
		return protocol_error(me, io, size, &err);
	}
	pst_consume(me, io->rx_in, length);
	return pass_head(me, s, size, &message);
}

static enum http_turn response_head(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct h1_error err;
	int64_t n;

	if (!t->out.begun && pst_peek(io->rx_in) != NULL) {
		return http_fail(me, io, PST_CLASS_PROTOCOL, 502,
		                 "the back-end spoke before it was asked");
	}
	if (pst_peek(io->rx_in) != NULL || t->timed_out) {
		let_go(me);
	}
	if (pst_room(me, t->stream->rx_out) == 0) {
		return HTTP_WAIT;
	}
	n = http_scan(io->rx_in, &t->in.scan, &http_conf_of(me)->limits, &err);
	if (n > 0) {
		return take_response(me, io, (size_t)n);
	}
	if (n != PST_AGAIN) {
		return protocol_error(me, io, n, &err);
	}
	if (io->rx_in->end != PST_END_OPEN) {
		return back_ended(me, io,
		                  "the back-end ended the connection without a "
		                  "response");
	}
	if (t->timed_out) {
		return http_fail(me, io, PST_CLASS_TIMEOUT, 504,
		                 "the back-end did not respond in time");
	}
	http_gather(me, io->rx_in, &t->in.scan);
	return HTTP_WAIT;
}

static enum http_turn response_body(struct pst_instance *me, struct pst_io *io,
                                    uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct h1_error err;
	int r = http_body_in(me, &t->in, io->rx_in, t->stream->rx_out,
	                     &http_conf_of(me)->limits, budget_io, &err);

	if (r == PST_OK) {
		pst_end(me, t->stream->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
		return HTTP_AGAIN;
	}
	if (r == PST_AGAIN) {
		return *budget_io == 0 ? HTTP_MORE : HTTP_WAIT;
	}
	if (r == PST_IO) {
		return back_ended(me, io,
		                  "the back-end ended the connection within "
		                  "its response");
	}
	return protocol_error(me, io, r, &err);
}

/* The response's direction. AGAIN: it is complete. */
static enum http_turn response(struct pst_instance *me, struct pst_io *io,
                               uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	enum http_turn turn = HTTP_AGAIN;

	while (turn == HTTP_AGAIN && !t->answered) {
		turn = response_head(me, io);
	}
	if (turn == HTTP_AGAIN && !t->in.done) {
		turn = response_body(me, io, budget_io);
	}
	return turn;
}

/* The shorter of what is set, and what the back-end grants; 0: for ever. */
static uint64_t keeping_time(struct pst_instance *me)
{
	const struct http_trunk *t = http_trunk_of(me);
	uint64_t set = http_conf_of(me)->keep_timeout, said;

	if (t->keep_for == 0) {
		return set;
	}
	said = h1_keep_ms(t->keep_for);
	return set == 0 || said < set ? said : set;
}

static enum http_turn finish(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_stream *s = t->stream;

	t->stream = NULL;
	pst_stream_done(me, s);
	if (!t->keep_alive || (io->flags & PST_IO_DRAIN) != 0) {
		return http_shut(me, io);
	}
	http_enter(me, HTTP_IDLE, keeping_time(me));
	http_count_kept(me, true);
	return HTTP_AGAIN;
}

/* Each direction has a budget of its own, so that neither starves. */
static enum http_turn exchange(struct pst_instance *me, struct pst_io *io,
                               uint32_t *budget_io)
{
	const struct http_trunk *t = http_trunk_of(me);
	uint32_t up = *budget_io, down = *budget_io;
	enum http_turn turn;

	if (t->stream == NULL) {
		return http_fail(me, io, PST_CLASS_GOING_AWAY, 0,
		                 "the exchange was given up");
	}
	turn = request(me, io, &up);
	if (turn == HTTP_AGAIN) {
		turn = response(me, io, &down);
	}
	*budget_io = up < down ? up : down;
	if (turn != HTTP_AGAIN) {
		return turn == HTTP_WAIT && *budget_io == 0 ? HTTP_MORE : turn;
	}
	if (!t->out.done) {
		drain_request(me);
	}
	return t->out.done ? finish(me, io) : HTTP_WAIT;
}

enum http_turn http_connect_turn(struct pst_instance *me, struct pst_io *io,
                                 uint32_t *budget_io)
{
	switch ((enum http_phase)http_trunk_of(me)->phase) {
	case HTTP_IDLE:
		return idle(me, io);
	case HTTP_EXCHANGE:
		return exchange(me, io, budget_io);
	case HTTP_CLOSING:
		return http_closing(me, io);
	case HTTP_HEAD:
	case HTTP_DISCARD:
	case HTTP_PHASES:
		break;
	}
	return HTTP_WAIT;
}
