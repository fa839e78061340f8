/* SPDX-License-Identifier: MIT */
/* Files that settings name: read once from disk, or come with a generation, so
 * that workers never touch the file system. */
#ifndef CORE_FILE_STORE_H
#define CORE_FILE_STORE_H

#include "arena.h"
#include "file_map.h"
#include "name_index.h"

#include <penstock/option.h>
#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_STORE_LIMIT ((size_t)8 * 1024 * 1024)   /* bytes of one file */
#define FILE_STORE_TOTAL ((size_t)512 * 1024 * 1024) /* bytes of all files */
#define FILE_STORE_COUNT ((size_t)100000)            /* files */

struct stored_file {
	char *path; /* absolute; owned */
	uint8_t *
		data; /* owned, data[length] is 0; NULL: it could not be read */
	size_t length;
	uint32_t mode; /* permission bits when it was read */
	char *error;   /* why it could not be read and what to do; owned */
};

/** The regular files in a folder that was asked for. */
struct stored_folder {
	char *path; /* absolute; owned */
	const struct stored_file **files; /* by name; the array is owned */
	size_t count;
	char *error; /* as a file's */
};

/** Made for reading the disk, or for a generation's memory. */
struct file_store {
	char *folder; /* absolute: what relative paths stand on; owned */
	struct stored_file **files; /* owned; stay where they are */
	size_t count, room;
	size_t total; /* bytes */
	struct name_index by_path;
	struct stored_folder **folders; /* owned; stay where they are */
	size_t folder_count;
	struct name_index folder_by_path;
	bool sealed;         /* nothing is read from disk: all is in the map */
	struct file_map map; /* in `mapped` */
	void *mapped;        /* owned */
};

/** An empty store that reads the disk, relative to the working folder of
 *  now. NULL on memory. */
struct file_store *file_store_create(void);
/** A store of what lies in memory that was mapped, bytes[size], with its tables
 *  at bytes[at]. `folder` is copied. Takes ownership of the memory on success.
 *  Returns 0, PST_INVALID, PST_MEMORY. */
PST_MUST_CHECK int file_store_map(void *bytes, size_t size, size_t at,
                                  const char *folder,
                                  struct file_store **store_out);
/** Wipes what it held. NULL is accepted. */
void file_store_destroy(struct file_store *s);

/** The absolute form of `path` as written in the file `near`: relative ones
 *  stand beside it. Owned by the caller (free); NULL on memory. */
char *file_store_path(const struct file_store *s, const char *near,
                      const char *path);

/** The file at the absolute `path`; read at its first use, a failure is
 *  remembered too. What file_out says is borrowed until the store is destroyed.
 *  Returns 0; PST_CONFIG with why_out: why it cannot be read and what to do,
 *  borrowed; PST_MEMORY. */
PST_MUST_CHECK int file_store_file(struct file_store *s, const char *path,
                                   struct pst_file *file_out,
                                   const char **why_out);
/**
 * The file at the absolute `path`, or the regular files in the folder there:
 * by name, without hidden ones. Read at first use.
 *
 * files_out  what the items say is borrowed until the store is destroyed; the
 *            array is made in `memory`
 * Returns    as above
 */
PST_MUST_CHECK int file_store_read(struct file_store *s, const char *path,
                                   struct arena *memory,
                                   struct pst_files *files_out,
                                   const char **why_out);

/** The n-th path that somebody asked for, be it there or not, of a store that
 *  reads the disk: what to watch for changes. Folders come first; the files in
 *  them are named too. NULL behind the last. */
const char *file_store_path_at(const struct file_store *s, size_t n);

#endif
