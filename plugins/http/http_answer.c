/* SPDX-License-Identifier: MIT */
/* Answers that this layer gives by itself: short, plain text, no banner. */
#include "h1_shown.h"
#include "http_status.h"
#include "http_trunk.h"

#include <stdio.h>

static int64_t build(uint64_t *record, size_t size, unsigned status,
                     const char *allow, size_t length)
{
	static const char type[] = "text/plain; charset=utf-8";
	struct pst_head_builder b;

	pst_head_begin(&b, record, size, PST_HEAD_RESPONSE);
	b.head->status = (uint16_t)status;
	b.head->body = PST_BODY_LENGTH;
	b.head->body_length = length;
	pst_head_add(&b, "Content-Type", 12, type, sizeof(type) - 1);
	if (status == 405 && allow != NULL) {
		pst_head_add(&b, "Allow", 5, allow, strlen(allow));
	}
	return pst_head_finish(&b);
}

int http_answer(struct pst_instance *me, struct pst_io *io, unsigned status,
                const char *text)
{
	struct http_trunk *t = http_trunk_of(me);
	const char *phrase = http_status_phrase(status);
	char body[256], date[HTTP_DATE_SIZE];
	uint64_t record[64];
	struct h1_extra extra = {
		.delimit = H1_DELIMIT_LENGTH, .date = date, .phrase = phrase};
	int r;

	(void)snprintf(body, sizeof(body), "%u %s: %s\n", status, phrase, text);
	extra.length = strlen(body);
	if (build(record, sizeof(record), status, t->refusal.allow,
	          extra.length) < 0) {
		return PST_MEMORY;
	}
	t->keep_alive =
		t->keep_alive && t->in.done && (io->flags & PST_IO_DRAIN) == 0;
	if (!t->keep_alive) {
		extra.connection = "close";
	} else if (t->version < 11) {
		extra.connection = "keep-alive";
	}
	http_date(pst_wall_clock(me), date);
	r = http_put_head(me, io->tx_out,
	                  (const struct pst_head *)(const void *)record,
	                  &extra);
	if (r == PST_OK && !t->is_head) {
		r = pst_write(me, io->tx_out, body, strlen(body), 0);
	}
	t->out.begun = true;
	t->out.done = true;
	if (t->stream != NULL) {
		const struct pst_answered a = {.size = sizeof(a),
		                               .status = status};

		pst_stream_answered(me, t->stream, &a);
	}
	return r;
}

/* As much of its first line as came, from the front of `q`. */
static uint32_t line_shown(const struct pst_queue *q, char out[H1_SHOWN_MAX])
{
	uint8_t first[1024];
	const struct pst_slice *s;
	size_t n = 0;

	for (s = pst_peek(q); s != NULL && n < sizeof(first); s = s->next) {
		size_t room = sizeof(first) - n;
		size_t more = s->length < room ? s->length : room;

		memcpy(first + n, s->data, more);
		n += more;
	}
	return (uint32_t)h1_shown(first, n, out);
}

void http_log_refused(struct pst_instance *me, const struct pst_head *h,
                      const struct h1_error *err)
{
	const struct pst_answered a = {.size = sizeof(a),
	                               .status = err->status,
	                               .head = h,
	                               .text = err->text};

	pst_stream_answered(me, NULL, &a);
}

void http_log_rejected(struct pst_instance *me, const struct pst_queue *rx,
                       enum pst_class why, const struct h1_error *err)
{
	char line[H1_SHOWN_MAX];
	const struct pst_answered a = {.size = sizeof(a),
	                               .status = err->status,
	                               .line = line,
	                               .line_length = line_shown(rx, line),
	                               .reason = why,
	                               .text = err->text};

	pst_stream_answered(me, NULL, &a);
}
