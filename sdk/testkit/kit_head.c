/* SPDX-License-Identifier: MIT */
/* Heads and control records in tests: short to write, strict to check. */
#include "kit.h"

static bool span_ok(struct pst_span s, size_t from, size_t length)
{
	return s.length == 0 ||
	       (s.at >= from && s.at <= length && s.length <= length - s.at);
}

bool pst_kit_head_ok(const void *record, size_t length)
{
	const struct pst_head *h = record;
	size_t from;
	uint32_t i;

	if (length < sizeof(*h) || h->size != length ||
	    h->kind < PST_HEAD_REQUEST || h->kind > PST_HEAD_TRAILERS ||
	    h->body > PST_BODY_UNKNOWN || h->upgrade_by > PST_UPGRADE_CONNECT ||
	    h->field_count > length / sizeof(struct pst_field)) {
		return false;
	}
	from = pst_head_room(h->field_count, 0);
	if (from > length || !span_ok(h->method, from, length) ||
	    !span_ok(h->scheme, from, length) ||
	    !span_ok(h->authority, from, length) ||
	    !span_ok(h->path, from, length) ||
	    !span_ok(h->upgrade, from, length) ||
	    !span_ok(h->reason, from, length)) {
		return false;
	}
	for (i = 0; i < h->field_count; i++) {
		if (h->field[i].name.length == 0 ||
		    !span_ok(h->field[i].name, from, length) ||
		    !span_ok(h->field[i].value, from, length)) {
			return false;
		}
	}
	return true;
}

const struct pst_head *pst_kit_head_of(const struct pst_slice *s)
{
	if (s == NULL || (s->flags & PST_HEAD) == 0 ||
	    !pst_kit_head_ok(s->data, s->length)) {
		return NULL;
	}
	return (const struct pst_head *)(const void *)s->data;
}

const struct pst_control *pst_kit_control_of(const struct pst_slice *s)
{
	const struct pst_control *c;

	if (s == NULL || (s->flags & PST_CONTROL) == 0 ||
	    s->length < sizeof(*c) || ((uintptr_t)s->data & 7) != 0) {
		return NULL;
	}
	c = (const struct pst_control *)(const void *)s->data;
	if (c->kind < PST_CONTROL_CLOSE || c->kind > PST_CONTROL_ANSWER ||
	    c->reason >= PST_CLASS_COUNT || c->text_length > 123 ||
	    s->length != sizeof(*c) + c->text_length) {
		return NULL;
	}
	return c;
}

static void set(struct pst_head_builder *b, struct pst_span *span,
                const char *text)
{
	if (text != NULL) {
		pst_head_set(b, span, text, strlen(text));
	}
}

int64_t pst_kit_build_head(const struct pst_kit_head *from, void *buffer,
                           size_t capacity)
{
	struct pst_head_builder b;
	const char *const *f;

	if (capacity < sizeof(struct pst_head)) {
		return PST_LIMIT;
	}
	pst_head_begin(&b, buffer, capacity, from->kind);
	b.head->status = from->status;
	b.head->version = from->version;
	b.head->body = (uint8_t)from->body;
	b.head->body_length = from->body_length;
	b.head->upgrade_by = (uint8_t)from->upgrade_by;
	for (f = from->fields; f != NULL && *f != NULL; f += 2) {
		pst_head_add(&b, f[0], strlen(f[0]), f[1], strlen(f[1]));
	}
	set(&b, &b.head->method, from->method);
	set(&b, &b.head->scheme, from->scheme);
	set(&b, &b.head->authority, from->authority);
	set(&b, &b.head->path, from->path);
	set(&b, &b.head->upgrade, from->upgrade);
	set(&b, &b.head->reason, from->reason);
	return pst_head_finish(&b);
}

int pst_kit_feed_kit_head(struct pst_kit_port *p,
                          const struct pst_kit_head *from, uint32_t flags)
{
	uint64_t buffer[4096];
	int64_t size = pst_kit_build_head(from, buffer, sizeof(buffer));

	if (size < 0) {
		return (int)size;
	}
	pst_kit_feed_head(p, (const struct pst_head *)(void *)buffer, flags);
	return 0;
}

bool pst_kit_span_is(const struct pst_head *h, struct pst_span s,
                     const char *text)
{
	return strlen(text) == s.length &&
	       memcmp(pst_head_text(h, s), text, s.length) == 0;
}

bool pst_kit_field_is(const struct pst_head *h, const char *name,
                      const char *value)
{
	uint32_t at = 0;
	const struct pst_field *f = pst_head_find(h, name, &at);

	if (value == NULL || f == NULL) {
		return value == NULL && f == NULL;
	}
	return pst_head_count(h, name) == 1 &&
	       pst_kit_span_is(h, f->value, value);
}
