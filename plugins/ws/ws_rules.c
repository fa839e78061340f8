/* SPDX-License-Identifier: MIT */
/* Carrying fields from hop to hop by rule. */
#include "ws_rules.h"

#include "ws_handshake.h"

#include <stdlib.h>
#include <string.h>

static bool same(const char *a, size_t length, const char *b)
{
	size_t i;

	if (strlen(b) != length) {
		return false;
	}
	for (i = 0; i < length; i++) {
		if (pst_ascii_lower((uint8_t)a[i]) !=
		    pst_ascii_lower((uint8_t)b[i])) {
			return false;
		}
	}
	return true;
}

static bool begins(const char *text, size_t length, const char *with, size_t n)
{
	size_t i;

	if (length < n) {
		return false;
	}
	for (i = 0; i < n; i++) {
		if (pst_ascii_lower((uint8_t)text[i]) !=
		    pst_ascii_lower((uint8_t)with[i])) {
			return false;
		}
	}
	return true;
}

bool ws_is_own_field(const char *name, size_t length)
{
	/* RFC 9110 7.6.1, 7.8, 6.6.2, 10.1.4; RFC 9112 6 */
	static const char *const own[] = {
		"Connection",     "Content-Length",    "Host",
		"Keep-Alive",     "Proxy-Connection",  "TE",
		"Trailer",        "Transfer-Encoding", "Upgrade",
		"HTTP2-Settings",
	};
	static const char opening[] = "Sec-WebSocket-";
	size_t i;

	if (begins(name, length, opening, sizeof(opening) - 1)) {
		return true;
	}
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (same(name, length, own[i])) {
			return true;
		}
	}
	return false;
}

/* -- making ------------------------------------------------------------ */

static int refuse(struct pst_setup *setup, const char *option, const char *item,
                  const char *why)
{
	pst_error(setup, option, "\"%s\" %s", item, why);
	return PST_CONFIG;
}

static int make_rule(struct ws_rule *r, const char *item,
                     struct pst_setup *setup, const char *option)
{
	const char *equals = strchr(item, '=');
	size_t n = equals == NULL ? strlen(item) : (size_t)(equals - item);

	*r = (struct ws_rule){item, n, equals == NULL ? NULL : equals + 1,
	                      n != 0 && item[n - 1] == '*'};
	r->from_length -= r->prefix;
	if (r->prefix && r->to != NULL) {
		return refuse(setup, option, item,
		              "gives many fields one name; name them one by "
		              "one");
	}
	if ((!r->prefix || r->from_length != 0) &&
	    !ws_is_token(item, r->from_length)) {
		return refuse(setup, option, item,
		              "names no field; write \"Name\", \"Prefix*\" or "
		              "\"Name=Other\"");
	}
	if (r->to != NULL && !ws_is_token(r->to, strlen(r->to))) {
		return refuse(setup, option, item,
		              "has no name of a field behind the \"=\"");
	}
	if ((!r->prefix && ws_is_own_field(item, r->from_length)) ||
	    (r->to != NULL && ws_is_own_field(r->to, strlen(r->to)))) {
		return refuse(setup, option, item,
		              "is a field that each hop has for itself; "
		              "remove it");
	}
	return PST_OK;
}

int ws_rules_make(struct ws_rules *rules, const struct pst_list *list,
                  struct pst_setup *setup, const char *option)
{
	int result = PST_OK;
	size_t i;

	if (list->count == 0) {
		return PST_OK;
	}
	rules->rule = calloc(list->count, sizeof(*rules->rule));
	if (rules->rule == NULL) {
		pst_error(setup, option, "memory ran out");
		return PST_CONFIG;
	}
	rules->count = list->count;
	for (i = 0; i < list->count; i++) {
		if (make_rule(&rules->rule[i], list->item[i], setup, option) !=
		    PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result;
}

void ws_rules_finish(struct ws_rules *rules)
{
	free(rules->rule);
	rules->rule = NULL;
	rules->count = 0;
}

/* -- carrying ---------------------------------------------------------- */

static const struct ws_rule *rule_for(const struct ws_rules *rules,
                                      const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		const struct ws_rule *r = &rules->rule[i];

		/* cookies go over by their own names: forward_cookies */
		if (r->prefix ? begins(name, length, r->from, r->from_length) &&
		                        !same(name, length, "Cookie")
		              : length == r->from_length &&
		                        begins(name, length, r->from, length)) {
			return r;
		}
	}
	return NULL;
}

static bool is_set(const struct pst_list *set, const char *name, size_t length)
{
	size_t i;

	for (i = 0; set != NULL && i < set->count; i++) {
		const char *item = set->item[i];

		if (strcspn(item, ":") == length &&
		    begins(item, length, name, length)) {
			return true;
		}
	}
	return false;
}

void ws_rules_carry(const struct ws_rules *rules, const struct pst_list *set,
                    const struct pst_head *from, struct pst_head_builder *b)
{
	uint32_t i;

	for (i = 0; i < from->field_count; i++) {
		const struct pst_field *f = &from->field[i];
		const char *name = pst_head_text(from, f->name);
		size_t length = f->name.length;
		const struct ws_rule *r = rule_for(rules, name, length);

		if (r == NULL || ws_is_own_field(name, length)) {
			continue;
		}
		if (r->to != NULL) {
			name = r->to;
			length = strlen(r->to);
		}
		if (is_set(set, name, length)) {
			continue;
		}
		pst_head_add(b, name, length, pst_head_text(from, f->value),
		             f->value.length);
	}
}

/* -- cookies ----------------------------------------------------------- */

struct jar {
	char *text; /* of `room` bytes */
	size_t used;
};

static bool wanted(const struct pst_list *names, const char *name,
                   size_t length)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		const char *n = names->item[i];

		if (strcmp(n, "*") == 0 ||
		    (strlen(n) == length && memcmp(n, name, length) == 0)) {
			return true;
		}
	}
	return false;
}

static void put_cookie(struct jar *j, const char *pair, size_t length)
{
	if (j->used != 0) {
		memcpy(j->text + j->used, "; ", 2);
		j->used += 2;
	}
	memcpy(j->text + j->used, pair, length);
	j->used += length;
}

/* RFC 6265 4.2.1: pairs with "; " between them. */
static void take_cookies(struct jar *j, const struct pst_list *names,
                         const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *semicolon = memchr(text, ';', (size_t)(end - text));
		const char *stop = semicolon == NULL ? end : semicolon;
		const char *equals;

		while (text < stop && (*text == ' ' || *text == '\t')) {
			text++;
		}
		equals = memchr(text, '=', (size_t)(stop - text));
		if (equals != NULL &&
		    wanted(names, text, (size_t)(equals - text))) {
			put_cookie(j, text, (size_t)(stop - text));
		}
		text = semicolon == NULL ? end : semicolon + 1;
	}
}

void ws_rules_carry_cookies(const struct pst_list *names,
                            const struct pst_head *from,
                            struct pst_head_builder *b)
{
	const struct pst_field *f;
	struct jar j = {NULL, 0};
	uint32_t at = 0;

	if (names->count == 0 || pst_head_count(from, "Cookie") == 0) {
		return;
	}
	/* joining adds two bytes where a field ended */
	j.text = malloc(from->size + 2 * (size_t)from->field_count);
	if (j.text == NULL) {
		b->failure = PST_MEMORY;
		return;
	}
	while ((f = pst_head_find(from, "Cookie", &at)) != NULL) {
		take_cookies(&j, names, pst_head_text(from, f->value),
		             f->value.length);
	}
	if (j.used != 0) {
		pst_head_add(b, "Cookie", 6, j.text, j.used);
	}
	free(j.text);
}

/* -- fixed fields ------------------------------------------------------ */

int ws_fields_check(const struct pst_list *list, struct pst_setup *setup,
                    const char *option)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const char *item = list->item[i];
		const char *colon = strchr(item, ':');

		if (colon == NULL ||
		    !ws_is_token(item, (size_t)(colon - item)) ||
		    !pst_head_text_ok(item, strlen(item))) {
			result = refuse(setup, option, item,
			                "is no field; write \"Name: value\"");
		} else if (ws_is_own_field(item, (size_t)(colon - item))) {
			result = refuse(setup, option, item,
			                "is a field that each hop has for "
			                "itself; remove it");
		}
	}
	return result;
}

void ws_fields_add(const struct pst_list *list, struct pst_head_builder *b)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const char *name = list->item[i];
		const char *colon = strchr(name, ':');
		const char *value = colon + 1;

		value += strspn(value, " \t");
		pst_head_add(b, name, (size_t)(colon - name), value,
		             strlen(value));
	}
}

size_t ws_fields_room(const struct pst_list *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->count; i++) {
		n += strlen(list->item[i]) + sizeof(struct pst_field);
	}
	return n;
}
