/* SPDX-License-Identifier: MIT */
/* Settings of the layer `cors`: the option rows, and what they are checked
 * for. */
#include "cors.h"

#include <penstock/origin.h>
#include <stdio.h>
#include <stdlib.h>

#define ROW(n, t, m, ...)                                            \
	{                                                            \
		.name = n, .type = t, .flags = PST_OPTION_ACCEPT,    \
		.offset = offsetof(struct cors_conf, m), __VA_ARGS__ \
	}

#define ELSEWHERE(n, h)                                                      \
	{                                                                    \
		.name = n, .type = PST_OPTION_STRING,                        \
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ELSEWHERE, .help = h \
	}

static const char *const foreign_choices[] = {"refuse", "pass", NULL};

const struct pst_option cors_options[] = {
	ROW("origins", PST_OPTION_LIST, origins,
            .help = "Other sites whose pages may use the service, besides its "
                    "own: \"https://www.example.com\", "
                    "\"https://*.example.com\"; \"*\" for any, \"null\" for "
                    "pages without one."),
	ROW("allow_methods", PST_OPTION_LIST, methods,
            .help = "Methods for other sites; \"*\" for any; GET, HEAD and "
                    "POST when not given."),
	ROW("allow_headers", PST_OPTION_LIST, headers,
            .help = "Request fields that other sites may set, besides those "
                    "that need no leave; \"*\" for any."),
	ROW("allow_credentials", PST_OPTION_BOOL, credentials,
            .initial = "false",
            .help = "Whether other sites may use cookies, client certificates "
                    "and passwords that the browser has for this one."),
	ROW("expose_headers", PST_OPTION_LIST, exposed,
            .help = "Response fields that other sites may read, besides those "
                    "that need no leave; \"*\" for any."),
	ROW("max_age", PST_OPTION_TIME, max_age, .min = 0, .max = 86400000,
            .initial = "5s", .unit = "ms",
            .help = "How long a browser may remember the answer to a "
                    "preflight, in whole seconds."),
	ROW("foreign_origins", PST_OPTION_ENUM, foreign,
            .choices = foreign_choices, .initial = "refuse",
            .help = "What becomes of requests of sites, or with methods, that "
                    "are not listed: \"refuse\" (403), or \"pass\": the "
                    "service acts on them, and only the browser keeps the "
                    "response from the page."),
	ELSEWHERE("allow_origin", "use origins"),
	ELSEWHERE("allow_origins", "use origins"),
	ELSEWHERE("allowed_origins", "use origins"),
	ELSEWHERE("allowed_methods", "use allow_methods"),
	ELSEWHERE("allowed_headers", "use allow_headers"),
	ELSEWHERE("exposed_headers", "use expose_headers"),
	ELSEWHERE("maximum_age", "use max_age"),
	{.name = NULL},
};

static const char *const safe_methods[] = {"GET", "HEAD", "POST"};

static bool is_any(const struct pst_list *l)
{
	return l->count == 1 && strcmp(l->item[0], "*") == 0;
}

static bool is_token(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (!pst_is_token_char((uint8_t)text[i])) {
			return false;
		}
	}
	return i != 0;
}

static bool same(const char *a, const char *b, bool exactly)
{
	size_t i;

	for (i = 0; a[i] != '\0' && b[i] != '\0'; i++) {
		if (exactly ? a[i] != b[i]
		            : pst_ascii_lower((uint8_t)a[i]) !=
		                      pst_ascii_lower((uint8_t)b[i])) {
			return false;
		}
	}
	return a[i] == b[i];
}

static int check_twice(const struct pst_list *l, const char *option,
                       bool exactly, struct pst_setup *setup)
{
	size_t i, k;

	for (i = 0; i < l->count; i++) {
		for (k = 0; k < i; k++) {
			if (same(l->item[i], l->item[k], exactly)) {
				pst_error(setup, option,
				          "\"%s\" is there twice; remove one",
				          l->item[i]);
				return PST_CONFIG;
			}
		}
	}
	return PST_OK;
}

/* Every site can speak as one of these: "null" by a sandboxed frame. */
static bool is_anybody(const char *item)
{
	const char *host = strstr(item, "://");

	return strcmp(item, "*") == 0 || strcmp(item, "null") == 0 ||
	       (host != NULL && host[3] == '*' &&
	        (host[4] == '\0' || host[4] == ':'));
}

/* Names of which nobody can buy one below: RFC 6761, RFC 6762 appendix G. */
static bool is_inner(const char *name, size_t length)
{
	static const char *const inner[] = {"localhost", "test",    "invalid",
	                                    "example",   "local",   "internal",
	                                    "intranet",  "private", "corp",
	                                    "home",      "lan"};
	size_t i;

	for (i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		if (strlen(inner[i]) == length &&
		    pst_text_same(inner[i], name, length)) {
			return true;
		}
	}
	return false;
}

/* A star above a name of one label, as in *.com, which may be open to
 * anybody. */
static bool is_open(const char *item)
{
	const char *star = strrchr(item, '*');
	size_t length;

	if (star != NULL && star[1] == '\0' && star != item &&
	    star[-1] == ':') { /* any port */
		while (star != item && *--star != '*') {
		}
	}
	if (star == NULL || star[0] != '*' || star[1] != '.') {
		return false;
	}
	length = strcspn(star + 2, ":");
	return memchr(star + 2, '.', length) == NULL &&
	       !is_inner(star + 2, length);
}

static int check_origins(const struct cors_conf *c, struct pst_setup *setup)
{
	int result = check_twice(&c->origins, "origins", false, setup);
	size_t i;

	for (i = 0; i < c->origins.count; i++) {
		const char *item = c->origins.item[i];
		const char *fault = pst_origin_fault(item);

		if (fault != NULL) {
			pst_error(setup, "origins", "\"%s\" %s", item, fault);
			result = PST_CONFIG;
		}
		if (c->credentials && is_anybody(item)) {
			pst_error(setup, "origins",
			          "\"%s\" with allow_credentials would let "
			          "every site act as whoever is logged in%s; "
			          "list the sites, or remove "
			          "allow_credentials",
			          item,
			          strcmp(item, "null") == 0
			                  ? ", by a sandboxed frame"
			                  : "");
			result = PST_CONFIG;
		} else if (c->credentials && fault == NULL && is_open(item)) {
			pst_warning(setup, "origins",
			            "\"%s\" with allow_credentials lets every "
			            "site below that name act as whoever is "
			            "logged in, and many such names are sold "
			            "to anybody; list the sites, or a longer "
			            "name",
			            item);
		}
	}
	return result;
}

/* A list of names; with "*" for any, which credentials do not go with (Fetch
 * 3.2.5). */
static int check_names(const struct cors_conf *c, const struct pst_list *l,
                       const char *option, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (!is_token(l->item[i])) {
			pst_error(setup, option,
			          "\"%s\" is not a name; write one name per "
			          "item, of letters, digits and -",
			          l->item[i]);
			result = PST_CONFIG;
		} else if (strcmp(l->item[i], "*") == 0 && l->count > 1) {
			pst_error(setup, option,
			          "\"*\" stands for any; remove the others");
			result = PST_CONFIG;
		} else if (strcmp(l->item[i], "*") == 0 && c->credentials) {
			pst_error(
				setup, option,
				"\"*\" does not go with allow_credentials: "
				"browsers take it for a name; list the names");
			result = PST_CONFIG;
		}
	}
	return result;
}

/* RFC 9110 9.1: case counts. Fetch 2.2.1: some are for no page. */
static int check_method(const char *method, struct pst_setup *setup)
{
	static const char *const usual[] = {"GET",    "HEAD",  "POST",   "PUT",
	                                    "DELETE", "PATCH", "OPTIONS"};
	static const char *const never[] = {"CONNECT", "TRACE", "TRACK"};
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (same(method, usual[i], false) &&
		    !same(method, usual[i], true)) {
			pst_error(setup, "allow_methods",
			          "\"%s\" is not %s: the case of methods "
			          "counts; write \"%s\"",
			          method, usual[i], usual[i]);
			return PST_CONFIG;
		}
	}
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (same(method, never[i], false)) {
			pst_error(setup, "allow_methods",
			          "no browser sends \"%s\" for a page; remove "
			          "it",
			          method);
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

static int check_methods(const struct cors_conf *c, struct pst_setup *setup)
{
	int result = check_names(c, &c->methods, "allow_methods", setup);
	int twice = check_twice(&c->methods, "allow_methods", true, setup);
	size_t i;

	for (i = 0; i < c->methods.count; i++) {
		if (check_method(c->methods.item[i], setup) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result == PST_OK ? twice : result;
}

static int check_fields(const struct cors_conf *c, const struct pst_list *l,
                        const char *option, struct pst_setup *setup)
{
	int names = check_names(c, l, option, setup);
	int twice = check_twice(l, option, false, setup);

	return names == PST_OK ? twice : names;
}

static int check_age(struct cors_conf *c, struct pst_setup *setup)
{
	if (c->max_age % 1000 != 0) {
		pst_error(setup, "max_age",
		          "%llums is not a whole number of seconds, which is "
		          "what browsers are told",
		          (unsigned long long)c->max_age);
		return PST_CONFIG;
	}
	(void)snprintf(c->age_text, sizeof(c->age_text), "%llu",
	               (unsigned long long)c->max_age / 1000);
	return PST_OK;
}

/* "GET, HEAD"; NULL in `*text_out`: the list is empty. */
static int join(const struct pst_list *l, char **text_out)
{
	size_t room = 1, at = 0, i, n;

	for (i = 0; i < l->count; i++) {
		room += strlen(l->item[i]) + 2;
	}
	if (l->count == 0) {
		return PST_OK;
	}
	*text_out = malloc(room);
	if (*text_out == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < l->count; i++) {
		n = strlen(l->item[i]);
		memcpy(*text_out + at, l->item[i], n);
		at += n;
		memcpy(*text_out + at, ", ", 2);
		at += 2;
	}
	(*text_out)[at - 2] = '\0';
	return PST_OK;
}

int cors_conf_init(void *conf, struct pst_setup *setup)
{
	struct cors_conf *c = conf;
	bool failed = false;

	c->allowed = c->methods;
	if (c->methods.count == 0) {
		c->allowed = (struct pst_list){3, safe_methods};
	}
	failed |= check_origins(c, setup) != PST_OK;
	failed |= check_methods(c, setup) != PST_OK;
	failed |=
		check_fields(c, &c->headers, "allow_headers", setup) != PST_OK;
	failed |=
		check_fields(c, &c->exposed, "expose_headers", setup) != PST_OK;
	failed |= check_age(c, setup) != PST_OK;
	c->any_header = is_any(&c->headers);
	if (failed) {
		return PST_CONFIG;
	}
	if (join(&c->allowed, &c->methods_text) != PST_OK ||
	    join(&c->headers, &c->headers_text) != PST_OK ||
	    join(&c->exposed, &c->exposed_text) != PST_OK) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	return PST_OK;
}

void cors_conf_finish(void *conf)
{
	struct cors_conf *c = conf;

	free(c->methods_text);
	free(c->headers_text);
	free(c->exposed_text);
	c->methods_text = NULL;
	c->headers_text = NULL;
	c->exposed_text = NULL;
}

void cors_conf_explain(const void *conf, struct pst_setup *setup)
{
	const struct cors_conf *c = conf;

	if (c->methods.count == 0) {
		pst_explain(setup, "methods", "%s", c->methods_text);
	}
	if (c->origins.count == 0) {
		pst_explain(setup, "other sites", "none: only the own pages%s",
		            c->foreign == CORS_PASS
		                    ? " read responses"
		                    : " are served in browsers");
	}
}
