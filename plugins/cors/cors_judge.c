/* SPDX-License-Identifier: MIT */
/* Whose request it is, and what becomes of it (Fetch 3.2, pure). */
#include "cors.h"

#include <penstock/origin.h>

static struct cors_judgement broken(const char *fault)
{
	return (struct cors_judgement){.verdict = CORS_BROKEN, .fault = fault};
}

static bool is_token(const struct pst_head *h, struct pst_span s)
{
	const char *text = pst_head_text(h, s);
	uint32_t i;

	for (i = 0; i < s.length; i++) {
		if (!pst_is_token_char((uint8_t)text[i])) {
			return false;
		}
	}
	return s.length != 0;
}

static const struct pst_field *field_of(const struct pst_head *h,
                                        const char *name)
{
	uint32_t at = 0;

	return pst_head_find(h, name, &at);
}

static bool method_listed(const struct cors_conf *c, const struct pst_head *h)
{
	size_t i;

	for (i = 0; i < c->allowed.count; i++) {
		if (strcmp(c->allowed.item[i], "*") == 0 ||
		    pst_head_equals(h, h->method, c->allowed.item[i])) {
			return true;
		}
	}
	return false;
}

/* "x-one, x-two" and nothing else: it may go back as it came. */
static bool is_list_of_names(const struct pst_head *h, struct pst_span s)
{
	const char *text = pst_head_text(h, s);
	uint32_t i;

	for (i = 0; i < s.length; i++) {
		if (!pst_is_token_char((uint8_t)text[i]) && text[i] != ',' &&
		    text[i] != ' ' && text[i] != '\t') {
			return false;
		}
	}
	return true;
}

static const char *preflight_fault(const struct pst_head *h)
{
	const struct pst_field *names =
		field_of(h, "Access-Control-Request-Headers");
	const struct pst_field *method =
		field_of(h, "Access-Control-Request-Method");

	if (pst_head_count(h, "Access-Control-Request-Method") > 1 ||
	    pst_head_count(h, "Access-Control-Request-Headers") > 1) {
		return "the preflight asks twice";
	}
	if (method == NULL || !is_token(h, method->value)) {
		return "the preflight names no method";
	}
	return names == NULL || is_list_of_names(h, names->value)
	               ? NULL
	               : "the preflight's list of fields is none";
}

static enum cors_verdict verdict_of(const struct cors_conf *c,
                                    const struct pst_head *h, bool same,
                                    bool listed, bool preflight)
{
	if (!same && !listed) {
		return CORS_STRANGER;
	}
	if (preflight) {
		return CORS_PREFLIGHT;
	}
	if (same) {
		return CORS_SAME;
	}
	return method_listed(c, h) ? CORS_ALLOWED : CORS_METHOD;
}

struct cors_judgement cors_judge(const struct cors_conf *c,
                                 const struct pst_head *h, bool secure)
{
	struct cors_judgement j = {.verdict = CORS_NONE};
	const char *text;
	bool same;

	j.origin = field_of(h, "Origin");
	if (j.origin == NULL) {
		return j;
	}
	if (pst_head_count(h, "Origin") > 1) {
		return broken("Origin is there twice");
	}
	text = pst_head_text(h, j.origin->value);
	if (!pst_origin_ok(text, j.origin->value.length)) {
		return broken("the Origin is not an origin");
	}
	j.preflight = pst_head_equals(h, h->method, "OPTIONS") &&
	              field_of(h, "Access-Control-Request-Method") != NULL;
	if (j.preflight && (j.fault = preflight_fault(h)) != NULL) {
		return broken(j.fault);
	}
	j.asked = field_of(h, "Access-Control-Request-Headers");
	same = pst_origin_same(h, text, j.origin->value.length, secure);
	j.allowed =
		pst_origin_listed(text, j.origin->value.length, &c->origins);
	j.verdict = verdict_of(c, h, same, j.allowed, j.preflight);
	j.allowed = j.allowed || same;
	return j;
}
