/* SPDX-License-Identifier: MIT */
/* The `defaults` group. */
#include "gateway_defaults.h"

#include "options.h"
#include "suggest.h"

#include <stdio.h>
#include <string.h>

static int worse(int a, int b)
{
	if (a == PST_MEMORY || b == PST_MEMORY) {
		return PST_MEMORY;
	}
	return a != PST_OK ? a : b;
}

static bool is_hop_option(const char *name, struct suggestion *near)
{
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(hop_options, sizeof(hop_options[0]), i, &row);
	     i++) {
		suggest_try(near, row.name);
		if (strcmp(row.name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Fill a conf that nobody uses, for what it reports. */
static int try_options(const struct build *b, const struct conf_value *group,
                       const char *const *also, const struct pst_option *rows,
                       uint32_t stride, size_t conf_size, enum pst_role role)
{
	void *conf = arena_alloc(b->memory, conf_size);
	struct options_input in;
	struct options filled;

	memset(&in, 0, sizeof(in));
	in.memory = b->memory;
	in.files = b->files;
	in.diag = b->diag;
	in.groups[0] = group;
	in.shared_from = 0;
	in.also = also;
	in.strict = b->strict;
	in.resources = b->resources;
	in.file = group->file;
	in.line = group->line;
	in.path = group->path;
	in.role = (uint32_t)role;
	in.partial = true;
	return conf == NULL ? PST_MEMORY
	                    : options_fill(&in, rows, stride, conf, &filled);
}

static int check_layer(const struct build *b, const struct conf_value *v,
                       enum pst_role role)
{
	const struct pst_endpoint *e = registry_find(
		b->registry, REGISTRY_ENDPOINT, v->name, NULL, NULL, 0, NULL);
	const struct pst_layer *l;

	if (e != NULL) {
		return try_options(b, v, NULL, e->options, e->option_stride,
		                   e->conf_size, role);
	}
	l = registry_find(b->registry, REGISTRY_LAYER, v->name, b->diag,
	                  v->file, v->line, v->path);
	return l == NULL ? PST_CONFIG
	                 : try_options(b, v, NULL, l->options, l->option_stride,
	                               l->conf_size, role);
}

static int check_member(const struct build *b, const struct conf_value *v,
                        enum pst_role role)
{
	struct suggestion near;
	char hint[128];

	suggest_init(&near, v->name);
	if (is_hop_option(v->name, &near)) {
		return PST_OK; /* checked with the whole group */
	}
	if (v->type == CONF_GROUP) {
		return check_layer(b, v, role);
	}
	diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
	         "there is no setting \"%s\" here%s", v->name,
	         suggest_hint(&near, hint, sizeof(hint)));
	return PST_CONFIG;
}

static int check_hop(const struct build *b, const struct conf_value *group,
                     enum pst_role role)
{
	const char **names =
		arena_array(b->memory, group->count + 1, sizeof(*names));
	int result = PST_OK;
	size_t i;

	if (names == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < group->count; i++) {
		const struct conf_value *v = group->children[i];

		names[i] = v->name;
		result = worse(result, check_member(b, v, role));
	}
	return worse(result, try_options(b, group, names, hop_options,
	                                 sizeof(hop_options[0]),
	                                 sizeof(struct pipeline), role));
}

static int refuse_group(const struct build *b, const struct conf_value *v)
{
	diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
	         "must be a group, { ... }, and is %s",
	         conf_type_name(v->type));
	return PST_CONFIG;
}

static int read_hop(struct build *b, const struct conf_value *v)
{
	enum pst_role role;

	if (strcmp(v->name, role_name(PST_ACCEPT)) == 0) {
		role = PST_ACCEPT;
	} else if (strcmp(v->name, role_name(PST_CONNECT)) == 0) {
		role = PST_CONNECT;
	} else {
		diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "there is no setting \"%s\" here; write accept or "
		         "connect",
		         v->name);
		return PST_CONFIG;
	}
	if (v->type != CONF_GROUP) {
		return refuse_group(b, v);
	}
	b->shared[role == PST_ACCEPT ? 0 : 1] = v;
	return check_hop(b, v, role);
}

int gateway_defaults_read(struct build *b, const struct conf_value *root)
{
	const struct conf_value *defaults = conf_get(root, "defaults");
	int result = PST_OK;
	size_t i;

	if (defaults == NULL) {
		return PST_OK;
	}
	if (defaults->type != CONF_GROUP) {
		return refuse_group(b, defaults);
	}
	for (i = 0; i < defaults->count; i++) {
		result = worse(result, read_hop(b, defaults->children[i]));
	}
	return result;
}
