/* SPDX-License-Identifier: MIT */
/* Options that name files and folders. */
#include "option_set.h"

#include <stdlib.h>
#include <string.h>

/* A group may read, as Debian's ssl-cert does: that is only strictly wrong. */
#define WRONG        026u
#define WRONG_STRICT 066u

bool option_secret_ok(struct diag *d, bool strict, const struct place *at,
                      const struct pst_file *file)
{
	uint32_t wrong = file->mode & (strict ? WRONG_STRICT : WRONG);

	if (wrong == 0) {
		return true;
	}
	diag_add(d, strict ? PST_LOG_ERROR : PST_LOG_WARNING, at->file,
	         at->line, at->path,
	         "\"%s\" is secret, but %s may %s it (mode %04o); chmod %s it",
	         file->path, (wrong & 06) != 0 ? "every user" : "its group",
	         (wrong & 044) != 0 ? "read" : "write", (unsigned)file->mode,
	         strict               ? "go="
	         : (wrong & 020) != 0 ? "g-w,o="
	                              : "o=");
	return !strict;
}

static void check_secret(struct fill *f, const struct given *g,
                         const struct pst_file *file)
{
	const struct conf_value *v = g->value;
	struct place at;

	if ((g->row->flags & PST_OPTION_SECRET) == 0 || v == NULL ||
	    f->in->files->sealed) {
		return;
	}
	at = (struct place){v->file, v->line, v->path};
	f->failed |= !option_secret_ok(f->in->diag, f->in->strict, &at, file);
}

typedef int (*read_fn)(struct fill *f, const char *path, void *out,
                       const char **why_out);

static int read_one(struct fill *f, const char *path, void *out,
                    const char **why_out)
{
	return file_store_file(f->in->files, path, out, why_out);
}

static int read_many(struct fill *f, const char *path, void *out,
                     const char **why_out)
{
	return file_store_read(f->in->files, path, f->in->memory, out, why_out);
}

/* What stands at `text`; false after it was refused. */
static bool read_text(struct fill *f, const struct given *g, const char *text,
                      read_fn read, void *out)
{
	const char *near = g->value == NULL ? NULL : g->value->file, *why;
	char *path;
	int result;

	if (text[0] == '\0') {
		option_refuse(f, g,
		              "names no file; write its name or remove this");
		return false;
	}
	path = file_store_path(f->in->files, near, text);
	result = path == NULL ? PST_MEMORY : read(f, path, out, &why);
	f->memory |= result == PST_MEMORY;
	if (result == PST_CONFIG) {
		option_refuse(f, g, "cannot be read (%s): %s", path, why);
	}
	free(path);
	return result == PST_OK;
}

void option_set_file(struct fill *f, const struct given *g)
{
	struct pst_file member;

	if (g->text == NULL || f->in->files == NULL) {
		option_refuse_type(f, g);
		return;
	}
	if (read_text(f, g, g->text, read_one, &member)) {
		option_put(f, g->row, &member, sizeof(member));
		check_secret(f, g, &member);
	}
}

/* -- several ----------------------------------------------------------- */

static size_t count_all(const struct pst_files *parts, size_t count)
{
	size_t i, sum = 0;

	for (i = 0; i < count; i++) {
		sum += parts[i].count;
	}
	return sum;
}

static void join(struct fill *f, const struct given *g,
                 const struct pst_files *parts, size_t count)
{
	size_t i, k, at = 0, all = count_all(parts, count);
	struct pst_file *items =
		arena_array(f->in->memory, all + 1, sizeof(*items));
	const struct pst_files member = {all, items};

	if (items == NULL) {
		f->memory = true;
		return;
	}
	for (i = 0; i < count; i++) {
		for (k = 0; k < parts[i].count; k++) {
			items[at++] = parts[i].item[k];
		}
	}
	option_put(f, g->row, &member, sizeof(member));
}

void option_set_files(struct fill *f, const struct given *g)
{
	size_t i, k, count = option_list_count(g);
	struct pst_files *parts =
		arena_array(f->in->memory, count + 1, sizeof(*parts));

	if (f->in->files == NULL || !option_list_ok(f, g) || parts == NULL) {
		f->memory |= parts == NULL;
		return;
	}
	for (i = 0; i < count; i++) {
		const struct given one = option_list_at(g, i);

		if (!read_text(f, &one, one.text, read_many, &parts[i])) {
			parts[i].count = 0;
		}
		for (k = 0; k < parts[i].count; k++) {
			check_secret(f, &one, &parts[i].item[k]);
		}
	}
	if (count == 1) {
		option_put(f, g->row, &parts[0], sizeof(parts[0]));
	} else {
		join(f, g, parts, count);
	}
}
