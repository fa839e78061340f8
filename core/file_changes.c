/* SPDX-License-Identifier: MIT */
/* Which files are no longer what a generation has of them. */
#include "file_changes.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAMED_MOST = 10 /* of those that differ */
};

struct file_store *file_store_again(const struct file_store *s)
{
	struct file_store *again = file_store_create();
	char *folder = again == NULL ? NULL : strdup(s->folder);

	if (folder == NULL) {
		file_store_destroy(again);
		return NULL;
	}
	free(again->folder);
	again->folder = folder;
	return again;
}

const char *file_store_named(const struct file_store *s, size_t n,
                             bool *folder_out)
{
	const struct file_map *m = &s->map;

	if (!s->sealed) {
		*folder_out = n < s->folder_count;
		return file_store_path_at(s, n);
	}
	*folder_out = n < m->folder_count;
	if (*folder_out) {
		return (const char *)m->bytes + m->folders[n].path;
	}
	n -= (size_t)m->folder_count;
	return n < m->file_count ? (const char *)m->bytes + m->files[n].path
	                         : NULL;
}

static bool same_file(struct file_store *before, struct file_store *now,
                      const char *path)
{
	struct pst_file f, g;
	const char *why;

	return file_store_file(before, path, &f, &why) == PST_OK &&
	       file_store_file(now, path, &g, &why) == PST_OK &&
	       f.length == g.length && memcmp(f.data, g.data, f.length) == 0;
}

/* The files in it are named by themselves. */
static bool same_names(struct file_store *before, struct file_store *now,
                       const char *path)
{
	struct pst_files f, g;
	struct arena memory;
	const char *why;
	bool same;
	size_t i;

	arena_init(&memory);
	same = file_store_read(before, path, &memory, &f, &why) == PST_OK &&
	       file_store_read(now, path, &memory, &g, &why) == PST_OK &&
	       f.count == g.count;
	for (i = 0; same && i < f.count; i++) {
		same = strcmp(f.item[i].path, g.item[i].path) == 0;
	}
	arena_finish(&memory);
	return same;
}

static void tell(struct diag *d, size_t count, const char *path)
{
	if (count <= NAMED_MOST) {
		diag_add(d, PST_LOG_INFO, NULL, 0, NULL, "%s has changed",
		         path);
	}
}

size_t file_changes(struct file_store *before, struct file_store *now,
                    struct diag *d)
{
	const char *path;
	size_t n, count = 0;
	bool folder;

	for (n = 0; (path = file_store_named(before, n, &folder)) != NULL;
	     n++) {
		if (folder ? !same_names(before, now, path)
		           : !same_file(before, now, path)) {
			tell(d, ++count, path);
		}
	}
	if (count > NAMED_MOST) {
		diag_add(d, PST_LOG_INFO, NULL, 0, NULL,
		         "%zu more files have changed", count - NAMED_MOST);
	}
	return count;
}
