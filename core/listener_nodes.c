/* SPDX-License-Identifier: MIT */
/* The nodes of a listener: pipelines by name, then by protocol. */
#include "listener_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- by name ----------------------------------------------------------- */

static unsigned names_of(const struct claim *c)
{
	return c->name_count == 0 ? 1 : c->name_count;
}

static const char *name_of(const struct claim *c, unsigned n)
{
	return c->name_count == 0 ? "" : c->names[n];
}

typedef int (*group_fn)(struct tree *t, struct name_group *g, struct claim *c);

static int count_claim(struct tree *t, struct name_group *g, struct claim *c)
{
	(void)t;
	(void)c;
	g->count++;
	return PST_OK;
}

static int add_claim(struct tree *t, struct name_group *g, struct claim *c)
{
	if (g->claims == NULL) {
		g->claims = arena_array(t->memory, g->count,
		                        sizeof(struct claim *));
		g->part = arena_array(t->memory, g->count, sizeof(*g->part));
		g->count = 0;
	}
	if (g->claims == NULL || g->part == NULL) {
		return PST_MEMORY;
	}
	g->claims[g->count++] = c;
	return PST_OK;
}

static struct name_group *find_group(struct site *s, struct name_index *index,
                                     const char *name)
{
	struct name_group *g = name_index_find(index, name);

	if (g != NULL) {
		return g;
	}
	g = &s->groups[s->group_count];
	g->name = name;
	if (name_index_add(index, name, g) != PST_OK) {
		return NULL;
	}
	s->group_count++;
	return g;
}

static int each_name(struct tree *t, struct site *s, struct name_index *index,
                     group_fn fn)
{
	unsigned i, n;

	for (i = 0; i < s->count; i++) {
		struct claim *c = &s->claims[i];

		for (n = 0; !c->refused && n < names_of(c); n++) {
			struct name_group *g =
				find_group(s, index, name_of(c, n));

			if (g == NULL || fn(t, g, c) != PST_OK) {
				return PST_MEMORY;
			}
		}
	}
	return PST_OK;
}

/* -- by protocol ------------------------------------------------------- */

static void refuse_overlap(struct tree *t, const struct site *s,
                           const struct name_group *g, struct claim *c,
                           const struct claim *other, const char *shared)
{
	site_refuse(t, s, c, other,
	            "and clients that ask for \"%s\"%s%s find both, but their "
	            "lists of protocols differ; make them equal, or give them "
	            "none in common",
	            shared, g->name[0] == '\0' ? "" : " at ", g->name);
}

/* The first of each part stands for it. */
static void put_into_part(struct tree *t, const struct site *s,
                          struct name_group *g, unsigned at)
{
	struct claim *c = g->claims[at];
	unsigned i, next = 0;

	g->part[at] = g->part_count;
	for (i = 0; i < at && next < g->part_count; i++) {
		const struct claim *other = g->claims[i];
		const char *shared;

		if (g->part[i] != next) {
			continue;
		}
		next++;
		if (claim_same_protocols(c, other)) {
			g->part[at] = g->part[i];
			(void)site_check_node(t, s, g->name, other, c);
			return;
		}
		shared = claim_shared_protocol(c, other);
		if (shared != NULL) {
			refuse_overlap(t, s, g, c, other, shared);
			return;
		}
	}
	g->part_count++;
}

int site_group(struct tree *t, struct site *s)
{
	struct name_index index = {NULL, 0, 0};
	unsigned i, n, most = 0;
	int result;

	for (i = 0; i < s->count; i++) {
		most += names_of(&s->claims[i]);
	}
	s->groups = arena_array(t->memory, most, sizeof(*s->groups));
	result = s->groups == NULL ? PST_MEMORY
	                           : each_name(t, s, &index, count_claim);
	if (result == PST_OK) {
		result = each_name(t, s, &index, add_claim);
	}
	name_index_finish(&index);
	for (i = 0; i < s->group_count && result == PST_OK; i++) {
		for (n = 0; n < s->groups[i].count; n++) {
			put_into_part(t, s, &s->groups[i], n);
		}
	}
	return result;
}

/* -- nodes ------------------------------------------------------------- */

/* What making nodes needs to know of those that are there. */
struct making {
	struct tree *t;
	struct site *s;
	struct name_index by_members; /* nodes, by who is in them */
	struct name_index by_route;   /* pipelines, by node, host and path */
	struct lead {
		struct sni_node *node;
		const char *name;
	} * leads; /* from a name to a node */
	unsigned lead_count;
};

/* "0 3 17 ": equal for the same members. */
static char *members(struct tree *t, const struct name_group *g, unsigned part)
{
	size_t size = (size_t)g->count * 11 + 1, at = 0;
	char *text = arena_alloc(t->memory, size);
	unsigned i;

	for (i = 0; text != NULL && i < g->count; i++) {
		if (g->part[i] == part) {
			at += (size_t)sprintf(text + at, "%u ",
			                      g->claims[i]->index);
		}
	}
	return text;
}

/* Returns 0, PST_CONFIG after a diagnosis, PST_MEMORY. */
static int claim_route(struct making *m, const struct sni_node *node,
                       struct claim *c)
{
	struct pipeline *p = c->pipeline;
	const struct pipeline *other;
	char *key = arena_printf(m->t->memory, "%u %s %s",
	                         (unsigned)(node - m->s->listener->nodes),
	                         p->route_host, p->route_meaning);

	if (key == NULL) {
		return PST_MEMORY;
	}
	other = name_index_find(&m->by_route, key);
	if (other == NULL) {
		return name_index_add(&m->by_route, key, p);
	}
	m->t->failed = true;
	if (!c->refused) {
		c->refused = true;
		diag_add(m->t->diag, PST_LOG_ERROR, p->file, p->line, p->path,
		         "has host \"%s\" and path \"%s\" on %s, as %s (%s:%u) "
		         "has; give one of them another path or host",
		         p->route_host, p->route_path, m->s->address,
		         other->path, other->file, other->line);
	}
	return PST_CONFIG;
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

/* What CONNECT names is behind the gateway, so it cannot choose a service. */
static void check_tunnels(struct making *m, const struct name_group *g,
                          unsigned part)
{
	const struct claim *first = NULL, *last = NULL;
	unsigned i;

	for (i = 0; i < g->count; i++) {
		struct claim *c = g->claims[i];
		const struct service_conf *service = c->pipeline->service;

		if (g->part[i] != part || !service_tunnels(service) ||
		    (last != NULL && last->pipeline->service == service)) {
			continue;
		}
		last = c;
		if (first == NULL) {
			first = c;
		} else {
			site_refuse(m->t, m->s, c, first,
			            "and both open tunnels: no request for "
			            "one says which of them is meant; make "
			            "one service of them, or give one of "
			            "them another port");
		}
	}
}

static const struct route *find_tunnel(const struct sni_node *node)
{
	unsigned i;

	for (i = 0; i < node->route_count; i++) {
		if (service_tunnels(node->routes[i].pipeline->service)) {
			return &node->routes[i];
		}
	}
	return NULL;
}

static int fill_node(struct making *m, const struct name_group *g,
                     unsigned part, struct sni_node *node)
{
	unsigned i;

	node->routes =
		arena_array(m->t->memory, g->count, sizeof(struct route));
	if (node->routes == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < g->count; i++) {
		struct claim *c = g->claims[i];
		int result;

		if (g->part[i] != part) {
			continue;
		}
		if (node->lower == NULL) {
			node->lower = c->pipeline;
			node->protocols = c->protocols;
			node->protocol_count = c->protocol_count;
		}
		result = claim_route(m, node, c);
		if (result == PST_MEMORY) {
			return result;
		}
		if (result == PST_OK) {
			node->routes[node->route_count++] = (struct route){
				c->pipeline->route_host,
				c->pipeline->route_meaning, c->pipeline};
		}
	}
	qsort(node->routes, node->route_count, sizeof(*node->routes),
	      compare_routes);
	check_tunnels(m, g, part);
	node->tunnel = find_tunnel(node);
	return PST_OK;
}

/* The node of these members, which other names may lead to already. */
static struct sni_node *find_node(struct making *m, const struct name_group *g,
                                  unsigned part)
{
	struct listener *l = m->s->listener;
	char *key = members(m->t, g, part);
	struct sni_node *node =
		key == NULL ? NULL : name_index_find(&m->by_members, key);

	if (key == NULL || node != NULL) {
		return node;
	}
	node = &l->nodes[l->node_count++];
	if (name_index_add(&m->by_members, key, node) != PST_OK ||
	    fill_node(m, g, part, node) != PST_OK) {
		return NULL;
	}
	return node;
}

static int make_name(struct making *m, const struct name_group *g,
                     struct listener_name *name)
{
	unsigned part;

	name->name = g->name;
	name->nodes = arena_array(m->t->memory, g->part_count,
	                          sizeof(struct sni_node *));
	if (name->nodes == NULL) {
		return PST_MEMORY;
	}
	for (part = 0; part < g->part_count; part++) {
		struct sni_node *node = find_node(m, g, part);

		if (node == NULL) {
			return PST_MEMORY;
		}
		name->nodes[name->node_count++] = node;
		m->leads[m->lead_count++] = (struct lead){node, g->name};
	}
	return PST_OK;
}

static int compare_leads(const void *left, const void *right)
{
	const struct lead *a = left, *b = right;

	if (a->node != b->node) {
		return a->node < b->node ? -1 : 1;
	}
	return strcmp(a->name, b->name);
}

static int compare_names(const void *left, const void *right)
{
	const struct listener_name *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* Tell each node the names that lead to it. */
static int name_nodes(struct making *m)
{
	const char **names =
		arena_array(m->t->memory, m->lead_count, sizeof(const char *));
	unsigned i;

	if (names == NULL) {
		return PST_MEMORY;
	}
	qsort(m->leads, m->lead_count, sizeof(*m->leads), compare_leads);
	for (i = 0; i < m->lead_count; i++) {
		struct sni_node *node = m->leads[i].node;

		names[i] = m->leads[i].name;
		if (names[i][0] != '\0') {
			node->names =
				node->names == NULL ? &names[i] : node->names;
			node->name_count++;
		}
	}
	return PST_OK;
}

static int make_all(struct making *m)
{
	struct site *s = m->s;
	struct listener *l = s->listener;
	unsigned i, most = 0;
	int result = PST_OK;

	for (i = 0; i < s->group_count; i++) {
		most += s->groups[i].part_count;
	}
	l->nodes = arena_array(m->t->memory, most, sizeof(*l->nodes));
	l->names = arena_array(m->t->memory, s->group_count, sizeof(*l->names));
	m->leads = arena_array(m->t->memory, most, sizeof(*m->leads));
	if (l->nodes == NULL || l->names == NULL || m->leads == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < s->group_count && result == PST_OK; i++) {
		result =
			make_name(m, &s->groups[i], &l->names[l->name_count++]);
	}
	if (result == PST_OK) {
		result = name_nodes(m);
	}
	qsort(l->names, l->name_count, sizeof(*l->names), compare_names);
	return result;
}

int site_nodes(struct tree *t, struct site *s)
{
	struct making m = {.t = t, .s = s};
	int result = make_all(&m);

	name_index_finish(&m.by_members);
	name_index_finish(&m.by_route);
	return result;
}
