/* SPDX-License-Identifier: MIT */
/* Hosts below a node's wildcards that are another node's: who was let in here
 * must ask for them there (RFC 9110 7.4). */
#include "listener_site.h"

#include <stdlib.h>
#include <string.h>

/* A host, and a node that it belongs to, or that is to know of it. */
struct held {
	const char *host;
	struct sni_node *node;
};

struct found {
	struct tree *t;
	struct held *wild; /* wildcards of all nodes, by host */
	unsigned wild_count;
	struct held *away; /* what nodes are to know */
	unsigned away_count, away_room;
};

static int by_host(const void *left, const void *right)
{
	const struct held *a = left, *b = right;
	int order = strcmp(a->host, b->host);

	if (order == 0 && a->node != b->node) {
		order = a->node < b->node ? -1 : 1;
	}
	return order;
}

static int by_node(const void *left, const void *right)
{
	const struct held *a = left, *b = right;

	if (a->node != b->node) {
		return a->node < b->node ? -1 : 1;
	}
	return strcmp(a->host, b->host);
}

static bool is_next_host(const struct sni_node *n, unsigned i)
{
	return i == 0 || strcmp(n->routes[i].host, n->routes[i - 1].host) != 0;
}

static int compare_route_host(const void *host, const void *route)
{
	return strcmp(host, ((const struct route *)route)->host);
}

static bool has_host(const struct sni_node *n, const char *host)
{
	return bsearch(host, n->routes, n->route_count, sizeof(*n->routes),
	               compare_route_host) != NULL;
}

static int collect_wildcards(struct found *f, const struct listener *l)
{
	unsigned most = 0, i, k;

	for (i = 0; i < l->node_count; i++) {
		most += l->nodes[i].route_count;
	}
	f->wild = arena_array(f->t->memory, most, sizeof(*f->wild));
	for (i = 0; f->wild != NULL && i < l->node_count; i++) {
		struct sni_node *n = &l->nodes[i];

		for (k = 0; k < n->route_count; k++) {
			if (n->routes[k].host[0] == '*' && is_next_host(n, k)) {
				f->wild[f->wild_count++] =
					(struct held){n->routes[k].host, n};
			}
		}
	}
	if (f->wild == NULL) {
		return PST_MEMORY;
	}
	qsort(f->wild, f->wild_count, sizeof(*f->wild), by_host);
	return PST_OK;
}

static int note(struct found *f, const char *host, struct sni_node *node)
{
	unsigned room = f->away_room == 0 ? 16 : f->away_room * 2;
	struct held *grown = f->away;

	if (f->away_count == f->away_room) {
		grown = realloc(f->away, room * sizeof(*grown));
		if (grown == NULL) {
			return PST_MEMORY;
		}
		f->away = grown;
		f->away_room = room;
	}
	f->away[f->away_count++] = (struct held){host, node};
	return PST_OK;
}

/* Tell those who have "*" and then `suffix`, ".example.com", and not `host`. */
static int tell_owners(struct found *f, const char *suffix, const char *host,
                       const struct sni_node *owner)
{
	unsigned low = 0, high = f->wild_count;
	int result = PST_OK;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (strcmp(f->wild[middle].host + 1, suffix) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < f->wild_count && result == PST_OK &&
	       strcmp(f->wild[low].host + 1, suffix) == 0;
	     low++) {
		struct sni_node *n = f->wild[low].node;

		if (n != owner && !has_host(n, host)) {
			result = note(f, host, n);
		}
	}
	return result;
}

/* "a.b.c" is below "*.b.c" and "*.c", and "*.b.c" below "*.c". */
static int tell_of(struct found *f, const struct sni_node *owner,
                   const char *host)
{
	const char *dot = strchr(host, '.');
	int result = PST_OK;

	if (dot != NULL && host[0] == '*') {
		dot = strchr(dot + 1, '.');
	}
	for (; dot != NULL && result == PST_OK; dot = strchr(dot + 1, '.')) {
		result = tell_owners(f, dot, host, owner);
	}
	return result;
}

static int tell_all(struct found *f, const struct listener *l)
{
	int result = PST_OK;
	unsigned i, k;

	for (i = 0; i < l->node_count; i++) {
		const struct sni_node *n = &l->nodes[i];

		for (k = 0; k < n->route_count && result == PST_OK; k++) {
			if (is_next_host(n, k)) {
				result = tell_of(f, n, n->routes[k].host);
			}
		}
	}
	return result;
}

static int keep(struct found *f)
{
	const char **hosts =
		arena_array(f->t->memory, f->away_count, sizeof(const char *));
	unsigned i;

	if (hosts == NULL) {
		return PST_MEMORY;
	}
	if (f->away_count != 0) {
		qsort(f->away, f->away_count, sizeof(*f->away), by_node);
	}
	for (i = 0; i < f->away_count; i++) {
		struct sni_node *n = f->away[i].node;

		hosts[i] = f->away[i].host;
		n->elsewhere = n->elsewhere == NULL ? &hosts[i] : n->elsewhere;
		n->elsewhere_count++;
	}
	return PST_OK;
}

int site_elsewhere(struct tree *t, struct site *s)
{
	struct found f = {.t = t};
	int result = collect_wildcards(&f, s->listener);

	if (result == PST_OK && f.wild_count != 0) {
		result = tell_all(&f, s->listener);
	}
	if (result == PST_OK) {
		result = keep(&f);
	}
	free(f.away);
	return result;
}
