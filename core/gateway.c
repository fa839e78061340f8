/* SPDX-License-Identifier: MIT */
/* Building the gateway from the tree of values. */
#include "gateway.h"

#include "gateway_defaults.h"
#include "listener_tree.h"
#include "name_index.h"
#include "resource.h"
#include "service_conf.h"
#include "setting_home.h"
#include "setup.h"
#include "sockets.h"
#include "suggest.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int worse(int a, int b)
{
	if (a == PST_MEMORY || b == PST_MEMORY) {
		return PST_MEMORY;
	}
	return a != PST_OK ? a : b;
}

/* The names at the top: ours, then the lists of resources. */
static const char *top_name(const struct build *b, size_t n)
{
	static const char *const own[] = {"penstock", "defaults", "services"};

	return n < 3 ? own[n] : resources_list_name(b->resources, n - 3);
}

static bool is_known(const struct build *b, const char *name,
                     struct suggestion *near)
{
	const char *known;
	size_t n;

	for (n = 0; (known = top_name(b, n)) != NULL; n++) {
		suggest_try(near, known);
		if (strcmp(name, known) == 0) {
			return true;
		}
	}
	return false;
}

static int check_root(const struct build *b, const struct conf_value *root)
{
	struct suggestion near;
	int result = PST_OK;
	char hint[128];
	size_t i;

	for (i = 0; i < root->count; i++) {
		const struct conf_value *v = root->children[i];

		suggest_init(&near, v->name);
		if (is_known(b, v->name, &near)) {
			continue;
		}
		if (!home_from_root(v->name, hint, sizeof(hint))) {
			suggest_hint(&near, hint, sizeof(hint));
		}
		diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "there is no setting \"%s\" here%s", v->name, hint);
		result = PST_CONFIG;
	}
	return result;
}

/* -- services ---------------------------------------------------------- */

static int check_unique(const struct build *b, struct name_index *names,
                        struct service_conf *s)
{
	const struct service_conf *other;

	if (s->name == NULL || s->name[0] == '\0') {
		return PST_OK; /* reported */
	}
	other = name_index_find(names, s->name);
	if (other == NULL) {
		return name_index_add(names, s->name, s);
	}
	diag_add(b->diag, PST_LOG_ERROR, s->file, s->line, s->path,
	         "another service is named \"%s\" (%s:%u); give one of them "
	         "another name",
	         s->name, other->file, other->line);
	return PST_CONFIG;
}

/* Pipelines that are right go on into the tree. */
static void collect(const struct service_conf *s, struct pipeline **all,
                    size_t *count_io)
{
	unsigned i;

	for (i = 0; i < s->accept_count; i++) {
		if (s->accept[i]->whole) {
			all[(*count_io)++] = s->accept[i];
		}
	}
}

static int build_services(const struct build *b, const struct gateway_params *p,
                          const struct conf_value *list, struct gateway *g)
{
	struct name_index names = {NULL, 0, 0};
	int result = PST_OK;
	size_t i;

	g->services =
		arena_array(b->memory, list->count + 1, sizeof(*g->services));
	if (g->services == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < list->count && result != PST_MEMORY; i++) {
		struct service_conf **s = &g->services[i];

		result = worse(result, service_conf_build(b, list->children[i],
		                                          (unsigned)i,
		                                          p->connect_only, s));
		if (*s != NULL) {
			g->service_count++;
			result = worse(result, check_unique(b, &names, *s));
		}
	}
	name_index_finish(&names);
	return result;
}

static int build_tree(const struct build *b, struct gateway *g)
{
	struct pipeline **all;
	size_t count = 0;
	unsigned i;

	for (i = 0; i < g->service_count; i++) {
		count += g->services[i]->accept_count;
	}
	all = arena_array(b->memory, count, sizeof(struct pipeline *));
	if (all == NULL) {
		return PST_MEMORY;
	}
	count = 0;
	for (i = 0; i < g->service_count; i++) {
		collect(g->services[i], all, &count);
	}
	return listener_tree_build(all, count, b->memory, b->diag, g);
}

/* What only shows once the names of addresses are looked up. */
static int check_addresses(const struct build *b, const struct gateway *g)
{
	struct listen_request *all =
		arena_array(b->memory, g->listener_count, sizeof(*all));
	size_t count = 0;
	unsigned i;
	int result;

	if (all == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < g->listener_count; i++) {
		if (g->listeners[i].node_count > 0) {
			listen_request_fill(&all[count++], &g->listeners[i]);
		}
	}
	result = listen_set_look(all, count, b->diag);
	return result == PST_IO ? PST_CONFIG : result;
}

static int read_services(const struct build *b, const struct gateway_params *p,
                         struct gateway *g)
{
	const struct conf_value *list = conf_get(p->root, "services");
	int result;

	if (list == NULL || (list->type == CONF_LIST && list->count == 0)) {
		diag_add(b->diag, PST_LOG_ERROR, p->root->file,
		         list == NULL ? 0 : list->line, "services",
		         "there is no service; write services = ( { name = "
		         "\"...\"; accept = \"...\"; ... } )");
		return PST_CONFIG;
	}
	if (list->type != CONF_LIST) {
		diag_add(b->diag, PST_LOG_ERROR, list->file, list->line,
		         list->path,
		         "must be a list, ( { name = \"...\"; ... }, ... ), "
		         "and is %s",
		         conf_type_name(list->type));
		return PST_CONFIG;
	}
	result = build_services(b, p, list, g);
	if (result != PST_MEMORY) {
		result = worse(result, build_tree(b, g));
	}
	if (result != PST_MEMORY && !p->checked) {
		result = worse(result, check_addresses(b, g));
	}
	return result;
}

/* -- the whole --------------------------------------------------------- */

static void forget_diag(struct gateway *g)
{
	unsigned i, k, n;

	resources_settle(g->resources);
	for (i = 0; i < g->service_count; i++) {
		struct service_conf *s = g->services[i];

		if (s->place != NULL) {
			s->place->diag = NULL;
		}
		for (k = 0; k < s->accept_count; k++) {
			for (n = 0; n < s->accept[k]->count; n++) {
				s->accept[k]->layers[n].place->diag = NULL;
			}
		}
		for (k = 0; k < s->connect_count; k++) {
			for (n = 0; n < s->connect[k]->count; n++) {
				s->connect[k]->layers[n].place->diag = NULL;
			}
		}
	}
}

static struct setup_world *make_world(const struct gateway_params *p,
                                      struct gateway *g)
{
	struct setup_world *w = arena_alloc(g->memory, sizeof(*w));

	if (w == NULL) {
		return NULL;
	}
	w->gateway = g;
	w->registry = p->registry;
	w->now = (int64_t)time(NULL);
	w->strict = p->settings->strict_permissions;
	w->checked = p->checked;
	w->reload = p->reload;
	if (p->seed != NULL) {
		memcpy(w->seed, p->seed, sizeof(w->seed));
	}
	return w;
}

static int build(const struct gateway_params *p, struct gateway *g)
{
	struct build b;
	int result;

	memset(&b, 0, sizeof(b));
	b.memory = g->memory;
	b.registry = p->registry;
	b.files = p->files;
	b.diag = p->diag;
	b.core = p->core;
	b.strict = p->settings->strict_permissions;
	b.world = make_world(p, g);
	if (b.world == NULL) {
		return PST_MEMORY;
	}
	result = resources_read(&b, p->root, &g->resources);
	b.resources = g->resources;
	if (result == PST_MEMORY) {
		return result;
	}
	result = worse(result, check_root(&b, p->root));
	result = worse(result, gateway_defaults_read(&b, p->root));
	if (result == PST_MEMORY) {
		return result;
	}
	result = worse(result, read_services(&b, p, g));
	if (result != PST_MEMORY && !p->checked) {
		result = worse(result, resources_check_rest(b.resources));
	}
	return b.memory->failed ? PST_MEMORY : result;
}

int gateway_build(const struct gateway_params *params,
                  struct gateway **gateway_out)
{
	struct gateway *g = calloc(1, sizeof(*g));
	int result = PST_MEMORY;

	*gateway_out = NULL;
	if (g != NULL) {
		g->memory = calloc(1, sizeof(*g->memory));
	}
	if (g != NULL && g->memory != NULL) {
		arena_init(g->memory);
		g->settings = *params->settings;
		result = build(params, g);
	}
	if (result == PST_OK) {
		forget_diag(g);
		*gateway_out = g;
		return PST_OK;
	}
	if (result == PST_MEMORY) {
		diag_add(params->diag, PST_LOG_ERROR, NULL, 0, NULL,
		         "out of memory");
	}
	gateway_destroy(g);
	return result;
}

void gateway_destroy(struct gateway *gateway)
{
	unsigned i;

	if (gateway == NULL) {
		return;
	}
	for (i = 0; i < gateway->service_count; i++) {
		service_conf_finish(gateway->services[i]);
	}
	resources_finish(gateway->resources);
	free(gateway->expiries);
	if (gateway->memory != NULL) {
		arena_finish(gateway->memory);
	}
	free(gateway->memory);
	free(gateway);
}
