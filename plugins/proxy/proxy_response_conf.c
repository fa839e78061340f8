/* SPDX-License-Identifier: MIT */
/* Settings of the service `proxy` that concern responses. */
#include "proxy_conf.h"

#include <penstock/layer.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PRELOAD_MIN = 31536000 /* seconds: what browsers' lists ask for */
};

/* -- pairs ----------------------------------------------------------------- */

/* Takes copies of words, one after another. */
struct copier {
	char *at;
};

static size_t list_bytes(const struct pst_list *list)
{
	size_t n = 0, i;

	for (i = 0; i < list->count; i++) {
		n += strlen(list->item[i]) + 1;
	}
	return n;
}

/* Copy `text` and end it at the first blank. Returns what stands behind that;
 * NULL: nothing does. */
static const char *split(struct copier *c, const char *text,
                         const char **first_out)
{
	size_t n = strlen(text) + 1;
	char *copy = c->at, *blank;

	memcpy(copy, text, n);
	c->at += n;
	*first_out = copy;
	blank = strchr(copy, ' ');
	if (blank == NULL) {
		return NULL;
	}
	*blank = '\0';
	return blank + 1 + strspn(blank + 1, " ");
}

static bool value_ok(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c <= 0x20 || c >= 0x7f || c == ';' || c == ',') {
			return false;
		}
	}
	return i != 0;
}

static bool is_path(const char *text)
{
	return text[0] == '/' && value_ok(text);
}

static bool is_domain(const char *text)
{
	return value_ok(text) && text[0] != '.' && strpbrk(text, "/:=") == NULL;
}

/* -- cookie_path, cookie_domain ---------------------------------------------- */

/* One kind of change. */
struct kind {
	const char *option;
	bool (*fits)(const char *);
	bool alone; /* one word is what the back-end's own becomes */
	const char *advice;
};

static const struct kind path_kind = {
	"cookie_path", is_path, false,
	"write \"/from /to\", \"auto\" or \"off\""};
static const struct kind domain_kind = {
	"cookie_domain", is_domain, true,
	"write \"from.example to.example\", the name alone that the back-end's "
	"own becomes, \"auto\" or \"off\""};

/* Returns false when `text` is no rule. */
static bool read_change(const struct kind *kind, const char *text,
                        struct copier *c, struct proxy_cookie_change *out)
{
	const char *to;

	*out = (struct proxy_cookie_change){NULL, NULL};
	if (strcmp(text, "auto") == 0) {
		return true;
	}
	to = split(c, text, &out->from);
	if (to == NULL && kind->alone) {
		out->to = out->from;
		out->from = NULL;
		return kind->fits(out->to);
	}
	if (to == NULL || !kind->fits(out->from)) {
		return false;
	}
	out->to = to;
	return kind->fits(to);
}

static int read_changes(const struct kind *kind, const struct pst_list *list,
                        struct pst_setup *setup, struct copier *c,
                        struct proxy_cookie_change *out, size_t *count_out)
{
	int result = PST_OK;
	size_t i;

	if (list->count == 1 && strcmp(list->item[0], "off") == 0) {
		return PST_OK;
	}
	for (i = 0; i < list->count; i++) {
		if (read_change(kind, list->item[i], c, &out[i])) {
			continue;
		}
		pst_error(setup, kind->option, "\"%s\" is not a rule; %s",
		          list->item[i], kind->advice);
		result = PST_CONFIG;
	}
	*count_out = list->count;
	return result;
}

/* -- cookie_flags ------------------------------------------------------------- */

struct word {
	const char *text;
	uint8_t set, clear;
	const char *samesite;
};

static const struct word flag_words[] = {
	{"secure", PROXY_COOKIE_SECURE, 0, NULL},
	{"nosecure", 0, PROXY_COOKIE_SECURE, NULL},
	{"httponly", PROXY_COOKIE_HTTPONLY, 0, NULL},
	{"nohttponly", 0, PROXY_COOKIE_HTTPONLY, NULL},
	{"samesite=strict", 0, 0, "Strict"},
	{"samesite=lax", 0, 0, "Lax"},
	{"samesite=none", 0, 0, "None"},
	{"nosamesite", 0, PROXY_COOKIE_SAMESITE, NULL},
};

static bool add_flag(const char *text, size_t length,
                     struct proxy_cookie_flags *out)
{
	size_t i;

	for (i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
		const struct word *w = &flag_words[i];

		if (strlen(w->text) == length &&
		    memcmp(w->text, text, length) == 0) {
			out->set |= w->set;
			out->clear |= w->clear;
			if (w->samesite != NULL) {
				out->samesite = w->samesite;
			}
			return true;
		}
	}
	return false;
}

static bool read_flags(const char *text, struct copier *c,
                       struct proxy_cookie_flags *out)
{
	const char *at = split(c, text, &out->name);

	if (!value_ok(out->name) || at == NULL || *at == '\0') {
		return false;
	}
	while (*at != '\0') {
		size_t n = strcspn(at, " ");

		if (!add_flag(at, n, out)) {
			return false;
		}
		at += n;
		at += strspn(at, " ");
	}
	return (out->set & out->clear) == 0;
}

static int read_all_flags(struct proxy_response_conf *c,
                          struct pst_setup *setup, struct copier *copier)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->cookie_flags.count; i++) {
		if (read_flags(c->cookie_flags.item[i], copier, &c->flags[i])) {
			continue;
		}
		pst_error(setup, "cookie_flags",
		          "\"%s\" is not a rule; write the cookie's name or "
		          "\"*\", and then some of secure, nosecure, httponly, "
		          "nohttponly, samesite=strict, samesite=lax, "
		          "samesite=none and nosamesite",
		          c->cookie_flags.item[i]);
		result = PST_CONFIG;
	}
	return result;
}

static int read_cookies(struct proxy_response_conf *c, struct pst_setup *setup)
{
	size_t paths = c->cookie_path.count, domains = c->cookie_domain.count;
	struct copier copier;
	int result;

	c->changes = calloc(paths + domains + 1, sizeof(*c->changes));
	c->flags = calloc(c->cookie_flags.count + 1, sizeof(*c->flags));
	c->words = malloc(list_bytes(&c->cookie_path) +
	                  list_bytes(&c->cookie_domain) +
	                  list_bytes(&c->cookie_flags) + 1);
	if (c->changes == NULL || c->flags == NULL || c->words == NULL) {
		return PST_MEMORY;
	}
	copier.at = c->words;
	c->cookies.path = c->changes;
	c->cookies.domain = c->changes + paths;
	c->cookies.flags = c->flags;
	c->cookies.flag_count = c->cookie_flags.count;
	c->cookies.secure = c->cookie_secure;
	result = read_changes(&path_kind, &c->cookie_path, setup, &copier,
	                      c->changes, &c->cookies.path_count);
	result |= read_changes(&domain_kind, &c->cookie_domain, setup, &copier,
	                       c->changes + paths, &c->cookies.domain_count);
	result |= read_all_flags(c, setup, &copier);
	return result == PST_OK ? PST_OK : PST_CONFIG;
}

/* -- HSTS --------------------------------------------------------------------- */

static bool any_secure(const struct pst_setup *setup)
{
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		if (pst_hop_is_secure(&setup->accepts[i])) {
			return true;
		}
	}
	return false;
}

static int check_preload(const struct proxy_response_conf *c,
                         struct pst_setup *setup)
{
	if (c->hsts_preload &&
	    (!c->hsts_subdomains || c->hsts / 1000 < PRELOAD_MIN)) {
		pst_error(
			setup, "hsts_preload",
			"browsers' lists take only hosts with hsts of a year "
			"or more and hsts_subdomains; set hsts = \"365d\" and "
			"hsts_subdomains = true");
		return PST_CONFIG;
	}
	return PST_OK;
}

/* RFC 6797 6.1 */
static int read_hsts(struct proxy_response_conf *c, struct pst_setup *setup)
{
	if (c->hsts == 0) {
		if (c->hsts_subdomains || c->hsts_preload) {
			pst_error(setup,
			          c->hsts_subdomains ? "hsts_subdomains"
			                             : "hsts_preload",
			          "does nothing without hsts; set it, such as "
			          "hsts = \"365d\"");
			return PST_CONFIG;
		}
		return PST_OK;
	}
	snprintf(c->hsts_value, sizeof(c->hsts_value),
	         "max-age=%" PRIu64 "%s%s", c->hsts / 1000,
	         c->hsts_subdomains ? "; includeSubDomains" : "",
	         c->hsts_preload ? "; preload" : "");
	if (!any_secure(setup)) {
		pst_warning(setup, "hsts",
		            "is never sent: no accept pipeline is secure, nor "
		            "claims to be (tls: mode = \"offloaded\")");
	}
	return check_preload(c, setup);
}

/* -- the whole ------------------------------------------------------------------ */

static int read_fields(struct proxy_response_conf *c, struct pst_setup *setup)
{
	const struct proxy_field_list lists[] = {
		{"set_response_fields", &c->set_response_fields,
	         PROXY_FIELD_SET},
		{"add_response_fields", &c->add_response_fields,
	         PROXY_FIELD_ADD},
		{"remove_response_fields", &c->remove_response_fields,
	         PROXY_FIELD_REMOVE},
	};

	return proxy_fields_make(&c->fields, lists,
	                         sizeof(lists) / sizeof(lists[0]), setup);
}

static int check_intercept(const struct proxy_response_conf *c,
                           struct pst_setup *setup)
{
	if (c->intercept_errors && c->error_pages.count == 0) {
		pst_error(setup, "intercept_errors",
		          "has no pages to send instead; set error_pages");
		return PST_CONFIG;
	}
	return PST_OK;
}

static bool has_exchanges(const struct pst_setup *setup)
{
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		if (setup->accepts[i].shape == PST_SHAPE_NONE ||
		    setup->accepts[i].shape == PST_SHAPE_EXCHANGES) {
			return true;
		}
	}
	return setup->accept_count == 0;
}

static bool is_auto(const struct pst_list *list)
{
	return list->count == 1 && strcmp(list->item[0], "auto") == 0;
}

/* Settings that can have no effect are errors. */
static int check_use(const struct proxy_response_conf *c,
                     struct pst_setup *setup)
{
	const struct {
		const char *name;
		bool set;
	} options[] = {
		{"rewrite_location", !c->rewrite_location},
		{"cookie_path", !is_auto(&c->cookie_path)},
		{"cookie_domain", !is_auto(&c->cookie_domain)},
		{"cookie_secure", c->cookie_secure},
		{"cookie_flags", c->cookie_flags.count != 0},
		{"set_response_fields", c->set_response_fields.count != 0},
		{"add_response_fields", c->add_response_fields.count != 0},
		{"remove_response_fields",
	         c->remove_response_fields.count != 0},
		{"hide_server", c->hide_server},
		{"via_response", c->via_response},
		{"hsts", c->hsts != 0},
		{"error_pages", c->error_pages.count != 0},
		{"buffer_response", c->buffer_response != 0},
	};
	int result = PST_OK;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].set && !has_exchanges(setup)) {
			pst_error(setup, options[i].name,
			          "it is for responses, and no accept hop of "
			          "this service ends with http; remove it");
			result = PST_CONFIG;
		}
	}
	return result;
}

int proxy_response_conf_init(struct proxy_conf *conf, struct pst_setup *setup)
{
	struct proxy_response_conf *c = &conf->response;
	int cookies = read_cookies(c, setup);
	int fields = read_fields(c, setup);
	int pages = proxy_pages_make(&c->pages, &c->error_pages, setup);
	int hsts = read_hsts(c, setup);
	int use = check_use(c, setup);

	c->rewrites = c->rewrite_location || c->cookies.path_count != 0 ||
	              c->cookies.domain_count != 0 ||
	              c->cookies.flag_count != 0 || c->cookies.secure;
	if (cookies == PST_MEMORY || fields == PST_MEMORY ||
	    pages == PST_MEMORY) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	return cookies == PST_OK && fields == PST_OK && pages == PST_OK &&
	                       hsts == PST_OK && use == PST_OK &&
	                       check_intercept(c, setup) == PST_OK
	               ? PST_OK
	               : PST_CONFIG;
}

void proxy_response_conf_finish(struct proxy_conf *conf)
{
	struct proxy_response_conf *c = &conf->response;

	proxy_fields_finish(&c->fields);
	proxy_pages_finish(&c->pages);
	free(c->changes);
	free(c->flags);
	free(c->words);
	c->changes = NULL;
	c->flags = NULL;
	c->words = NULL;
}

static void explain_pages(const struct proxy_pages *pages,
                          struct pst_setup *setup)
{
	size_t i;

	for (i = 0; i < pages->count; i++) {
		const struct proxy_page *p = &pages->page[i];
		char status[16];

		snprintf(status, sizeof(status),
		         p->from == p->to ? "%u" : "%uxx",
		         p->from == p->to ? p->from : p->from / 100);
		pst_explain(setup, "error page", "%s: %s (%s, %zu bytes)",
		            status, p->file->path, p->type, p->file->length);
	}
}

void proxy_response_conf_explain(const struct proxy_conf *conf,
                                 struct pst_setup *setup)
{
	const struct proxy_response_conf *c = &conf->response;

	if (c->hsts_value[0] != '\0') {
		pst_explain(
			setup, "hsts", "%s, %s", c->hsts_value,
			any_secure(setup)
				? "to clients on secure accept pipelines"
				: "to nobody: no accept pipeline is secure");
	}
	if (c->buffer_response != 0) {
		pst_explain(setup, "responses wait",
		            "for %" PRIu64 " bytes, or their end",
		            c->buffer_response);
	}
	explain_pages(&c->pages, setup);
	if (c->intercept_errors) {
		pst_explain(setup, "error pages",
		            "also in place of the back-end's own errors");
	}
}
