/* SPDX-License-Identifier: MIT */
/* One checked configuration and its files as a sealed piece of memory that
 * workers inherit. */
#ifndef CORE_GENERATION_H
#define CORE_GENERATION_H

#include "file_store.h"
#include "value.h"

/** Write both into a new memfd and seal it. Returns 0, PST_IO (errno is set),
 *  PST_MEMORY. The descriptor is close-on-exec. */
PST_MUST_CHECK int generation_write(const struct conf_value *tree,
                                    const struct file_store *files,
                                    int *fd_out);

/** Read them back. Nothing in `fd` is trusted but for its seals. The store is
 *  sealed too. Returns 0, PST_IO, PST_MEMORY, PST_INVALID (not a generation,
 *  or not sealed). The descriptor stays open. */
PST_MUST_CHECK int generation_read(int fd, struct conf_value **tree_out,
                                   struct file_store **files_out);

#endif
