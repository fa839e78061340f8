/* SPDX-License-Identifier: MIT */
/* What an option refers to: by name, by path, by a word or in place. */
#include "resource_state.h"
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NESTED_MAX 16u /* resources that refer to resources */

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
	one = group == NULL ? NULL : resource_add(r, kind, key, group);
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
	                    : one_setting(r, kind, w, resource_key(r, "", path),
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
		*out = one_setting(r, kind, w, resource_key(r, "!", ""), word,
		                   CONF_BOOL);
		return *out == NULL ? PST_MEMORY : PST_OK;
	}
	key = resource_key(r, "=", w->text);
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
		*out = resource_add(r, kind, key, w->value);
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
	struct resource_kind *kind = resource_kind_of(r, wish->kind);
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
	result = resource_load(r, kind, &at);
	if (result == PST_OK) {
		result = find(r, kind, wish, &one);
	}
	if (result != PST_OK || one == NULL) {
		return result;
	}
	if (one->state == RESOURCE_BUILDING || r->nested >= NESTED_MAX) {
		return no_wish(r, wish, "%s refers to itself", one->shown);
	}
	if (one->state == RESOURCE_NEW &&
	    resource_build(r, one) == PST_MEMORY) {
		return PST_MEMORY;
	}
	ref_out->name = one->name;
	ref_out->conf = one->conf;
	return one->state == RESOURCE_READY ? PST_OK : PST_CONFIG;
}
