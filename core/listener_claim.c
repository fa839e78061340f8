/* SPDX-License-Identifier: MIT */
/* What clients ask for to get a pipeline: names and protocols of its layers. */
#include "listener_site.h"

#include "setup.h"

#include <stdio.h>
#include <string.h>

enum {
	MOST = 65536 /* names of one place: more is a plugin that never ends */
};

typedef const char *(*nth_fn)(const void *conf, struct pst_setup *setup,
                              uint32_t n);

static struct placed_layer *routed_layer(const struct claim *c)
{
	return &c->pipeline->layers[c->routed];
}

static int wrong_plugin(struct tree *t, const struct pipeline *p,
                        const struct placed_layer *l, const char *what)
{
	diag_add(t->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "the route of layer %s %s: its plugin is wrong", l->id, what);
	t->failed = true;
	return PST_CONFIG;
}

static int check_record(struct tree *t, const struct pipeline *p,
                        const struct placed_layer *l)
{
	const struct pst_route *r = l->route;

	if (r->name == NULL || r->protocol == NULL || r->is_default == NULL ||
	    r->peek == NULL || r->last_words == NULL) {
		return wrong_plugin(t, p, l, "lacks a function");
	}
	if (r->lookahead == 0 || r->lookahead > LOOKAHEAD_MAX) {
		return wrong_plugin(t, p, l,
		                    "must look at 1 to 65536 bytes, and does "
		                    "not");
	}
	return PST_OK;
}

static bool says_something(const struct placed_layer *l)
{
	struct pst_setup *setup = &l->place->base;

	return l->route->name(l->conf, setup, 0) != NULL ||
	       l->route->protocol(l->conf, setup, 0) != NULL ||
	       l->route->is_default(l->conf, setup);
}

/* The lowest layer that says something, below the mux. */
static int find_routed(struct tree *t, struct claim *c)
{
	const struct pipeline *p = c->pipeline;
	unsigned end = p->mux >= 0 ? (unsigned)p->mux : p->count, i;
	const char *hidden = NULL;

	for (i = 1; i < end; i++) {
		const struct placed_layer *l = &p->layers[i];

		if (l->route == NULL) {
			hidden = hidden == NULL ? l->id : hidden;
			continue;
		}
		if (check_record(t, p, l) != PST_OK) {
			return PST_CONFIG;
		}
		if (says_something(l)) {
			c->routed = i;
			c->hidden = hidden;
			return PST_OK;
		}
	}
	return PST_OK;
}

static bool listed(const char *const *list, unsigned count, const char *text)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (strcmp(list[i], text) == 0) {
			return true;
		}
	}
	return false;
}

/* All that `nth` says, each once. */
static int collect(struct tree *t, const struct claim *c, nth_fn nth,
                   const char **list, unsigned *count_out)
{
	const struct placed_layer *l = routed_layer(c);
	struct name_index seen = {NULL, 0, 0};
	int result = PST_OK;
	const char *text;
	uint32_t n;

	for (n = 0; n < MOST && result == PST_OK; n++) {
		text = nth(l->conf, &l->place->base, n);
		if (text == NULL) {
			break;
		}
		if (strlen(text) > PST_ROUTE_NAME_MAX) {
			result = wrong_plugin(t, c->pipeline, l,
			                      "has a name of more than 255 "
			                      "bytes");
		} else if (name_index_find(&seen, text) == NULL) {
			list[(*count_out)++] = text;
			result = name_index_add(&seen, text, list);
		}
	}
	name_index_finish(&seen);
	return result;
}

static int collect_all(struct tree *t, const struct claim *c, nth_fn nth,
                       const char ***list_out, unsigned *count_out)
{
	const struct placed_layer *l = routed_layer(c);
	uint32_t n = 0;

	while (n < MOST && nth(l->conf, &l->place->base, n) != NULL) {
		n++;
	}
	*list_out = arena_array(t->memory, n, sizeof(const char *));
	return *list_out == NULL ? PST_MEMORY
	                         : collect(t, c, nth, *list_out, count_out);
}

int claim_read(struct tree *t, struct claim *c)
{
	const struct placed_layer *l;
	int result = find_routed(t, c);

	if (result != PST_OK || c->routed == 0) {
		return result;
	}
	l = routed_layer(c);
	c->is_default = l->route->is_default(l->conf, &l->place->base);
	result = collect_all(t, c, l->route->name, &c->names, &c->name_count);
	if (result == PST_OK) {
		result = collect_all(t, c, l->route->protocol, &c->protocols,
		                     &c->protocol_count);
	}
	return result;
}

bool claim_has_name(const struct claim *c, const char *name)
{
	return c->name_count == 0 ? name[0] == '\0'
	                          : listed(c->names, c->name_count, name);
}

bool claim_same_protocols(const struct claim *a, const struct claim *b)
{
	unsigned i;

	/* neither has one twice */
	if (a->protocol_count != b->protocol_count) {
		return false;
	}
	for (i = 0; i < a->protocol_count; i++) {
		if (!listed(b->protocols, b->protocol_count, a->protocols[i])) {
			return false;
		}
	}
	return true;
}

const char *claim_shared_protocol(const struct claim *a, const struct claim *b)
{
	unsigned i;

	for (i = 0; i < a->protocol_count; i++) {
		if (listed(b->protocols, b->protocol_count, a->protocols[i])) {
			return a->protocols[i];
		}
	}
	return NULL;
}

char *claim_options(struct arena *memory, const struct claim *c)
{
	const struct placed_layer *l = routed_layer(c);
	const struct options *o = &l->place->options;
	struct pst_option row;
	char text[256] = "";
	size_t at = 0;
	unsigned i;
	int n;

	for (i = 0; c->routed != 0 && at < sizeof(text) &&
	            options_row(o->rows, o->stride, i, &row);
	     i++) {
		if ((row.flags & PST_OPTION_ROUTE) == 0) {
			continue;
		}
		n = snprintf(text + at, sizeof(text) - at, "%s%s.%s",
		             at == 0 ? "" : " or ", l->id, row.name);
		at += n < 0 ? 0 : (size_t)n;
	}
	return arena_string(memory, text);
}
