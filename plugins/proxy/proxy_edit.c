/* SPDX-License-Identifier: MIT */
/* A head that is made from another, which it replaces. */
#include "proxy_edit.h"

#include <assert.h>
#include <penstock/layer.h>

enum {
	ROOM_MAX = 512 * 1024 /* bytes: many times the largest head */
};

static struct pst_span moved(const struct proxy_edit *e, struct pst_span s)
{
	if (s.length != 0) {
		s.at += e->moved;
	}
	return s;
}

/* All text of the old head goes to the back of the new one's room. */
static void begin(struct proxy_edit *e, const struct pst_head *old,
                  void *buffer, size_t capacity)
{
	uint32_t front = (uint32_t)pst_head_room(old->field_count, 0);
	uint32_t text = old->size - front;
	struct pst_head *h;

	e->old = old;
	pst_head_begin(&e->b, buffer, capacity, (enum pst_head_kind)old->kind);
	if (e->b.failure != PST_OK ||
	    e->b.text_at < sizeof(struct pst_head) + text) {
		e->b.failure = PST_LIMIT;
		return;
	}
	e->b.text_at -= text;
	e->moved = e->b.text_at - front;
	h = e->b.head;
	memcpy((char *)h + e->b.text_at, (const char *)old + front, text);
	h->body = old->body;
	h->upgrade_by = old->upgrade_by;
	h->status = old->status;
	h->version = old->version;
	h->body_length = old->body_length;
	h->method = moved(e, old->method);
	h->scheme = moved(e, old->scheme);
	h->authority = moved(e, old->authority);
	h->path = moved(e, old->path);
	h->upgrade = moved(e, old->upgrade);
	h->reason = moved(e, old->reason);
}

/* Returns NULL with `*size_out` a negative enum pst_result. */
static struct pst_slice *make(struct pst_instance *me,
                              const struct pst_head *old, size_t room,
                              proxy_edit_fn fill, void *context,
                              int64_t *size_out)
{
	struct pst_slice *s = pst_slice_new(me, room);
	struct proxy_edit e;

	if (s == NULL) {
		*size_out = PST_MEMORY;
		return NULL;
	}
	memset(&e, 0, sizeof(e));
	begin(&e, old, s->data, room);
	if (e.b.failure == PST_OK) {
		fill(&e, context);
	}
	*size_out = pst_head_finish(&e.b);
	if (*size_out < 0) {
		pst_slice_free(me, s);
		return NULL;
	}
	(void)pst_slice_append(s, (uint32_t)*size_out);
	s->flags = PST_HEAD;
	return s;
}

struct pst_slice *proxy_edit(struct pst_instance *me, struct pst_slice *slice,
                             size_t room, proxy_edit_fn fill, void *context)
{
	const struct pst_head *old =
		(const struct pst_head *)(const void *)slice->data;
	struct pst_slice *made;
	int64_t size = PST_LIMIT;

	for (room += old->size; room <= ROOM_MAX; room *= 2) {
		made = make(me, old, room, fill, context, &size);
		if (made != NULL) {
			pst_slice_free(me, slice);
			return made;
		}
		if (size != PST_LIMIT) {
			break;
		}
	}
	pst_slice_free(me, slice);
	pst_fail(me, PST_CLASS_INTERNAL, 0, "%s",
	         size == PST_MEMORY ? "memory ran out"
	                            : "a head cannot be rewritten");
	return NULL;
}

void proxy_edit_keep(struct proxy_edit *e, const struct pst_field *f)
{
	struct pst_head_builder *b = &e->b;
	struct pst_field *to;

	if (b->failure != PST_OK) {
		return;
	}
	if (pst_head_room(b->head->field_count + 1, 0) > b->text_at) {
		b->failure = PST_LIMIT;
		return;
	}
	to = &b->head->field[b->head->field_count++];
	to->name = moved(e, f->name);
	to->value = moved(e, f->value);
}

/* Names are literals: nothing to be checked. */
void proxy_edit_begin(struct proxy_edit *e, const char *name, size_t length)
{
	struct pst_head_builder *b = &e->b;
	struct pst_field *f;

	if (b->failure != PST_OK) {
		return;
	}
	if (pst_head_room(b->head->field_count + 1, length) > b->text_at) {
		b->failure = PST_LIMIT;
		return;
	}
	b->text_at -= (uint32_t)length;
	memcpy((char *)b->head + b->text_at, name, length);
	f = &b->head->field[b->head->field_count++];
	f->name = (struct pst_span){b->text_at, (uint32_t)length};
	f->value = (struct pst_span){0, 0};
}

static bool is_old_text(const struct proxy_edit *e, const char *text)
{
	/* an address below it wraps around */
	return (uintptr_t)text - (uintptr_t)e->old < e->old->size;
}

void proxy_edit_put(struct proxy_edit *e, const char *name, size_t name_length,
                    const char *value, size_t length)
{
	struct pst_head *h = e->b.head;
	uint32_t at;

	proxy_edit_begin(e, name, name_length);
	if (e->b.failure != PST_OK || length == 0 || !is_old_text(e, value)) {
		proxy_edit_more(e, value, length);
		return;
	}
	at = (uint32_t)(value - (const char *)e->old);
	h->field[h->field_count - 1].value =
		moved(e, (struct pst_span){at, (uint32_t)length});
}

/* Text fills the room from the back: what the value has so far moves down. */
void proxy_edit_more(struct proxy_edit *e, const char *text, size_t length)
{
	struct pst_head_builder *b = &e->b;
	struct pst_span more = {0, 0};
	struct pst_field *f;
	char *base;

	if (b->failure != PST_OK || length == 0) {
		return;
	}
	assert(b->head->field_count != 0);
	f = &b->head->field[b->head->field_count - 1];
	pst_head_set(b, &more, text, length);
	if (b->failure != PST_OK) {
		return;
	}
	if (f->value.length == 0) {
		f->value = more;
		return;
	}
	base = (char *)b->head;
	memmove(base + more.at, base + f->value.at, f->value.length);
	memcpy(base + more.at + f->value.length, text, length);
	f->value.at = more.at;
	f->value.length += (uint32_t)length;
}

static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool proxy_same_name(const char *a, size_t a_length, const char *b,
                     size_t b_length)
{
	size_t i;

	if (a_length != b_length) {
		return false;
	}
	for (i = 0; i < a_length; i++) {
		uint8_t x = pst_ascii_lower((uint8_t)a[i]);
		uint8_t y = pst_ascii_lower((uint8_t)b[i]);

		if (x != y && (is_plain(x) || is_plain(y))) {
			return false;
		}
	}
	return true;
}
