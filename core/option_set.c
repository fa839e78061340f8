/* SPDX-License-Identifier: MIT */
/* One value into one member of a struct, or a sentence that says why not. */
#include "option_set.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- what is wrong with one value -------------------------------------- */

/* The value as it was written; never that of a secret. */
static const char *given_text(const struct given *g, char *text, size_t size)
{
	const struct conf_value *v = g->value;

	if ((g->row->flags & PST_OPTION_SECRET) != 0 &&
	    g->row->type != PST_OPTION_FILE &&
	    g->row->type != PST_OPTION_FILES) {
		snprintf(text, size, "what is given");
	} else if (g->text != NULL) {
		snprintf(text, size, "\"%.120s\"", g->text);
	} else if (v->type == CONF_BOOL) {
		snprintf(text, size, "%s", v->integer != 0 ? "true" : "false");
	} else if (v->type == CONF_INT) {
		snprintf(text, size, "%" PRId64, v->integer);
	} else if (v->type == CONF_FLOAT) {
		snprintf(text, size, "%g", v->real);
	} else {
		snprintf(text, size, "%s", conf_type_name(v->type));
	}
	return text;
}

void option_refuse(struct fill *f, const struct given *g, const char *fmt, ...)
{
	const struct options_input *in = f->in;
	char shown[160], why[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	given_text(g, shown, sizeof(shown));
	f->failed = true;
	if (g->value != NULL) {
		diag_add(in->diag, PST_LOG_ERROR, g->value->file,
		         g->value->line, g->value->path, "%s %s", shown, why);
	} else {
		diag_add(in->diag, PST_LOG_ERROR, in->file, in->line, in->path,
		         "the default of %s, %s, %s: its plugin is wrong",
		         g->row->name, shown, why);
	}
}

static const char *wanted(uint32_t type)
{
	switch ((enum pst_option_type)type) {
	case PST_OPTION_STRING:
		return "a string: text in quotes";
	case PST_OPTION_BOOL:
		return "a boolean: true or false";
	case PST_OPTION_INT:
		return "an integer";
	case PST_OPTION_SIZE:
		return "a size: bytes, or \"64k\", \"1m\", \"2g\"";
	case PST_OPTION_TIME:
		return "a time: \"500ms\", \"30s\", \"5m\", \"1h\" or \"1d\"";
	case PST_OPTION_ENUM:
		return "a choice";
	case PST_OPTION_FILE:
		return "the name of a file, in quotes";
	case PST_OPTION_LIST:
		return "a list of strings: [ \"...\", \"...\" ]";
	case PST_OPTION_FILES:
		return "the name of a file or folder, in quotes, or a list of "
		       "them";
	case PST_OPTION_REFS:
		return "a name, a group, or a list of them";
	}
	return "of a known type";
}

void option_refuse_type(struct fill *f, const struct given *g)
{
	option_refuse(f, g, "is not %s", wanted(g->row->type));
}

/* -- members ----------------------------------------------------------- */

void option_put(struct fill *f, const struct pst_option *row,
                const void *member, size_t size)
{
	memcpy((char *)f->conf + row->offset, member, size);
}

static void show_number(const struct pst_option *row, int64_t value, char *text,
                        size_t size)
{
	if (row->type == PST_OPTION_SIZE) {
		option_show_size((uint64_t)value, text, size);
	} else if (row->type == PST_OPTION_TIME) {
		option_show_time((uint64_t)value, text, size);
	} else {
		snprintf(text, size, "%" PRId64, value);
	}
}

static bool in_range(struct fill *f, const struct given *g, int64_t value)
{
	const struct pst_option *row = g->row;
	char limit[32];

	if (row->min == 0 && row->max == 0) {
		return true;
	}
	if (value < row->min) {
		show_number(row, row->min, limit, sizeof(limit));
		option_refuse(f, g, "is too small; the least is %s", limit);
		return false;
	}
	if (value > row->max && !(row->max == 0 && row->min >= 0)) {
		show_number(row, row->max, limit, sizeof(limit));
		option_refuse(f, g, "is too large; the most is %s", limit);
		return false;
	}
	return true;
}

static void set_string(struct fill *f, const struct given *g)
{
	const char *copy;

	if (g->text == NULL) {
		option_refuse_type(f, g);
		return;
	}
	copy = arena_string(f->in->memory, g->text);
	f->memory |= copy == NULL;
	option_put(f, g->row, &copy, sizeof(copy));
}

static void set_bool(struct fill *f, const struct given *g)
{
	bool truth;

	if (g->text != NULL) {
		if (option_parse_bool(g->text, &truth) != PST_OK) {
			option_refuse_type(f, g);
			return;
		}
	} else if (g->value->type == CONF_BOOL) {
		truth = g->value->integer != 0;
	} else {
		option_refuse_type(f, g);
		return;
	}
	option_put(f, g->row, &truth, sizeof(truth));
}

static void set_int(struct fill *f, const struct given *g)
{
	int64_t value;

	if (g->text != NULL) {
		if (option_parse_int(g->text, &value) != PST_OK) {
			option_refuse_type(f, g);
			return;
		}
	} else if (g->value->type == CONF_INT) {
		value = g->value->integer;
	} else {
		option_refuse_type(f, g);
		return;
	}
	if (in_range(f, g, value)) {
		option_put(f, g->row, &value, sizeof(value));
	}
}

static void set_size(struct fill *f, const struct given *g)
{
	uint64_t value;

	if (g->text != NULL) {
		if (option_parse_size(g->text, &value) != PST_OK) {
			option_refuse_type(f, g);
			return;
		}
	} else if (g->value->type == CONF_INT && g->value->integer >= 0) {
		value = (uint64_t)g->value->integer;
	} else {
		option_refuse_type(f, g);
		return;
	}
	if (in_range(f, g, (int64_t)value)) {
		option_put(f, g->row, &value, sizeof(value));
	}
}

static void set_time(struct fill *f, const struct given *g)
{
	uint64_t value = 0;

	if (g->text != NULL) {
		if (option_parse_time(g->text, &value) != PST_OK) {
			option_refuse_type(f, g);
			return;
		}
	} else if (g->value->type != CONF_INT) {
		option_refuse_type(f, g);
		return;
	} else if (g->value->integer != 0) {
		option_refuse(f, g,
		              "has no unit; write \"%" PRId64
		              "s\" or \"%" PRId64 "ms\"",
		              g->value->integer, g->value->integer);
		return;
	}
	if (in_range(f, g, (int64_t)value)) {
		option_put(f, g->row, &value, sizeof(value));
	}
}

static void choices_text(const struct pst_option *row, char *text, size_t size)
{
	size_t i, at = 0;
	int n;

	text[0] = '\0';
	for (i = 0;
	     row->choices != NULL && row->choices[i] != NULL && at < size;
	     i++) {
		n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ",
		             row->choices[i]);
		at += n < 0 ? 0 : (size_t)n;
	}
}

static void set_enum(struct fill *f, const struct given *g)
{
	char choices[256];
	uint32_t i;

	for (i = 0; g->text != NULL && g->row->choices != NULL &&
	            g->row->choices[i] != NULL;
	     i++) {
		if (strcmp(g->row->choices[i], g->text) == 0) {
			option_put(f, g->row, &i, sizeof(i));
			return;
		}
	}
	choices_text(g->row, choices, sizeof(choices));
	option_refuse(f, g, "is not one of %s%s", choices,
	              g->text == NULL ? " (in quotes)" : "");
}

/* -- lists ------------------------------------------------------------- */

size_t option_list_count(const struct given *g)
{
	return g->text != NULL ? 1 : g->value->count;
}

struct given option_list_at(const struct given *g, size_t index)
{
	struct given one = *g;

	if (g->text == NULL) {
		one.value = g->value->children[index];
		one.text = one.value->string;
	}
	return one;
}

/* Paths and names of resources are no numbers; other strings may be. */
static bool may_be_item(const struct given *g, const struct conf_value *v)
{
	return v->type == CONF_STRING ||
	       (v->type == CONF_INT && g->row->type == PST_OPTION_LIST);
}

bool option_list_ok(struct fill *f, const struct given *g)
{
	size_t i;

	if (g->text == NULL && g->value->type != CONF_LIST) {
		option_refuse_type(f, g);
		return false;
	}
	for (i = 0; g->text == NULL && i < g->value->count; i++) {
		if (!may_be_item(g, g->value->children[i])) {
			option_refuse_type(f, g);
			return false;
		}
	}
	return true;
}

/* A number is kept as it would be written. */
static const char *list_item(struct fill *f, const struct given *g, size_t i)
{
	char digits[24];

	if (g->text == NULL && g->value->children[i]->type == CONF_INT) {
		snprintf(digits, sizeof(digits), "%" PRId64,
		         g->value->children[i]->integer);
		return arena_string(f->in->memory, digits);
	}
	return arena_string(f->in->memory, option_list_at(g, i).text);
}

static void set_list(struct fill *f, const struct given *g)
{
	struct pst_list list;
	const char **items;
	size_t i;

	if (!option_list_ok(f, g)) {
		return;
	}
	list.count = option_list_count(g);
	items = arena_array(f->in->memory, list.count + 1, sizeof(*items));
	if (items == NULL) {
		f->memory = true;
		return;
	}
	for (i = 0; i < list.count; i++) {
		items[i] = list_item(f, g, i);
		f->memory |= items[i] == NULL;
	}
	list.item = items;
	option_put(f, g->row, &list, sizeof(list));
}

void option_set(struct fill *f, const struct given *g)
{
	switch ((enum pst_option_type)g->row->type) {
	case PST_OPTION_STRING:
		set_string(f, g);
		return;
	case PST_OPTION_BOOL:
		set_bool(f, g);
		return;
	case PST_OPTION_INT:
		set_int(f, g);
		return;
	case PST_OPTION_SIZE:
		set_size(f, g);
		return;
	case PST_OPTION_TIME:
		set_time(f, g);
		return;
	case PST_OPTION_ENUM:
		set_enum(f, g);
		return;
	case PST_OPTION_FILE:
		option_set_file(f, g);
		return;
	case PST_OPTION_FILES:
		option_set_files(f, g);
		return;
	case PST_OPTION_REFS:
		option_set_refs(f, g);
		return;
	case PST_OPTION_LIST:
		set_list(f, g);
		return;
	}
	option_refuse(f, g, "has a type that this version does not know");
}
