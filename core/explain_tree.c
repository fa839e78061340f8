/* SPDX-License-Identifier: MIT */
/* `penstock explain`: each listener as a tree of names, protocols, hosts, paths. */
#include "explain_tree.h"

#include <string.h>

enum {
	MOST = 8, /* names in one line */
	WIDTH = 1024
};

/* "a, b, c and 4 more" into text[WIDTH]. */
static const char *list_text(const char *const *list, unsigned count,
                             char *text)
{
	size_t at = 0;
	unsigned i;
	int n;

	text[0] = '\0';
	for (i = 0; i < count && i < MOST && at < WIDTH; i++) {
		n = snprintf(text + at, WIDTH - at, "%s%s", i == 0 ? "" : ", ",
		             list[i]);
		at += n < 0 ? 0 : (size_t)n;
	}
	if (count > MOST && at < WIDTH) {
		snprintf(text + at, WIDTH - at, " and %u more", count - MOST);
	}
	return text;
}

static bool takes_the_rest(const struct listener *l,
                           const struct sni_node *node)
{
	unsigned i;

	for (i = 0; l->fallback != NULL && i < l->fallback->node_count; i++) {
		if (l->fallback->nodes[i] == node) {
			return true;
		}
	}
	return false;
}

static bool same_names(const struct sni_node *a, const struct sni_node *b)
{
	unsigned i;

	if (a->name_count != b->name_count) {
		return false;
	}
	for (i = 0; i < a->name_count; i++) {
		if (strcmp(a->names[i], b->names[i]) != 0) {
			return false;
		}
	}
	return true;
}

static void put_names(const struct picture *pic, const struct listener *l,
                      const struct sni_node *node)
{
	char text[WIDTH];

	if (node->name_count == 0) {
		picture_branch(pic, 0, "every %sname, and none",
		               l->name_count == 1 ? "" : "other ");
		return;
	}
	list_text(node->names, node->name_count, text);
	picture_branch(
		pic, 0, "name%s %s%s", node->name_count == 1 ? "" : "s", text,
		takes_the_rest(l, node) ? ", and every other name, and none"
					: "");
}

static void put_route(const struct picture *pic, unsigned depth,
                      const struct route *r)
{
	const struct pipeline *p = r->pipeline;

	if (p->mux < 0) {
		picture_branch(pic, depth, "%s (%s:%u)", p->path, p->file,
		               p->line);
		return;
	}
	picture_branch(pic, depth, "%s%s, path %s: %s (%s:%u)",
	               r->host[0] == '\0' ? "any host" : "host ", r->host,
	               p->route_path, p->path, p->file, p->line);
}

/* Several nodes: what clients ask for stands above who serves it. */
static void put_node(const struct picture *pic, const struct listener *l,
                     unsigned n)
{
	const struct sni_node *node = &l->nodes[n];
	bool doors = l->node_count > 1;
	unsigned depth = doors ? 1 : 0, i;
	char text[WIDTH];

	if (doors && (n == 0 || !same_names(node, &l->nodes[n - 1]))) {
		put_names(pic, l, node);
	}
	if (doors && node->protocol_count != 0) {
		list_text(node->protocols, node->protocol_count, text);
		picture_branch(pic, depth++, "protocol%s %s",
		               node->protocol_count == 1 ? "" : "s", text);
	}
	for (i = 0; i < node->route_count; i++) {
		put_route(pic, depth, &node->routes[i]);
	}
}

static bool serves(const struct listener *l, const char *service)
{
	unsigned n, i;

	for (n = 0; n < l->node_count; n++) {
		const struct sni_node *node = &l->nodes[n];

		for (i = 0; i < node->route_count; i++) {
			if (strcmp(node->routes[i].pipeline->service->name,
			           service) == 0) {
				return true;
			}
		}
	}
	return false;
}

void explain_tree(const struct picture *pic, const struct gateway *g,
                  const char *service)
{
	unsigned i, n;

	for (i = 0; i < g->listener_count; i++) {
		const struct listener *l = &g->listeners[i];

		if (service != NULL && !serves(l, service)) {
			continue;
		}
		fprintf(pic->out, "\n  listener %s\n", l->address);
		for (n = 0; n < l->node_count; n++) {
			put_node(pic, l, n);
		}
		if (l->node_count > 1 && l->fallback == NULL) {
			picture_branch(pic, 0,
			               "every other name, and none: refused");
		}
	}
}
