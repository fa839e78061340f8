/* SPDX-License-Identifier: MIT */
/* What pipelines that share an address must have in common. */
#include "listener_site.h"

#include "setup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void site_refuse(struct tree *t, const struct site *s, struct claim *c,
                 const struct claim *other, const char *fmt, ...)
{
	const struct pipeline *p = c->pipeline, *q = other->pipeline;
	char text[768];
	va_list ap;

	t->failed = true;
	if (c->refused) {
		return;
	}
	c->refused = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(t->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "shares %s with %s (%s:%u), %s", s->address, q->path, q->file,
	         q->line, text);
}

/* -- on one address ---------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_socket_options(const struct pst_socket_plan *a,
                                const struct pst_socket_plan *b)
{
	uint32_t i;

	if (a->option_count != b->option_count ||
	    a->option_count > PST_SOCKET_OPTIONS_MAX) {
		return false;
	}
	for (i = 0; i < a->option_count; i++) {
		const struct pst_socket_option *x = &a->option[i];
		const struct pst_socket_option *y = &b->option[i];

		if (x->level != y->level || x->name != y->name ||
		    x->value != y->value || x->when != y->when) {
			return false;
		}
	}
	return true;
}

/* Settings may differ as long as they ask for the same socket. */
static bool same_plan(const struct pst_socket_plan *a,
                      const struct pst_socket_plan *b)
{
	return a->mode == b->mode && a->backlog == b->backlog &&
	       a->v6only == b->v6only && same_text(a->owner, b->owner) &&
	       same_socket_options(a, b);
}

static uint32_t kind_of(const struct pipeline *p)
{
	return p->provides & (PST_PROVIDES_SECURE | PST_PROVIDES_CLAIMED);
}

static const char *kind_name(const struct pipeline *p)
{
	if ((kind_of(p) & PST_PROVIDES_SECURE) != 0) {
		return "secure";
	}
	return kind_of(p) != 0 ? "secure as claimed by what stands in front"
	                       : "plain";
}

static bool check_kind(struct tree *t, const struct site *s, struct claim *c)
{
	const struct pipeline *p = c->pipeline, *q = s->claims[0].pipeline;

	if (strcmp(kind_name(p), kind_name(q)) == 0) {
		return true;
	}
	site_refuse(t, s, c, &s->claims[0],
	            "but is %s (%s), and that is %s (%s); one address is "
	            "either plain or secure%s: give one of them another port",
	            kind_name(p), p->description, kind_name(q), q->description,
	            ((kind_of(p) | kind_of(q)) & PST_PROVIDES_CLAIMED) != 0
	                    ? " or claimed to be"
	                    : "");
	return false;
}

static void refuse_setting(struct tree *t, const struct site *s,
                           struct claim *c, const struct claim *first,
                           unsigned layer, const char *where, const char *else_)
{
	const struct placed_layer *a = &first->pipeline->layers[layer];
	const struct placed_layer *b = &c->pipeline->layers[layer];
	const char *option =
		options_difference(&a->place->options, &b->place->options);

	site_refuse(t, s, c, first,
	            "but its %s.%s is another; settings of %s must be equal on "
	            "one address%s%s",
	            b->id, option == NULL ? "setting" : option, b->id, where,
	            else_);
}

static bool check_socket(struct tree *t, const struct site *s, struct claim *c)
{
	const struct claim *first = &s->claims[0];
	const struct pipeline *p = c->pipeline, *q = first->pipeline;

	if (strcmp(p->layers[0].id, q->layers[0].id) != 0) {
		site_refuse(t, s, c, first,
		            "but has %s where that has %s; one of them makes "
		            "the socket",
		            p->layers[0].id, q->layers[0].id);
		return false;
	}
	if (!same_plan(&p->plan, &q->plan)) {
		refuse_setting(t, s, c, first, 0, "", "");
		return false;
	}
	if (p->limits.max_connections != q->limits.max_connections) {
		site_refuse(t, s, c, first,
		            "but its max_connections is another (%lld, and "
		            "%lld there); it counts connections of the "
		            "address: give both the same",
		            (long long)p->limits.max_connections,
		            (long long)q->limits.max_connections);
		return false;
	}
	return true;
}

void site_check(struct tree *t, struct site *s)
{
	unsigned i;

	for (i = 1; i < s->count; i++) {
		struct claim *c = &s->claims[i];

		if (check_kind(t, s, c)) {
			(void)check_socket(t, s, c);
		}
	}
}

/* -- of one name and protocol ------------------------------------------ */

/* ", or give one of them other names (crypt.names)": what else helps. */
static const char *or_names(const struct tree *t, const struct claim *c,
                            const struct claim *first)
{
	const struct claim *routed = c->routed != 0 ? c : first;
	const char *options = claim_options(t->memory, routed);

	if (routed->routed == 0 || options == NULL || options[0] == '\0') {
		return "";
	}
	return arena_printf(t->memory,
	                    ", or clients must ask for other names (see %s)",
	                    options);
}

static const char *and_name(const struct tree *t, const char *name)
{
	return name[0] == '\0'
	               ? ""
	               : arena_printf(t->memory, " and name (%s)", name);
}

static bool check_mux(struct tree *t, const struct site *s, struct claim *c,
                      const struct claim *first)
{
	const struct pipeline *p = c->pipeline, *q = first->pipeline;
	const char *names;

	if (p->mux >= 0 && q->mux >= 0) {
		return true;
	}
	names = or_names(t, c, first);
	site_refuse(t, s, c, first,
	            "and %s (%s) has no layer that tells requests apart by "
	            "host and path; give one of them another port%s",
	            p->mux < 0 ? "it" : "that",
	            p->mux < 0 ? p->description : q->description,
	            names == NULL ? "" : names);
	return false;
}

static bool check_layer(struct tree *t, const struct site *s, const char *name,
                        const struct claim *first, struct claim *c, unsigned i)
{
	const struct placed_layer *a = &first->pipeline->layers[i];
	const struct placed_layer *b = &c->pipeline->layers[i];
	const char *where = and_name(t, name), *names;

	if (strcmp(a->id, b->id) == 0 && a->digest[0] == b->digest[0] &&
	    a->digest[1] == b->digest[1]) {
		return true;
	}
	names = or_names(t, c, first);
	if (where == NULL || names == NULL) {
		t->failed = true; /* memory: the arena remembers */
		return false;
	}
	if (strcmp(a->id, b->id) == 0) {
		refuse_setting(t, s, c, first, i, where, names);
		return false;
	}
	site_refuse(t, s, c, first,
	            "but has %s where that has %s; layers up to %s must be "
	            "the same on one address%s%s",
	            b->id, a->id, c->pipeline->layers[c->pipeline->mux].id,
	            where, names);
	return false;
}

bool site_check_node(struct tree *t, const struct site *s, const char *name,
                     const struct claim *first, struct claim *c)
{
	const struct pipeline *p = c->pipeline, *q = first->pipeline;
	int i;

	if (!check_mux(t, s, c, first)) {
		return false;
	}
	for (i = 1; i <= p->mux && i <= q->mux; i++) {
		if (!check_layer(t, s, name, first, c, (unsigned)i)) {
			return false;
		}
	}
	if (p->mux != q->mux) {
		site_refuse(t, s, c, first,
		            "but the layers below its streams are others "
		            "(%s, and %s)",
		            p->description, q->description);
		return false;
	}
	return true;
}

/* -- at the door ------------------------------------------------------- */

static bool check_hidden(struct tree *t, const struct site *s, struct claim *c,
                         const struct claim *other)
{
	const struct pipeline *p = c->pipeline;

	if (c->hidden == NULL) {
		return true;
	}
	site_refuse(t, s, c, other,
	            "and what clients ask for would tell them apart, but %s "
	            "below %s hides it; take %s out, give one of them another "
	            "port, or both the same names and settings",
	            c->hidden, p->layers[c->routed].id, c->hidden);
	return false;
}

static bool check_looks(struct tree *t, const struct site *s, struct claim *c,
                        const struct claim *most)
{
	const struct pipeline *p = c->pipeline, *q = most->pipeline;
	unsigned i;

	if (c->routed != 0 && c->routed != most->routed) {
		site_refuse(t, s, c, most,
		            "but is told apart by its layer %u (%s), and that "
		            "by its layer %u (%s); give one of them another "
		            "port",
		            c->routed + 1, p->layers[c->routed].id,
		            most->routed + 1, q->layers[most->routed].id);
		return false;
	}
	for (i = 1; i <= most->routed; i++) {
		if (i < p->count &&
		    strcmp(p->layers[i].id, q->layers[i].id) == 0) {
			continue;
		}
		site_refuse(t, s, c, most,
		            "but has %s where that has %s; layers up to %s, "
		            "which tells services apart, must be the same on "
		            "one address",
		            i < p->count ? p->layers[i].id : "no layer",
		            q->layers[i].id, q->layers[most->routed].id);
		return false;
	}
	return true;
}

void site_check_door(struct tree *t, const struct site *s)
{
	const struct claim *most = &s->claims[0];
	unsigned i;

	for (i = 1; i < s->count; i++) {
		if (s->claims[i].routed > most->routed) {
			most = &s->claims[i];
		}
	}
	for (i = 1; i < s->count; i++) {
		struct claim *c = &s->claims[i];

		if (check_hidden(t, s, c, &s->claims[0]) && c != most) {
			(void)check_looks(t, s, c, most);
		}
	}
	if (!t->failed && check_hidden(t, s, &s->claims[0], &s->claims[1])) {
		(void)check_looks(t, s, &s->claims[0], most);
	}
}

/* -- hosts among names ------------------------------------------------- */

/* Some who ask for `name`, which may begin with "*", want `host`, which may
 * too. */
static bool name_leads_to(const char *name, const char *host)
{
	const char *rest = strchr(host, '.');
	size_t n = strlen(name), h = strlen(host);

	if (strcmp(name, host) == 0) {
		return true;
	}
	if (host[0] == '*') {
		return n >= h && strcmp(name + n - (h - 1), host + 1) == 0;
	}
	return name[0] == '*' && rest != NULL && strcmp(name + 1, rest) == 0;
}

/* Who asks for an address by name is nobody. */
static bool is_address(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last == NULL ? host : last + 1;
	return strchr(host, ':') != NULL ||
	       (*last != '\0' && strspn(last, "0123456789") == strlen(last));
}

static bool host_is_asked_for(const struct claim *c)
{
	const char *host = c->pipeline->route_host;
	unsigned i;

	if (c->is_default || c->name_count == 0 || c->pipeline->mux < 0 ||
	    host[0] == '\0' || is_address(host)) {
		return true;
	}
	for (i = 0; i < c->name_count; i++) {
		if (name_leads_to(c->names[i], host)) {
			return true;
		}
	}
	return false;
}

void site_check_hosts(struct tree *t, const struct site *s)
{
	const struct pipeline *p;
	const char *options;
	unsigned i;

	for (i = 0; i < s->count; i++) {
		if (s->claims[i].refused || host_is_asked_for(&s->claims[i])) {
			continue;
		}
		p = s->claims[i].pipeline;
		options = claim_options(t->memory, &s->claims[i]);
		diag_add(
			t->diag, PST_LOG_WARNING, p->file, p->line, p->path,
			"serves the host \"%s\", but clients that ask for this "
			"name do not come in here, where %s does; write it "
			"into "
			"the URL, or see %s",
			p->route_host, s->claims[i].names[0],
			options == NULL ? "its names" : options);
	}
}
