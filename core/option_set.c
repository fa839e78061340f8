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
	    g->row->type != PST_OPTION_FILE) {
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

PST_PRINTF(3, 4)
static void refuse(struct fill *f, const struct given *g, const char *fmt, ...)
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
	}
	return "of a known type";
}

static void refuse_type(struct fill *f, const struct given *g)
{
	refuse(f, g, "is not %s", wanted(g->row->type));
}

/* -- members ----------------------------------------------------------- */

static void put(struct fill *f, const struct pst_option *row,
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
		refuse(f, g, "is too small; the least is %s", limit);
		return false;
	}
	if (value > row->max && !(row->max == 0 && row->min >= 0)) {
		show_number(row, row->max, limit, sizeof(limit));
		refuse(f, g, "is too large; the most is %s", limit);
		return false;
	}
	return true;
}

static void set_string(struct fill *f, const struct given *g)
{
	const char *copy;

	if (g->text == NULL) {
		refuse_type(f, g);
		return;
	}
	copy = arena_string(f->in->memory, g->text);
	f->memory |= copy == NULL;
	put(f, g->row, &copy, sizeof(copy));
}

static void set_bool(struct fill *f, const struct given *g)
{
	bool truth;

	if (g->text != NULL) {
		if (option_parse_bool(g->text, &truth) != PST_OK) {
			refuse_type(f, g);
			return;
		}
	} else if (g->value->type == CONF_BOOL) {
		truth = g->value->integer != 0;
	} else {
		refuse_type(f, g);
		return;
	}
	put(f, g->row, &truth, sizeof(truth));
}

static void set_int(struct fill *f, const struct given *g)
{
	int64_t value;

	if (g->text != NULL) {
		if (option_parse_int(g->text, &value) != PST_OK) {
			refuse_type(f, g);
			return;
		}
	} else if (g->value->type == CONF_INT) {
		value = g->value->integer;
	} else {
		refuse_type(f, g);
		return;
	}
	if (in_range(f, g, value)) {
		put(f, g->row, &value, sizeof(value));
	}
}

static void set_size(struct fill *f, const struct given *g)
{
	uint64_t value;

	if (g->text != NULL) {
		if (option_parse_size(g->text, &value) != PST_OK) {
			refuse_type(f, g);
			return;
		}
	} else if (g->value->type == CONF_INT && g->value->integer >= 0) {
		value = (uint64_t)g->value->integer;
	} else {
		refuse_type(f, g);
		return;
	}
	if (in_range(f, g, (int64_t)value)) {
		put(f, g->row, &value, sizeof(value));
	}
}

static void set_time(struct fill *f, const struct given *g)
{
	uint64_t value = 0;

	if (g->text != NULL) {
		if (option_parse_time(g->text, &value) != PST_OK) {
			refuse_type(f, g);
			return;
		}
	} else if (g->value->type != CONF_INT) {
		refuse_type(f, g);
		return;
	} else if (g->value->integer != 0) {
		refuse(f, g,
		       "has no unit; write \"%" PRId64 "s\" or \"%" PRId64
		       "ms\"",
		       g->value->integer, g->value->integer);
		return;
	}
	if (in_range(f, g, (int64_t)value)) {
		put(f, g->row, &value, sizeof(value));
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
			put(f, g->row, &i, sizeof(i));
			return;
		}
	}
	choices_text(g->row, choices, sizeof(choices));
	refuse(f, g, "is not one of %s%s", choices,
	       g->text == NULL ? " (in quotes)" : "");
}

static void check_mode(struct fill *f, const struct given *g,
                       const struct stored_file *file)
{
	if ((g->row->flags & PST_OPTION_SECRET) == 0 || g->value == NULL ||
	    f->in->files->sealed) {
		return;
	}
	if ((file->mode & 06) != 0) {
		diag_add(f->in->diag, PST_LOG_WARNING, g->value->file,
		         g->value->line, g->value->path,
		         "\"%s\" is secret, but every user may %s it (mode "
		         "%04o); chmod o= it",
		         file->path, (file->mode & 04) != 0 ? "read" : "write",
		         (unsigned)file->mode);
	}
}

static void set_file(struct fill *f, const struct given *g)
{
	const struct stored_file *file;
	struct pst_file member;
	char *path;

	if (g->text == NULL || f->in->files == NULL) {
		refuse_type(f, g);
		return;
	}
	if (g->text[0] == '\0') {
		refuse(f, g, "names no file; write its name or remove this");
		return;
	}
	path = file_store_path(f->in->files,
	                       g->value == NULL ? NULL : g->value->file,
	                       g->text);
	file = path == NULL ? NULL : file_store_get(f->in->files, path);
	if (file == NULL) {
		f->memory = true;
	} else if (file->data == NULL) {
		refuse(f, g, "cannot be read (%s): %s", path, file->error);
	} else {
		member.path = file->path;
		member.data = file->data;
		member.length = file->length;
		put(f, g->row, &member, sizeof(member));
		check_mode(f, g, file);
	}
	free(path);
}

static void set_list(struct fill *f, const struct given *g)
{
	size_t i, count = g->text != NULL ? 1 : g->value->count;
	struct pst_list list;
	const char **items;

	if (g->text == NULL && g->value->type != CONF_LIST) {
		refuse_type(f, g);
		return;
	}
	items = arena_array(f->in->memory, count + 1, sizeof(*items));
	for (i = 0; items != NULL && i < count; i++) {
		const struct conf_value *v =
			g->text != NULL ? NULL : g->value->children[i];

		if (v != NULL && v->type != CONF_STRING) {
			refuse_type(f, g);
			return;
		}
		items[i] = arena_string(f->in->memory,
		                        v == NULL ? g->text : v->string);
		f->memory |= items[i] == NULL;
	}
	f->memory |= items == NULL;
	list.count = items == NULL ? 0 : count;
	list.item = items;
	put(f, g->row, &list, sizeof(list));
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
		set_file(f, g);
		return;
	case PST_OPTION_LIST:
		set_list(f, g);
		return;
	}
	refuse(f, g, "has a type that this version does not know");
}
