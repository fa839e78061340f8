/* SPDX-License-Identifier: MIT */
/* Heads of the layer `cors`: answers of its own, and responses that are told
 * who may read them (Fetch 3.2). */
#include "cors.h"

static void add(struct pst_head_builder *b, const char *name, const char *value,
                size_t length)
{
	pst_head_add(b, name, strlen(name), value, length);
}

static void add_text(struct pst_head_builder *b, const char *name,
                     const char *value)
{
	if (value != NULL) {
		add(b, name, value, strlen(value));
	}
}

static size_t text_room(const char *name, const char *value)
{
	return value == NULL ? 0 : strlen(name) + strlen(value);
}

/* Begin a head in a new slice with room for `fields` and `text` bytes. */
static struct pst_slice *begin(struct pst_instance *me,
                               struct pst_head_builder *b, size_t fields,
                               size_t text, unsigned status)
{
	struct pst_slice *s = pst_slice_new(me, pst_head_room(fields, text));

	if (s != NULL) {
		pst_head_begin(b, s->data, s->after, PST_HEAD_RESPONSE);
		if (b->failure == PST_OK) {
			b->head->status = (uint16_t)status;
		}
	}
	return s;
}

static struct pst_slice *finish(struct pst_instance *me,
                                struct pst_head_builder *b, struct pst_slice *s,
                                uint32_t flags)
{
	int64_t size = pst_head_finish(b);

	if (size < 0 || pst_slice_append(s, (uint32_t)size) == NULL) {
		pst_slice_free(me, s);
		return NULL;
	}
	s->flags = PST_HEAD | flags;
	return s;
}

static void add_reader(const struct cors_conf *c, struct pst_head_builder *b,
                       const char *origin, size_t length)
{
	add(b, "Access-Control-Allow-Origin", origin, length);
	if (c->credentials) {
		add_text(b, "Access-Control-Allow-Credentials", "true");
	}
}

/* What may come; the browser compares. */
static void add_terms(const struct cors_conf *c, struct pst_head_builder *b,
                      const struct pst_head *request,
                      const struct pst_field *asked)
{
	add_text(b, "Access-Control-Allow-Methods", c->methods_text);
	if (c->any_header && asked != NULL) {
		add(b, "Access-Control-Allow-Headers",
		    pst_head_text(request, asked->value), asked->value.length);
	} else if (!c->any_header) {
		add_text(b, "Access-Control-Allow-Headers", c->headers_text);
	}
	add_text(b, "Access-Control-Max-Age", c->age_text);
}

struct pst_slice *cors_preflight_head(struct pst_instance *me,
                                      const struct pst_head *request,
                                      const struct cors_judgement *j)
{
	const struct cors_conf *c = me->conf;
	size_t text = 256 + j->origin->value.length + sizeof(c->age_text) +
	              text_room("", c->methods_text) +
	              text_room("", c->headers_text) +
	              (j->asked == NULL ? 0 : j->asked->value.length);
	struct pst_head_builder b;
	struct pst_slice *s = begin(me, &b, 8, text, 204);

	if (s == NULL) {
		return NULL;
	}
	if (j->allowed) {
		add_reader(c, &b, pst_head_text(request, j->origin->value),
		           j->origin->value.length);
		add_terms(c, &b, request, j->asked);
	}
	add_text(&b, "Vary",
	         c->any_header ? "Origin, Access-Control-Request-Headers"
	                       : "Origin");
	return finish(me, &b, s, PST_EOM);
}

struct pst_slice *cors_refusal_head(struct pst_instance *me, unsigned status,
                                    size_t length)
{
	static const char type[] = "text/plain; charset=utf-8";
	struct pst_head_builder b;
	struct pst_slice *s = begin(me, &b, 2, 64, status);

	if (s == NULL) {
		return NULL;
	}
	if (b.failure == PST_OK) {
		b.head->body = PST_BODY_LENGTH;
		b.head->body_length = length;
	}
	add_text(&b, "Content-Type", type);
	add_text(&b, "Vary", "Origin");
	return finish(me, &b, s, 0);
}

/* -- responses ---------------------------------------------------------- */

static bool begins(const struct pst_head *h, struct pst_span s,
                   const char *prefix)
{
	const char *text = pst_head_text(h, s);
	size_t i;

	for (i = 0; prefix[i] != '\0'; i++) {
		if (i >= s.length ||
		    pst_ascii_lower((uint8_t)text[i]) != (uint8_t)prefix[i]) {
			return false;
		}
	}
	return true;
}

/* Ours alone to say: all that begins like this, and Vary, which is merged. */
static bool is_ours(const struct pst_head *h, const struct pst_field *f)
{
	return begins(h, f->name, "access-control-") ||
	       pst_head_is(h, f->name, "Vary");
}

static void copy_span(struct pst_head_builder *b, struct pst_span *to,
                      const struct pst_head *from, struct pst_span s)
{
	pst_head_set(b, to, pst_head_text(from, s), s.length);
}

static void copy(struct pst_head_builder *b, const struct pst_head *h)
{
	uint32_t i;

	b->head->body = h->body;
	b->head->body_length = h->body_length;
	b->head->upgrade_by = h->upgrade_by;
	b->head->version = h->version;
	copy_span(b, &b->head->upgrade, h, h->upgrade);
	copy_span(b, &b->head->reason, h, h->reason);
	for (i = 0; i < h->field_count; i++) {
		const struct pst_field *f = &h->field[i];

		if (!is_ours(h, f)) {
			pst_head_add(b, pst_head_text(h, f->name),
			             f->name.length, pst_head_text(h, f->value),
			             f->value.length);
		}
	}
}

/* One item of a list, without blanks around it. */
static bool next_item(const char *text, size_t length, size_t *at_io,
                      const char **item_out, size_t *n_out)
{
	size_t at = *at_io, end;

	while (at < length &&
	       (text[at] == ',' || text[at] == ' ' || text[at] == '\t')) {
		at++;
	}
	for (end = at; end < length && text[end] != ','; end++) {
	}
	*at_io = end;
	while (end > at && (text[end - 1] == ' ' || text[end - 1] == '\t')) {
		end--;
	}
	*item_out = text + at;
	*n_out = end - at;
	return end > at;
}

static bool names_origin(const char *item, size_t n)
{
	static const char origin[] = "origin";
	size_t i;

	if (n == 1 && item[0] == '*') {
		return true;
	}
	for (i = 0; i < n && i < 6; i++) {
		if (pst_ascii_lower((uint8_t)item[i]) != (uint8_t)origin[i]) {
			return false;
		}
	}
	return n == 6;
}

static bool varies_by_origin(const struct pst_head *h,
                             const struct pst_field *f)
{
	const char *item;
	size_t at = 0, n;

	while (next_item(pst_head_text(h, f->value), f->value.length, &at,
	                 &item, &n)) {
		if (names_origin(item, n)) {
			return true;
		}
	}
	return false;
}

/* RFC 9110 5.3: the lines of a list are one list. It stands in `text`, which
 * has room for all of them. */
static size_t merge_vary(const struct pst_head *h, char *text)
{
	const struct pst_field *f;
	bool told = false;
	uint32_t at = 0;
	size_t n = 0;

	while ((f = pst_head_find(h, "Vary", &at)) != NULL) {
		if (f->value.length == 0) {
			continue;
		}
		told = told || varies_by_origin(h, f);
		memcpy(text + n, pst_head_text(h, f->value), f->value.length);
		n += f->value.length;
		memcpy(text + n, ", ", 2);
		n += 2;
	}
	if (told) {
		return n - 2;
	}
	memcpy(text + n, "Origin", 6);
	return n + 6;
}

static void add_vary(struct pst_instance *me, struct pst_head_builder *b,
                     const struct pst_head *h)
{
	const struct pst_field *f;
	struct pst_slice *s;
	size_t room = 8;
	uint32_t at = 0;

	while ((f = pst_head_find(h, "Vary", &at)) != NULL) {
		room += f->value.length + 2;
	}
	if (room == 8) {
		add_text(b, "Vary", "Origin");
		return;
	}
	s = pst_slice_new(me, room);
	if (s == NULL) {
		b->failure = b->failure == PST_OK ? PST_MEMORY : b->failure;
		return;
	}
	add(b, "Vary", (const char *)s->data, merge_vary(h, (char *)s->data));
	pst_slice_free(me, s);
}

struct pst_slice *cors_response_head(struct pst_instance *me,
                                     const struct pst_slice *s,
                                     const char *origin)
{
	const struct pst_head *h = (const void *)s->data;
	const struct cors_conf *c = me->conf;
	size_t text = h->size + 160 + text_room("", origin) +
	              text_room("", c->exposed_text);
	struct pst_head_builder b;
	struct pst_slice *made =
		begin(me, &b, h->field_count + 4, text, h->status);

	if (made == NULL) {
		return NULL;
	}
	if (b.failure == PST_OK) {
		copy(&b, h);
	}
	if (origin != NULL) {
		add_reader(c, &b, origin, strlen(origin));
		add_text(&b, "Access-Control-Expose-Headers", c->exposed_text);
	}
	add_vary(me, &b, h);
	return finish(me, &b, made, s->flags & PST_EOM);
}
