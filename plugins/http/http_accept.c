/* SPDX-License-Identifier: MIT */
/* The front's side of a connection: its phases, and requests in. */
#include "http_front.h"
#include "http_status.h"

#define DISCARD_MAX (256 * 1024) /* bytes of an unwanted request body */

/* The client broke a rule: tell it, and end the connection. */
static enum http_turn reject(struct pst_instance *me, struct pst_io *io,
                             enum pst_class why, const struct h1_error *err)
{
	struct http_trunk *t = http_trunk_of(me);

	pst_count(me, HTTP_REFUSED, 1);
	t->keep_alive = false;
	if (t->stream == NULL) {
		http_log_rejected(me, io->rx_in, why, err);
	}
	if (!t->out.begun) {
		if (http_answer(me, io, err->status, err->text) != PST_OK) {
			return http_no_memory(me, io);
		}
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return http_fail(me, io, why, err->status, "%s", err->text);
}

static enum http_turn reject_result(struct pst_instance *me, struct pst_io *io,
                                    int64_t result, const struct h1_error *err)
{
	if (result == PST_MEMORY) {
		return http_no_memory(me, io);
	}
	return reject(me, io,
	              result == PST_LIMIT ? PST_CLASS_TOO_BIG
	                                  : PST_CLASS_PROTOCOL,
	              err);
}

/* What happens between two exchanges. */
static enum http_turn next_request(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);

	if (!t->keep_alive) {
		return http_shut(me, io);
	}
	http_enter(me, HTTP_IDLE, http_conf_of(me)->keepalive_timeout);
	return HTTP_AGAIN;
}

/* The response is out. The request's rest, if any, is nobody's. */
enum http_turn http_front_finish(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_stream *s = t->stream;

	if (s != NULL) {
		t->stream = NULL;
		if (s->rx_out->end == PST_END_OPEN) {
			pst_end(me, s->rx_out, PST_END_RESET, PST_CLASS_CLEAN);
		}
		pst_stream_done(me, s);
	}
	if (t->in.done || !t->keep_alive) {
		return next_request(me, io);
	}
	t->discarded = 0;
	http_enter(me, HTTP_DISCARD, http_conf_of(me)->header_timeout);
	return HTTP_AGAIN;
}

enum http_turn http_front_answer(struct pst_instance *me, struct pst_io *io,
                                 unsigned status, const char *text)
{
	struct http_trunk *t = http_trunk_of(me);

	if (t->asked == PST_UPGRADE_FIELD) {
		t->in.done = true;
	}
	if (http_answer(me, io, status, text) != PST_OK) {
		return http_no_memory(me, io);
	}
	return http_front_finish(me, io);
}

/* The head is parsed into `s`: open a stream for it. Takes ownership. */
static enum http_turn open_stream(struct pst_instance *me, struct pst_io *io,
                                  struct pst_slice *s, int64_t size)
{
	const struct pst_head *h = (const struct pst_head *)(void *)s->data;
	struct http_trunk *t = http_trunk_of(me);
	struct h1_error err;
	int r = pst_stream_accept(me, h, &t->stream);

	if (r == PST_INVALID) { /* the connection broke: nobody listens */
		t->stream = NULL;
		pst_slice_free(me, s);
		return http_shut(me, io);
	}
	if (r != PST_OK) {
		t->stream = NULL;
		err.status = t->refusal.status;
		err.text = t->refusal.text;
		if (err.status == 0) {
			err.status = http_route_status(r, &err.text);
		}
		pst_count(me, HTTP_REFUSED, 1);
		http_log_refused(me, h, &err);
		pst_slice_free(me, s);
		return http_front_answer(me, io, err.status, err.text);
	}
	http_put_record(me, t->stream->rx_out, s, size,
	                t->in.done ? PST_EOM : 0);
	if (t->in.done) {
		pst_end(me, t->stream->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return HTTP_AGAIN;
}

static void begin_exchange(struct pst_instance *me, const struct pst_head *h,
                           const struct h1_message *message)
{
	const struct http_conf *c = http_conf_of(me);
	struct http_trunk *t = http_trunk_of(me);

	t->requests++;
	pst_count(me, HTTP_REQUESTS, 1);
	t->version = (uint8_t)h->version;
	t->asked = h->upgrade_by;
	t->refusal = (struct http_refusal){.left = UINT64_MAX};
	t->is_head = message->head;
	t->expect = message->expect;
	t->keep_alive = message->keep_alive &&
	                (c->max_requests == 0 ||
	                 t->requests < (uint64_t)c->max_requests);
	http_in_begin(&t->in, h, message);
	http_enter(me, HTTP_EXCHANGE, 0);
	http_slow_begin(me);
}

static enum http_turn take_request(struct pst_instance *me, struct pst_io *io,
                                   size_t length)
{
	static const struct h1_error insecure = {
		421, "an https resource is not served on a plain connection"};
	const struct http_conf *c = http_conf_of(me);
	const struct http_trunk *t = http_trunk_of(me);
	const uint8_t *bytes = pst_pullup(me, io->rx_in, length);
	struct h1_message message;
	struct pst_head_builder b;
	struct h1_error err;
	struct pst_slice *s;
	int64_t size;

	s = http_record(me, &b, h1_record_room(&t->in.scan, length),
	                PST_HEAD_REQUEST);
	if (bytes == NULL || s == NULL) {
		pst_slice_free(me, s);
		return http_no_memory(me, io);
	}
	size = h1_parse_request(bytes, length, &c->limits, &b, &message, &err);
	if (size < 0) {
		pst_slice_free(me, s);
		return reject_result(me, io, size, &err);
	}
	/* RFC 9110 7.4 */
	if (c->plain && pst_head_is(b.head, b.head->scheme, "https")) {
		pst_slice_free(me, s);
		return reject(me, io, PST_CLASS_PROTOCOL, &insecure);
	}
	pst_consume(me, io->rx_in, length);
	begin_exchange(me, b.head, &message);
	if (c->identity.count != 0) {
		s = http_identity_apply(me, &c->identity, s, &size);
		if (s == NULL) {
			return http_no_memory(me, io);
		}
	}
	return open_stream(me, io, s, size);
}

/* No more bytes, or not in time. */
static enum http_turn head_missing(struct pst_instance *me, struct pst_io *io)
{
	static const struct h1_error late = {
		408, "the request's head did not arrive in time"};
	static const struct h1_error cut = {
		400, "the connection ended within a request's head"};
	const struct http_trunk *t = http_trunk_of(me);
	bool blank = t->in.scan.lines == 0 && t->in.scan.line == 0;

	if (io->rx_in->end == PST_END_OPEN && !t->timed_out) {
		http_gather(me, io->rx_in, &t->in.scan);
		return HTTP_WAIT;
	}
	if (blank) { /* a stray empty line is no request */
		return http_shut(me, io);
	}
	if (io->rx_in->end == PST_END_RESET) {
		return http_fail(me, io, PST_CLASS_TRUNCATED, 0, "%s",
		                 cut.text);
	}
	if (io->rx_in->end != PST_END_OPEN) {
		return reject(me, io, PST_CLASS_TRUNCATED, &cut);
	}
	return reject(me, io, PST_CLASS_TIMEOUT, &late);
}

/* Most heads come at once: only one that does not has a phase of its own, and
 * a time limit. */
static enum http_turn head(struct pst_instance *me, struct pst_io *io,
                           uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct h1_error err;
	int64_t n;

	if (*budget_io == 0) {
		return HTTP_MORE;
	}
	n = http_scan(io->rx_in, &t->in.scan, &http_conf_of(me)->limits, &err);
	if (n == PST_AGAIN) {
		if (t->phase == HTTP_IDLE) {
			http_enter(me, HTTP_HEAD,
			           http_conf_of(me)->header_timeout);
		}
		return head_missing(me, io);
	}
	if (n < 0) {
		return reject_result(me, io, n, &err);
	}
	*budget_io -= n < *budget_io ? (uint32_t)n : *budget_io;
	return take_request(me, io, (size_t)n);
}

static enum http_turn idle(struct pst_instance *me, struct pst_io *io,
                           uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);

	if (pst_peek(io->rx_in) == NULL) {
		if (io->rx_in->end != PST_END_OPEN || t->timed_out ||
		    (io->flags & PST_IO_DRAIN) != 0) {
			return http_shut(me, io);
		}
		return HTTP_WAIT;
	}
	if (pst_room(me, io->tx_out) == 0) {
		return t->timed_out ? http_shut(me, io) : HTTP_WAIT;
	}
	memset(&t->in, 0, sizeof(t->in));
	memset(&t->out, 0, sizeof(t->out));
	t->in.scan.kind = H1_REQUEST;
	t->version = 11;
	t->is_head = false;
	return head(me, io, budget_io);
}

/* The client's end of the line is gone, or what it sent cannot go on. */
static enum http_turn request_failed(struct pst_instance *me, struct pst_io *io,
                                     int result, const struct h1_error *err)
{
	static const struct h1_error cut = {
		400, "the connection ended within a request"};

	if (result == PST_IO && io->rx_in->end == PST_END_RESET) {
		return http_fail(me, io, PST_CLASS_TRUNCATED, 0, "%s",
		                 cut.text);
	}
	if (result == PST_IO) {
		return reject(me, io, PST_CLASS_TRUNCATED, &cut);
	}
	return reject_result(me, io, result, err);
}

static enum http_turn request_body(struct pst_instance *me, struct pst_io *io,
                                   uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct h1_error err;
	uint64_t before;
	int r;

	if ((t->in.done || t->asked == PST_UPGRADE_CONNECT) &&
	    io->rx_in->end == PST_END_RESET) {
		return http_fail(me, io, PST_CLASS_TRUNCATED, 0,
		                 "the client went away before the response was "
		                 "sent");
	}
	/* in a tunnel the client need not say anything */
	if (t->in.done || (t->asked == PST_UPGRADE_CONNECT &&
	                   io->rx_in->end == PST_END_CLEAN)) {
		return HTTP_AGAIN;
	}
	before = t->stream->rx_out->bytes;
	r = http_body_in(me, &t->in, io->rx_in, t->stream->rx_out,
	                 &http_conf_of(me)->limits, budget_io, &err);
	if (!http_admit_more(&t->refusal, t->stream->rx_out->bytes - before)) {
		return reject(me, io, PST_CLASS_TOO_BIG, &http_admit_too_long);
	}
	if (r == PST_OK) {
		pst_end(me, t->stream->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	} else if (r != PST_AGAIN) {
		return request_failed(me, io, r, &err);
	}
	return HTTP_AGAIN;
}

/* Each direction has a budget of its own, so that neither starves. */
static enum http_turn exchange(struct pst_instance *me, struct pst_io *io,
                               uint32_t *budget_io)
{
	const struct http_trunk *t = http_trunk_of(me);
	uint32_t up = *budget_io, down = *budget_io;
	const uint32_t before = up;
	const struct h1_error *slow;
	enum http_turn turn;

	if (t->stream == NULL) {
		return t->out.begun
		               ? http_front_cut(me, io, PST_CLASS_INTERNAL,
		                                "the service went away")
		               : http_front_answer(me, io, 500,
		                                   "the service went away");
	}
	http_slow_look(me, io);
	turn = request_body(me, io, &up);
	if (turn == HTTP_AGAIN) {
		turn = http_front_respond(me, io, &down);
	}
	*budget_io = up < down ? up : down;
	if (turn == HTTP_WAIT) {
		slow = http_slow_judge(me, io, before - up);
		if (slow != NULL) {
			return reject(me, io, PST_CLASS_TIMEOUT, slow);
		}
	}
	return turn == HTTP_WAIT && *budget_io == 0 ? HTTP_MORE : turn;
}

static enum http_turn discard(struct pst_instance *me, struct pst_io *io,
                              uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	uint32_t before = *budget_io;
	struct h1_error err;
	int r = http_body_in(me, &t->in, io->rx_in, NULL,
	                     &http_conf_of(me)->limits, budget_io, &err);

	t->discarded += before - *budget_io;
	if (r == PST_OK) {
		return next_request(me, io);
	}
	if (r == PST_AGAIN && !t->timed_out && t->discarded < DISCARD_MAX) {
		return *budget_io == 0 ? HTTP_MORE : HTTP_WAIT;
	}
	return http_shut(me, io);
}

enum http_turn http_accept_turn(struct pst_instance *me, struct pst_io *io,
                                uint32_t *budget_io)
{
	switch ((enum http_phase)http_trunk_of(me)->phase) {
	case HTTP_IDLE:
		return idle(me, io, budget_io);
	case HTTP_HEAD:
		return head(me, io, budget_io);
	case HTTP_EXCHANGE:
		return exchange(me, io, budget_io);
	case HTTP_DISCARD:
		return discard(me, io, budget_io);
	case HTTP_CLOSING:
		return http_closing(me, io);
	case HTTP_PHASES:
		break;
	}
	return HTTP_WAIT;
}
