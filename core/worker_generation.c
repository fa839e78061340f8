/* SPDX-License-Identifier: MIT */
/* Generations at work in a worker: counted, entered, swept. */
#include "worker_generation.h"

#include "pool.h"
#include "series.h"
#include "worker_builder.h"
#include "worker_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct worker_generation *worker_generation_create(
	uint32_t number, struct gateway *gateway,
	struct configuration *configuration, struct counters *counters)
{
	struct worker_generation *g = calloc(1, sizeof(*g));
	unsigned i;

	if (g == NULL) {
		return NULL;
	}
	g->series = series_create(counters, gateway);
	g->sites = calloc(gateway->listener_count + 1, sizeof(struct site *));
	g->pools = pools_create(gateway);
	if (g->series == NULL || g->sites == NULL || g->pools == NULL) {
		worker_generation_destroy(g);
		return NULL;
	}
	g->number = number;
	g->gateway = gateway;
	g->configuration = configuration;
	for (i = 0; i < gateway->service_count; i++) {
		gateway->services[i]->generation = g;
	}
	return g;
}

void worker_generation_destroy(struct worker_generation *g)
{
	if (g == NULL) {
		return;
	}
	assert(g->users == 0);
	if (g->configuration != NULL) {
		gateway_destroy(g->gateway);
		configure_destroy(g->configuration);
	}
	pools_destroy(g->pools);
	series_destroy(g->series);
	free(g->sites);
	free(g);
}

/* -- sites ------------------------------------------------------------- */

static struct site *site_find(struct worker *w, const char *address)
{
	struct site *s = w->sites;

	while (s != NULL && strcmp(s->address, address) != 0) {
		s = s->next;
	}
	return s;
}

static struct site *site_use(struct worker *w, const char *address)
{
	struct site *s = site_find(w, address);

	if (s == NULL) {
		s = calloc(1, sizeof(*s));
		if (s == NULL || (s->address = strdup(address)) == NULL) {
			free(s);
			return NULL;
		}
		s->next = w->sites;
		w->sites = s;
	}
	s->users++;
	return s;
}

static void sites_sweep(struct worker *w)
{
	struct site **at = &w->sites;

	while (*at != NULL) {
		struct site *s = *at;

		if (s->users != 0) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s->address);
		free(s);
	}
}

static void sites_leave(struct worker *w, struct worker_generation *g)
{
	unsigned i;

	for (i = 0; i < g->gateway->listener_count; i++) {
		if (g->sites[i] != NULL) {
			g->sites[i]->users--;
			g->sites[i] = NULL;
		}
	}
	sites_sweep(w);
}

/* -- the worker's generations ------------------------------------------ */

int worker_generation_add(struct worker *w, struct worker_generation *g)
{
	unsigned i;

	for (i = 0; i < g->gateway->listener_count; i++) {
		g->sites[i] = site_use(w, g->gateway->listeners[i].address);
		if (g->sites[i] == NULL) {
			sites_leave(w, g);
			return PST_MEMORY;
		}
	}
	g->users = 1;
	g->next = w->generations;
	w->generations = g;
	return PST_OK;
}

void worker_generation_remove(struct worker *w, struct worker_generation *g)
{
	struct worker_generation **at = &w->generations;

	while (*at != g) {
		at = &(*at)->next;
	}
	*at = g->next;
	sites_leave(w, g);
}

void worker_generation_enter(struct worker *w, struct worker_generation *g)
{
	struct site *s;
	unsigned i;

	for (s = w->sites; s != NULL; s = s->next) {
		s->current = NULL;
	}
	for (i = 0; i < g->gateway->listener_count; i++) {
		g->sites[i]->current = &g->gateway->listeners[i];
	}
	if (w->generation != NULL) {
		pools_close(w->generation->pools);
		worker_generation_release(w, w->generation);
	}
	w->generation = g;
	w->gateway = g->gateway;
}

void worker_generation_release(struct worker *w, struct worker_generation *g)
{
	assert(g->users > 0);
	g->users--;
	w->generations_ended |= g->users == 0;
}

void worker_generations_sweep(struct worker *w)
{
	struct worker_generation *g = w->generations, *next;

	w->generations_ended = false;
	for (; g != NULL; g = next) {
		next = g->next;
		if (g->users == 0) {
			worker_generation_remove(w, g);
			worker_builder_free(w->builder, g);
		}
	}
}

/* -- routing ----------------------------------------------------------- */

static struct site *site_of(const struct listener *l)
{
	return worker_generation_at(l)->sites[l->index];
}

int64_t *worker_open_count(const struct listener *l)
{
	return &site_of(l)->open;
}

const struct listener *worker_listener_now(const struct listener *l)
{
	const struct listener *now = site_of(l)->current;

	return now == NULL ? l : now;
}

static bool same_layers(const struct pipeline *a, const struct pipeline *b)
{
	int i;

	if (a->mux != b->mux || a->mux < 0) {
		return false;
	}
	for (i = 0; i <= a->mux; i++) {
		const struct placed_layer *x = &a->layers[i];
		const struct placed_layer *y = &b->layers[i];

		if (strcmp(x->id, y->id) != 0 || x->digest[0] != y->digest[0] ||
		    x->digest[1] != y->digest[1]) {
			return false;
		}
	}
	return true;
}

/* Whether clients who were let in at `old` are now let in at `node`: what they
 * asked for is no part of the digests. */
static bool same_door(const struct sni_node *node, const struct sni_node *old)
{
	unsigned i;

	if (node->name_count == 0 || old->name_count == 0) {
		return node->name_count == old->name_count;
	}
	for (i = 0; i < node->name_count; i++) {
		if (strcmp(node->names[i], old->names[0]) == 0) {
			return true;
		}
	}
	return false;
}

const struct sni_node *worker_node_now(const struct listener *l,
                                       const struct sni_node *node)
{
	const struct listener *now = worker_listener_now(l);
	unsigned i;

	for (i = 0; now != l && i < now->node_count; i++) {
		if (same_layers(now->nodes[i].lower, node->lower) &&
		    same_door(&now->nodes[i], node)) {
			return &now->nodes[i];
		}
	}
	return node;
}
