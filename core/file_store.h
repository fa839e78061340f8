/* SPDX-License-Identifier: MIT */
/* Files that settings name: read once from disk, or come with a generation, so
 * that workers never touch the file system. */
#ifndef CORE_FILE_STORE_H
#define CORE_FILE_STORE_H

#include "name_index.h"

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_STORE_LIMIT ((size_t)8 * 1024 * 1024) /* bytes of one file */

struct stored_file {
	char *path; /* absolute; owned */
	uint8_t *
		data; /* owned, data[length] is 0; NULL: it could not be read */
	size_t length;
	uint32_t mode; /* permission bits when it was read */
	char *error;   /* why it could not be read and what to do; owned */
};

struct file_store {
	char *folder; /* absolute: what relative paths stand on; owned */
	struct stored_file **files; /* owned; stay where they are */
	size_t count, room;
	struct name_index by_path;
	bool sealed; /* loaded: nothing is read from disk any more */
};

/** An empty store that reads the disk, relative to the working folder of
 *  now. NULL on memory. */
struct file_store *file_store_create(void);
/** Wipes what it held. NULL is accepted. */
void file_store_destroy(struct file_store *s);

/** The absolute form of `path` as written in the file `near`: relative ones
 *  stand beside it. Owned by the caller (free); NULL on memory. */
char *file_store_path(const struct file_store *s, const char *near,
                      const char *path);

/** The file at the absolute `path`; read at its first use, a failure is
 *  remembered too (data NULL, error set). Borrowed until the store is
 *  destroyed. NULL on memory. */
const struct stored_file *file_store_get(struct file_store *s,
                                         const char *path);

/** Add a file as a generation carries it; takes nothing. Returns 0,
 *  PST_INVALID (it is there already) or PST_MEMORY. */
PST_MUST_CHECK int file_store_add(struct file_store *s, const char *path,
                                  const void *data, size_t length,
                                  uint32_t mode);

#endif
