/* SPDX-License-Identifier: MIT */
/* Reading a pipeline: a URL, a group with a URL, or a list of layers. */
#include "pipeline_stack.h"

#include "setting_home.h"
#include "suggest.h"
#include "url.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {"url", "layers", "insert"};

PST_PRINTF(4, 5)
static void refuse(const struct build *b, struct stack_text *s,
                   const struct conf_value *v, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->failed = true;
	diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path, "%s", text);
}

/* "tcp, tls" */
static const char *list_ids(const struct stack_text *s, char *text, size_t size)
{
	size_t at = 0;
	unsigned i;
	int n;

	text[0] = '\0';
	for (i = 0; i < s->count && at < size; i++) {
		n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ",
		             s->entries[i].id);
		at += n < 0 ? 0 : (size_t)n;
	}
	return text;
}

static int find_entry(const struct stack_text *s, const char *id)
{
	unsigned i;

	for (i = 0; i < s->count; i++) {
		if (strcmp(s->entries[i].id, id) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static bool valid_id(const char *id)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return id[0] >= 'a' && id[0] <= 'z' && strspn(id, more) == strlen(id);
}

/* The new entry, for the caller to complete; NULL after a diagnosis. */
static struct stack_entry *add_entry(const struct build *b,
                                     struct stack_text *s, unsigned at,
                                     const char *id, const struct conf_value *v)
{
	struct stack_entry *e = &s->entries[at];

	if (!valid_id(id)) {
		refuse(b, s, v,
		       "\"%s\" is not the id of a layer; ids have "
		       "lower-case letters, digits and -",
		       id);
		return NULL;
	}
	if (s->count == PIPELINE_LAYERS_MAX) {
		refuse(b, s, v, "the pipeline has more than %d layers",
		       PIPELINE_LAYERS_MAX);
		return NULL;
	}
	memmove(e + 1, e, (s->count - at) * sizeof(*e));
	s->count++;
	memset(e, 0, sizeof(*e));
	e->id = arena_string(b->memory, id);
	e->file = v->file;
	e->line = v->line;
	e->path = v->path;
	s->memory |= e->id == NULL;
	return e->id == NULL ? NULL : e;
}

/* -- a URL ------------------------------------------------------------- */

static const struct pst_scheme *find_scheme(const struct build *b,
                                            struct stack_text *s,
                                            const struct conf_value *v)
{
	const char *example = registry_id(b->registry, REGISTRY_SCHEME, 0);
	char name[URL_SCHEME_MAX], error[URL_ERROR_MAX];
	const struct pst_scheme *scheme;

	if (url_scheme(v->string, example == NULL ? "scheme" : example, name,
	               error) != PST_OK) {
		refuse(b, s, v, "\"%.200s\" %s", v->string, error);
		return NULL;
	}
	scheme = registry_find(b->registry, REGISTRY_SCHEME, name, b->diag,
	                       v->file, v->line, v->path);
	s->failed |= scheme == NULL;
	return scheme;
}

static void read_url(const struct build *b, struct stack_text *s,
                     const struct conf_value *v, enum pst_role role)
{
	const struct pst_scheme *scheme;
	char error[URL_ERROR_MAX];
	unsigned i;
	int result;

	if (v->type != CONF_STRING) {
		refuse(b, s, v, "must be a URL in quotes, and is %s",
		       conf_type_name(v->type));
		return;
	}
	scheme = find_scheme(b, s, v);
	if (scheme == NULL) {
		return;
	}
	result = url_parse(v->string, scheme, b->memory, &s->url, error);
	if (result == PST_CONFIG) {
		refuse(b, s, v, "\"%.200s\" %s", v->string, error);
	}
	s->memory |= result == PST_MEMORY;
	if (result == PST_OK && role == PST_ACCEPT && s->url.query[0] != '\0') {
		refuse(b, s, v,
		       "\"%.200s\" has a query (?...), which chooses "
		       "no service; remove it",
		       v->string);
	}
	if (result == PST_OK && role == PST_CONNECT && s->url.host[0] == '*') {
		refuse(b, s, v,
		       "\"%.200s\" stands for many hosts, and a "
		       "connection goes to one; write its name",
		       v->string);
	}
	s->url_secure = (scheme->flags & PST_SCHEME_SECURE) != 0;
	s->url_path_only = (scheme->flags & PST_SCHEME_PATH_ONLY) != 0;
	for (i = 0; scheme->layers[i] != NULL; i++) {
		struct stack_entry *e =
			add_entry(b, s, s->count, scheme->layers[i], v);

		if (e == NULL) {
			return;
		}
		e->path =
			arena_printf(b->memory, "%s.%s", s->value->path, e->id);
		s->memory |= e->path == NULL;
	}
}

/* -- insert ------------------------------------------------------------ */

static const struct conf_value *text_of(const struct build *b,
                                        struct stack_text *s,
                                        const struct conf_value *group,
                                        const char *name)
{
	const struct conf_value *v = conf_get(group, name);

	if (v != NULL && v->type != CONF_STRING) {
		refuse(b, s, v,
		       "must be the id of a layer in quotes, and is "
		       "%s",
		       conf_type_name(v->type));
		return NULL;
	}
	return v;
}

/* Where the layer goes, or -1. */
static int insert_at(const struct build *b, struct stack_text *s,
                     const struct conf_value *group)
{
	const struct conf_value *below = text_of(b, s, group, "below");
	const struct conf_value *above = text_of(b, s, group, "above");
	const struct conf_value *v = below != NULL ? below : above;
	bool is_below = conf_get(group, "below") != NULL;
	bool is_above = conf_get(group, "above") != NULL;
	char ids[256];
	int at;

	if (is_below && is_above) {
		refuse(b, s, group,
		       "has below and above; keep one of them, or none for the "
		       "top of the pipeline");
		return -1;
	}
	if (!is_below && !is_above) {
		return (int)s->count;
	}
	if (v == NULL) {
		return -1;
	}
	at = find_entry(s, v->string);
	if (at < 0) {
		refuse(b, s, v,
		       "\"%.64s\" is not a layer of this pipeline "
		       "(%s)",
		       v->string, list_ids(s, ids, sizeof(ids)));
		return -1;
	}
	if (at == 0 && below != NULL) {
		refuse(b, s, v,
		       "nothing can stand below \"%s\": it is the "
		       "bottom",
		       v->string);
		return -1;
	}
	return above != NULL ? at + 1 : at;
}

static void check_insert_names(const struct build *b, struct stack_text *s,
                               const struct conf_value *group, const char *id)
{
	const char *known[] = {"below", "above", "layer", id};
	struct suggestion near;
	char hint[128];
	size_t i, k;

	for (i = 0; i < group->count; i++) {
		suggest_init(&near, group->children[i]->name);
		for (k = 0; k < 4; k++) {
			if (strcmp(group->children[i]->name, known[k]) == 0) {
				break;
			}
			suggest_try(&near, known[k]);
		}
		if (k == 4) {
			refuse(b, s, group->children[i],
			       "there is no setting \"%s\" here%s",
			       group->children[i]->name,
			       suggest_hint(&near, hint, sizeof(hint)));
		}
	}
}

static void insert_one(const struct build *b, struct stack_text *s,
                       const struct conf_value *group)
{
	const struct conf_value *layer;
	struct stack_entry *e;
	int at;

	if (group->type != CONF_GROUP) {
		refuse(b, s, group,
		       "must be a group, { above = \"LAYER\"; "
		       "layer = \"LAYER\"; }, and is %s",
		       conf_type_name(group->type));
		return;
	}
	layer = text_of(b, s, group, "layer");
	if (layer == NULL) {
		if (conf_get(group, "layer") == NULL) {
			refuse(b, s, group,
			       "layer is missing: the id of the "
			       "layer to insert");
		}
		return;
	}
	check_insert_names(b, s, group, layer->string);
	at = insert_at(b, s, group);
	e = at < 0 ? NULL : add_entry(b, s, (unsigned)at, layer->string, layer);
	if (e != NULL) {
		e->own = conf_get(group, layer->string);
		e->path = e->own != NULL ? e->own->path
		                         : arena_printf(b->memory, "%s.%s",
		                                        group->path, e->id);
		s->memory |= e->path == NULL;
	}
}

static void read_insert(const struct build *b, struct stack_text *s,
                        const struct conf_value *insert)
{
	size_t i;

	if (insert == NULL) {
		return;
	}
	if (insert->type != CONF_LIST) {
		insert_one(b, s, insert);
		return;
	}
	for (i = 0; i < insert->count; i++) {
		insert_one(b, s, insert->children[i]);
	}
}

/* -- layers ------------------------------------------------------------ */

static void read_layer(const struct build *b, struct stack_text *s,
                       const struct conf_value *v)
{
	const struct conf_value *own;
	struct stack_entry *e;

	if (v->type == CONF_STRING) { /* a layer without options */
		add_entry(b, s, s->count, v->string, v);
		return;
	}
	if (v->type != CONF_GROUP || v->count != 1) {
		refuse(b, s, v,
		       "must be a group with one layer, { ID = { ... "
		       "}; }");
		return;
	}
	own = v->children[0];
	e = add_entry(b, s, s->count, own->name, own);
	if (e != NULL) {
		e->own = own;
	}
}

static void read_layers(const struct build *b, struct stack_text *s,
                        const struct conf_value *layers)
{
	size_t i;

	if (layers->type != CONF_LIST) {
		refuse(b, s, layers,
		       "must be a list of layers, ( { ID = { ... "
		       "}; }, ... ), and is %s",
		       conf_type_name(layers->type));
		return;
	}
	if (layers->count == 0) {
		refuse(b, s, layers, "has no layer in it");
	}
	for (i = 0; i < layers->count; i++) {
		read_layer(b, s, layers->children[i]);
	}
}

/* -- the pipeline's group ---------------------------------------------- */

/* Also when the URL is wrong. */
static bool has_url(const struct stack_text *s)
{
	return conf_get(s->value, "url") != NULL;
}

static bool known_name(const struct stack_text *s, const char *name,
                       struct suggestion *near)
{
	struct pst_option row;
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		suggest_try(near, words[i]);
		if (strcmp(words[i], name) == 0) {
			return true;
		}
	}
	for (i = 0; options_row(hop_options, sizeof(hop_options[0]), i, &row);
	     i++) {
		suggest_try(near, row.name);
		if (strcmp(row.name, name) == 0) {
			return true;
		}
	}
	for (i = 0; has_url(s) && i < s->count; i++) {
		suggest_try(near, s->entries[i].id);
		if (strcmp(s->entries[i].id, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_a(const struct build *b, enum registry_kind kind, const char *id)
{
	return registry_find(b->registry, kind, id, NULL, NULL, 0, NULL) !=
	       NULL;
}

/* The pipeline as it is, and one layer more. */
static bool is_with(const struct pst_scheme *scheme, const struct stack_text *s,
                    const char *more)
{
	const char *const *layer = scheme->layers;
	bool seen = false;
	unsigned i = 0;

	for (; *layer != NULL; layer++) {
		if (i < s->count && strcmp(s->entries[i].id, *layer) == 0) {
			i++;
		} else if (!seen && strcmp(*layer, more) == 0) {
			seen = true;
		} else {
			return false;
		}
	}
	return seen && i == s->count;
}

/* The scheme of a URL that has the layer, too. */
static const char *scheme_with(const struct build *b,
                               const struct stack_text *s, const char *layer)
{
	const char *name;
	size_t n;

	for (n = 0;
	     (name = registry_id(b->registry, REGISTRY_SCHEME, n)) != NULL;
	     n++) {
		const struct pst_scheme *scheme =
			registry_find(b->registry, REGISTRY_SCHEME, name, NULL,
		                      NULL, 0, NULL);

		if (scheme != NULL && is_with(scheme, s, layer)) {
			return name;
		}
	}
	return NULL;
}

static void hint_where(const struct build *b, const struct stack_text *s,
                       const char *layer, char *hint, size_t size)
{
	const char *scheme = has_url(s) ? scheme_with(b, s, layer) : NULL;

	if (!has_url(s)) {
		snprintf(hint, size,
		         "; write { %s = { ... }; } at its place in layers",
		         layer);
	} else if (scheme != NULL) {
		snprintf(hint, size, "; a URL with %s:// has it", scheme);
	} else {
		snprintf(hint, size,
		         "; to put it on top, write insert = ( { layer = "
		         "\"%s\"; } )",
		         layer);
	}
}

/* A layer's group, and the layer is not there. */
static void refuse_absent(const struct build *b, struct stack_text *s,
                          const struct conf_value *v)
{
	char ids[256], hint[192] = "";

	if (is_a(b, REGISTRY_LAYER, v->name)) {
		hint_where(b, s, v->name, hint, sizeof(hint));
	}
	refuse(b, s, v, "\"%s\" is not a layer of this pipeline (%s)%s",
	       v->name, list_ids(s, ids, sizeof(ids)), hint);
}

static void refuse_name(const struct build *b, struct stack_text *s,
                        const struct conf_value *v,
                        const struct suggestion *near)
{
	char hint[256];

	if (find_entry(s, v->name) >= 0) {
		refuse(b, s, v,
		       "options of \"%s\" belong into its place in "
		       "layers: { %s = { ... }; }",
		       v->name, v->name);
	} else if (is_a(b, REGISTRY_LAYER, v->name) ||
	           is_a(b, REGISTRY_ENDPOINT, v->name)) {
		refuse_absent(b, s, v);
	} else {
		if (!home_from_hop(b, s, v->name, hint, sizeof(hint))) {
			suggest_hint(near, hint, sizeof(hint));
		}
		refuse(b, s, v, "there is no setting or layer \"%s\" here%s",
		       v->name, hint);
	}
}

static void check_names(const struct build *b, struct stack_text *s,
                        const struct conf_value *group)
{
	struct suggestion near;
	size_t i;

	for (i = 0; i < group->count; i++) {
		suggest_init(&near, group->children[i]->name);
		if (!known_name(s, group->children[i]->name, &near)) {
			refuse_name(b, s, group->children[i], &near);
		}
	}
}

/* Options of a layer stand in the group named for it: one layer, one name. */
static void attach_groups(const struct build *b, struct stack_text *s,
                          const struct conf_value *group)
{
	unsigned i;

	for (i = 0; i < s->count; i++) {
		struct stack_entry *e = &s->entries[i];

		if (find_entry(s, e->id) != (int)i) {
			refuse(b, s, group,
			       "the pipeline has \"%s\" twice; "
			       "write it as layers = ( ... )",
			       e->id);
		}
		e->around = conf_get(group, e->id);
		if (e->around != NULL && e->own == NULL) {
			e->file = e->around->file;
			e->line = e->around->line;
			e->path = e->around->path;
		}
	}
}

static void read_group(const struct build *b, struct stack_text *s,
                       const struct conf_value *group, enum pst_role role)
{
	const struct conf_value *url = conf_get(group, "url");
	const struct conf_value *layers = conf_get(group, "layers");
	const struct conf_value *insert = conf_get(group, "insert");

	if ((url == NULL) == (layers == NULL)) {
		refuse(b, s, group,
		       "needs url = \"...\" or layers = ( ... ), "
		       "one of them");
		return;
	}
	if (layers != NULL) {
		if (insert != NULL) {
			refuse(b, s, insert,
			       "goes with url; with layers, "
			       "write the layer at its place");
		}
		read_layers(b, s, layers);
		check_names(b, s, group);
		return;
	}
	read_url(b, s, url, role);
	if (s->count == 0) {
		return;
	}
	read_insert(b, s, insert);
	attach_groups(b, s, group);
	check_names(b, s, group);
}

void pipeline_stack_read(const struct build *b, enum pst_role role,
                         const struct conf_value *value,
                         struct stack_text *stack_out)
{
	memset(stack_out, 0, sizeof(*stack_out));
	stack_out->value = value;
	if (value->type == CONF_STRING) {
		read_url(b, stack_out, value, role);
	} else if (value->type == CONF_GROUP) {
		read_group(b, stack_out, value, role);
	} else {
		refuse(b, stack_out, value,
		       "must be a URL in quotes or a group, and is %s",
		       conf_type_name(value->type));
	}
}
