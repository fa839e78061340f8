/* SPDX-License-Identifier: MIT */
/* Set-Cookie (RFC 6265 5.2): the attributes that name the back-end's place
 * become those of the client's. */
#include "proxy_cookie.h"

/* One cookie on its way; `out` NULL: only look whether anything changes. */
struct work {
	const struct proxy_cookie_rules *rules;
	const struct proxy_view *view;
	const struct proxy_cookie_flags *flags; /* of this name; NULL: none */
	const struct proxy_sink *out;
	struct proxy_text name;
	uint8_t seen; /* enum proxy_cookie_flag */
	bool changed;
};

static bool begins(struct proxy_text t, const char *with)
{
	size_t n = strlen(with);

	return t.length >= n &&
	       proxy_text_same((struct proxy_text){t.at, n}, proxy_text(with));
}

static struct proxy_text trim(struct proxy_text t)
{
	while (t.length != 0 && (t.at[0] == ' ' || t.at[0] == '\t')) {
		t.at++;
		t.length--;
	}
	while (t.length != 0 &&
	       (t.at[t.length - 1] == ' ' || t.at[t.length - 1] == '\t')) {
		t.length--;
	}
	return t;
}

/* Cut `t` at the first `c`; what stands behind it is the result. at NULL: there
 * is none. */
static struct proxy_text cut(struct proxy_text *t, char c)
{
	const char *at = memchr(t->at, c, t->length);
	struct proxy_text rest = {NULL, 0};

	if (at != NULL) {
		rest.at = at + 1;
		rest.length = t->length - (size_t)(at + 1 - t->at);
		t->length = (size_t)(at - t->at);
	}
	return rest;
}

static void put(struct work *w, const char *text, size_t length)
{
	if (w->out != NULL) {
		proxy_sink_put(w->out, text, length);
	}
}

static void put_text(struct work *w, const char *text)
{
	put(w, text, strlen(text));
}

static void keep(struct work *w, struct proxy_text whole)
{
	put_text(w, ";");
	put(w, whole.at, whole.length);
}

/* -- Path ---------------------------------------------------------------- */

/* The first piece has the attribute's name in front. */
struct named {
	struct work *w;
	bool begun;
};

static void put_named(void *to, const char *text, size_t length)
{
	struct named *n = to;

	if (!n->begun) {
		put_text(n->w, "; Path=");
		n->begun = true;
	}
	put(n->w, text, length);
}

static bool is_root(const char *path)
{
	return path[0] == '/' && path[1] == '\0';
}

/* All of a back-end that has its root below "/app": "/app" fits that name, too,
 * and "/app/" would not (RFC 6265 5.1.4). */
static bool put_root(struct work *w, const struct proxy_path_map *map,
                     struct proxy_text path)
{
	size_t n = strlen(map->from);

	if (path.length != 1 || path.at[0] != '/' || map->to == NULL ||
	    !is_root(map->to) || is_root(map->from)) {
		return false;
	}
	put_text(w, "; Path=");
	put(w, map->from, map->from[n - 1] == '/' ? n - 1 : n);
	return true;
}

static bool change_path(struct work *w, struct proxy_text path)
{
	size_t i;

	for (i = 0; i < w->rules->path_count; i++) {
		const struct proxy_cookie_change *c = &w->rules->path[i];
		struct proxy_path_map map = w->view->map;
		struct named n = {w, false};
		const struct proxy_sink out = {put_named, &n};

		if (c->from != NULL) {
			map.to = c->from;
			map.from = c->to;
		}
		if (put_root(w, &map, path) ||
		    proxy_path_back(&map, path.at, path.length, &out)) {
			return true;
		}
	}
	return false;
}

/* -- Domain -------------------------------------------------------------- */

/* RFC 6265 5.1.3, but for addresses: `host` is `domain` or below it. */
static bool within(struct proxy_text host, struct proxy_text domain)
{
	struct proxy_text end;

	if (host.length <= domain.length || domain.length == 0) {
		return domain.length != 0 && proxy_text_same(host, domain);
	}
	end.at = host.at + (host.length - domain.length);
	end.length = domain.length;
	return end.at[-1] == '.' && proxy_text_same(end, domain);
}

/* The host of an authority. */
static struct proxy_text host_of(const char *authority)
{
	struct proxy_text t = proxy_text(authority);

	if (t.length == 0 || t.at[0] == '[') {
		return t;
	}
	(void)cut(&t, ':');
	return t;
}

static bool is_back_domain(const struct proxy_view *v, struct proxy_text domain)
{
	return (within(proxy_text(v->back_host), domain) ||
	        within(host_of(v->sent), domain)) &&
	       !within(host_of(v->authority), domain);
}

/* Returns false when the attribute stays. */
static bool change_domain(struct work *w, struct proxy_text domain)
{
	size_t i;

	if (domain.length != 0 && domain.at[0] == '.') {
		domain.at++;
		domain.length--;
	}
	for (i = 0; i < w->rules->domain_count; i++) {
		const struct proxy_cookie_change *c = &w->rules->domain[i];
		bool fits =
			c->from == NULL
				? is_back_domain(w->view, domain)
				: proxy_text_same(proxy_text(c->from), domain);

		if (!fits) {
			continue;
		}
		if (c->to != NULL) {
			put_text(w, "; Domain=");
			put_text(w, c->to);
		}
		return true;
	}
	return false;
}

/* -- flags --------------------------------------------------------------- */

static const struct proxy_cookie_flags *flags_of(
	const struct proxy_cookie_rules *rules, struct proxy_text name)
{
	size_t i;

	for (i = 0; i < rules->flag_count; i++) {
		const struct proxy_cookie_flags *f = &rules->flags[i];

		if (strcmp(f->name, "*") == 0 ||
		    (strlen(f->name) == name.length &&
		     memcmp(f->name, name.at, name.length) == 0)) {
			return f;
		}
	}
	return NULL;
}

/* Returns true when the flag, which is there, is written by another rule. */
static bool change_flag(struct work *w, uint8_t flag)
{
	w->seen |= flag;
	if (w->flags == NULL) {
		return false;
	}
	return (w->flags->clear & flag) != 0 ||
	       (flag == PROXY_COOKIE_SAMESITE && w->flags->samesite != NULL);
}

static void add_flags(struct work *w)
{
	const struct proxy_cookie_flags *f = w->flags;
	unsigned set = f != NULL ? f->set : 0;

	if (w->rules->secure &&
	    (f == NULL || (f->clear & PROXY_COOKIE_SECURE) == 0)) {
		set |= PROXY_COOKIE_SECURE;
	}
	set &= ~(unsigned)w->seen;
	if ((set & PROXY_COOKIE_SECURE) != 0) {
		put_text(w, "; Secure");
	}
	if ((set & PROXY_COOKIE_HTTPONLY) != 0) {
		put_text(w, "; HttpOnly");
	}
	if (f != NULL && f->samesite != NULL) {
		put_text(w, "; SameSite=");
		put_text(w, f->samesite);
		set |= PROXY_COOKIE_SAMESITE;
	}
	w->changed = w->changed || set != 0;
}

/* -- the whole ------------------------------------------------------------ */

/* Returns true when the attribute was written anew, or left out. */
static bool change(struct work *w, struct proxy_text attribute)
{
	struct proxy_text value = cut(&attribute, '=');
	struct proxy_text name = trim(attribute);

	if (value.at == NULL) {
		value = (struct proxy_text){"", 0};
	}
	value = trim(value);
	if (proxy_text_same(name, proxy_text("path"))) {
		return !begins(w->name, "__Host-") && change_path(w, value);
	}
	if (proxy_text_same(name, proxy_text("domain"))) {
		return change_domain(w, value);
	}
	if (proxy_text_same(name, proxy_text("secure"))) {
		return change_flag(w, PROXY_COOKIE_SECURE);
	}
	if (proxy_text_same(name, proxy_text("httponly"))) {
		return change_flag(w, PROXY_COOKIE_HTTPONLY);
	}
	return proxy_text_same(name, proxy_text("samesite")) &&
	       change_flag(w, PROXY_COOKIE_SAMESITE);
}

static void run(struct work *w, struct proxy_text rest)
{
	struct proxy_text pair = rest;

	rest = cut(&pair, ';');
	put(w, pair.at, pair.length);
	while (rest.at != NULL) {
		struct proxy_text attribute = rest;

		rest = cut(&attribute, ';');
		if (change(w, attribute)) {
			w->changed = true;
		} else {
			keep(w, attribute);
		}
	}
	add_flags(w);
}

bool proxy_cookie(const struct proxy_cookie_rules *rules,
                  const struct proxy_view *v, const char *value, size_t length,
                  const struct proxy_sink *out)
{
	struct work w = {.rules = rules, .view = v};
	struct proxy_text all = {value, length}, pair = all;

	(void)cut(&pair, ';');
	if (cut(&pair, '=').at == NULL) {
		return false; /* RFC 6265 5.2 step 2: nobody keeps this */
	}
	w.name = trim(pair);
	if (w.name.length == 0) {
		return false;
	}
	w.flags = flags_of(rules, w.name);
	run(&w, all);
	if (!w.changed) {
		return false;
	}
	w.seen = 0;
	w.out = out;
	run(&w, all);
	return true;
}
