/* SPDX-License-Identifier: MIT */
/* Messages of HTTP that must be the same on both sides. */
#include "fuzz_http_message.h"

#include "fuzz.h"

static struct pst_head *copy(const struct pst_head *h)
{
	struct pst_head *c = malloc(h->size);

	must(c != NULL);
	memcpy(c, h, h->size);
	return c;
}

/* What the layer alone may say is no field, on either side. */
static void check_fields(const struct pst_head *h)
{
	static const char *const members[] = {"connection",
	                                      "keep-alive",
	                                      "proxy-connection",
	                                      "transfer-encoding",
	                                      "content-length",
	                                      "upgrade",
	                                      "te",
	                                      "trailer",
	                                      "host"};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		must(pst_head_count(h, members[i]) == 0);
	}
	must(pst_kit_head_ok(h, h->size));
}

static void note_head(struct message *m, const struct pst_head *h)
{
	check_fields(h);
	if (h->kind == PST_HEAD_INTERIM) {
		must(m->head == NULL);
	} else if (h->kind == PST_HEAD_TRAILERS) {
		must(m->head != NULL && m->trailers == NULL);
		m->trailers = copy(h);
	} else {
		must(m->head == NULL && m->length == 0);
		m->head = copy(h);
	}
}

void message_note(struct message *m, const struct pst_slice *s)
{
	must(!m->complete && !m->ended);
	if ((s->flags & PST_HEAD) != 0) {
		note_head(m, pst_kit_head_of(s));
	} else if (s->length != 0) {
		must(m->head != NULL && m->trailers == NULL);
		if (m->length + s->length > m->room) {
			m->room = 2 * m->room + s->length;
			m->body = realloc(m->body, m->room);
			must(m->body != NULL);
		}
		memcpy(m->body + m->length, s->data, s->length);
		m->length += s->length;
	}
	m->complete = (s->flags & PST_EOM) != 0;
}

void message_forget(struct message *m)
{
	free(m->head);
	free(m->trailers);
	free(m->body);
	memset(m, 0, sizeof(*m));
}

static bool same_text(const struct pst_head *a, struct pst_span x,
                      const struct pst_head *b, struct pst_span y)
{
	return x.length == y.length &&
	       memcmp(pst_head_text(a, x), pst_head_text(b, y), x.length) == 0;
}

/* Fields and their order; a Date that was missing is added to responses. */
static void same_fields(const struct pst_head *from, const struct pst_head *to)
{
	bool dated = from->kind == PST_HEAD_RESPONSE &&
	             pst_head_count(from, "date") == 0;
	uint32_t i, at = 0;

	for (i = 0; i < to->field_count; i++) {
		const struct pst_field *f = &to->field[i];

		if (dated && pst_head_is(to, f->name, "date")) {
			dated = false;
			continue;
		}
		must(at < from->field_count);
		must(same_text(from, from->field[at].name, to, f->name));
		must(same_text(from, from->field[at].value, to, f->value));
		at++;
	}
	must(at == from->field_count);
}

static void same_head(const struct pst_head *from, const struct pst_head *to)
{
	must(from->kind == to->kind && from->status == to->status);
	must(same_text(from, from->method, to, to->method));
	must(same_text(from, from->authority, to, to->authority));
	must(same_text(from, from->path, to, to->path));
	must(from->upgrade_by == to->upgrade_by);
	must(same_text(from, from->upgrade, to, to->upgrade) ||
	     from->status == 426);
	if (from->body == PST_BODY_LENGTH && from->body_length != 0 &&
	    to->body == PST_BODY_LENGTH) {
		must(from->body_length == to->body_length);
	}
	same_fields(from, to);
}

/* `to` is `from`, or the beginning of it; never more, never something else. */
void message_same(const struct message *from, const struct message *to)
{
	if (to->head == NULL) {
		return;
	}
	must(from->head != NULL);
	same_head(from->head, to->head);
	must(to->length <= from->length);
	must(to->length == 0 || memcmp(from->body, to->body, to->length) == 0);
	if (to->trailers != NULL) {
		must(from->trailers != NULL);
		same_fields(from->trailers, to->trailers);
	}
	must(!to->complete || (from->complete && to->length == from->length));
}
