/* SPDX-License-Identifier: MIT */
/* The configuration as a tree of values. */
#include "value.h"

#include <stdlib.h>
#include <string.h>

const struct conf_value *conf_get(const struct conf_value *group,
                                  const char *name)
{
	size_t i;

	if (group == NULL || group->type != CONF_GROUP) {
		return NULL;
	}
	for (i = 0; i < group->count; i++) {
		if (group->children[i]->name != NULL &&
		    strcmp(group->children[i]->name, name) == 0) {
			return group->children[i];
		}
	}
	return NULL;
}

void conf_value_destroy(struct conf_value *v)
{
	size_t i;

	if (v == NULL) {
		return;
	}
	for (i = 0; i < v->count; i++) {
		conf_value_destroy(v->children[i]);
	}
	free(v->children);
	free(v->name);
	free(v->path);
	free(v->file);
	free(v->string);
	free(v);
}

struct conf_value *conf_value_create(enum conf_type type, const char *name,
                                     const char *file, unsigned line)
{
	struct conf_value *v = calloc(1, sizeof(*v));

	if (v == NULL) {
		return NULL;
	}
	v->type = type;
	v->line = line;
	v->name = name == NULL ? NULL : strdup(name);
	v->file = file == NULL ? NULL : strdup(file);
	if ((name != NULL && v->name == NULL) ||
	    (file != NULL && v->file == NULL)) {
		conf_value_destroy(v);
		return NULL;
	}
	return v;
}

int conf_value_append(struct conf_value *parent, struct conf_value *child)
{
	struct conf_value **children;
	size_t count = parent->count;

	if (child == NULL) {
		return PST_MEMORY;
	}
	if ((count & (count - 1)) == 0) { /* full at each power of two */
		children =
			realloc(parent->children, (count == 0 ? 1 : count * 2) *
		                                          sizeof(*children));
		if (children == NULL) {
			conf_value_destroy(child);
			return PST_MEMORY;
		}
		parent->children = children;
	}
	parent->children[parent->count++] = child;
	return PST_OK;
}

const char *conf_type_name(enum conf_type type)
{
	switch (type) {
	case CONF_GROUP:
		return "a group";
	case CONF_LIST:
		return "a list";
	case CONF_STRING:
		return "a string";
	case CONF_INT:
		return "an integer";
	case CONF_BOOL:
		return "a boolean";
	case CONF_FLOAT:
		return "a number with a point";
	}
	return "nothing";
}
