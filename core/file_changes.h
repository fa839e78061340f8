/* SPDX-License-Identifier: MIT */
/* Which files are no longer what a generation has of them. */
#ifndef CORE_FILE_CHANGES_H
#define CORE_FILE_CHANGES_H

#include "diag.h"
#include "file_store.h"

#include <stdbool.h>

/** The n-th path in a store of either kind, and whether it is a folder's: those
 *  come first. Borrowed from the store. NULL behind the last. */
const char *file_store_named(const struct file_store *s, size_t n,
                             bool *folder_out);

/** An empty store that reads the disk, with relative paths where `s` has
 *  them. NULL on memory. */
struct file_store *file_store_again(const struct file_store *s);

/** Read into `now` what `before` has, and compare: contents, and which files
 *  are in a folder. `d` gets a line of level info for each of the first that
 *  differ. Returns how many do; what cannot be read, or memory running out,
 *  counts as different. */
size_t file_changes(struct file_store *before, struct file_store *now,
                    struct diag *d);

#endif
