/* SPDX-License-Identifier: MIT */
/* Rules of the configuration for the fields of a head: set, add, remove. */
#include "proxy_fields.h"

#include <penstock/layer.h>
#include <stdlib.h>

static bool is_among(const char *const *names, const char *name, size_t length)
{
	for (; *names != NULL; names++) {
		if (proxy_same_name(*names, strlen(*names), name, length)) {
			return true;
		}
	}
	return false;
}

bool proxy_field_is_framing(const char *name, size_t length)
{
	static const char *const names[] = {"Connection",
	                                    "Keep-Alive",
	                                    "Proxy-Connection",
	                                    "Transfer-Encoding",
	                                    "Content-Length",
	                                    "Upgrade",
	                                    "TE",
	                                    "Trailer",
	                                    "Host",
	                                    "Expect",
	                                    "HTTP2-Settings",
	                                    NULL};

	return is_among(names, name, length);
}

/* Most fields are told to be none of these by their length. */
static bool is_disguised_framing(const char *name, size_t length)
{
	static const char content_length[] = "Content-Length";
	static const char transfer_encoding[] = "Transfer-Encoding";

	switch (length) {
	case sizeof(content_length) - 1:
		return proxy_same_name(content_length, length, name, length);
	case sizeof(transfer_encoding) - 1:
		return proxy_same_name(transfer_encoding, length, name, length);
	default:
		return false;
	}
}

bool proxy_field_is_next_hop(const char *name, size_t length)
{
	static const char *const names[] = {"Proxy-Authorization",
	                                    "Proxy-Authenticate",
	                                    "Proxy-Authentication-Info",
	                                    "Proxy-Connection",
	                                    "Proxy",
	                                    NULL};

	return (length >= 5 && pst_ascii_lower((uint8_t)name[0]) == 'p' &&
	        is_among(names, name, length)) ||
	       is_disguised_framing(name, length);
}

static size_t token_length(const char *text)
{
	size_t n = 0;

	while (pst_is_token_char((uint8_t)text[n])) {
		n++;
	}
	return n;
}

static const char *check_value(const char *value)
{
	size_t i;

	for (i = 0; value[i] != '\0'; i++) {
		uint8_t c = (uint8_t)value[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return "has a control character in its value";
		}
	}
	return i != 0 && (value[i - 1] == ' ' || value[i - 1] == '\t')
	               ? "has white space at the end of its value"
	               : NULL;
}

/* What is wrong with one item; NULL: nothing. */
static const char *parse_line(const char *text, struct proxy_field *f)
{
	size_t n = token_length(text);

	f->name = text;
	f->name_length = (uint32_t)n;
	if (n == 0 || text[n] != ':') {
		return "is not \"Name: value\"";
	}
	f->value = text + n + 1;
	f->value += strspn(f->value, " \t");
	return check_value(f->value);
}

static const char *parse_name(const char *text, struct proxy_field *f)
{
	size_t n = token_length(text);

	f->prefix = n > 1 && text[n - 1] == '*';
	f->name = text;
	f->name_length = (uint32_t)(n - (f->prefix ? 1 : 0));
	if (n == 0 || text[n] != '\0' ||
	    memchr(text, '*', f->name_length) != NULL) {
		return "is not the name of a field; write \"Name\", or "
		       "\"Prefix*\" for all that begin so";
	}
	return NULL;
}

static bool is_repeated(const struct proxy_fields *fields,
                        const struct proxy_field *f)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		const struct proxy_field *other = &fields->rule[i];

		if (f->action != PROXY_FIELD_ADD &&
		    other->action == f->action && other->prefix == f->prefix &&
		    proxy_same_name(other->name, other->name_length, f->name,
		                    f->name_length)) {
			return true;
		}
	}
	return false;
}

static const char *parse(const struct proxy_fields *fields, const char *text,
                         struct proxy_field *f)
{
	const char *why = f->action == PROXY_FIELD_REMOVE ? parse_name(text, f)
	                                                  : parse_line(text, f);

	if (why != NULL) {
		return why;
	}
	if (!f->prefix && proxy_field_is_framing(f->name, f->name_length)) {
		return "names a field that HTTP itself needs; framing, "
		       "connections and Host are not set here";
	}
	return is_repeated(fields, f) ? "names a field a second time" : NULL;
}

static int add_list(struct proxy_fields *fields,
                    const struct proxy_field_list *from,
                    struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < from->list->count; i++) {
		struct proxy_field f = {.action = from->action};
		const char *text = from->list->item[i];
		const char *why = parse(fields, text, &f);

		if (why != NULL) {
			pst_error(setup, from->option, "\"%s\" %s", text, why);
			result = PST_CONFIG;
			continue;
		}
		fields->rule[fields->count++] = f;
		if (f.value != NULL) {
			fields->room += pst_head_room(1, strlen(text)) -
			                pst_head_room(0, 0);
		}
	}
	return result;
}

int proxy_fields_make(struct proxy_fields *fields,
                      const struct proxy_field_list *lists, size_t count,
                      struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i, all = 0;

	for (i = 0; i < count; i++) {
		all += lists[i].list->count;
	}
	if (all == 0) {
		return PST_OK;
	}
	fields->rule = calloc(all, sizeof(*fields->rule));
	if (fields->rule == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < count; i++) {
		int r = add_list(fields, &lists[i], setup);

		result = r != PST_OK ? r : result;
	}
	return result;
}

void proxy_fields_finish(struct proxy_fields *fields)
{
	free(fields->rule);
	memset(fields, 0, sizeof(*fields));
}

static bool drops(const struct proxy_field *f, const char *name, size_t length)
{
	if (f->action == PROXY_FIELD_ADD) {
		return false;
	}
	if (f->prefix && length > f->name_length) {
		length = f->name_length;
	}
	return proxy_same_name(f->name, f->name_length, name, length);
}

bool proxy_fields_drop(const struct proxy_fields *fields, const char *name,
                       size_t length)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		if (drops(&fields->rule[i], name, length)) {
			return true;
		}
	}
	return false;
}

void proxy_fields_put(const struct proxy_fields *fields, struct proxy_edit *e)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		const struct proxy_field *f = &fields->rule[i];

		if (f->value != NULL) {
			pst_head_add(&e->b, f->name, f->name_length, f->value,
			             strlen(f->value));
		}
	}
}
