/* SPDX-License-Identifier: MIT */
/* Answers of the service `proxy` itself. */
#include "proxy_error.h"

#include "proxy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct proxy_trouble connecting[PST_CLASS_COUNT] = {
	[PST_CLASS_CLEAN] = {502, false, "no back-end could be tried"},
	[PST_CLASS_GOING_AWAY] = {503, true, "the gateway is shutting down"},
	[PST_CLASS_REFUSED] = {502, false,
                               "the back-end refused to open the connection"},
	[PST_CLASS_POLICY] = {502, false,
                              "the back-end did not prove who it is"},
	[PST_CLASS_UNREACHABLE] = {502, false,
                                   "the back-end cannot be reached"},
	[PST_CLASS_TIMEOUT] = {504, false,
                               "the back-end could not be reached in time"},
	[PST_CLASS_OVERLOAD] = {503, true,
                                "there is no free back-end at the moment"},
	[PST_CLASS_TOO_BIG] = {502, false,
                               "the back-end sent too much while the "
                               "connection was opened"},
	[PST_CLASS_PROTOCOL] = {502, false,
                                "no connection could be agreed on with the "
                                "back-end"},
	[PST_CLASS_TRUNCATED] = {502, false,
                                 "the back-end ended the connection before it "
                                 "was open"},
	[PST_CLASS_INTERNAL] = {500, false, "the gateway failed"},
};

static const struct proxy_trouble responding[PST_CLASS_COUNT] = {
	[PST_CLASS_CLEAN] = {502, false, "the back-end gave no response"},
	[PST_CLASS_GOING_AWAY] = {503, true, "the gateway is shutting down"},
	[PST_CLASS_REFUSED] = {502, false, "the back-end refused"},
	[PST_CLASS_POLICY] = {502, false,
                              "the back-end did not prove who it is"},
	[PST_CLASS_UNREACHABLE] = {502, false,
                                   "the back-end cannot be reached"},
	[PST_CLASS_TIMEOUT] = {504, false,
                               "the back-end did not respond in time"},
	[PST_CLASS_OVERLOAD] = {503, true,
                                "there is no free back-end at the moment"},
	[PST_CLASS_TOO_BIG] = {502, false,
                               "the fields of the back-end's response are too "
                               "large"},
	[PST_CLASS_PROTOCOL] = {502, false,
                                "the back-end's response is malformed"},
	[PST_CLASS_TRUNCATED] = {502, false,
                                 "the back-end ended the connection without a "
                                 "whole response"},
	[PST_CLASS_INTERNAL] = {500, false, "the gateway failed"},
};

const struct proxy_trouble *proxy_trouble(enum proxy_phase phase,
                                          enum pst_class why)
{
	unsigned at =
		(unsigned)why < PST_CLASS_COUNT ? why : PST_CLASS_INTERNAL;

	return phase == PROXY_CONNECTING ? &connecting[at] : &responding[at];
}

struct phrase {
	unsigned status;
	const char *text;
};

static const struct phrase phrases[] = {
	{400, "Bad Request"},           {403, "Forbidden"},
	{405, "Method Not Allowed"},    {413, "Content Too Large"},
	{500, "Internal Server Error"}, {502, "Bad Gateway"},
	{503, "Service Unavailable"},   {504, "Gateway Timeout"},
	{508, "Loop Detected"},
};

const char *proxy_phrase(unsigned status)
{
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status) {
			return phrases[i].text;
		}
	}
	return "";
}

/* -- responses ----------------------------------------------------------- */

enum {
	TEXT_MAX = 300,
	FIELDS = 8,
	FIELDS_ROOM = 512 /* bytes of what is added here */
};

/** A response on its way. */
struct response {
	unsigned status;
	bool later;
	const struct pst_head *of; /* the back-end's, of which some fields are
	                            * kept; NULL: none */
	const char *type;
	const void *body;
	size_t length; /* bytes of body; with a status below 200 or 204: 0 */
	char text[TEXT_MAX];
};

static void add(struct pst_head_builder *b, const char *name, const char *value)
{
	pst_head_add(b, name, strlen(name), value, strlen(value));
}

/* Without a page: "502 Bad Gateway: the back-end cannot be reached". */
static void find_body(const struct proxy_conf *c, const char *text,
                      struct response *r)
{
	const struct proxy_page *page =
		proxy_pages_find(&c->response.pages, r->status);
	const char *phrase = proxy_phrase(r->status);

	if (page != NULL) {
		r->type = page->type;
		r->body = page->file->data;
		r->length = page->file->length;
	} else if (r->status >= 400) {
		r->type = "text/plain; charset=utf-8";
		snprintf(r->text, sizeof(r->text), "%u%s%s: %s\n", r->status,
		         phrase[0] != '\0' ? " " : "", phrase, text);
		r->body = r->text;
		r->length = strlen(r->text);
	}
}

/* RFC 9110: what a status is not complete without. */
static bool belongs(const struct pst_head *h, struct pst_span name)
{
	static const char *const names[] = {"WWW-Authenticate", "Allow",
	                                    "Retry-After", "Content-Range"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (pst_head_is(h, name, names[i])) {
			return true;
		}
	}
	return false;
}

static void keep_fields(struct pst_head_builder *b, const struct pst_head *of)
{
	uint32_t i;

	for (i = 0; of != NULL && i < of->field_count; i++) {
		const struct pst_field *f = &of->field[i];

		if (belongs(of, f->name)) {
			pst_head_add(
				b, pst_head_text(of, f->name), f->name.length,
				pst_head_text(of, f->value), f->value.length);
		}
	}
}

static void add_fields(struct pst_instance *me, struct pst_head_builder *b,
                       const struct response *r)
{
	const struct proxy_response_conf *c = &proxy_conf_of(me)->response;
	char seconds[32];

	if (r->type != NULL) {
		add(b, "Content-Type", r->type);
	}
	if (r->status == 405 && r->of == NULL) {
		add(b, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	}
	if (r->later && c->retry_after != 0) {
		snprintf(seconds, sizeof(seconds), "%" PRIu64,
		         (c->retry_after + 999) / 1000);
		add(b, "Retry-After", seconds);
	}
	if (c->hsts_value[0] != '\0' && proxy_front_is_secure(me)) {
		add(b, "Strict-Transport-Security", c->hsts_value);
	}
	keep_fields(b, r->of);
}

/* A slice with the head; owned. NULL: no memory. */
static struct pst_slice *build(struct pst_instance *me,
                               const struct response *r)
{
	size_t kept = r->of == NULL ? 0 : r->of->size;
	size_t room = pst_head_room(FIELDS, FIELDS_ROOM) + kept;
	struct pst_slice *s = pst_slice_new(me, room);
	struct pst_head_builder b;
	int64_t size;

	if (s == NULL) {
		return NULL;
	}
	pst_head_begin(&b, s->data, room, PST_HEAD_RESPONSE);
	b.head->status = (uint16_t)r->status;
	if (r->status >= 200 && r->status != 204) {
		b.head->body = PST_BODY_LENGTH;
		b.head->body_length = r->length;
	}
	add_fields(me, &b, r);
	size = pst_head_finish(&b);
	if (size < 0) {
		pst_slice_free(me, s);
		return NULL;
	}
	(void)pst_slice_append(s, (uint32_t)size);
	return s;
}

/* Without memory the layer below finds words. */
static void answer_with(struct pst_instance *me, struct pst_answer *answer,
                        const struct response *r)
{
	struct pst_slice *s = build(me, r);

	if (s != NULL) {
		answer->head = (const struct pst_head *)(void *)s->data;
		answer->head_length = s->length;
		answer->body = r->body;
		answer->body_length = (uint32_t)r->length;
	}
	pst_service_answer(me, answer);
	pst_slice_free(me, s);
}

static int respond(struct pst_instance *me, const struct response *r)
{
	struct pst_slice *s = build(me, r);
	int result = PST_MEMORY;

	if (s != NULL) {
		result = pst_service_respond(
			me, (const struct pst_head *)(void *)s->data, r->body,
			r->length);
		pst_slice_free(me, s);
	}
	return result;
}

/* -- refusals ------------------------------------------------------------ */

void proxy_add_response(struct pst_instance *me, struct pst_answer *answer)
{
	size_t length;

	answer->head = pst_told(me, PST_TOLD_RESPONSE, &length);
	answer->head_length = (uint32_t)length;
	if (answer->head == NULL || answer->accept != 0) {
		return;
	}
	answer->body = pst_told(me, PST_TOLD_BODY, &length);
	answer->body_length = (uint32_t)length;
}

static void refuse_exchange(struct pst_instance *me, struct pst_answer *answer)
{
	const struct proxy_trouble *t =
		proxy_trouble(PROXY_CONNECTING, pst_reason(me, NULL));
	struct response r = {.status = t->status, .later = t->later};

	find_body(proxy_conf_of(me), t->text, &r);
	answer_with(me, answer, &r);
}

void proxy_refuse(struct pst_instance *me)
{
	struct pst_answer answer = {.size = sizeof(answer)};

	answer.reason = pst_reason(me, &answer.text);
	if (answer.reason == PST_CLASS_CLEAN) {
		answer.text = "no connect pipeline could be tried";
	}
	answer.reason = pst_class_for_client(answer.reason);
	pst_count(me, PROXY_REFUSED, 1);
	if (proxy_of(me)->exchange) {
		refuse_exchange(me, &answer);
		return;
	}
	if (answer.reason == PST_CLASS_TOO_BIG) {
		/* the opening's answer was: not the client's doing either */
		answer.reason = PST_CLASS_UNREACHABLE;
	}
	proxy_add_response(me, &answer);
	pst_service_answer(me, &answer);
}

void proxy_refuse_request(struct pst_instance *me, unsigned status,
                          enum pst_class why, const char *text)
{
	struct pst_answer answer = {
		.size = sizeof(answer), .reason = why, .text = text};
	struct response r = {.status = status};

	find_body(proxy_conf_of(me), text, &r);
	pst_count(me, PROXY_REFUSED_REQUESTS, 1);
	answer_with(me, &answer, &r);
}

void proxy_lost(struct pst_instance *me, enum pst_class why)
{
	const struct proxy_trouble *t = proxy_trouble(
		proxy_of(me)->up ? PROXY_RESPONDING : PROXY_CONNECTING, why);
	struct response r = {.status = t->status, .later = t->later};

	find_body(proxy_conf_of(me), t->text, &r);
	pst_count(me, PROXY_LOST, 1);
	(void)respond(me, &r); /* else the layer below finds words */
}

bool proxy_intercept(struct pst_instance *me, const struct pst_head *response)
{
	struct response r = {.status = response->status, .of = response};

	if (proxy_pages_find(&proxy_conf_of(me)->response.pages, r.status) ==
	    NULL) {
		return false;
	}
	find_body(proxy_conf_of(me), "", &r);
	return respond(me, &r) == PST_OK;
}
