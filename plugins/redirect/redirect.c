/* SPDX-License-Identifier: MIT */
/* The service `redirect`: tells every exchange to ask elsewhere. */
#include "redirect.h"

#include <penstock/plugin.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

struct redirect {
	struct pst_slice *head; /* owned: of the response, until it is sent */
	struct pst_slice *body; /* owned; NULL: none */
	bool failed;            /* no memory for them */
	bool ready;             /* the request is read, or need not be */
	bool done;
};

/** What is answered. */
struct response {
	const char *url; /* NULL: no redirect */
	size_t url_length;
	const char *text; /* the body of what is no redirect */
	const char *cache_control;
	const char *allow;
	uint16_t status;
	bool headless;
};

static int offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_answer answer = {.size = sizeof(answer), .accept = 1};

	(void)io;
	pst_service_answer(me, &answer);
	return PST_OK;
}

/* -- the response -------------------------------------------------------- */

static void append(struct pst_slice *s, const char *text, size_t length)
{
	memcpy(s->data + s->length, text, length);
	pst_slice_append(s, (uint32_t)length);
}

/* A URL that was filled in has no <, > and ". */
static void append_escaped(struct pst_slice *s, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] == '&') {
			append(s, "&amp;", 5);
		} else if (text[i] == '\'') {
			append(s, "&#39;", 5);
		} else {
			append(s, text + i, 1);
		}
	}
}

/** Make the body; NULL: no memory. */
static struct pst_slice *make_body(struct pst_instance *me,
                                   const struct response *r)
{
	static const char before[] = "<!DOCTYPE html>\n<title>Moved</title>\n"
				     "<p>This is found <a href=\"";
	static const char after[] = "\">elsewhere</a>.\n";
	size_t room = r->url == NULL ? strlen(r->text)
	                             : sizeof(before) + sizeof(after) +
	                                       5 * r->url_length;
	struct pst_slice *s = pst_slice_new(me, room);

	if (s == NULL) {
		return NULL;
	}
	if (r->url == NULL) {
		append(s, r->text, room);
	} else {
		append(s, before, sizeof(before) - 1);
		append_escaped(s, r->url, r->url_length);
		append(s, after, sizeof(after) - 1);
	}
	s->flags = PST_EOM;
	return s;
}

static void add(struct pst_head_builder *b, const char *name, const char *value,
                size_t length)
{
	if (value != NULL) {
		pst_head_add(b, name, strlen(name), value, length);
	}
}

static int64_t build_head(struct pst_slice *s, size_t room,
                          const struct response *r, size_t body_length)
{
	const char *type = r->url == NULL ? "text/plain; charset=utf-8"
	                                  : "text/html; charset=utf-8";
	struct pst_head_builder b;

	pst_head_begin(&b, s->data, room, PST_HEAD_RESPONSE);
	b.head->status = r->status;
	b.head->body = PST_BODY_LENGTH;
	b.head->body_length = body_length;
	add(&b, "Location", r->url, r->url_length);
	add(&b, "Content-Type", type, strlen(type));
	if (r->cache_control != NULL) {
		add(&b, "Cache-Control", r->cache_control,
		    strlen(r->cache_control));
	}
	if (r->allow != NULL) {
		add(&b, "Allow", r->allow, strlen(r->allow));
	}
	return pst_head_finish(&b);
}

static int make_head(struct pst_instance *me, const struct response *r,
                     size_t body_length)
{
	size_t cache = r->cache_control == NULL ? 0 : strlen(r->cache_control);
	size_t room = pst_head_room(4, 160 + r->url_length + cache);
	struct redirect *state = me->state;
	int64_t size;

	state->head = pst_slice_new(me, room);
	if (state->head == NULL) {
		return PST_MEMORY;
	}
	size = build_head(state->head, room, r, body_length);
	if (size < 0) {
		return (int)size;
	}
	pst_slice_append(state->head, (uint32_t)size);
	state->head->flags = PST_HEAD | (r->headless ? (uint32_t)PST_EOM : 0);
	return PST_OK;
}

static int respond(struct pst_instance *me, const struct response *r)
{
	struct redirect *state = me->state;
	struct pst_slice *body = make_body(me, r);
	int result;

	if (body == NULL) {
		return PST_MEMORY;
	}
	result = make_head(me, r, body->length);
	if (r->headless) {
		pst_slice_free(me, body);
	} else {
		state->body = body;
	}
	return result;
}

static uint16_t code_of(const struct redirect_conf *c,
                        const struct pst_head *head)
{
	if (c->code != 0) {
		return (uint16_t)c->code;
	}
	return pst_head_equals(head, head->method, "GET") ||
	                       pst_head_equals(head, head->method, "HEAD")
	               ? 301
	               : 308;
}

static void no_redirect(struct response *r, uint16_t status, const char *text)
{
	r->status = status;
	r->text = text;
}

static void lead(const struct redirect_conf *c, const char *to,
                 const struct pst_head *head,
                 const struct redirect_request *request, char *url,
                 struct response *r)
{
	int n = redirect_target_fill(to, request, url);

	if (n < 0) {
		no_redirect(r, 414, "the address is too long\n");
		return;
	}
	r->status = code_of(c, head);
	r->cache_control = c->cache_control;
	r->url = url;
	r->url_length = (size_t)n;
}

static int decide(struct pst_instance *me, const struct pst_head *head)
{
	const struct redirect_conf *c = me->conf;
	struct response r = {
		.headless = pst_head_equals(head, head->method, "HEAD")};
	struct redirect_request request;
	char url[REDIRECT_URL_MAX];
	const char *to;

	if (head->upgrade_by == PST_UPGRADE_CONNECT) {
		r.allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
		no_redirect(&r, 405, "a tunnel cannot be redirected\n");
		return respond(me, &r);
	}
	if (redirect_request_read(head, &request) != PST_OK) {
		no_redirect(&r, 400, "the request names no valid host\n");
		return respond(me, &r);
	}
	to = redirect_find(c, &request);
	if (to == NULL) {
		no_redirect(&r, 404, "there is nothing here\n");
	} else if (request.host_length == 0 && redirect_target_needs_host(to)) {
		no_redirect(&r, 400, "the request names no host\n");
	} else {
		lead(c, to, head, &request, url, &r);
	}
	return respond(me, &r);
}

/* -- the exchange -------------------------------------------------------- */

static void look_at(struct pst_instance *me, const struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;
	struct redirect *r = me->state;

	if ((s->flags & PST_HEAD) != 0 && h->kind == PST_HEAD_REQUEST) {
		r->failed = decide(me, h) != PST_OK;
		/* RFC 9110 10.1.1: one that asks first need not send it */
		r->ready = pst_head_count(h, "Expect") != 0 ||
		           h->upgrade_by != PST_UPGRADE_NONE;
	}
	r->ready = r->ready || (s->flags & PST_EOM) != 0;
}

/* Read the request to its end: a client that still sends may not listen. */
static bool drain(struct pst_instance *me, struct pst_io *io)
{
	uint32_t read = 0;

	while (pst_peek(io->rx_in) != NULL) {
		struct pst_slice *s;

		if (read >= io->budget) {
			return false;
		}
		s = pst_take(me, io->rx_in);
		read += s->length;
		look_at(me, s);
		pst_slice_free(me, s);
	}
	return true;
}

static void answer(struct pst_instance *me, struct pst_io *io)
{
	struct redirect *r = me->state;

	if (r->head != NULL && pst_room(me, io->tx_out) != 0) {
		pst_put(me, io->tx_out, r->head);
		r->head = NULL;
	}
	if (r->head == NULL && r->body != NULL &&
	    pst_room(me, io->tx_out) != 0) {
		pst_put(me, io->tx_out, r->body);
		r->body = NULL;
	}
	if (r->head == NULL && r->body == NULL) {
		r->done = true;
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct redirect *r = me->state;
	bool drained = drain(me, io);

	if (r->failed) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
		return PST_STEP_ERROR;
	}
	if (r->ready && !r->done) {
		answer(me, io);
	}
	if (!drained) {
		return PST_STEP_MORE;
	}
	if (pst_ended(io->rx_in) && !r->ready) {
		pst_end(me, io->tx_out, PST_END_RESET, PST_CLASS_TRUNCATED);
	}
	return PST_STEP_OK;
}

static void leave(struct pst_instance *me, enum pst_close why)
{
	struct redirect *r = me->state;

	(void)why;
	pst_slice_free(me, r->head);
	pst_slice_free(me, r->body);
}

static const struct pst_service redirect = {
	.size = sizeof(redirect),
	.id = "redirect",
	.help = "Tells every exchange to ask elsewhere: https, another host, "
		"other paths.",
	.shapes = PST_SHAPE_EXCHANGES,
	.state_size = sizeof(struct redirect),
	.conf_size = sizeof(struct redirect_conf),
	.options = redirect_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = redirect_conf_init,
	.conf_finish = redirect_conf_finish,
	.offer = offer,
	.step = step,
	.close = leave,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_SERVICE) == 0
	               ? &redirect
	               : NULL;
}

PST_PLUGIN_NOTE("service:redirect");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "redirect",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
