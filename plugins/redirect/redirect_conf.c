/* SPDX-License-Identifier: MIT */
/* Settings of the service `redirect`, and the templates that they amount to. */
#include "redirect.h"

#include <stdio.h>
#include <stdlib.h>

#define ROW(n, t, m, ...)                                                \
	{                                                                \
		.name = n, .type = t,                                    \
		.offset = offsetof(struct redirect_conf, m), __VA_ARGS__ \
	}

/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, advice)                                 \
	{                                                        \
		.name = (known), .type = PST_OPTION_STRING,      \
		.flags = PST_OPTION_ELSEWHERE, .help = (advice), \
	}

const struct pst_option redirect_options[] = {
	ROW("scheme", PST_OPTION_STRING, scheme,
            .help = "\"https\" or \"http\": the same host, path and query "
                    "under "
                    "this scheme; instead of `to`."),
	ROW("host", PST_OPTION_STRING, host,
            .help = "With `scheme`: another host than the request's."),
	ROW("port", PST_OPTION_INT, port, .min = 1, .max = 65535,
            .help = "With `scheme`: another port than the scheme's."),
	ROW("to", PST_OPTION_STRING, to,
            .help = "The URL to go to, or a path on the same origin; {host}, "
                    "{path} and {query} stand for the request's. The query is "
                    "kept unless there is a \"?\" in it."),
	ROW("paths", PST_OPTION_LIST, paths,
            .help = "\"/old=/new\" for one path, \"/old/*=/new/*\" for all "
                    "below it, where the second * is what the first one "
                    "matched; behind = stands what `to` takes. Exact paths go "
                    "first, then the longest; paths are compared as sent."),
	ROW("code", PST_OPTION_INT, code, .min = 301, .max = 308,
            .help = "301, 302, 303, 307 or 308; without it 301 for GET and "
                    "HEAD and 308 for others, whose method and body must stay "
                    "what they are."),
	ROW("cache_control", PST_OPTION_STRING, cache_control,
            .help = "Value of the field Cache-Control; without it browsers may "
                    "keep a 301 or 308 for ever."),
	ELSEWHERE("return", "use to, and code"),
	ELSEWHERE("rewrite", "use paths"),
	ELSEWHERE("location", "use to"),
	ELSEWHERE("redirect", "use scheme, or to"),
	ELSEWHERE("status", "use code"),
	ELSEWHERE("status_code", "use code"),
	ELSEWHERE("permanent", "use code"),
	{.name = NULL},
};

static int no_memory(struct pst_setup *setup)
{
	pst_error(setup, NULL, "memory ran out");
	return PST_CONFIG;
}

/** Two texts as one, on the heap; NULL: no memory. */
static char *joined(const char *a, size_t length, const char *b)
{
	size_t n = strlen(b);
	char *text = malloc(length + n + 1);

	if (text != NULL) {
		memcpy(text, a, length);
		memcpy(text + length, b, n + 1);
	}
	return text;
}

static int check_code(const struct redirect_conf *c, struct pst_setup *setup)
{
	if (c->code == 304 || c->code == 305 || c->code == 306) {
		pst_error(setup, "code",
		          "%d is no redirect that clients follow; use 301, "
		          "302, 303, 307 or 308",
		          (int)c->code);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_cache_control(const struct redirect_conf *c,
                               struct pst_setup *setup)
{
	const char *at = c->cache_control;

	for (; at != NULL && *at != '\0'; at++) {
		if ((*at >= 0 && *at < ' ' && *at != '\t') || *at == 0x7f) {
			pst_error(setup, "cache_control",
			          "it has a control character; write a value "
			          "such as \"max-age=3600\"");
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

/* "https://{host}:8443" */
static int build_origin(struct redirect_conf *c, struct pst_setup *setup)
{
	const char *host = c->host == NULL ? "{host}" : c->host;
	size_t room = strlen(c->scheme) + strlen(host) + 16;

	if (c->host != NULL && !redirect_host_ok(c->host)) {
		pst_error(setup, "host",
		          "\"%s\" is not a host; write a name, an IPv4 "
		          "address or an IPv6 address in brackets",
		          c->host);
		return PST_CONFIG;
	}
	c->origin = malloc(room);
	if (c->origin == NULL) {
		return no_memory(setup);
	}
	if (c->port == 0) {
		snprintf(c->origin, room, "%s://%s", c->scheme, host);
	} else {
		snprintf(c->origin, room, "%s://%s:%d", c->scheme, host,
		         (int)c->port);
	}
	return PST_OK;
}

static int check_origin(struct redirect_conf *c, struct pst_setup *setup)
{
	if (c->scheme == NULL) {
		if (c->host != NULL || c->port != 0) {
			pst_error(setup, c->host != NULL ? "host" : "port",
			          "it needs scheme beside it: scheme = "
			          "\"https\"");
			return PST_CONFIG;
		}
		return PST_OK;
	}
	if (strcmp(c->scheme, "http") != 0 && strcmp(c->scheme, "https") != 0) {
		pst_error(setup, "scheme",
		          "\"%s\" is neither \"https\" nor \"http\"",
		          c->scheme);
		return PST_CONFIG;
	}
	return build_origin(c, setup);
}

static int check_to(struct redirect_conf *c, struct pst_setup *setup)
{
	const char *why;

	if (c->to != NULL && c->scheme != NULL) {
		pst_error(setup, "to",
		          "to and scheme are both given; keep one of them");
		return PST_CONFIG;
	}
	if (c->to == NULL && c->scheme == NULL) {
		if (c->paths.count == 0) {
			pst_error(setup, NULL,
			          "nothing says where to go; give scheme = "
			          "\"https\", to, or paths");
			return PST_CONFIG;
		}
		return PST_OK;
	}
	why = c->to == NULL ? NULL : redirect_target_check(c->to, false);
	if (why != NULL) {
		pst_error(setup, "to",
		          "\"%s\" cannot be gone to: %s; write such as "
		          "\"https://www.example.com{path}\"",
		          c->to, why);
		return PST_CONFIG;
	}
	c->rest = c->to != NULL
	                  ? joined(c->to, strlen(c->to), "")
	                  : joined(c->origin, strlen(c->origin), "{path}");
	return c->rest == NULL ? no_memory(setup) : PST_OK;
}

/* -- paths --------------------------------------------------------------- */

static int bad_rule(struct pst_setup *setup, const char *line, const char *why)
{
	pst_error(setup, "paths",
	          "\"%s\": %s; write \"/old=/new\" or \"/old/*=/new/*\"", line,
	          why);
	return PST_CONFIG;
}

static const char *check_from(const struct redirect_rule *r)
{
	const char *why = redirect_target_check(r->from, false);

	if (r->from[0] != '/') {
		return "what is in front of = does not begin with /";
	}
	if (strpbrk(r->from, "?{*") != NULL) {
		return "in front of = stands a path alone, with * only at the "
		       "end behind /";
	}
	return why;
}

/** The * at the end of `to` becomes {rest}; what has no origin gets ours. */
static char *template_of(const struct redirect_conf *c, const char *to,
                         bool below)
{
	size_t n = strlen(to);
	char *star, *all;

	if (!below || n < 2 || strcmp(to + n - 2, "/*") != 0) {
		star = joined(to, n, "");
	} else {
		star = joined(to, n - 1, "{rest}");
	}
	if (star == NULL || c->origin == NULL ||
	    (to[0] != '/' && strncmp(to, "{path}", 6) != 0)) {
		return star;
	}
	all = joined(c->origin, strlen(c->origin), star);
	free(star);
	return all;
}

static bool is_repeated(const struct redirect_conf *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (c->rules[i].below == c->rules[n].below &&
		    strcmp(c->rules[i].from, c->rules[n].from) == 0) {
			return true;
		}
	}
	return false;
}

static int build_rule(struct redirect_conf *c, struct pst_setup *setup,
                      size_t n)
{
	struct redirect_rule *r = &c->rules[n];
	const char *line = c->paths.item[n];
	const char *equals = strchr(line, '=');
	const char *why;

	if (equals == NULL) {
		return bad_rule(setup, line, "it has no =");
	}
	r->length = (size_t)(equals - line);
	r->below = r->length >= 2 && memcmp(equals - 2, "/*", 2) == 0;
	r->length -= r->below ? 1 : 0;
	r->from = joined(line, r->length, "");
	r->to = template_of(c, equals + 1, r->below);
	if (r->from == NULL || r->to == NULL) {
		return no_memory(setup);
	}
	why = check_from(r);
	if (why == NULL) {
		why = redirect_target_check(r->to, r->below);
	}
	if (why == NULL && equals[strlen(equals) - 1] == '*' &&
	    strstr(r->to, "{rest}") == NULL) {
		why = "the second * stands without a first one, or not behind "
		      "/";
	}
	if (why == NULL && is_repeated(c, n)) {
		why = "what is in front of = stands in the list twice";
	}
	return why == NULL ? PST_OK : bad_rule(setup, line, why);
}

static int build_rules(struct redirect_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	if (c->paths.count == 0) {
		return PST_OK;
	}
	c->rules = calloc(c->paths.count, sizeof(*c->rules));
	if (c->rules == NULL) {
		return no_memory(setup);
	}
	for (i = 0; i < c->paths.count; i++) {
		int r = build_rule(c, setup, i);

		if (r != PST_OK) {
			result = r;
			if (c->rules[i].from == NULL ||
			    c->rules[i].to == NULL) {
				return result;
			}
		}
	}
	return result;
}

int redirect_conf_init(void *conf, struct pst_setup *setup)
{
	struct redirect_conf *c = conf;
	int code = check_code(c, setup);
	int cache = check_cache_control(c, setup);

	if (check_origin(c, setup) != PST_OK || check_to(c, setup) != PST_OK ||
	    build_rules(c, setup) != PST_OK) {
		return PST_CONFIG;
	}
	if (code == PST_OK && cache == PST_OK) {
		redirect_loop_check(c, setup);
	}
	return code == PST_OK ? cache : code;
}

void redirect_conf_finish(void *conf)
{
	struct redirect_conf *c = conf;
	size_t i;

	for (i = 0; c->rules != NULL && i < c->paths.count; i++) {
		free(c->rules[i].from);
		free(c->rules[i].to);
	}
	free(c->rules);
	free(c->origin);
	free(c->rest);
	c->rules = NULL;
	c->origin = NULL;
	c->rest = NULL;
}

/* -- requests ------------------------------------------------------------ */

static bool matches(const struct redirect_rule *r,
                    const struct redirect_request *request)
{
	return request->path_length >= r->length &&
	       (r->below || request->path_length == r->length) &&
	       memcmp(request->path, r->from, r->length) == 0;
}

/* Does `a` go before `b`? */
static bool goes_first(const struct redirect_rule *a,
                       const struct redirect_rule *b)
{
	return b == NULL || (b->below && (!a->below || a->length > b->length));
}

const char *redirect_find(const struct redirect_conf *c,
                          struct redirect_request *request_io)
{
	const struct redirect_rule *best = NULL;
	size_t i;

	for (i = 0; i < c->paths.count; i++) {
		if (matches(&c->rules[i], request_io) &&
		    goes_first(&c->rules[i], best)) {
			best = &c->rules[i];
		}
	}
	if (best == NULL) {
		return c->rest;
	}
	request_io->rest = request_io->path + best->length;
	request_io->rest_length = request_io->path_length - best->length;
	return best->to;
}
