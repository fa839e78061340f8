/* SPDX-License-Identifier: MIT */
/* Finds, while configuring, redirects that lead back to where they began: the
 * way of a sample request is walked as a client would. */
#include "redirect.h"

#include <stdio.h>

#define HOST_MAX  300
#define WAY_MAX   2048 /* longer ones are not walked */
#define STEPS_MAX 16
#define ANY       "penstock-check" /* stands for what is in no setting */

/** One request and the accept hop that it comes in by. */
struct walk {
	const struct redirect_conf *conf;
	const struct pst_hop *hop;
	char host[HOST_MAX]; /* as in an authority, without port */
	char begin[WAY_MAX];
	char path[WAY_MAX];
};

/* A host that clients may name here; false: none is known. */
static bool sample_host(const struct pst_hop *hop, char host[HOST_MAX])
{
	const char *name = hop->host;
	bool six;
	int n;

	if (name[0] == '\0' && hop->url != NULL) {
		name = hop->url->host;
	}
	six = strchr(name, ':') != NULL;
	n = snprintf(host, HOST_MAX, "%s%s%s",
	             six              ? "["
	             : name[0] == '*' ? ANY
	                              : "",
	             name[0] == '*' ? name + 1 : name, six ? "]" : "");
	return name[0] != '\0' && n < HOST_MAX;
}

static bool is_https(const struct pst_url *url)
{
	return strcmp(url->scheme, "https") == 0;
}

static bool is_port(const char *text, size_t length, const struct pst_url *url)
{
	char port[8];

	if (length == 0) {
		return url->port == (is_https(url) ? 443 : 80);
	}
	(void)snprintf(port, sizeof(port), ":%u", (unsigned)url->port);
	return strlen(port) == length && memcmp(text, port, length) == 0;
}

/* What follows the origin of `url` when that is the hop's own; else NULL. */
static const char *own_path(const struct walk *w, const char *url)
{
	const struct pst_url *own = w->hop->url;
	const size_t host = strlen(w->host);
	size_t n;

	if (url[0] == '/') {
		return url;
	}
	/* behind an offloader clients use another origin than this one */
	n = own == NULL || pst_hop_is_secure(w->hop) != is_https(own)
	            ? 0
	            : strlen(own->scheme);
	if (n == 0 || strncmp(url, own->scheme, n) != 0 ||
	    strncmp(url + n, "://", 3) != 0 || strlen(url + n + 3) < host ||
	    !pst_text_same(url + n + 3, w->host, host)) {
		return NULL;
	}
	url += n + 3 + host;
	n = strcspn(url, "/?");
	return is_port(url, n, own) ? url + n : NULL;
}

/* One step of a client: false when it leads elsewhere. */
static bool follow(struct walk *w)
{
	struct redirect_request request = {.host = w->host,
	                                   .host_length = strlen(w->host),
	                                   .path = w->path,
	                                   .path_length = strlen(w->path),
	                                   .query = ""};
	const char *to = redirect_find(w->conf, &request);
	char url[REDIRECT_URL_MAX + 1];
	const char *path;
	size_t length;
	int n;

	n = to == NULL ? PST_NO_ROUTE : redirect_target_fill(to, &request, url);
	if (n < 0) {
		return false;
	}
	url[n] = '\0';
	path = own_path(w, url);
	if (path == NULL) {
		return false;
	}
	length = strcspn(path, "?#");
	if (length == 0) {
		path = "/";
		length = 1;
	}
	n = snprintf(w->path, sizeof(w->path), "%.*s", (int)length, path);
	return n < (int)sizeof(w->path);
}

static bool is_below(const char *path, const char *prefix)
{
	const size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/' ||
	        (n != 0 && prefix[n - 1] == '/'));
}

/* Another service may stand below our path, but not at these. */
static bool is_ours(const struct walk *w)
{
	const size_t length = strlen(w->hop->path);
	size_t i;

	if (!is_below(w->path, w->hop->path)) {
		return false;
	}
	for (i = 0; i < w->conf->paths.count; i++) {
		if (!w->conf->rules[i].below &&
		    strcmp(w->conf->rules[i].from, w->path) == 0) {
			return true;
		}
	}
	return strcmp(w->path, w->begin) == 0 || w->path[length] == '\0' ||
	       strcmp(w->path + length, "/") == 0;
}

/* Each path of a circle is walked from, so coming back to it is enough. */
static bool goes_round(struct walk *w, const char *begin, const char *more)
{
	int n = snprintf(w->begin, sizeof(w->begin), "%s%s", begin, more);
	unsigned steps;

	if (n >= (int)sizeof(w->begin) || !is_below(w->begin, w->hop->path)) {
		return false;
	}
	memcpy(w->path, w->begin, (size_t)n + 1);
	for (steps = 0; steps < STEPS_MAX && follow(w) && is_ours(w); steps++) {
		if (strcmp(w->path, w->begin) == 0) {
			return true;
		}
	}
	return false;
}

static bool begins_at(struct walk *w, const struct redirect_conf *c,
                      const struct pst_hop *hop)
{
	w->conf = c;
	w->hop = hop;
	return hop->shape == PST_SHAPE_EXCHANGES && sample_host(hop, w->host);
}

static void warn(const struct walk *w, struct pst_setup *setup,
                 const char *option, const char *what)
{
	pst_warning(setup, option,
	            "\"%.200s\" leads back to where a request came from, "
	            "without end (at %.200s); lead it elsewhere",
	            what,
	            w->hop->url != NULL ? w->hop->url->text : w->hop->layers);
}

static void check_rule(struct walk *w, const struct redirect_conf *c, size_t n,
                       struct pst_setup *setup)
{
	const struct redirect_rule *r = &c->rules[n];
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		if (begins_at(w, c, &setup->accepts[i]) &&
		    goes_round(w, r->from, r->below ? ANY : "")) {
			warn(w, setup, "paths", c->paths.item[n]);
			return;
		}
	}
}

static void check_rest(struct walk *w, const struct redirect_conf *c,
                       struct pst_setup *setup)
{
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		const char *path = setup->accepts[i].path;
		const size_t n = strlen(path);
		const bool slash = n != 0 && path[n - 1] == '/';

		if (begins_at(w, c, &setup->accepts[i]) &&
		    (goes_round(w, path, "") ||
		     goes_round(w, path, slash ? ANY : "/") ||
		     goes_round(w, path, slash ? ANY : "/" ANY))) {
			warn(w, setup, c->to != NULL ? "to" : "scheme",
			     c->to != NULL ? c->to : c->scheme);
			return;
		}
	}
}

void redirect_loop_check(const struct redirect_conf *c, struct pst_setup *setup)
{
	struct walk w;
	size_t i;

	if ((setup->flags & PST_SETUP_CHECKED) != 0) {
		return;
	}
	for (i = 0; i < c->paths.count; i++) {
		check_rule(&w, c, i, setup);
	}
	if (c->rest != NULL) {
		check_rest(&w, c, setup);
	}
}
