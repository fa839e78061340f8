/* SPDX-License-Identifier: MIT */
/* Resources: found by name, path, word or place, and built once. */
#include "resource.h"

#include "pipeline.h"
#include "setup.h"
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64u
#define NESTED_MAX     16u /* resources that refer to resources */

/* Before the conf, so that a pointer to one leads to its resource. */
#define HEAD_SIZE                                                \
	((sizeof(struct resource) + _Alignof(max_align_t) - 1) / \
	 _Alignof(max_align_t) * _Alignof(max_align_t))

struct resource_kind {
	const char *id;
	const struct pst_resource *type; /* NULL: not loaded yet */
	const struct conf_value *list;   /* NULL: there is none */
	/* "=name", "/absolute/path", "!" for the word, "@..." in place */
	struct name_index index;
};

struct resources {
	const struct build *b; /* NULL: the build is over */
	struct resource_kind *kinds;
	size_t kind_count;
	struct resource *all;
	unsigned nested;
};

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

static struct resource_kind *kind_of(const struct resources *r, const char *id)
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
	return kind_of(r, name) != NULL;
}

const char *resources_list_name(const struct resources *r, size_t n)
{
	return n < r->kind_count ? r->kinds[n].id : NULL;
}

/* -- one resource ------------------------------------------------------ */

static const char *key_of(const struct resources *r, const char *sign,
                          const char *text)
{
	return arena_printf(r->b->memory, "%s%s", sign, text);
}

/* NULL on memory. */
static struct resource *add(struct resources *r, struct resource_kind *kind,
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
	in.also = one->name == NULL ? NULL : also;
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

static int build(struct resources *r, struct resource *one)
{
	const struct conf_value *v = one->value;
	const struct place at = {v->file, v->line, v->path};
	int result;

	one->state = RESOURCE_BUILDING;
	r->nested++;
	result = set_up(r, one, &at);
	if (result == PST_OK) {
		result = fill(r, one);
	}
	if (result == PST_OK) {
		options_digest(&one->place->options, one->type->id,
		               one->digest);
		result = init(r, one);
	}
	r->nested--;
	one->state = result == PST_OK ? RESOURCE_READY : RESOURCE_FAILED;
	return result;
}

/* -- the lists --------------------------------------------------------- */

static int load(const struct resources *r, struct resource_kind *kind,
                const struct place *at)
{
	if (kind->type == NULL) {
		kind->type = registry_find(r->b->registry, REGISTRY_RESOURCE,
		                           kind->id, r->b->diag, at->file,
		                           at->line, at->path);
	}
	return kind->type == NULL ? PST_CONFIG : PST_OK;
}

PST_PRINTF(3, 4)
static int refuse(const struct resources *r, const struct conf_value *v,
                  const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(r->b->diag, PST_LOG_ERROR, v->file, v->line, v->path, "%s",
	         text);
	return PST_CONFIG;
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
		return refuse(r, group,
		              "name is missing: options refer to it by this");
	}
	if (name->type != CONF_STRING || !is_name(name->string)) {
		return refuse(r, name,
		              "\"%.80s\" is not a name; a name begins with a "
		              "letter and has up to %u of a-z, 0-9 and -",
		              name->type == CONF_STRING
		                      ? name->string
		                      : conf_type_name(name->type),
		              NAME_MAX_BYTES);
	}
	if (word != NULL && strcmp(word, name->string) == 0) {
		return refuse(r, name,
		              "\"%s\" has a meaning of its own where %s are "
		              "named; choose another name",
		              word, kind->id);
	}
	snprintf(key, sizeof(key), "=%s", name->string);
	other = name_index_find(&kind->index, key);
	if (other != NULL) {
		return refuse(r, name,
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
		return refuse(r, v,
		              "must be a group, { name = \"...\"; ... }, and "
		              "is %s",
		              conf_type_name(v->type));
	}
	result = check_name(r, kind, v);
	if (result != PST_OK) {
		return result;
	}
	name = arena_string(r->b->memory, conf_get(v, "name")->string);
	one = name == NULL ? NULL : add(r, kind, key_of(r, "=", name), v);
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
	result = load(r, kind, &at);
	if (result != PST_OK) {
		return result;
	}
	if (list->type != CONF_LIST) {
		return refuse(r, list,
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
			result = worse(result, build(r, one));
		}
	}
	return result;
}

/* -- references -------------------------------------------------------- */

PST_PRINTF(3, 4)
static int no_wish(const struct resources *r, const struct resource_wish *w,
                   const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(r->b->diag, PST_LOG_ERROR, w->file, w->line, w->path, "%s",
	         text);
	return PST_CONFIG;
}

/* "corp, extra, ..." */
static void names_text(const struct resource_kind *kind, char *text,
                       size_t size)
{
	const struct conf_value *list = kind->list, *name;
	size_t i, at = 0;
	int n;

	text[0] = '\0';
	for (i = 0; list != NULL && i < list->count; i++) {
		name = conf_get(list->children[i], "name");
		if (name == NULL || name->type != CONF_STRING) {
			continue;
		}
		if (at + strlen(name->string) + 8 > size) {
			snprintf(text + at, size - at, ", ...");
			return;
		}
		n = snprintf(text + at, size - at, "%s%s", at == 0 ? "" : ", ",
		             name->string);
		at += n < 0 ? 0 : (size_t)n;
	}
}

static int unknown(const struct resources *r, const struct resource_kind *kind,
                   const struct resource_wish *w)
{
	const struct pst_resource *type = kind->type;
	char names[400], hint[128];
	struct suggestion near;
	size_t i;

	suggest_init(&near, w->text);
	for (i = 0; kind->list != NULL && i < kind->list->count; i++) {
		const struct conf_value *name =
			conf_get(kind->list->children[i], "name");

		if (name != NULL && name->type == CONF_STRING) {
			suggest_try(&near, name->string);
		}
	}
	if (type->word_option != NULL) {
		suggest_try(&near, type->word_option);
	}
	names_text(kind, names, sizeof(names));
	if (names[0] == '\0') {
		return no_wish(r, w,
		               "\"%.80s\" is not in %s, which has none%s%s",
		               w->text, kind->id,
		               type->path_option == NULL
		                       ? ""
		                       : "; a path has a dot or a slash in it",
		               suggest_hint(&near, hint, sizeof(hint)));
	}
	return no_wish(r, w, "\"%.80s\" is not in %s (%s:%u), which has %s%s%s",
	               w->text, kind->id, kind->list->file, kind->list->line,
	               names,
	               type->path_option == NULL
	                       ? ""
	                       : "; a path has a dot or a slash in it",
	               suggest_hint(&near, hint, sizeof(hint)));
}

/* A group with one setting, as if it had been written. */
static struct conf_value *made_up(const struct resources *r,
                                  const struct resource_wish *w,
                                  const char *option, enum conf_type type)
{
	struct arena *a = r->b->memory;
	struct conf_value *group = arena_alloc(a, sizeof(*group));
	struct conf_value *one = arena_alloc(a, sizeof(*one));
	struct conf_value **children = arena_array(a, 1, sizeof(one));

	if (group == NULL || one == NULL || children == NULL) {
		return NULL;
	}
	one->type = type;
	one->name = arena_string(a, option);
	one->path = arena_string(a, w->path);
	one->file = arena_string(a, w->file);
	one->line = w->line;
	one->string = type == CONF_STRING ? arena_string(a, w->text) : NULL;
	one->integer = 1;
	*group = *one;
	group->type = CONF_GROUP;
	group->string = NULL;
	group->children = children;
	group->count = 1;
	children[0] = one;
	return a->failed ? NULL : group;
}

/* The one with `key`, or a new one; NULL on memory. */
static struct resource *one_setting(struct resources *r,
                                    struct resource_kind *kind,
                                    const struct resource_wish *w,
                                    const char *key, const char *option,
                                    enum conf_type type)
{
	struct resource *one =
		key == NULL ? NULL : name_index_find(&kind->index, key);
	const struct conf_value *group;

	if (one != NULL || key == NULL) {
		return one;
	}
	group = made_up(r, w, option, type);
	one = group == NULL ? NULL : add(r, kind, key, group);
	if (one != NULL) {
		one->shown = arena_string(r->b->memory, w->text);
	}
	return one;
}

static int by_path(struct resources *r, struct resource_kind *kind,
                   const struct resource_wish *w, struct resource **out)
{
	const char *near = w->value == NULL ? NULL : w->file;
	char *path;

	if (kind->type->path_option == NULL) {
		return no_wish(r, w,
		               "\"%.200s\" is a path, and one of %s is taken "
		               "by name or in place, { ... }",
		               w->text, kind->id);
	}
	path = file_store_path(r->b->files, near, w->text);
	*out = path == NULL ? NULL
	                    : one_setting(r, kind, w, key_of(r, "", path),
	                                  kind->type->path_option, CONF_STRING);
	free(path);
	return *out == NULL ? PST_MEMORY : PST_OK;
}

static int by_text(struct resources *r, struct resource_kind *kind,
                   const struct resource_wish *w, struct resource **out)
{
	const char *word = kind->type->word_option, *key;

	if (strpbrk(w->text, "./") != NULL) {
		return by_path(r, kind, w, out);
	}
	if (word != NULL && strcmp(word, w->text) == 0) {
		*out = one_setting(r, kind, w, key_of(r, "!", ""), word,
		                   CONF_BOOL);
		return *out == NULL ? PST_MEMORY : PST_OK;
	}
	key = key_of(r, "=", w->text);
	*out = key == NULL ? NULL : name_index_find(&kind->index, key);
	if (*out != NULL) {
		return PST_OK;
	}
	return key == NULL ? PST_MEMORY : unknown(r, kind, w);
}

/* One in `defaults` is met by many: it is the group that tells it. */
static int in_place(struct resources *r, struct resource_kind *kind,
                    const struct resource_wish *w, struct resource **out)
{
	const char *key =
		arena_printf(r->b->memory, "@%p", (const void *)w->value);

	*out = key == NULL ? NULL : name_index_find(&kind->index, key);
	if (key != NULL && *out == NULL) {
		*out = add(r, kind, key, w->value);
	}
	return *out == NULL ? PST_MEMORY : PST_OK;
}

static int find(struct resources *r, struct resource_kind *kind,
                const struct resource_wish *w, struct resource **out)
{
	if (w->text != NULL) {
		return by_text(r, kind, w, out);
	}
	if (w->value->type == CONF_GROUP) {
		return in_place(r, kind, w, out);
	}
	return no_wish(r, w,
	               "must be a name, a path or a group, { ... }, and is %s",
	               conf_type_name(w->value->type));
}

int resources_refer(struct resources *r, const struct resource_wish *wish,
                    struct pst_ref *ref_out)
{
	struct resource_kind *kind = kind_of(r, wish->kind);
	const struct place at = {wish->file, wish->line, wish->path};
	struct resource *one = NULL;
	int result;

	if (kind == NULL) {
		return no_wish(r, wish,
		               "no plugin offers the resources \"%s\" that %s "
		               "refers to",
		               wish->kind == NULL ? "" : wish->kind,
		               wish->option);
	}
	result = load(r, kind, &at);
	if (result == PST_OK) {
		result = find(r, kind, wish, &one);
	}
	if (result != PST_OK || one == NULL) {
		return result;
	}
	if (one->state == RESOURCE_BUILDING || r->nested >= NESTED_MAX) {
		return no_wish(r, wish, "%s refers to itself", one->shown);
	}
	if (one->state == RESOURCE_NEW && build(r, one) == PST_MEMORY) {
		return PST_MEMORY;
	}
	ref_out->name = one->name;
	ref_out->conf = one->conf;
	return one->state == RESOURCE_READY ? PST_OK : PST_CONFIG;
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
