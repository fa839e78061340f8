/* SPDX-License-Identifier: MIT */
/* Accept pipelines that share an address become one listener. */
#include "listener_tree.h"

#include "name_index.h"
#include "pipeline.h"
#include "setup.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A listener while it grows. */
struct site {
	char *address;
	size_t count;              /* pipelines that want to stand on it */
	struct listener *listener; /* NULL until the first one does */
	struct pipeline *first;
};

struct tree {
	struct arena *memory;
	struct diag *diag;
	struct site *sites;
	size_t site_count;
	struct name_index by_address; /* sites */
	struct name_index by_route;   /* pipelines, by address, host and path */
	bool failed;
};

static const char *bracketed(struct arena *memory, const char *host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (inet_pton(AF_INET6, host, &six) != 1) {
		return host;
	}
	inet_ntop(AF_INET6, &six, text, sizeof(text));
	return arena_printf(memory, "[%s]", text);
}

char *listener_address(struct arena *memory, const struct pst_socket_plan *plan)
{
	const char *host = plan->host;

	if (plan->family == PST_FAMILY_UNIX) {
		return arena_printf(memory, "unix:%s",
		                    plan->path == NULL ? "" : plan->path);
	}
	if (host == NULL || host[0] == '\0') {
		host = plan->family == PST_FAMILY_IPV4 ? "0.0.0.0" : "::";
	}
	host = bracketed(memory, host);
	return host == NULL ? NULL
	                    : arena_printf(memory, "%s:%u", host, plan->port);
}

/* -- what pipelines on one address must have in common ----------------- */

/* Both by name and place: whoever reads it can go to either. */
PST_PRINTF(4, 5)
static void refuse(struct tree *t, const struct site *s,
                   const struct pipeline *p, const char *fmt, ...)
{
	const struct pipeline *q = s->first;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->failed = true;
	diag_add(t->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "shares %s with %s (%s:%u), %s", s->address, q->path, q->file,
	         q->line, text);
}

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

static bool check_secure(struct tree *t, const struct site *s,
                         const struct pipeline *p)
{
	bool first = (s->first->provides & PST_PROVIDES_SECURE) != 0;
	bool second = (p->provides & PST_PROVIDES_SECURE) != 0;

	if (first == second) {
		return true;
	}
	refuse(t, s, p,
	       "but is %s (%s), and that is %s (%s); one address is either "
	       "plain or secure: give one of them another port",
	       second ? "secure" : "plain", p->description,
	       first ? "secure" : "plain", s->first->description);
	return false;
}

static bool check_mux(struct tree *t, const struct site *s,
                      const struct pipeline *p)
{
	if (p->mux >= 0 && s->first->mux >= 0) {
		return true;
	}
	refuse(t, s, p,
	       "and %s (%s) has no layer that tells requests apart by host "
	       "and path; give one of them another port",
	       p->mux < 0 ? "it" : "that",
	       p->mux < 0 ? p->description : s->first->description);
	return false;
}

static bool check_layer(struct tree *t, const struct site *s,
                        const struct pipeline *p, unsigned i)
{
	const struct placed_layer *a = &s->first->layers[i];
	const struct placed_layer *b = &p->layers[i];
	const char *option;

	if (strcmp(a->id, b->id) != 0) {
		refuse(t, s, p,
		       "but has %s where that has %s; layers up to %s must be "
		       "the same on one address",
		       b->id, a->id, p->layers[p->mux].id);
		return false;
	}
	if (i == 0 ? same_plan(&s->first->plan, &p->plan)
	           : a->digest[0] == b->digest[0] &&
	                     a->digest[1] == b->digest[1]) {
		return true;
	}
	option = options_difference(&a->place->options, &b->place->options);
	refuse(t, s, p,
	       "but its %s.%s is another; settings of %s must be equal on one "
	       "address",
	       b->id, option == NULL ? "setting" : option, b->id);
	return false;
}

static bool check_layers(struct tree *t, const struct site *s,
                         const struct pipeline *p)
{
	int i;

	for (i = 0; i <= p->mux && i <= s->first->mux; i++) {
		if (!check_layer(t, s, p, (unsigned)i)) {
			return false;
		}
	}
	if (p->mux != s->first->mux) {
		refuse(t, s, p,
		       "but the layers below its streams are others "
		       "(%s, and %s)",
		       p->description, s->first->description);
		return false;
	}
	return true;
}

/* -- routes ------------------------------------------------------------ */

/* Returns 0, PST_CONFIG after a diagnosis, PST_MEMORY. */
static int claim_route(struct tree *t, const struct site *s, struct pipeline *p)
{
	char *key = arena_printf(t->memory, "%s %s %s", s->address,
	                         p->route_host, p->route_path);
	const struct pipeline *other =
		key == NULL ? NULL : name_index_find(&t->by_route, key);

	if (key == NULL) {
		return PST_MEMORY;
	}
	if (other == NULL) {
		return name_index_add(&t->by_route, key, p);
	}
	t->failed = true;
	diag_add(t->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "has host \"%s\" and path \"%s\" on %s, as %s (%s:%u) has; "
	         "give one of them another path or host",
	         p->route_host, p->route_path, s->address, other->path,
	         other->file, other->line);
	return PST_CONFIG;
}

static void add_route(struct site *s, struct pipeline *p)
{
	struct sni_node *node = &s->listener->nodes[0];
	struct route *r = &node->routes[node->route_count++];

	r->host = p->route_host;
	r->path = p->route_path;
	r->pipeline = p;
}

/* By host, so that one is found quickly; then the longest path first. */
static int compare_routes(const void *left, const void *right)
{
	const struct route *a = left, *b = right;
	int order = strcmp(a->host, b->host);
	size_t la = strlen(a->path), lb = strlen(b->path);

	if (order != 0) {
		return order;
	}
	if (la != lb) {
		return la > lb ? -1 : 1;
	}
	return strcmp(a->path, b->path);
}

/* -- the tree ---------------------------------------------------------- */

static struct site *find_site(struct tree *t, struct pipeline *p)
{
	char *address = listener_address(t->memory, &p->plan);
	struct site *s;

	if (address == NULL) {
		return NULL;
	}
	s = name_index_find(&t->by_address, address);
	if (s != NULL) {
		return s;
	}
	s = &t->sites[t->site_count];
	s->address = address;
	if (name_index_add(&t->by_address, address, s) != PST_OK) {
		return NULL;
	}
	t->site_count++;
	return s;
}

static int open_site(struct tree *t, struct gateway *g, struct site *s,
                     struct pipeline *p)
{
	struct listener *l = &g->listeners[g->listener_count];

	l->plan = p->plan;
	l->endpoint = &p->layers[0];
	l->address = s->address;
	l->index = g->listener_count;
	l->node_count = 1;
	l->nodes = arena_array(t->memory, 1, sizeof(*l->nodes));
	if (l->nodes == NULL) {
		return PST_MEMORY;
	}
	l->nodes[0].name = "";
	l->nodes[0].lower = p;
	l->nodes[0].routes =
		arena_array(t->memory, s->count, sizeof(struct route));
	if (l->nodes[0].routes == NULL) {
		return PST_MEMORY;
	}
	s->listener = l;
	s->first = p;
	g->listener_count++;
	return PST_OK;
}

static int place(struct tree *t, struct gateway *g, struct site *s,
                 struct pipeline *p)
{
	int result = PST_OK;

	if (s->listener == NULL) {
		result = open_site(t, g, s, p);
	} else if (!check_secure(t, s, p) || !check_mux(t, s, p) ||
	           !check_layers(t, s, p)) {
		return PST_OK; /* reported */
	}
	if (result == PST_OK) {
		result = claim_route(t, s, p);
	}
	if (result == PST_OK) {
		add_route(s, p);
	}
	return result == PST_MEMORY ? PST_MEMORY : PST_OK;
}

static int place_all(struct tree *t, struct pipeline *const *pipelines,
                     size_t count, struct gateway *g)
{
	struct site **sites = arena_array(t->memory, count, sizeof(*sites));
	int result = PST_OK;
	size_t i;

	for (i = 0; sites != NULL && i < count; i++) {
		sites[i] = find_site(t, pipelines[i]);
		if (sites[i] == NULL) {
			return PST_MEMORY;
		}
		sites[i]->count++;
	}
	for (i = 0; sites != NULL && i < count && result == PST_OK; i++) {
		result = place(t, g, sites[i], pipelines[i]);
	}
	return sites == NULL ? PST_MEMORY : result;
}

int listener_tree_build(struct pipeline *const *pipelines, size_t count,
                        struct arena *memory, struct diag *diag,
                        struct gateway *gateway)
{
	struct tree t;
	int result;
	size_t i;

	memset(&t, 0, sizeof(t));
	t.memory = memory;
	t.diag = diag;
	t.sites = arena_array(memory, count, sizeof(*t.sites));
	gateway->listener_count = 0;
	gateway->listeners =
		arena_array(memory, count, sizeof(*gateway->listeners));
	if (t.sites == NULL || gateway->listeners == NULL) {
		return PST_MEMORY;
	}
	result = place_all(&t, pipelines, count, gateway);
	for (i = 0; i < gateway->listener_count; i++) {
		struct sni_node *node = &gateway->listeners[i].nodes[0];

		qsort(node->routes, node->route_count, sizeof(*node->routes),
		      compare_routes);
	}
	name_index_finish(&t.by_address);
	name_index_finish(&t.by_route);
	return result == PST_OK && t.failed ? PST_CONFIG : result;
}
