/* SPDX-License-Identifier: MIT */
/* Settings of the service `respond`, and the head that they amount to. */
#include "respond.h"

#include <stdlib.h>

#define ROW(n, t, m, ...)                                               \
	{                                                               \
		.name = n, .type = t,                                   \
		.offset = offsetof(struct respond_conf, m), __VA_ARGS__ \
	}

const struct pst_option respond_options[] = {
	ROW("status", PST_OPTION_INT, status, .min = 200, .max = 599,
            .initial = "200", .help = "The response's status code."),
	ROW("content_type", PST_OPTION_STRING, content_type,
            .initial = "text/plain; charset=utf-8",
            .help = "The body's media type; not sent without a body."),
	ROW("body", PST_OPTION_STRING, text, .help = "The body itself."),
	ROW("file", PST_OPTION_FILE, file,
            .help = "A file that holds the body; instead of `body`."),
	ROW("headers", PST_OPTION_LIST, headers,
            .help = "Further fields, each \"Name: value\"."),
	{.name = NULL},
};

/* RFC 9110 15.3.5, 15.3.6, 15.4.5: these have no body. */
static bool bodiless(int64_t status)
{
	return status == 204 || status == 205 || status == 304;
}

/* Framing, and what the layers below add themselves. */
static bool reserved(const char *name, size_t length)
{
	static const char *const names[] = {
		"Connection", "Content-Length",    "Content-Type",     "Date",
		"Host",       "Keep-Alive",        "Proxy-Connection", "TE",
		"Trailer",    "Transfer-Encoding", "Upgrade"};
	size_t i, at;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (at = 0; at < length && names[i][at] != '\0'; at++) {
			if (pst_ascii_lower((uint8_t)name[at]) !=
			    pst_ascii_lower((uint8_t)names[i][at])) {
				break;
			}
		}
		if (at == length && names[i][at] == '\0') {
			return true;
		}
	}
	return false;
}

/** True when text[length] may be a field's value (RFC 9110 5.5). */
static bool value_ok(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		uint8_t c = (uint8_t)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

static bool name_ok(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (!pst_is_token_char((uint8_t)name[i])) {
			return false;
		}
	}
	return length != 0;
}

/** Add "Name: value". Returns 0, or PST_CONFIG after saying what is wrong. */
static int field(struct pst_setup *setup, const char *line,
                 struct pst_head_builder *b)
{
	const char *colon = strchr(line, ':');
	const char *value = colon == NULL ? NULL : colon + 1;
	size_t length;

	if (colon == NULL || !name_ok(line, (size_t)(colon - line))) {
		pst_error(setup, "headers",
		          "\"%s\" is not a field; write \"Name: value\"", line);
		return PST_CONFIG;
	}
	if (reserved(line, (size_t)(colon - line))) {
		pst_error(setup, "headers",
		          "\"%.*s\" is set by the gateway; leave it out%s",
		          (int)(colon - line), line,
		          (colon - line) == 12 ? " (see content_type)" : "");
		return PST_CONFIG;
	}
	value += strspn(value, " \t");
	length = strlen(value);
	while (length != 0 &&
	       (value[length - 1] == ' ' || value[length - 1] == '\t')) {
		length--;
	}
	if (!value_ok(value, length)) {
		pst_error(setup, "headers",
		          "the value of \"%.*s\" has a control character",
		          (int)(colon - line), line);
		return PST_CONFIG;
	}
	pst_head_add(b, line, (size_t)(colon - line), value, length);
	return PST_OK;
}

static size_t head_room(const struct respond_conf *c)
{
	size_t text = 12 + strlen(c->content_type);
	size_t i;

	for (i = 0; i < c->headers.count; i++) {
		text += strlen(c->headers.item[i]);
	}
	return pst_head_room(c->headers.count + 1, text);
}

/* All wrong fields are told, not only the first. */
static int add_fields(const struct respond_conf *c, struct pst_setup *setup,
                      struct pst_head_builder *b)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->headers.count; i++) {
		if (field(setup, c->headers.item[i], b) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result;
}

static int build(struct respond_conf *c, struct pst_setup *setup)
{
	size_t room = head_room(c);
	struct pst_head_builder b;

	c->head = calloc(1, room);
	if (c->head == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	pst_head_begin(&b, c->head, room, PST_HEAD_RESPONSE);
	b.head->status = (uint16_t)c->status;
	if (!bodiless(c->status)) {
		b.head->body = PST_BODY_LENGTH;
		b.head->body_length = c->body_length;
	}
	if (c->body_length != 0) {
		pst_head_add(&b, "Content-Type", 12, c->content_type,
		             strlen(c->content_type));
	}
	if (add_fields(c, setup, &b) != PST_OK) {
		return PST_CONFIG;
	}
	if (pst_head_finish(&b) < 0) {
		pst_error(setup, "headers", "the fields make no response head");
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_body(struct respond_conf *c, struct pst_setup *setup)
{
	if (c->text != NULL && c->file.data != NULL) {
		pst_error(setup, "body",
		          "body and file are both given; keep one of them");
		return PST_CONFIG;
	}
	if (c->text != NULL) {
		c->body = (const uint8_t *)c->text;
		c->body_length = strlen(c->text);
	} else {
		c->body = c->file.data;
		c->body_length = c->file.length;
	}
	if (c->body_length != 0 && bodiless(c->status)) {
		pst_error(setup, "status",
		          "a response with status %d has no body; leave out "
		          "body and file, or choose another status",
		          (int)c->status);
		return PST_CONFIG;
	}
	return PST_OK;
}

int respond_conf_init(void *conf, struct pst_setup *setup)
{
	struct respond_conf *c = conf;
	int body = check_body(c, setup);

	if (!value_ok(c->content_type, strlen(c->content_type))) {
		pst_error(setup, "content_type",
		          "it has a control character; write a media type "
		          "such as \"text/html\"");
		return PST_CONFIG;
	}
	return build(c, setup) == PST_OK ? body : PST_CONFIG;
}

void respond_conf_finish(void *conf)
{
	struct respond_conf *c = conf;

	free(c->head);
	c->head = NULL;
}
