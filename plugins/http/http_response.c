/* SPDX-License-Identifier: MIT */
/* The front's side of a connection: responses out. */
#include "http_front.h"
#include "http_status.h"

static const char *phrase_for(const struct pst_head *h)
{
	return h->reason.length != 0 ? NULL : http_status_phrase(h->status);
}

/* The request's direction is over without EOM: an upgrade was not granted. */
static void end_request(struct pst_instance *me)
{
	struct http_trunk *t = http_trunk_of(me);

	t->in.done = true;
	pst_end(me, t->stream->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
}

/* The rest of a message whose upper side failed cannot be sent; the framing
 * must show it. */
enum http_turn http_front_cut(struct pst_instance *me, struct pst_io *io,
                              enum pst_class why, const char *text)
{
	return http_fail(me, io,
	                 why == PST_CLASS_CLEAN ? PST_CLASS_TRUNCATED : why, 0,
	                 "%s", text);
}

static enum http_turn write_result(struct pst_instance *me, struct pst_io *io,
                                   int result)
{
	if (result == PST_MEMORY) {
		return http_no_memory(me, io);
	}
	return http_front_cut(
		me, io, PST_CLASS_INTERNAL,
		"the service sent a message that cannot be written");
}

/* 101, or 2xx to CONNECT: from here on the bytes are not ours. */
static enum http_turn grant(struct pst_instance *me, struct pst_io *io,
                            const struct pst_head *h)
{
	char date[HTTP_DATE_SIZE];
	struct h1_extra extra = {.date = date, .phrase = phrase_for(h)};
	struct http_trunk *t = http_trunk_of(me);
	int r;

	if (t->asked != h->upgrade_by) {
		return http_front_answer(
			me, io, h->status == 101 ? 500 : 501,
			h->status == 101
				? "the service granted what was not asked "
				  "for"
				: "the service opens no tunnels");
	}
	http_date(pst_wall_clock(me), date);
	r = http_put_head(me, io->tx_out, h, &extra);
	if (r != PST_OK) {
		return write_result(me, io, r);
	}
	pst_count(me, HTTP_UPGRADES, 1);
	t->stream = NULL;
	return HTTP_LEAVE;
}

static void decide_persistence(struct http_trunk *t, const struct pst_io *io,
                               enum h1_delimit delimit)
{
	bool unread = t->expect && !t->in.done;

	if ((io->flags & PST_IO_DRAIN) != 0 || delimit == H1_DELIMIT_CLOSE ||
	    t->asked == PST_UPGRADE_CONNECT || unread) {
		t->keep_alive = false;
	}
}

static enum http_turn final_head(struct pst_instance *me, struct pst_io *io,
                                 const struct pst_head *h, bool last)
{
	char date[HTTP_DATE_SIZE];
	struct h1_extra extra = {.date = date, .phrase = phrase_for(h)};
	struct http_trunk *t = http_trunk_of(me);
	int r;

	extra.delimit =
		h1_delimit_response(h, t->version, t->is_head, &extra.length);
	if (t->asked != PST_UPGRADE_NONE) {
		end_request(me);
	}
	decide_persistence(t, io, extra.delimit);
	if (!t->keep_alive) {
		extra.connection = "close";
	} else if (t->version < 11) {
		extra.connection = "keep-alive";
	}
	http_date(pst_wall_clock(me), date);
	r = http_put_head(me, io->tx_out, h, &extra);
	if (r == PST_INVALID) {
		return http_front_answer(
			me, io, 500,
			"the service sent a head that cannot be written");
	}
	t->out.begun = true;
	t->out.left = extra.length;
	t->out.delimit =
		(uint8_t)(t->is_head || h->status == 304 ? H1_DELIMIT_NONE
	                                                 : extra.delimit);
	if (r == PST_OK && last) {
		r = http_out_end(me, &t->out, io->tx_out, NULL);
	}
	return r == PST_OK ? HTTP_AGAIN : write_result(me, io, r);
}

static enum http_turn interim_head(struct pst_instance *me, struct pst_io *io,
                                   const struct pst_head *h)
{
	struct h1_extra extra = {.phrase = phrase_for(h)};
	struct http_trunk *t = http_trunk_of(me);
	int r;

	/* RFC 9110 15.2: not to HTTP/1.0 */
	if (t->version < 11) {
		return HTTP_AGAIN;
	}
	if (h->status == 100) {
		t->expect = false;
	}
	r = http_put_head(me, io->tx_out, h, &extra);
	return r == PST_OK ? HTTP_AGAIN : write_result(me, io, r);
}

/* One slice before the final head. */
static enum http_turn take_head(struct pst_instance *me, struct pst_io *io,
                                const struct pst_slice *s)
{
	const struct http_trunk *t = http_trunk_of(me);
	const struct pst_head *h = (const struct pst_head *)(void *)s->data;

	if ((s->flags & PST_CONTROL) != 0) {
		return HTTP_AGAIN;
	}
	if ((s->flags & PST_HEAD) == 0 ||
	    (h->kind != PST_HEAD_INTERIM && h->kind != PST_HEAD_RESPONSE)) {
		return http_front_answer(
			me, io, 500, "the service sent a body without a head");
	}
	if (h->kind == PST_HEAD_INTERIM) {
		return interim_head(me, io, h);
	}
	if (h->status == 101 || (t->asked == PST_UPGRADE_CONNECT &&
	                         h->status >= 200 && h->status < 300)) {
		return grant(me, io, h);
	}
	return final_head(me, io, h, (s->flags & PST_EOM) != 0);
}

static enum http_turn response_head(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_queue *q = t->stream->tx_in;
	struct pst_slice *s = pst_peek(q);
	enum http_turn turn;
	enum pst_class why;

	if (s == NULL) {
		if (q->end == PST_END_OPEN) {
			return HTTP_WAIT;
		}
		why = (enum pst_class)q->end_class;
		return http_front_answer(me, io, http_class_status(why),
		                         http_class_text(why));
	}
	if (pst_room(me, io->tx_out) == 0) {
		return HTTP_WAIT;
	}
	s = pst_take(me, q);
	turn = take_head(me, io, s);
	pst_slice_free(me, s);
	return turn;
}

static enum http_turn response_body(struct pst_instance *me, struct pst_io *io,
                                    uint32_t *budget_io)
{
	struct http_trunk *t = http_trunk_of(me);
	struct pst_queue *q = t->stream->tx_in;
	int r = http_body_out(me, &t->out, q, io->tx_out, budget_io);

	if (r == PST_OK) {
		return http_front_finish(me, io);
	}
	if (r == PST_AGAIN) {
		return *budget_io == 0 ? HTTP_MORE : HTTP_WAIT;
	}
	if (r == PST_IO) {
		return http_front_cut(me, io, (enum pst_class)q->end_class,
		                      "the response was cut off");
	}
	return write_result(me, io, r);
}

enum http_turn http_front_respond(struct pst_instance *me, struct pst_io *io,
                                  uint32_t *budget_io)
{
	const struct http_trunk *t = http_trunk_of(me);
	enum http_turn turn = HTTP_AGAIN;

	while (turn == HTTP_AGAIN && t->phase == HTTP_EXCHANGE &&
	       !t->out.begun) {
		turn = response_head(me, io);
	}
	if (turn == HTTP_AGAIN && t->phase == HTTP_EXCHANGE) {
		turn = response_body(me, io, budget_io);
	}
	return turn;
}
