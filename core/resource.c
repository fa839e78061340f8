/* SPDX-License-Identifier: MIT */
/* Resources: their lists are read, and each is built once. */
#include "resource_state.h"

#include "setup.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64u

/* Before the conf, so that a pointer to one leads to its resource. */
#define HEAD_SIZE                                                \
	((sizeof(struct resource) + _Alignof(max_align_t) - 1) / \
	 _Alignof(max_align_t) * _Alignof(max_align_t))

const struct resource *resource_of(const struct pst_ref *ref)
{
	const char *conf = ref->conf;

	return (const struct resource *)(const void *)(conf - HEAD_SIZE);
}

static int worse(int a, int b)
{
	if (a == PST_MEMORY || b == PST_MEMORY) {
		return PST_MEMORY;
	}
	return a != PST_OK ? a : b;
}

struct resource_kind *resource_kind_of(const struct resources *r,
                                       const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < r->kind_count; i++) {
		if (strcmp(r->kinds[i].id, id) == 0) {
			return &r->kinds[i];
		}
	}
	return NULL;
}

bool resources_is_list(const struct resources *r, const char *name)
{
	return resource_kind_of(r, name) != NULL;
}

const char *resources_list_name(const struct resources *r, size_t n)
{
	return n < r->kind_count ? r->kinds[n].id : NULL;
}

/* -- one resource ------------------------------------------------------ */

const char *resource_key(const struct resources *r, const char *sign,
                         const char *text)
{
	return arena_printf(r->b->memory, "%s%s", sign, text);
}

/* NULL on memory. */
struct resource *resource_add(struct resources *r, struct resource_kind *kind,
                              const char *key, const struct conf_value *value)
{
	size_t size = HEAD_SIZE + kind->type->conf_size;
	struct resource *one = arena_alloc(r->b->memory, size);

	if (one == NULL || key == NULL ||
	    name_index_add(&kind->index, key, one) != PST_OK) {
		return NULL;
	}
	one->type = kind->type;
	one->conf = (char *)one + HEAD_SIZE;
	one->value = value;
	one->shown = "{ ... }";
	one->next = r->all;
	r->all = one;
	return one;
}

static int set_up(const struct resources *r, struct resource *one,
                  const struct place *at)
{
	one->place = arena_alloc(r->b->memory, sizeof(*one->place));
	if (one->place == NULL) {
		return PST_MEMORY;
	}
	one->place->base.conf = one->conf;
	return setup_begin(one->place, r->b, at);
}

static int refuse_name(const struct resources *r, const struct resource *one)
{
	const struct conf_value *name = conf_get(one->value, "name");

	if (one->name != NULL || name == NULL) {
		return PST_OK;
	}
	return diag_refuse(
		r->b->diag, name,
		"one in place has no name; to share it by name, put it "
		"into the list %s",
		one->type->id);
}

static int fill(struct resources *r, struct resource *one)
{
	static const char *const also[] = {"name", NULL};
	struct options_input in;

	memset(&in, 0, sizeof(in));
	in.memory = r->b->memory;
	in.files = r->b->files;
	in.diag = r->b->diag;
	in.groups[0] = one->value;
	in.shared_from = 1;
	in.also = also;
	in.file = one->place->file;
	in.line = one->place->line;
	in.path = one->place->path;
	in.strict = r->b->strict;
	in.resources = r;
	return options_fill(&in, one->type->options, one->type->option_stride,
	                    one->conf, &one->place->options);
}

static int init(const struct resources *r, struct resource *one)
{
	const struct build *b = r->b;
	int result;

	if (one->type->conf_init == NULL) {
		return PST_OK;
	}
	one->begun = true;
	registry_note(b->registry, "resource %s", one->place->path);
	result = one->type->conf_init(one->conf, &one->place->base);
	registry_note(b->registry, NULL);
	if (result == PST_MEMORY) {
		return result;
	}
	if (result != PST_OK && one->place->errors == 0) {
		diag_add(b->diag, PST_LOG_ERROR, one->place->file,
		         one->place->line, one->place->path,
		         "%s refuses these settings and does not say why: its "
		         "plugin is wrong",
		         one->type->id);
	}
	return result != PST_OK || one->place->errors != 0 ? PST_CONFIG
	                                                   : PST_OK;
}

int resource_build(struct resources *r, struct resource *one)
{
	const struct conf_value *v = one->value;
	const struct place at = {v->file, v->line, v->path};
	int result;

	one->state = RESOURCE_BUILDING;
	r->nested++;
	result = set_up(r, one, &at);
	if (result == PST_OK) {
		result = worse(refuse_name(r, one), fill(r, one));
	}
	if (result == PST_OK) {
		options_digest(&one->place->options, one->type->id,
		               one->digest);
		result = init(r, one);
	} else if (one->place != NULL && one->place->options.only_names) {
		one->place->only_given = true;
		result = worse(result, init(r, one));
	}
	r->nested--;
	one->state = result == PST_OK ? RESOURCE_READY : RESOURCE_FAILED;
	return result;
}

/* -- the lists --------------------------------------------------------- */

int resource_load(const struct resources *r, struct resource_kind *kind,
                  const struct place *at)
{
	if (kind->type == NULL) {
		kind->type = registry_find(r->b->registry, REGISTRY_RESOURCE,
		                           kind->id, r->b->diag, at->file,
		                           at->line, at->path);
	}
	return kind->type == NULL ? PST_CONFIG : PST_OK;
}

static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n != 0 && n <= NAME_MAX_BYTES && text[0] >= 'a' &&
	       text[0] <= 'z' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static int check_name(const struct resources *r,
                      const struct resource_kind *kind,
                      const struct conf_value *group)
{
	const struct conf_value *name = conf_get(group, "name");
	const char *word = kind->type->word_option;
	const struct resource *other;
	char key[NAME_MAX_BYTES + 2];

	if (name == NULL) {
		return diag_refuse(
			r->b->diag, group,
			"name is missing: options refer to it by this");
	}
	if (name->type != CONF_STRING || !is_name(name->string)) {
		return diag_refuse(
			r->b->diag, name,
			"\"%.80s\" is not a name; a name begins with a "
			"letter and has up to %u of a-z, 0-9 and -",
			name->type == CONF_STRING ? name->string
						  : conf_type_name(name->type),
			NAME_MAX_BYTES);
	}
	if (word != NULL && strcmp(word, name->string) == 0) {
		return diag_refuse(
			r->b->diag, name,
			"\"%s\" has a meaning of its own where %s are "
			"named; choose another name",
			word, kind->id);
	}
	snprintf(key, sizeof(key), "=%s", name->string);
	other = name_index_find(&kind->index, key);
	if (other != NULL) {
		return diag_refuse(
			r->b->diag, name,
			"another of %s is named \"%s\" (%s:%u); give one "
			"of them another name",
			kind->id, name->string, other->value->file,
			other->value->line);
	}
	return PST_OK;
}

static int read_member(struct resources *r, struct resource_kind *kind,
                       const struct conf_value *v)
{
	struct resource *one;
	const char *name;
	int result;

	if (v->type != CONF_GROUP) {
		return diag_refuse(
			r->b->diag, v,
			"must be a group, { name = \"...\"; ... }, and "
			"is %s",
			conf_type_name(v->type));
	}
	result = check_name(r, kind, v);
	if (result != PST_OK) {
		return result;
	}
	name = arena_string(r->b->memory, conf_get(v, "name")->string);
	one = name == NULL
	              ? NULL
	              : resource_add(r, kind, resource_key(r, "=", name), v);
	if (one == NULL) {
		return PST_MEMORY;
	}
	one->name = name;
	one->shown = name;
	return PST_OK;
}

static int read_list(struct resources *r, struct resource_kind *kind)
{
	const struct conf_value *list = kind->list;
	struct place at;
	int result;
	size_t i;

	if (list == NULL) {
		return PST_OK;
	}
	at = (struct place){list->file, list->line, list->path};
	result = resource_load(r, kind, &at);
	if (result != PST_OK) {
		return result;
	}
	if (list->type != CONF_LIST) {
		return diag_refuse(
			r->b->diag, list,
			"must be a list, ( { name = \"...\"; ... }, ... "
			"), and is %s",
			conf_type_name(list->type));
	}
	for (i = 0; i < list->count && result != PST_MEMORY; i++) {
		result = worse(result, read_member(r, kind, list->children[i]));
	}
	return result;
}

int resources_read(const struct build *b, const struct conf_value *root,
                   struct resources **resources_out)
{
	struct resources *r = arena_alloc(b->memory, sizeof(*r));
	int result = PST_OK;
	size_t i, n = 0;

	*resources_out = r;
	while (registry_id(b->registry, REGISTRY_RESOURCE, n) != NULL) {
		n++;
	}
	if (r == NULL) {
		return PST_MEMORY;
	}
	r->b = b;
	r->kinds = arena_array(b->memory, n + 1, sizeof(*r->kinds));
	if (r->kinds == NULL) {
		return PST_MEMORY;
	}
	r->kind_count = n;
	for (i = 0; i < n; i++) {
		r->kinds[i].id = registry_id(b->registry, REGISTRY_RESOURCE, i);
		r->kinds[i].list = conf_get(root, r->kinds[i].id);
	}
	for (i = 0; i < n && result != PST_MEMORY; i++) {
		result = worse(result, read_list(r, &r->kinds[i]));
	}
	return result;
}

int resources_check_rest(struct resources *r)
{
	struct resource *one;
	int result = PST_OK;

	for (one = r->all; one != NULL && result != PST_MEMORY;
	     one = one->next) {
		if (one->state == RESOURCE_NEW) {
			result = worse(result, resource_build(r, one));
		}
	}
	return result;
}

/* -- the end ----------------------------------------------------------- */

void resources_settle(struct resources *r)
{
	struct resource *one;
	size_t i;

	for (one = r->all; one != NULL; one = one->next) {
		if (one->place != NULL) {
			one->place->diag = NULL;
		}
		one->value = NULL;
	}
	for (i = 0; i < r->kind_count; i++) {
		name_index_finish(&r->kinds[i].index);
		r->kinds[i].list = NULL;
	}
	r->b = NULL;
}

void resources_finish(struct resources *r)
{
	struct resource *one;
	size_t i;

	for (one = r == NULL ? NULL : r->all; one != NULL; one = one->next) {
		if (one->begun && one->type->conf_finish != NULL) {
			one->type->conf_finish(one->conf);
		}
		one->begun = false;
	}
	for (i = 0; r != NULL && i < r->kind_count; i++) {
		name_index_finish(&r->kinds[i].index);
	}
}
