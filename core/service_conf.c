/* SPDX-License-Identifier: MIT */
/* One service of the configuration. */
#include "service_conf.h"

#include "hop_view.h"
#include "join_hint.h"
#include "setting_home.h"
#include "setup.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64
#define DEFAULT_TYPE   "proxy"

/* PST_MEMORY before PST_CONFIG before PST_OK. */
static int worse(int a, int b)
{
	if (a == PST_MEMORY || b == PST_MEMORY) {
		return PST_MEMORY;
	}
	return a != PST_OK ? a : b;
}

/* -- name and type ----------------------------------------------------- */

static int read_name(const struct build *b, const struct conf_value *group,
                     struct service_conf *s)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_.-";
	const struct conf_value *name = conf_get(group, "name");
	size_t length;

	s->name = "";
	if (name == NULL) {
		return diag_refuse(b->diag, group,
		                   "name is missing: each service has "
		                   "one, for logs and messages");
	}
	if (name->type != CONF_STRING) {
		return diag_refuse(b->diag, name,
		                   "must be text in quotes, and is %s",
		                   conf_type_name(name->type));
	}
	length = strlen(name->string);
	if (length == 0 || length > NAME_MAX_BYTES ||
	    strspn(name->string, allowed) != length) {
		return diag_refuse(
			b->diag, name,
			"\"%.80s\" is not a name; a name has 1 to %d "
			"letters, digits, _ . and -",
			name->string, NAME_MAX_BYTES);
	}
	s->name = arena_string(b->memory, name->string);
	return s->name == NULL ? PST_MEMORY : PST_OK;
}

static int read_type(const struct build *b, const struct conf_value *group,
                     struct service_conf *s)
{
	const struct conf_value *type = conf_get(group, "type");
	const struct conf_value *place = type == NULL ? group : type;

	if (type != NULL && type->type != CONF_STRING) {
		return diag_refuse(b->diag, type,
		                   "must be a type of service in quotes, "
		                   "and is %s",
		                   conf_type_name(type->type));
	}
	s->type = registry_find(b->registry, REGISTRY_SERVICE,
	                        type == NULL ? DEFAULT_TYPE : type->string,
	                        b->diag, place->file, place->line, place->path);
	return s->type == NULL ? PST_CONFIG : PST_OK;
}

/* -- pipelines --------------------------------------------------------- */

static int build_pipelines(const struct build *b, struct service_conf *s,
                           enum pst_role role, const struct conf_value *v)
{
	bool list = v->type == CONF_LIST;
	unsigned i, n = list ? (unsigned)v->count : 1;
	struct pipeline **all = arena_array(b->memory, n + 1, sizeof(*all));
	unsigned *count =
		role == PST_ACCEPT ? &s->accept_count : &s->connect_count;
	int result = PST_OK;

	if (all == NULL) {
		return PST_MEMORY;
	}
	if (n == 0) {
		return diag_refuse(b->diag, v, "has no pipeline in it");
	}
	if (role == PST_ACCEPT) {
		s->accept = all;
	} else {
		s->connect = all;
	}
	for (i = 0; i < n && result != PST_MEMORY; i++) {
		result = worse(result, pipeline_build(b, s, role, i,
		                                      list ? v->children[i] : v,
		                                      &all[i]));
		*count += all[i] != NULL;
	}
	return result;
}

static int read_accept(const struct build *b, const struct conf_value *group,
                       struct service_conf *s)
{
	const struct conf_value *v = conf_get(group, "accept");

	if (v == NULL) {
		return diag_refuse(b->diag, group,
		                   "accept is missing: the URL or the "
		                   "layers that clients use");
	}
	return build_pipelines(b, s, PST_ACCEPT, v);
}

static int read_connect(const struct build *b, const struct conf_value *group,
                        struct service_conf *s)
{
	const struct conf_value *v = conf_get(group, "connect");
	bool connects =
		s->type == NULL || (s->type->flags & PST_SERVICE_CONNECTS) != 0;
	int result = PST_OK;

	if (v == NULL && s->type != NULL && connects) {
		return diag_refuse(
			b->diag, group,
			"connect is missing: a service of type \"%s\" "
			"needs the URL or the layers of its back-end",
			s->type->id);
	}
	if (v != NULL && !connects) {
		result =
			diag_refuse(b->diag, v,
		                    "a service of type \"%s\" has no back-end; "
		                    "remove connect, or choose another type",
		                    s->type->id);
	}
	return v == NULL ? PST_OK
	                 : worse(result, build_pipelines(b, s, PST_CONNECT, v));
}

/* -- the type's own settings ------------------------------------------- */

static int make_setup(const struct build *b, struct service_conf *s)
{
	const struct place at = {s->file, s->line, s->path};
	int result;

	s->place = arena_alloc(b->memory, sizeof(*s->place));
	s->conf = arena_alloc(b->memory, s->type->conf_size);
	if (s->place == NULL || s->conf == NULL) {
		return PST_MEMORY;
	}
	s->place->base.service = s->name;
	s->place->base.conf = s->conf;
	s->place->base.role = PST_ACCEPT;
	result = setup_begin(s->place, b, &at);
	if (result == PST_OK) {
		result = hop_views(b->memory, s, &s->place->base);
	}
	s->setup = s->place->base;
	return result;
}

static int init_conf(const struct build *b, const struct conf_value *group,
                     struct service_conf *s)
{
	int result;

	if (s->type->conf_init == NULL) {
		return PST_OK;
	}
	s->begun = true;
	registry_note(b->registry, "service type %s of service %s", s->type->id,
	              s->name);
	result = s->type->conf_init(s->conf, &s->place->base);
	registry_note(b->registry, NULL);
	if (result == PST_MEMORY) {
		return result;
	}
	if (result != PST_OK && s->place->errors == 0) {
		return diag_refuse(
			b->diag, group,
			"%s refuses these settings and does not say why: "
			"its plugin is wrong",
			s->type->id);
	}
	return s->place->errors != 0 ? PST_CONFIG : PST_OK;
}

struct advisor {
	const struct build *build;
	const struct service_conf *service;
};

static bool advise(const void *advisor, const char *name, char *text,
                   size_t size)
{
	const struct advisor *a = advisor;

	return home_from_service(a->build, a->service, name, text, size);
}

static int read_options(const struct build *b, const struct conf_value *group,
                        struct service_conf *s)
{
	const struct advisor advisor = {b, s};
	static const char *const also[] = {"name",    "type",    "accept",
	                                   "connect", "require", NULL};
	struct options_input in;
	int result;

	if (s->type == NULL) {
		return PST_OK; /* its settings are unknown */
	}
	memset(&in, 0, sizeof(in));
	in.memory = b->memory;
	in.files = b->files;
	in.diag = b->diag;
	in.groups[0] = group;
	in.shared_from = 1;
	in.also = also;
	in.advise = advise;
	in.advisor = &advisor;
	in.strict = b->strict;
	in.resources = b->resources;
	in.file = s->file;
	in.line = s->line;
	in.path = s->path;
	result = make_setup(b, s);
	if (result == PST_OK) {
		result = options_fill(&in, s->type->options,
		                      s->type->option_stride, s->conf,
		                      &s->place->options);
	}
	if (result == PST_CONFIG && s->place->options.only_names) {
		s->place->only_given = true;
		return init_conf(b, group, s) == PST_MEMORY ? PST_MEMORY
		                                            : PST_CONFIG;
	}
	return result == PST_OK ? init_conf(b, group, s) : result;
}

/* -- what fits together ------------------------------------------------ */

static int check_front(const struct build *b, const struct service_conf *s,
                       const struct pipeline *p)
{
	if ((s->type->shapes & p->top) != 0) {
		return PST_OK;
	}
	diag_add(b->diag, PST_LOG_ERROR, p->file, p->line, p->path,
	         "%s offers %s, and a service of type \"%s\" takes %s%s",
	         p->description, shape_name(p->top), s->type->id,
	         shape_name(s->type->shapes),
	         front_hint(b, p, s->type->shapes));
	return PST_CONFIG;
}

static bool is_exchanges(const struct pipeline *p)
{
	return p->top == PST_SHAPE_EXCHANGES;
}

/* What a tunnel carries are bytes, which no exchange can be made of. */
static int check_tunnel(const struct build *b, const struct service_conf *s,
                        const struct pipeline *back)
{
	const struct placed_layer *mux;

	if (!is_exchanges(back)) {
		return PST_OK;
	}
	mux = &back->layers[back->mux];
	diag_add(b->diag, PST_LOG_ERROR, back->file, back->line, back->path,
	         "%s offers %s, and a service of type \"%s\" carries bytes "
	         "that it does not look into: leave %s out (clients speak "
	         "through the tunnel with whoever is there)",
	         back->description, shape_name(back->top), s->type->id,
	         mux->id);
	return PST_CONFIG;
}

static int check_join(const struct build *b, const struct service_conf *s,
                      const struct pipeline *front, const struct pipeline *back)
{
	if (is_exchanges(front) && service_tunnels(s)) {
		return check_tunnel(b, s, back);
	}
	if (is_exchanges(front) == is_exchanges(back)) {
		return PST_OK;
	}
	diag_add(b->diag, PST_LOG_ERROR, back->file, back->line, back->path,
	         "%s offers %s, and %s (%s:%u: %s) offers %s; exchanges join "
	         "only exchanges%s",
	         back->description, shape_name(back->top), front->path,
	         front->file, front->line, front->description,
	         shape_name(front->top), join_hint(b, front, back));
	return PST_CONFIG;
}

static int check_shapes(const struct build *b, const struct service_conf *s)
{
	int result = PST_OK;
	unsigned i, k;

	for (i = 0; i < s->accept_count; i++) {
		if (check_front(b, s, s->accept[i]) != PST_OK) {
			result = PST_CONFIG;
			continue;
		}
		for (k = 0; k < s->connect_count; k++) {
			result = worse(result, check_join(b, s, s->accept[i],
			                                  s->connect[k]));
		}
	}
	return result;
}

/* -- the whole --------------------------------------------------------- */

static int read_parts(const struct build *b, const struct conf_value *group,
                      bool connect_only, struct service_conf *s)
{
	const struct conf_value *require = conf_get(group, "require");
	int result = read_name(b, group, s), pipelines = PST_OK, form = PST_OK;

	if (!connect_only) {
		result = worse(result, read_type(b, group, s));
		pipelines = read_accept(b, group, s);
	}
	pipelines = worse(pipelines, read_connect(b, group, s));
	result = worse(result, read_options(b, group, s));
	if (require != NULL) {
		form = service_require_parse(b, require);
	}
	if (pipelines == PST_OK && s->type != NULL) {
		result = worse(result, check_shapes(b, s));
		result = worse(result, bridge_conf_check(b, s));
	}
	if (pipelines == PST_OK && require != NULL) {
		result = worse(result, service_require_check(b, s, require));
	}
	return worse(worse(result, pipelines), form);
}

int service_conf_build(const struct build *b, const struct conf_value *group,
                       unsigned index, bool connect_only,
                       struct service_conf **service_out)
{
	struct service_conf *s = arena_alloc(b->memory, sizeof(*s));

	*service_out = s;
	if (s == NULL) {
		return PST_MEMORY;
	}
	s->index = index;
	s->line = group->line;
	s->file =
		arena_string(b->memory, group->file == NULL ? "" : group->file);
	s->path = arena_string(b->memory, group->path);
	if (s->file == NULL || s->path == NULL) {
		return PST_MEMORY;
	}
	if (group->type != CONF_GROUP) {
		s->name = "";
		return diag_refuse(
			b->diag, group,
			"must be a group, { name = \"...\"; accept = ... "
			"}, and is %s",
			conf_type_name(group->type));
	}
	return read_parts(b, group, connect_only, s);
}

void service_conf_finish(struct service_conf *s)
{
	unsigned i;

	if (s == NULL) {
		return;
	}
	for (i = 0; i < s->accept_count; i++) {
		pipeline_finish(s->accept[i]);
	}
	for (i = 0; i < s->connect_count; i++) {
		pipeline_finish(s->connect[i]);
	}
	if (s->begun && s->type->conf_finish != NULL) {
		s->type->conf_finish(s->conf);
	}
	s->begun = false;
}
