/* SPDX-License-Identifier: MIT */
/* Files and folders for options: from memory, or from the disk. */
#include "kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define USUAL_MODE 0600u

static void take(struct pst_kit *k, const struct pst_kit_file *f,
                 struct pst_file *out)
{
	memset(out, 0, sizeof(*out));
	out->path = kit_keep(k, kit_text(f->name, strlen(f->name)));
	out->data = kit_keep(k, kit_text(f->data, f->length));
	out->length = f->length;
	out->mode = f->mode == 0 ? USUAL_MODE : f->mode;
}

static bool read_path(struct pst_kit *k, const char *path, struct pst_file *out)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;

	if (f == NULL) {
		return false;
	}
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
		fclose(f);
		return false;
	}
	data = kit_alloc((size_t)st.st_size + 1);
	memset(out, 0, sizeof(*out));
	out->length = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	out->data = kit_keep(k, data);
	out->path = kit_keep(k, kit_text(path, strlen(path)));
	out->mode = st.st_mode & 07777;
	return true;
}

bool kit_file(struct pst_kit *k, const char *value, struct pst_file *out)
{
	size_t i;

	for (i = 0; i < k->params.file_count; i++) {
		if (strcmp(k->params.files[i].name, value) == 0) {
			take(k, &k->params.files[i], out);
			return true;
		}
	}
	return read_path(k, value, out);
}

/* -- folders ------------------------------------------------------------- */

static void append(struct pst_kit *k, struct pst_files *io,
                   const struct pst_file *file)
{
	struct pst_file *more = kit_alloc((io->count + 1) * sizeof(*more));

	if (io->count != 0) {
		memcpy(more, io->item, io->count * sizeof(*more));
	}
	more[io->count++] = *file;
	io->item = kit_keep(k, more);
}

/* What stands behind "folder/" in a name; NULL: it is not in the folder. */
static const char *within(const char *name, const char *folder)
{
	size_t length = strlen(folder);

	while (length != 0 && folder[length - 1] == '/') {
		length--;
	}
	if (strncmp(name, folder, length) != 0 || name[length] != '/' ||
	    strchr(name + length + 1, '/') != NULL) {
		return NULL;
	}
	return name + length + 1;
}

static const struct pst_kit_file *next_in(const struct pst_kit *k,
                                          const char *folder, const char *after)
{
	const struct pst_kit_file *best = NULL;
	size_t i;

	for (i = 0; i < k->params.file_count; i++) {
		const struct pst_kit_file *f = &k->params.files[i];
		const char *name = within(f->name, folder);

		if (name != NULL &&
		    (after == NULL || strcmp(name, after) > 0) &&
		    (best == NULL ||
		     strcmp(name, within(best->name, folder)) < 0)) {
			best = f;
		}
	}
	return best;
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool read_folder(struct pst_kit *k, const char *folder,
                        struct pst_files *io)
{
	struct dirent **names;
	struct pst_file file;
	char path[4096];
	int i, n = scandir(folder, &names, is_shown, alphasort);

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (read_path(k, path, &file)) {
			append(k, io, &file);
		}
		free(names[i]);
	}
	if (n >= 0) {
		free(names);
	}
	return n >= 0;
}

bool kit_files(struct pst_kit *k, const char *value, struct pst_files *io)
{
	const struct pst_kit_file *f = next_in(k, value, NULL);
	struct pst_file file;

	if (f == NULL && kit_file(k, value, &file)) {
		append(k, io, &file);
		return true;
	}
	if (f == NULL) {
		return read_folder(k, value, io);
	}
	for (; f != NULL; f = next_in(k, value, within(f->name, value))) {
		take(k, f, &file);
		append(k, io, &file);
	}
	return true;
}
