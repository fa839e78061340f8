/* SPDX-License-Identifier: MIT */
/* Which requests a service takes: methods, and bodies. */
#include "http_admit.h"

#include <penstock/head.h>
#include <stdlib.h>

enum {
	ALLOW_MAX = 240 /* bytes of an Allow field */
};

const struct h1_error http_admit_too_long = {
	413, "the body is longer than this service takes"};

/* -- settings ------------------------------------------------------------ */

static bool is_listed(const struct http_admit *a, struct h1_text method)
{
	size_t i;

	for (i = 0; i < a->methods.count; i++) {
		if (h1_text_equal(method, a->methods.item[i])) {
			return true;
		}
	}
	return false;
}

static int check_method(const struct http_admit *a, size_t at,
                        struct pst_setup *setup)
{
	const char *method = a->methods.item[at];
	size_t i;

	if (!h1_is_token(h1_text_of(method, strlen(method)))) {
		pst_error(setup, "methods",
		          "\"%.80s\" is not a method; write, for example, "
		          "\"GET\"",
		          method);
		return PST_CONFIG;
	}
	if (strcmp(method, "CONNECT") == 0) {
		pst_error(setup, "methods",
		          "CONNECT is never for this service; tunnels are a "
		          "service of type \"tunnel\"");
		return PST_CONFIG;
	}
	for (i = 0; method[i] != '\0'; i++) {
		if (method[i] >= 'a' && method[i] <= 'z') {
			pst_error(setup, "methods",
			          "\"%.80s\" has small letters, and methods "
			          "are told apart by case; write them as "
			          "clients do, \"GET\"",
			          method);
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

static void append(char *out, size_t *at_io, const char *method)
{
	size_t n = strlen(method);

	if (*at_io != 0) {
		memcpy(out + *at_io, ", ", 2);
		*at_io += 2;
	}
	memcpy(out + *at_io, method, n + 1);
	*at_io += n;
}

static bool adds_head(const struct http_admit *a)
{
	return is_listed(a, h1_text_of("GET", 3)) &&
	       !is_listed(a, h1_text_of("HEAD", 4));
}

static int write_allow(struct http_admit *a, struct pst_setup *setup)
{
	size_t i, at = 0, room = 8;

	for (i = 0; i < a->methods.count; i++) {
		room += strlen(a->methods.item[i]) + 2;
	}
	if (room > ALLOW_MAX) {
		pst_error(setup, "methods",
		          "the list is too long (%zu of %d bytes); leave it "
		          "out to take every method",
		          room, ALLOW_MAX);
		return PST_CONFIG;
	}
	a->allow = calloc(1, room);
	if (a->allow == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	for (i = 0; i < a->methods.count; i++) {
		append(a->allow, &at, a->methods.item[i]);
	}
	if (adds_head(a)) {
		append(a->allow, &at, "HEAD");
	}
	return PST_OK;
}

int http_admit_init(struct http_admit *a, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < a->methods.count; i++) {
		if (check_method(a, i, setup) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result != PST_OK || a->methods.count == 0
	               ? result
	               : write_allow(a, setup);
}

void http_admit_finish(struct http_admit *a)
{
	free(a->allow);
	a->allow = NULL;
}

/* -- requests ------------------------------------------------------------ */

static int refuse(struct http_refusal *out, unsigned status, const char *text)
{
	out->status = status;
	out->text = text;
	return PST_UNSUPPORTED;
}

/* RFC 9110 9.3, RFC 5789 */
static bool is_known(struct h1_text method)
{
	static const char *const known[] = {"GET",     "HEAD",   "POST",
	                                    "PUT",     "DELETE", "CONNECT",
	                                    "OPTIONS", "TRACE",  "PATCH"};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (h1_text_equal(method, known[i])) {
			return true;
		}
	}
	return false;
}

static bool allows(const struct http_admit *a, struct h1_text method)
{
	return a->methods.count == 0 || is_listed(a, method) ||
	       (h1_text_equal(method, "HEAD") && adds_head(a));
}

int http_admit(const struct http_admit *a, const struct pst_head *h,
               struct http_refusal *out)
{
	const struct h1_text method =
		h1_text_of(pst_head_text(h, h->method), h->method.length);

	memset(out, 0, sizeof(*out));
	out->left = a->max_body == 0 ? UINT64_MAX : a->max_body;
	if (h->upgrade_by == PST_UPGRADE_CONNECT) {
		return PST_OK;
	}
	/* RFC 9110 9.1: 501 for a method that nobody knows */
	if (!allows(a, method)) {
		out->allow = a->allow;
		return is_known(method) ? refuse(out, 405,
		                                 "this method is not for this "
		                                 "service")
		                        : refuse(out, 501,
		                                 "nobody here knows this "
		                                 "method");
	}
	if (a->require_length && h->body == PST_BODY_UNKNOWN) {
		return refuse(out, 411, "a body must tell its length here");
	}
	if (h->body == PST_BODY_LENGTH && h->body_length > out->left) {
		return refuse(out, http_admit_too_long.status,
		              http_admit_too_long.text);
	}
	return PST_OK;
}
