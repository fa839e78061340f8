/* SPDX-License-Identifier: MIT */
/* Heads of answers, and the answers to what cannot be served. */
#include "directory_reply.h"

#include <stdio.h>
#include <unistd.h>

enum {
	TEXT_ROOM = 2048 /* bytes of fields, but for values from settings */
};

struct wording {
	unsigned status;
	const char *text;
};

static const struct wording wordings[] = {
	{301, "301 moved\n"},
	{400, "400 the path is malformed\n"},
	{403, "403 forbidden\n"},
	{404, "404 not found\n"},
	{405, "405 only GET and HEAD are allowed\n"},
	{412, "412 precondition failed\n"},
	{416, "416 no such range\n"},
	{500, "500 the file cannot be read\n"},
	{503, "503 try again later\n"},
};

static const char *wording(unsigned status)
{
	size_t i;

	for (i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++) {
		if (wordings[i].status == status) {
			return wordings[i].text;
		}
	}
	return "error\n";
}

void directory_answer_close(struct pst_instance *me, struct directory_answer *a)
{
	const struct directory_conf *c = me->conf;

	if (a->fd >= 0) {
		close(a->fd);
		directory_root_give(c->root);
		a->fd = -1;
	}
}

void reply_add(struct reply *r, const char *name, const char *value)
{
	pst_head_add(&r->b, name, strlen(name), value, strlen(value));
}

int reply_begin(struct reply *r, unsigned status, size_t more)
{
	size_t room = pst_head_room(16, TEXT_ROOM + more);

	r->out->head = pst_slice_new(r->me, room);
	if (r->out->head == NULL) {
		return PST_MEMORY;
	}
	pst_head_begin(&r->b, r->out->head->data, room, PST_HEAD_RESPONSE);
	r->b.head->status = (uint16_t)status;
	reply_add(r, "X-Content-Type-Options", "nosniff");
	return PST_OK;
}

void reply_length(struct reply *r, uint64_t length)
{
	r->b.head->body = PST_BODY_LENGTH;
	r->b.head->body_length = length;
}

int reply_finish(struct reply *r)
{
	struct directory_answer *a = r->out;
	int64_t size = pst_head_finish(&r->b);

	if (size < 0) {
		pst_slice_free(r->me, a->head);
		a->head = NULL;
		directory_answer_close(r->me, a);
		return (int)size;
	}
	if (r->headless) {
		directory_answer_close(r->me, a);
		a->at = a->end = 0;
	}
	pst_slice_append(a->head, (uint32_t)size);
	a->head->flags = PST_HEAD | (a->at == a->end ? (uint32_t)PST_EOM : 0);
	return PST_OK;
}

void reply_type(struct reply *r, const char *type)
{
	char text[TEXT_ROOM / 2];

	if (!directory_type_is_text(type)) {
		reply_add(r, "Content-Type", type);
		return;
	}
	snprintf(text, sizeof(text), "%s; charset=utf-8", type);
	reply_add(r, "Content-Type", text);
}

static const char *page_of(const struct directory_conf *c, unsigned status)
{
	size_t i;

	for (i = 0; i < c->error_pages.count; i++) {
		if (c->page[i].status == status) {
			return c->page[i].path;
		}
	}
	return NULL;
}

/* The body of an error: the page for it, else a short text. A page that cannot
 * be opened is no second error. */
static const char *error_body(struct reply *r, unsigned status)
{
	const struct directory_conf *c = reply_conf(r);
	const char *page = page_of(c, status);
	struct directory_answer *a = r->out;
	struct stat st;

	if (page != NULL && directory_root_open(c->root) == 0 &&
	    directory_root_take(c->root)) {
		a->fd = directory_open(c->root, page, &st);
		if (a->fd >= 0) {
			a->end = (uint64_t)st.st_size;
			return directory_type_of(page, c->type, c->types.count);
		}
		directory_root_give(c->root);
		a->fd = -1;
	}
	a->text = wording(status);
	a->end = strlen(a->text);
	return "text/plain";
}

int reply_begin_error(struct reply *r, unsigned status, size_t more)
{
	const char *type = error_body(r, status);
	int result = reply_begin(r, status, more + strlen(type));

	if (result != PST_OK) {
		directory_answer_close(r->me, r->out);
		return result;
	}
	reply_type(r, type);
	reply_length(r, r->out->end);
	return PST_OK;
}

int reply_error(struct reply *r, unsigned status)
{
	int result = reply_begin_error(r, status, 0);

	if (result != PST_OK) {
		return result;
	}
	if (status == 405) {
		reply_add(r, "Allow", "GET, HEAD");
	} else if (status == 503) {
		reply_add(r, "Retry-After", "1");
	}
	return reply_finish(r);
}
