/* SPDX-License-Identifier: MIT */
/* Answers that this layer gives by itself: short, plain text, no banner. */
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
	return r;
}

/* What the log shows of a request: no more than fits, and nothing that ends a
 * quoted text. */
static size_t add_text(char *out, size_t at, size_t size, const char *text,
                       size_t length)
{
	size_t i;

	for (i = 0; i < length && at < size - 1; i++) {
		bool plain = text[i] > ' ' && text[i] < 0x7f &&
		             text[i] != '"' && text[i] != '\\';

		if (text[i] == '?') { /* queries are not for the log */
			break;
		}
		out[at++] = plain ? text[i] : '?';
	}
	out[at] = '\0';
	return at;
}

void http_log_refused(struct pst_instance *me, const struct pst_head *h,
                      unsigned status, const char *text)
{
	char request[190] = "";
	size_t at;

	if (h != NULL) {
		at = add_text(request, 0, sizeof(request) - 2,
		              pst_head_text(h, h->method), h->method.length);
		request[at++] = ' ';
		at = add_text(request, at, sizeof(request) - 1,
		              pst_head_text(h, h->authority),
		              h->authority.length);
		(void)add_text(request, at, sizeof(request),
		               pst_head_text(h, h->path), h->path.length);
	}
	pst_log(me, PST_LOG_INFO,
	        "request refused request=\"%s\" status=%u reason=\"%s\"",
	        request, status, text);
}
