/* SPDX-License-Identifier: MIT */
/* Who the client proved to be, sent on as fields. */
#include "http_identity.h"

#include "h1_fields.h"
#include "http_trunk.h"

#include <stdlib.h>

/* What is wrong with "Name: attribute"; NULL: nothing. */
static const char *parse(const char *text, struct http_identity_field *out)
{
	const char *colon = strchr(text, ':');
	size_t i;

	if (colon == NULL) {
		return "has no colon; write \"Name: attribute\"";
	}
	out->name = h1_text_of(text, (size_t)(colon - text));
	out->attribute = colon + 1 + strspn(colon + 1, " ");
	for (i = 0; i < out->name.n; i++) {
		if (!pst_is_token_char((uint8_t)text[i])) {
			break;
		}
	}
	if (i == 0 || i < out->name.n) {
		return "does not begin with the name of a field";
	}
	if (h1_name_of(out->name) != H1_OTHER) {
		return "names a field that HTTP itself needs";
	}
	if (strchr(out->attribute, '.') == NULL ||
	    out->attribute[strspn(out->attribute,
	                          "abcdefghijklmnopqrstuvwxyz0123456789._")] !=
	            '\0') {
		return "does not end with an attribute, like tls.peer.subject";
	}
	return NULL;
}

bool http_identity_same(struct h1_text a, struct h1_text b)
{
	size_t i;

	if (a.n != b.n) {
		return false;
	}
	for (i = 0; i < a.n; i++) {
		uint8_t x = pst_ascii_lower((uint8_t)a.p[i]);
		uint8_t y = pst_ascii_lower((uint8_t)b.p[i]);
		bool plain = (x >= 'a' && x <= 'z') || (x >= '0' && x <= '9') ||
		             (y >= 'a' && y <= 'z') || (y >= '0' && y <= '9');

		if (x != y && plain) {
			return false;
		}
	}
	return true;
}

static bool is_configured(const struct http_identity *identity,
                          struct h1_text name)
{
	size_t i;

	for (i = 0; i < identity->count; i++) {
		if (http_identity_same(identity->field[i].name, name)) {
			return true;
		}
	}
	return false;
}

int http_identity_init(struct http_identity *identity,
                       const struct pst_list *list, struct pst_setup *setup)
{
	int failed = PST_OK;
	size_t i;

	if (list->count == 0) {
		return PST_OK;
	}
	identity->field = calloc(list->count, sizeof(identity->field[0]));
	if (identity->field == NULL) {
		pst_error(setup, "identity_fields", "memory ran out");
		return PST_CONFIG;
	}
	for (i = 0; i < list->count; i++) {
		struct http_identity_field field;
		const char *why = parse(list->item[i], &field);

		if (why == NULL && is_configured(identity, field.name)) {
			why = "names a field a second time";
		}
		if (why != NULL) {
			pst_error(setup, "identity_fields", "\"%s\" %s",
			          list->item[i], why);
			failed = PST_CONFIG;
			continue;
		}
		identity->field[identity->count++] = field;
	}
	return failed;
}

void http_identity_finish(struct http_identity *identity)
{
	free(identity->field);
	identity->field = NULL;
	identity->count = 0;
}

static const char *proven(struct pst_instance *me, const char *attribute)
{
	enum pst_provenance how = PST_CLAIMED;
	const char *value = pst_attribute_get(me, attribute, &how);

	return how == PST_PROVEN ? value : NULL;
}

/* Whoever made the attribute, what leaves here is one line of ASCII. */
static void add_value(struct pst_head_builder *b, struct h1_text name,
                      const char *value)
{
	uint32_t i, before = b->head->field_count;
	struct pst_field *f;
	char *text;

	pst_head_add(b, name.p, name.n, "", 0);
	if (b->failure != PST_OK || b->head->field_count == before) {
		return;
	}
	f = &b->head->field[before];
	f->value.length = (uint32_t)strlen(value);
	if (b->text_at < f->value.length ||
	    b->text_at - f->value.length <
	            pst_head_room(b->head->field_count, 0)) {
		b->failure = PST_LIMIT;
		return;
	}
	b->text_at -= f->value.length;
	f->value.at = b->text_at;
	text = (char *)b->head + b->text_at;
	for (i = 0; i < f->value.length; i++) {
		text[i] = value[i] >= ' ' && value[i] <= '~' ? value[i] : '?';
	}
}

static void copy_span(struct pst_head_builder *b, struct pst_span *out,
                      const struct pst_head *h, struct pst_span span)
{
	pst_head_set(b, out, pst_head_text(h, span), span.length);
}

static void copy(struct pst_head_builder *b, const struct pst_head *h,
                 const struct http_identity *identity)
{
	struct pst_head *to = b->head;
	uint32_t i;

	to->body = h->body;
	to->upgrade_by = h->upgrade_by;
	to->status = h->status;
	to->version = h->version;
	to->body_length = h->body_length;
	copy_span(b, &to->method, h, h->method);
	copy_span(b, &to->scheme, h, h->scheme);
	copy_span(b, &to->authority, h, h->authority);
	copy_span(b, &to->path, h, h->path);
	copy_span(b, &to->upgrade, h, h->upgrade);
	copy_span(b, &to->reason, h, h->reason);
	for (i = 0; i < h->field_count; i++) {
		const struct pst_field *f = &h->field[i];
		const char *name = pst_head_text(h, f->name);

		if (!is_configured(identity,
		                   h1_text_of(name, f->name.length))) {
			pst_head_add(b, name, f->name.length,
			             pst_head_text(h, f->value),
			             f->value.length);
		}
	}
}

struct pst_slice *http_identity_apply(struct pst_instance *me,
                                      const struct http_identity *identity,
                                      struct pst_slice *s, int64_t *size_io)
{
	const struct pst_head *h = (const struct pst_head *)(void *)s->data;
	bool request = h->kind == PST_HEAD_REQUEST;
	size_t room = pst_head_room(identity->count, (size_t)*size_io), i;
	struct pst_head_builder b;
	struct pst_slice *to;

	for (i = 0; request && i < identity->count; i++) {
		const char *value = proven(me, identity->field[i].attribute);

		room += identity->field[i].name.n +
		        (value == NULL ? 0 : strlen(value));
	}
	to = http_record(me, &b, room, (enum pst_head_kind)h->kind);
	if (to == NULL) {
		pst_slice_free(me, s);
		return NULL;
	}
	copy(&b, h, identity);
	for (i = 0; request && i < identity->count; i++) {
		const char *value = proven(me, identity->field[i].attribute);

		if (value != NULL) {
			add_value(&b, identity->field[i].name, value);
		}
	}
	pst_slice_free(me, s);
	*size_io = pst_head_finish(&b);
	if (*size_io < 0) {
		pst_slice_free(me, to);
		return NULL;
	}
	return to;
}
