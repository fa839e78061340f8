/* SPDX-License-Identifier: MIT */
/* Accept pipelines that share an address become one listener. */
#include "listener_tree.h"

#include "listener_site.h"
#include "name_index.h"

#include <arpa/inet.h>
#include <string.h>

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

/* -- sites ------------------------------------------------------------- */

struct sites {
	struct site *item;
	unsigned count;
	struct name_index by_address;
};

static struct site *find_site(struct tree *t, struct sites *all,
                              struct pipeline *p)
{
	char *address = listener_address(t->memory, &p->plan);
	struct site *s;

	if (address == NULL) {
		return NULL;
	}
	s = name_index_find(&all->by_address, address);
	if (s != NULL) {
		return s;
	}
	s = &all->item[all->count];
	s->address = address;
	if (name_index_add(&all->by_address, address, s) != PST_OK) {
		return NULL;
	}
	all->count++;
	return s;
}

static int add_claim(struct tree *t, struct site *s, struct pipeline *p)
{
	struct claim *c = &s->claims[s->count];
	int result;

	c->pipeline = p;
	c->index = s->count++;
	result = claim_read(t, c);
	c->refused = result != PST_OK;
	return result;
}

static int fill_sites(struct tree *t, struct sites *all,
                      struct pipeline *const *pipelines, size_t count)
{
	struct site **of = arena_array(t->memory, count, sizeof(*of));
	size_t i;

	for (i = 0; of != NULL && i < count; i++) {
		of[i] = find_site(t, all, pipelines[i]);
		if (of[i] == NULL) {
			return PST_MEMORY;
		}
		of[i]->count++;
	}
	for (i = 0; of != NULL && i < count; i++) {
		struct site *s = of[i];

		if (s->claims == NULL) {
			s->claims = arena_array(t->memory, s->count,
			                        sizeof(*s->claims));
			s->count = 0;
		}
		if (s->claims == NULL ||
		    add_claim(t, s, pipelines[i]) == PST_MEMORY) {
			return PST_MEMORY;
		}
	}
	return of == NULL ? PST_MEMORY : PST_OK;
}

/* -- listeners --------------------------------------------------------- */

static bool takes_the_rest(const struct claim *c)
{
	return c->is_default || c->name_count == 0;
}

/* No name and an unknown one are taken for a name of the default's. */
static void set_fallback(struct tree *t, struct site *s)
{
	struct listener *l = s->listener;
	const struct claim *first = NULL;
	const char *name = "", *options;
	unsigned i;

	for (i = 0; i < s->count; i++) {
		struct claim *c = &s->claims[i];

		if (!takes_the_rest(c)) {
			continue;
		}
		if (first == NULL) {
			first = c;
			name = c->name_count == 0 ? "" : c->names[0];
		} else if (!claim_has_name(c, name)) {
			options = claim_options(t->memory, c);
			site_refuse(t, s, c, first,
			            "and both take clients that ask for no "
			            "name or an unknown one; make only one of "
			            "them the default%s%s",
			            options == NULL || options[0] == '\0'
			                    ? ""
			                    : ": see ",
			            options == NULL ? "" : options);
		}
	}
	for (i = 0; first != NULL && i < l->name_count; i++) {
		if (strcmp(l->names[i].name, name) == 0) {
			l->fallback = &l->names[i];
		}
	}
}

/* Which layers the door asks, and how much they may have to see. */
static int set_looks(struct tree *t, struct site *s)
{
	struct listener *l = s->listener;
	const struct claim *most = &s->claims[0];
	unsigned i;

	for (i = 1; i < s->count; i++) {
		if (s->claims[i].routed > most->routed) {
			most = &s->claims[i];
		}
	}
	l->looks = arena_array(t->memory, most->routed, sizeof(*l->looks));
	l->how = claim_options(t->memory, most);
	if (l->looks == NULL || l->how == NULL) {
		return PST_MEMORY;
	}
	for (i = 1; i <= most->routed; i++) {
		struct placed_layer *layer = &most->pipeline->layers[i];

		l->looks[l->look_count++] = layer;
		l->lookahead += layer->route->lookahead;
	}
	l->lookahead =
		l->lookahead > LOOKAHEAD_MAX ? LOOKAHEAD_MAX : l->lookahead;
	return PST_OK;
}

static int open_site(struct tree *t, struct gateway *g, struct site *s)
{
	struct listener *l = &g->listeners[g->listener_count];
	struct pipeline *p = s->claims[0].pipeline;

	l->plan = p->plan;
	l->endpoint = &p->layers[0];
	l->address = s->address;
	l->index = g->listener_count++;
	s->listener = l;
	site_check(t, s);
	if (site_group(t, s) != PST_OK || site_nodes(t, s) != PST_OK) {
		return PST_MEMORY;
	}
	set_fallback(t, s);
	if (l->node_count < 2) {
		return PST_OK;
	}
	site_check_door(t, s);
	site_check_hosts(t, s);
	if (site_elsewhere(t, s) != PST_OK) {
		return PST_MEMORY;
	}
	return t->failed ? PST_OK : set_looks(t, s);
}

int listener_tree_build(struct pipeline *const *pipelines, size_t count,
                        struct arena *memory, struct diag *diag,
                        struct gateway *gateway)
{
	struct tree t = {.memory = memory, .diag = diag};
	struct sites all = {
		.item = arena_array(memory, count, sizeof(struct site))};
	int result;
	unsigned i;

	gateway->listener_count = 0;
	gateway->listeners =
		arena_array(memory, count, sizeof(*gateway->listeners));
	if (all.item == NULL || gateway->listeners == NULL) {
		return PST_MEMORY;
	}
	result = fill_sites(&t, &all, pipelines, count);
	for (i = 0; i < all.count && result == PST_OK; i++) {
		result = open_site(&t, gateway, &all.item[i]);
	}
	name_index_finish(&all.by_address);
	return result == PST_OK && t.failed ? PST_CONFIG : result;
}
