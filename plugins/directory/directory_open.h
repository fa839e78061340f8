/* SPDX-License-Identifier: MIT */
/* Opening files below a root, and nowhere else. */
#ifndef DIRECTORY_OPEN_H
#define DIRECTORY_OPEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct directory_root;

/** A root that is not opened yet; path is borrowed while it lives. NULL when
 *  memory ran out. Owned. */
struct directory_root *directory_root_create(const char *path, uint32_t most);
/** Close and free. NULL is accepted. */
void directory_root_destroy(struct directory_root *r);

/** Open the folder itself unless it is open. Returns 0 or a negative errno.
 *  Context  any thread */
int directory_root_open(struct directory_root *r);
void directory_root_close(struct directory_root *r);

/** From now on walk name by name and follow no link at all, as where the
 *  kernel has no openat2. */
void directory_root_walk(struct directory_root *r);

/**
 * Open a regular file for reading, without waiting for anything.
 *
 * name      relative, as directory_path_read makes it
 * stat_out  of what was opened
 * Returns   a descriptor, owned, or a negative errno: -EISDIR is a folder,
 *           -ENOENT also what is neither file nor folder, -EXDEV a link that
 *           leads out of the root
 */
int directory_open(struct directory_root *r, const char *name,
                   struct stat *stat_out);

/** Take one of the places for files that stay open; false when all are taken.
 *  directory_root_give gives it back. */
bool directory_root_take(struct directory_root *r);
void directory_root_give(struct directory_root *r);

#endif
