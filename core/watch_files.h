/* SPDX-License-Identifier: MIT */
/* Watching the files of a generation: the folders that they are in, and those
 * of every symbolic link on the way to them, with one inotify(7). */
#ifndef CORE_WATCH_FILES_H
#define CORE_WATCH_FILES_H

#include "file_store.h"

#include <stdbool.h>
#include <time.h>

struct watch_files;

/** NULL with errno set. */
struct watch_files *watch_files_create(void);
/** NULL is accepted. */
void watch_files_destroy(struct watch_files *w);
/** Readable when watch_files_read has something to do. */
int watch_files_fd(const struct watch_files *w);

/** Watch what `files` (NULL: nothing) holds, and only that; paths are copied.
 *  Returns 0, PST_MEMORY, or PST_IO with errno set when something cannot be
 *  watched; the rest is. */
PST_MUST_CHECK int watch_files_set(struct watch_files *w,
                                   const struct file_store *files);
/** The same paths may lead elsewhere now: look again. As watch_files_set. */
PST_MUST_CHECK int watch_files_follow(struct watch_files *w);
/** Take what has happened. True when something concerns the files. */
bool watch_files_read(struct watch_files *w);
/** Has one of them, or a link to it, been changed since then? For what happened
 *  before it was watched. */
bool watch_files_since(const struct watch_files *w,
                       const struct timespec *since);

#endif
