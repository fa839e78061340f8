/* SPDX-License-Identifier: MIT */
/* Pipelines: from their text to checked confs. */
#include "pipeline.h"

#include "pipeline_check.h"
#include "pipeline_stack.h"
#include "route_match.h"
#include "route_path.h"
#include "setup.h"

#include <stdio.h>
#include <string.h>

const char *pipeline_name(const struct pipeline *p)
{
	if (p->url.text != NULL) {
		return p->url.text;
	}
	return p->description == NULL ? "" : p->description;
}

/* -- layers ------------------------------------------------------------ */

static const void *find_silently(const struct build *b, enum registry_kind kind,
                                 const char *id)
{
	return registry_find(b->registry, kind, id, NULL, NULL, 0, NULL);
}

static bool find_endpoint(const struct build *b, struct placed_layer *l,
                          const char *path)
{
	l->endpoint = find_silently(b, REGISTRY_ENDPOINT, l->id);
	if (l->endpoint != NULL) {
		return true;
	}
	if (find_silently(b, REGISTRY_LAYER, l->id) == NULL) {
		registry_find(b->registry, REGISTRY_ENDPOINT, l->id, b->diag,
		              l->file, l->line, path);
		return false;
	}
	diag_add(b->diag, PST_LOG_ERROR, l->file, l->line, path,
	         "%s cannot be the bottom layer: it makes no sockets; put an "
	         "endpoint below it, e.g. %s",
	         l->id,
	         registry_id(b->registry, REGISTRY_ENDPOINT, 0) == NULL
	                 ? "(none is installed)"
	                 : registry_id(b->registry, REGISTRY_ENDPOINT, 0));
	return false;
}

static bool find_layer(const struct build *b, struct placed_layer *l,
                       const char *path)
{
	l->layer = find_silently(b, REGISTRY_LAYER, l->id);
	if (l->layer == NULL &&
	    find_silently(b, REGISTRY_ENDPOINT, l->id) != NULL) {
		diag_add(b->diag, PST_LOG_ERROR, l->file, l->line, path,
		         "%s makes sockets: it can only be the bottom layer",
		         l->id);
		return false;
	}
	if (l->layer == NULL) {
		registry_find(b->registry, REGISTRY_LAYER, l->id, b->diag,
		              l->file, l->line, path);
		return false;
	}
	l->route = find_silently(b, REGISTRY_ROUTE, l->id);
	if ((l->layer->provides & PST_PROVIDES_MUX) == 0) {
		return true;
	}
	l->mux = registry_find(b->registry, REGISTRY_MUX, l->id, b->diag,
	                       l->file, l->line, path);
	return l->mux != NULL;
}

static const struct conf_value *shared_group(const struct build *b,
                                             enum pst_role role)
{
	return b->shared[role == PST_ACCEPT ? 0 : 1];
}

static int fill_layer(const struct build *b, const struct pipeline *p,
                      const struct stack_entry *e, struct placed_layer *l,
                      void *conf)
{
	struct options_input in;

	memset(&in, 0, sizeof(in));
	in.memory = b->memory;
	in.files = b->files;
	in.diag = b->diag;
	in.groups[0] = e->own;
	in.groups[1] = e->around == e->own ? NULL : e->around;
	in.groups[2] = conf_get(shared_group(b, p->role), e->id);
	in.shared_from = 2;
	in.strict = b->strict;
	in.resources = b->resources;
	in.file = l->file;
	in.line = l->line;
	in.path = l->place->path;
	in.role = (uint32_t)p->role;
	return options_fill(&in,
	                    l->layer != NULL ? l->layer->options
	                                     : l->endpoint->options,
	                    l->layer != NULL ? l->layer->option_stride
	                                     : l->endpoint->option_stride,
	                    conf, &l->place->options);
}

static int init_layer(const struct build *b, struct placed_layer *l)
{
	int (*init)(void *, struct pst_setup *) =
		l->layer != NULL ? l->layer->conf_init : l->endpoint->conf_init;
	int result;

	if (init == NULL) {
		return PST_OK;
	}
	l->begun = true;
	registry_note(b->registry, "layer %s of service %s", l->id,
	              l->place->base.service);
	result = init(l->conf, &l->place->base);
	registry_note(b->registry, NULL);
	if (result == PST_MEMORY) {
		return result;
	}
	if (result != PST_OK && l->place->errors == 0) {
		diag_add(b->diag, PST_LOG_ERROR, l->file, l->line,
		         l->place->path,
		         "%s refuses these settings and does "
		         "not say why: its plugin is wrong",
		         l->id);
	}
	return result != PST_OK || l->place->errors != 0 ? PST_CONFIG : PST_OK;
}

static uint32_t provided(const struct pipeline *p, const struct placed_layer *l)
{
	if (l->layer == NULL) {
		return l->endpoint->provides;
	}
	return l->layer->conf_provides == NULL
	               ? l->layer->provides
	               : l->layer->conf_provides(l->conf, p->role);
}

static int make_setup(const struct build *b, const struct pipeline *p,
                      const struct stack_entry *e, struct placed_layer *l)
{
	size_t size =
		l->layer != NULL ? l->layer->conf_size : l->endpoint->conf_size;
	const struct place at = {l->file, l->line, e->path};
	int result;

	l->place = arena_alloc(b->memory, sizeof(*l->place));
	l->conf = arena_alloc(b->memory, size);
	if (l->place == NULL || l->conf == NULL) {
		return PST_MEMORY;
	}
	l->place->base.url = p->url.text == NULL ? NULL : &p->url;
	l->place->base.service = p->service->name;
	l->place->base.conf = l->conf;
	l->place->base.role = (uint8_t)p->role;
	result = setup_begin(l->place, b, &at);
	l->setup = l->place->base;
	return result;
}

/* All errors at once: also what the layer would say, had it heard the names
 * that are wrong. */
static int init_named(const struct build *b, struct placed_layer *l)
{
	l->place->only_given = true;
	return init_layer(b, l) == PST_MEMORY ? PST_MEMORY : PST_CONFIG;
}

/* Place one layer; `*l` counts as placed when its place is set. */
static int place_layer(const struct build *b, const struct pipeline *p,
                       const struct stack_entry *e, unsigned at,
                       struct placed_layer *l)
{
	int result;

	l->id = e->id;
	l->file = arena_string(b->memory, e->file == NULL ? "" : e->file);
	l->line = e->line;
	if (l->file == NULL) {
		return PST_MEMORY;
	}
	if (!(at == 0 ? find_endpoint(b, l, e->path)
	              : find_layer(b, l, e->path))) {
		return PST_CONFIG;
	}
	result = make_setup(b, p, e, l);
	if (result == PST_OK) {
		result = fill_layer(b, p, e, l, l->conf);
	}
	if (result == PST_OK) {
		options_digest(&l->place->options, l->id, l->digest);
		result = init_layer(b, l);
	} else if (l->place->options.only_names) {
		result = init_named(b, l);
	}
	/* without a valid conf nothing is known of what it promises */
	l->provides = result == PST_OK   ? provided(p, l)
	              : l->layer == NULL ? l->endpoint->provides
	                                 : l->layer->provides;
	return result;
}

static int place_layers(const struct build *b, const struct stack_text *s,
                        struct pipeline *p, bool *found_out)
{
	int result = PST_OK, one;
	unsigned i;

	*found_out = s->count != 0;
	p->layers = arena_array(b->memory, s->count + 1, sizeof(*p->layers));
	if (p->layers == NULL) {
		return PST_MEMORY;
	}
	p->count = s->count;
	for (i = 0; i < s->count; i++) {
		one = place_layer(b, p, &s->entries[i], i, &p->layers[i]);
		if (one == PST_MEMORY) {
			return one;
		}
		result = one != PST_OK ? PST_CONFIG : result;
		*found_out &= p->layers[i].place != NULL;
	}
	return result;
}

/* -- the hop ----------------------------------------------------------- */

/* All names of both groups were checked where they were read. */
static const char **group_names(const struct build *b,
                                const struct conf_value *one,
                                const struct conf_value *two)
{
	size_t n = one->count + (two == NULL ? 0 : two->count), i, at = 0;
	const char **names = arena_array(b->memory, n + 1, sizeof(*names));

	for (i = 0; names != NULL && i < one->count; i++) {
		names[at++] = one->children[i]->name;
	}
	for (i = 0; names != NULL && two != NULL && i < two->count; i++) {
		names[at++] = two->children[i]->name;
	}
	return names;
}

static int fill_hop(const struct build *b, struct pipeline *p,
                    const struct conf_value *value)
{
	const struct conf_value *shared = shared_group(b, p->role);
	struct options *hop = arena_alloc(b->memory, sizeof(*hop));
	struct conf_value none = {.type = CONF_GROUP};
	const struct conf_value *group =
		value->type == CONF_GROUP ? value : &none;
	struct options_input in;
	int result;

	if (shared != NULL && shared->type != CONF_GROUP) {
		shared = NULL; /* reported with the defaults */
	}
	memset(&in, 0, sizeof(in));
	in.memory = b->memory;
	in.diag = b->diag;
	in.groups[0] = group;
	in.groups[1] = shared;
	in.shared_from = 1;
	in.also = group_names(b, group, shared);
	in.file = p->file;
	in.line = p->line;
	in.path = p->path;
	in.role = (uint32_t)p->role;
	if (hop == NULL || in.also == NULL) {
		return PST_MEMORY;
	}
	p->hop = hop;
	result = options_fill(&in, hop_options, sizeof(hop_options[0]), p, hop);
	return result == PST_OK ? bridge_conf_read(b, p) : result;
}

/* -- routes ------------------------------------------------------------ */

/* The mux's own ROUTE option, when it is set. */
static const char *route_option(const struct pipeline *p, const char *name,
                                const struct option_origin **origin_out)
{
	const struct options *o;
	struct pst_option row;
	const char *text;
	unsigned i;

	*origin_out = NULL;
	if (p->mux < 0) {
		return NULL;
	}
	o = &p->layers[p->mux].place->options;
	for (i = 0; options_row(o->rows, o->stride, i, &row); i++) {
		if ((row.flags & PST_OPTION_ROUTE) != 0 &&
		    row.type == PST_OPTION_STRING &&
		    strcmp(row.name, name) == 0) {
			memcpy(&text, (const char *)o->conf + row.offset,
			       sizeof(text));
			*origin_out = &o->origins[i];
			return text;
		}
	}
	return NULL;
}

static int refuse_route(const struct build *b, const struct pipeline *p,
                        const struct option_origin *o, const char *text,
                        const char *what)
{
	bool known = o != NULL && o->file != NULL;

	diag_add(b->diag, PST_LOG_ERROR, known ? o->file : p->file,
	         known ? o->line : p->line, known ? o->path : p->path,
	         "\"%.200s\" %s", text, what);
	return PST_CONFIG;
}

/* 0.0.0.0 and :: are no names that a client would ask for. */
static bool is_any_address(const struct pst_url *url)
{
	return url->host_is_address != 0 &&
	       (strcmp(url->host, "0.0.0.0") == 0 ||
	        strcmp(url->host, "::") == 0);
}

static int set_route_host(const struct build *b, struct pipeline *p)
{
	const struct option_origin *origin;
	const char *text = route_option(p, "host", &origin);
	char host[256];

	if (text == NULL && p->url.text != NULL && !is_any_address(&p->url)) {
		text = p->url.host;
		origin = NULL;
	}
	host[0] = '\0';
	if (text != NULL && text[0] != '\0' && origin == NULL) {
		snprintf(host, sizeof(host), "%s", text);
	} else if (text != NULL && text[0] != '\0' &&
	           route_match_pattern(text, host) != PST_OK) {
		return refuse_route(b, p, origin, text,
		                    "is not a host; write a name, an address, "
		                    "\"*.name\" for all below it, or \"\" for "
		                    "any");
	}
	p->route_host = arena_string(b->memory, host);
	return p->route_host == NULL ? PST_MEMORY : PST_OK;
}

/* "/%61" and "/a" are one path, and have one service. */
static int set_route_meaning(const struct build *b, struct pipeline *p,
                             const struct option_origin *origin)
{
	size_t length = strlen(p->route_path);
	char *meaning = arena_alloc(b->memory, length + 2);

	if (meaning == NULL) {
		return PST_MEMORY;
	}
	if (strchr(p->route_path, ';') != NULL ||
	    strstr(p->route_path, "%3b") != NULL ||
	    strstr(p->route_path, "%3B") != NULL) {
		return refuse_route(b, p, origin, p->route_path,
		                    "has parameters; leave out what stands "
		                    "behind ; since requests find a path with "
		                    "any parameters or none");
	}
	length = route_path_meaning(p->route_path, length, meaning);
	if (memchr(meaning, '\0', length) != NULL) {
		return refuse_route(b, p, origin, p->route_path,
		                    "is not a path: %00 cannot be in one");
	}
	while (length > 1 && meaning[length - 1] == '/') {
		meaning[--length] = '\0';
	}
	p->route_meaning = meaning;
	return PST_OK;
}

static int set_route_path(const struct build *b, struct pipeline *p,
                          bool path_only)
{
	const struct option_origin *origin;
	const char *text = route_option(p, "path", &origin);
	size_t length;

	if (text == NULL || text[0] == '\0') {
		origin = NULL;
		text = p->url.text == NULL || path_only ? "/" : p->url.path;
	}
	if (text[0] != '/' || strpbrk(text, "?# ") != NULL) {
		return refuse_route(b, p, origin, text,
		                    "is not a path; it begins with / and has "
		                    "no ?, # or space");
	}
	length = strlen(text);
	while (length > 1 && text[length - 1] == '/') {
		length--;
	}
	p->route_path = arena_copy(b->memory, text, length);
	if (p->route_path == NULL) {
		return PST_MEMORY;
	}
	return set_route_meaning(b, p, origin);
}

static int set_route(const struct build *b, struct pipeline *p, bool path_only)
{
	int host, path;

	if (p->role != PST_ACCEPT || p->mux < 0) {
		p->route_host = "";
		p->route_path = "/";
		p->route_meaning = "/";
		return PST_OK;
	}
	host = set_route_host(b, p);
	path = set_route_path(b, p, path_only);
	return host != PST_OK ? host : path;
}

/* -- the whole --------------------------------------------------------- */

static char *describe(const struct build *b, const struct stack_text *s)
{
	char text[PIPELINE_LAYERS_MAX * 66];
	size_t at = 0;
	unsigned i;
	int n;

	text[0] = '\0';
	for (i = 0; i < s->count && at < sizeof(text); i++) {
		n = snprintf(text + at, sizeof(text) - at, "%s%s",
		             i == 0 ? "" : ", ", s->entries[i].id);
		at += n < 0 ? 0 : (size_t)n;
	}
	return arena_string(b->memory, text);
}

static int check_promise(const struct build *b, const struct pipeline *p)
{
	const uint32_t kept = PST_PROVIDES_SECURE | PST_PROVIDES_CLAIMED;

	if (!p->url_secure || (p->provides & kept) != 0) {
		return PST_OK;
	}
	diag_add(b->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "\"%s\" promises a secure hop, and no layer of %s provides "
	         "it; change their settings, or the scheme",
	         p->url.text, p->description);
	return PST_CONFIG;
}

static int check_path(const struct build *b, const struct pipeline *p,
                      bool path_only)
{
	const struct pst_url *u = &p->url;

	if (u->text == NULL || path_only || p->mux >= 0 ||
	    (strcmp(u->path, "/") == 0 && u->query[0] == '\0')) {
		return PST_OK;
	}
	diag_add(b->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "\"%s\" has a path, and no layer of %s uses one; remove it",
	         u->text, p->description);
	return PST_CONFIG;
}

static int make_plan(const struct build *b, struct pipeline *p)
{
	struct placed_layer *l = &p->layers[0];
	int result;

	memset(&p->plan, 0, sizeof(p->plan));
	p->plan.size = sizeof(p->plan);
	p->plan.mode = UINT32_MAX;
	if (l->endpoint->plan == NULL) {
		diag_add(b->diag, PST_LOG_ERROR, l->file, l->line,
		         l->place->path,
		         "%s has no plan for a socket: its "
		         "plugin is wrong",
		         l->id);
		return PST_CONFIG;
	}
	registry_note(b->registry, "endpoint %s of service %s", l->id,
	              l->place->base.service);
	result = l->endpoint->plan(l->conf, &l->place->base, &p->plan);
	registry_note(b->registry, NULL);
	if (result != PST_OK && result != PST_MEMORY && l->place->errors == 0) {
		diag_add(b->diag, PST_LOG_ERROR, l->file, l->line,
		         l->place->path, "%s does not say what socket to make",
		         l->id);
	}
	return result == PST_OK && l->place->errors != 0 ? PST_CONFIG : result;
}

/* What takes all layers to be right. */
static int complete(const struct build *b, struct pipeline *p, bool path_only)
{
	int promise = check_promise(b, p);
	int path = check_path(b, p, path_only);
	int result = promise != PST_OK ? promise : path;
	int route = set_route(b, p, path_only);
	int plan = make_plan(b, p);

	if (route == PST_MEMORY || plan == PST_MEMORY) {
		return PST_MEMORY;
	}
	return result == PST_OK && route == PST_OK && plan == PST_OK
	               ? PST_OK
	               : PST_CONFIG;
}

static int build_into(const struct build *b, const struct stack_text *s,
                      struct pipeline *p)
{
	int hop = fill_hop(b, p, s->value), layers;
	bool found;

	p->url = s->url;
	p->url_secure = s->url_secure;
	p->description = describe(b, s);
	if (p->description == NULL || s->memory || hop == PST_MEMORY) {
		return PST_MEMORY;
	}
	layers = place_layers(b, s, p, &found);
	if (layers == PST_MEMORY) {
		return layers;
	}
	if (found && pipeline_check(b, p) != PST_OK) {
		layers = PST_CONFIG;
	}
	if (s->failed || hop != PST_OK || layers != PST_OK || !found) {
		return PST_CONFIG;
	}
	return complete(b, p, s->url_path_only);
}

int pipeline_build(const struct build *b, struct service_conf *service,
                   enum pst_role role, unsigned index,
                   const struct conf_value *value,
                   struct pipeline **pipeline_out)
{
	struct pipeline *p = arena_alloc(b->memory, sizeof(*p));
	struct stack_text s;
	int result;

	*pipeline_out = p;
	if (p == NULL) {
		return PST_MEMORY;
	}
	p->role = role;
	p->service = service;
	p->index = index;
	p->mux = -1;
	p->file =
		arena_string(b->memory, value->file == NULL ? "" : value->file);
	p->line = value->line;
	p->path = arena_string(b->memory, value->path);
	if (p->file == NULL || p->path == NULL) {
		return PST_MEMORY;
	}
	pipeline_stack_read(b, role, value, &s);
	result = build_into(b, &s, p);
	p->whole = result == PST_OK;
	return result;
}

void pipeline_finish(struct pipeline *p)
{
	unsigned i;

	for (i = 0; p != NULL && p->layers != NULL && i < p->count; i++) {
		struct placed_layer *l = &p->layers[i];
		void (*finish)(void *);

		if (!l->begun) {
			continue;
		}
		finish = l->layer != NULL ? l->layer->conf_finish
		                          : l->endpoint->conf_finish;
		if (finish != NULL) {
			finish(l->conf);
		}
		l->begun = false;
	}
}
