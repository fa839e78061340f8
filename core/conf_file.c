/* SPDX-License-Identifier: MIT */
/* Configuration files to a tree of values: libconfig is seen only here. */
#include "conf_file.h"

#include "conf_text.h"

#include <errno.h>
#include <glob.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One reading of a configuration. */
struct reading {
	struct diag *diag;
	struct conf_value *root; /* everything so far */
	bool whole;
	unsigned files; /* read so far */
	struct {
		dev_t device;
		ino_t inode;
	} chain[CONF_DEPTH_MAX + 1]; /* the files that include each other */
};

#define FILES_MAX 4096u

static int read_file(struct reading *r, const char *path, unsigned depth);

/* -- from libconfig ---------------------------------------------------- */

static struct conf_value *convert(const struct conf_text *t,
                                  config_setting_t *s, unsigned depth);

static enum conf_type type_of(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return CONF_INT;
	case CONFIG_TYPE_FLOAT:
		return CONF_FLOAT;
	case CONFIG_TYPE_STRING:
		return CONF_STRING;
	case CONFIG_TYPE_BOOL:
		return CONF_BOOL;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		return CONF_LIST;
	default:
		return CONF_GROUP;
	}
}

static int convert_children(const struct conf_text *t, config_setting_t *s,
                            struct conf_value *v, unsigned depth)
{
	int i, result = PST_OK, n = config_setting_length(s);

	for (i = 0; i < n && result == PST_OK; i++) {
		config_setting_t *c = config_setting_get_elem(s, (unsigned)i);

		result = conf_value_append(v, convert(t, c, depth + 1));
	}
	return result;
}

static int convert_scalar(config_setting_t *s, struct conf_value *v)
{
	const char *text;

	switch (v->type) {
	case CONF_STRING:
		text = config_setting_get_string(s);
		v->string = strdup(text == NULL ? "" : text);
		return v->string == NULL ? PST_MEMORY : PST_OK;
	case CONF_INT:
		v->integer = config_setting_type(s) == CONFIG_TYPE_INT64
		                     ? config_setting_get_int64(s)
		                     : config_setting_get_int(s);
		return PST_OK;
	case CONF_BOOL:
		v->integer = config_setting_get_bool(s) ? 1 : 0;
		return PST_OK;
	case CONF_FLOAT:
		v->real = config_setting_get_float(s);
		return PST_OK;
	case CONF_GROUP:
	case CONF_LIST:
		break;
	}
	return PST_OK;
}

/* Depth was bounded when the text was checked. */
static struct conf_value *convert(const struct conf_text *t,
                                  config_setting_t *s, unsigned depth)
{
	unsigned line;
	const char *file =
		conf_text_place(t, config_setting_source_line(s), &line);
	struct conf_value *v = conf_value_create(
		type_of(s), config_setting_name(s), file, line);
	int result;

	if (v == NULL || depth > 2 * CONF_DEPTH_MAX) {
		conf_value_destroy(v);
		return NULL;
	}
	result = v->type == CONF_GROUP || v->type == CONF_LIST
	                 ? convert_children(t, s, v, depth)
	                 : convert_scalar(s, v);
	if (result != PST_OK) {
		conf_value_destroy(v);
		return NULL;
	}
	return v;
}

static void report_parse(const struct reading *r, const struct conf_text *t,
                         const config_t *c)
{
	unsigned line;
	const char *what = config_error_text(c), *hint = "";
	const char *file =
		conf_text_place(t, (unsigned)config_error_line(c), &line);

	if (what == NULL) {
		what = "cannot be parsed";
	} else if (strcmp(what, "syntax error") == 0) {
		hint = ": something is missing or misspelt here or just in "
		       "front: a ; a closing bracket, or quotes around text";
	} else if (strcmp(what, "duplicate setting name") == 0) {
		hint = ": this name stands in the group already; remove one";
	}
	diag_add(r->diag, PST_LOG_ERROR, file, line, NULL, "%s%s", what, hint);
}

/* NULL after a diagnosis. */
static struct conf_value *parse(struct reading *r, const struct conf_text *t)
{
	struct conf_value *v = NULL;
	config_t c;

	config_init(&c);
	if (config_read_string(&c, t->bytes == NULL ? "" : t->bytes) !=
	    CONFIG_TRUE) {
		report_parse(r, t, &c);
	} else {
		v = convert(t, config_root_setting(&c), 0);
		if (v == NULL) {
			diag_add(r->diag, PST_LOG_ERROR, NULL, 0, NULL,
			         "out of memory");
		}
	}
	config_destroy(&c);
	return v;
}

/* -- strings ----------------------------------------------------------- */

static int expand(struct reading *r, struct conf_value *v)
{
	char error[256], *text = NULL;
	size_t i;
	int result = PST_OK;

	if (v->type == CONF_STRING && strchr(v->string, '$') != NULL) {
		result = conf_text_expand(v->string, &text, error,
		                          sizeof(error));
		if (result == PST_CONFIG) {
			diag_add(r->diag, PST_LOG_ERROR, v->file, v->line,
			         v->path, "\"%.100s\" %s", v->string, error);
			diag_settle(r->diag, v->file, v->line, v->path);
			return PST_OK;
		}
		if (result == PST_OK) {
			free(v->string);
			v->string = text;
		}
	}
	for (i = 0; i < v->count && result == PST_OK; i++) {
		result = expand(r, v->children[i]);
	}
	return result;
}

static int set_path(struct conf_value *v, const char *above, size_t index)
{
	const struct conf_value *name = conf_get(v, "name");
	const char *word = v->name, *dot = above[0] == '\0' ? "" : ".";
	char number[32];
	size_t size;

	if (word == NULL && name != NULL && name->type == CONF_STRING) {
		word = name->string;
	}
	if (word == NULL) {
		snprintf(number, sizeof(number), "[%zu]", index);
		word = number;
		dot = "";
	}
	size = strlen(above) + strlen(dot) + strlen(word) + 1;
	free(v->path);
	v->path = malloc(size);
	if (v->path == NULL) {
		return PST_MEMORY;
	}
	snprintf(v->path, size, "%s%s%s", above, dot, word);
	return PST_OK;
}

static int set_paths(struct conf_value *v)
{
	size_t i;
	int result = PST_OK;

	for (i = 0; i < v->count && result == PST_OK; i++) {
		result = set_path(v->children[i],
		                  v->path == NULL ? "" : v->path, i);
		if (result == PST_OK) {
			result = set_paths(v->children[i]);
		}
	}
	return result;
}

/* -- joining files ----------------------------------------------------- */

static struct conf_value *member(const struct conf_value *group,
                                 const char *name)
{
	size_t i;

	for (i = 0; i < group->count; i++) {
		if (strcmp(group->children[i]->name, name) == 0) {
			return group->children[i];
		}
	}
	return NULL;
}

static int join(struct reading *r, struct conf_value *into,
                struct conf_value *from);

static int join_member(struct reading *r, struct conf_value *into,
                       struct conf_value *child)
{
	struct conf_value *there =
		child->name == NULL ? NULL : member(into, child->name);
	int result;

	if (there == NULL) {
		return conf_value_append(into, child);
	}
	if (there->type == child->type &&
	    (child->type == CONF_GROUP || child->type == CONF_LIST)) {
		result = join(r, there, child);
		conf_value_destroy(child);
		return result;
	}
	diag_add(r->diag, PST_LOG_ERROR, child->file, child->line, child->path,
	         "is set already in %s:%u; remove one", there->file,
	         there->line);
	conf_value_destroy(child);
	return PST_OK;
}

/* Move all that `from` has into `into`. */
static int join(struct reading *r, struct conf_value *into,
                struct conf_value *from)
{
	struct conf_value *child;
	int result = PST_OK;
	size_t i;

	for (i = 0; i < from->count; i++) {
		child = from->children[i];
		from->children[i] = NULL;
		if (result != PST_OK) {
			conf_value_destroy(child);
		} else {
			result = join_member(r, into, child);
		}
	}
	from->count = 0;
	return result;
}

/* -- our own include --------------------------------------------------- */

static char *beside(const char *file, const char *pattern)
{
	const char *slash = file == NULL ? NULL : strrchr(file, '/');
	size_t folder, size;
	char *path;

	folder = slash == NULL || pattern[0] == '/'
	                 ? 0
	                 : (size_t)(slash - file) + 1;
	size = folder + strlen(pattern) + 1;
	path = malloc(size);
	if (path != NULL) {
		snprintf(path, size, "%.*s%s", (int)folder,
		         folder == 0 ? "" : file, pattern);
	}
	return path;
}

/* Note the file at `depth`; false when one above it is the same. */
static bool chain_add(struct reading *r, const char *path, unsigned depth)
{
	struct stat st;
	unsigned i;

	if (stat(path, &st) != 0) {
		return true; /* reading it says why */
	}
	for (i = 0; i < depth; i++) {
		if (r->chain[i].device == st.st_dev &&
		    r->chain[i].inode == st.st_ino) {
			return false;
		}
	}
	r->chain[depth].device = st.st_dev;
	r->chain[depth].inode = st.st_ino;
	return true;
}

static int include_match(struct reading *r, const struct conf_value *v,
                         const char *path, unsigned depth)
{
	if (!chain_add(r, path, depth)) {
		diag_add(r->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "\"%s\" includes itself", path);
		return PST_OK;
	}
	return read_file(r, path, depth);
}

static int include_matches(struct reading *r, const struct conf_value *v,
                           const char *path, unsigned depth)
{
	int found, result = PST_OK;
	glob_t g;
	size_t i;

	memset(&g, 0, sizeof(g));
	found = glob(path, GLOB_ERR, NULL, &g); /* sorts */
	if (found == GLOB_NOSPACE) {
		result = PST_MEMORY;
	} else if (found == GLOB_ABORTED) {
		diag_add(r->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "\"%s\": a folder cannot be read: %s", path,
		         strerror(errno));
		r->whole = false;
	} else if (found == GLOB_NOMATCH && strpbrk(path, "*?[") == NULL) {
		diag_add(r->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "there is no file \"%s\"; make it, or remove it here",
		         path);
		r->whole = false;
	}
	for (i = 0; found == 0 && i < g.gl_pathc && result == PST_OK; i++) {
		result = include_match(r, v, g.gl_pathv[i], depth + 1);
	}
	globfree(&g);
	return result;
}

static int include_one(struct reading *r, const struct conf_value *v,
                       unsigned depth)
{
	char *path;
	int result;

	if (v->type != CONF_STRING) {
		diag_add(r->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "must be a file or a list of files, as strings, and "
		         "is %s",
		         conf_type_name(v->type));
		return PST_OK;
	}
	if (depth >= CONF_DEPTH_MAX) {
		diag_add(r->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "goes deeper than %d files; does one include itself?",
		         CONF_DEPTH_MAX);
		r->whole = false;
		return PST_OK;
	}
	path = beside(v->file, v->string);
	if (path == NULL) {
		return PST_MEMORY;
	}
	result = include_matches(r, v, path, depth);
	free(path);
	return result;
}

static int include_all(struct reading *r, const struct conf_value *include,
                       unsigned depth)
{
	int result = PST_OK;
	size_t i;

	if (include == NULL) {
		return PST_OK;
	}
	if (include->type != CONF_LIST) {
		return include_one(r, include, depth);
	}
	for (i = 0; i < include->count && result == PST_OK; i++) {
		result = include_one(r, include->children[i], depth);
	}
	return result;
}

/* Each file has an include of its own: take it out before joining. */
static struct conf_value *take_include(struct conf_value *root)
{
	struct conf_value *core = member(root, "penstock"), *v;
	size_t i;

	if (core == NULL || core->type != CONF_GROUP) {
		return NULL;
	}
	for (i = 0; i < core->count; i++) {
		v = core->children[i];
		if (strcmp(v->name, "include") == 0) {
			memmove(&core->children[i], &core->children[i + 1],
			        (core->count - i - 1) * sizeof(v));
			core->count--;
			return v;
		}
	}
	return NULL;
}

/* -- one file ---------------------------------------------------------- */

static int add_tree(struct reading *r, struct conf_value *v, unsigned depth)
{
	struct conf_value *include = NULL;
	int result = set_paths(v);

	if (result == PST_OK) {
		result = expand(r, v);
	}
	if (result == PST_OK) {
		include = take_include(v);
		if (r->root == NULL) {
			r->root = v;
			v = NULL;
		} else {
			result = join(r, r->root, v);
		}
	}
	conf_value_destroy(v);
	if (result == PST_OK) {
		result = include_all(r, include, depth);
	}
	conf_value_destroy(include);
	return result;
}

static int add_text(struct reading *r, struct conf_text *t, int result,
                    unsigned depth)
{
	struct conf_value *v;

	if (result == PST_MEMORY) {
		return result;
	}
	v = result == PST_OK ? parse(r, t) : NULL;
	if (v == NULL) {
		r->whole = false;
		return PST_OK;
	}
	return add_tree(r, v, depth);
}

static int read_file(struct reading *r, const char *path, unsigned depth)
{
	struct conf_text t;
	int result;

	if (++r->files > FILES_MAX) {
		diag_add(r->diag, PST_LOG_ERROR, path, 0, NULL,
		         "more than %u files are included; does one include "
		         "itself?",
		         FILES_MAX);
		r->whole = false;
		return PST_OK;
	}
	conf_text_init(&t, r->diag);
	result = add_text(r, &t, conf_text_load(&t, path), depth);
	conf_text_finish(&t);
	return result;
}

static struct conf_value *finish(struct reading *r, int result, bool *whole_out)
{
	if (result == PST_OK && r->root != NULL) {
		result = set_paths(r->root); /* names are expanded now */
	}
	if (result != PST_OK) {
		diag_add(r->diag, PST_LOG_ERROR, NULL, 0, NULL,
		         "out of memory");
		conf_value_destroy(r->root);
		r->root = NULL;
		r->whole = false;
	}
	*whole_out = r->whole;
	return r->root;
}

struct conf_value *conf_file_read(const char *path, struct diag *d,
                                  bool *whole_out)
{
	struct reading r;

	memset(&r, 0, sizeof(r));
	r.diag = d;
	r.whole = true;
	chain_add(&r, path, 0);
	return finish(&r, read_file(&r, path, 0), whole_out);
}

struct conf_value *conf_text_read(const char *name, const char *text,
                                  size_t length, struct diag *d,
                                  bool *whole_out)
{
	struct reading r;
	struct conf_text t;
	int result;

	memset(&r, 0, sizeof(r));
	r.diag = d;
	r.whole = true;
	conf_text_init(&t, d);
	result = add_text(&r, &t, conf_text_add(&t, name, text, length), 0);
	conf_text_finish(&t);
	return finish(&r, result, whole_out);
}
