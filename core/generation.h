/* SPDX-License-Identifier: MIT */
/* One checked configuration and its files as a sealed piece of memory that
 * workers inherit. */
#ifndef CORE_GENERATION_H
#define CORE_GENERATION_H

#include "file_store.h"
#include "value.h"

#define GENERATION_SEED 32u /* bytes */

/** Write them and the gateway's seed (32 bytes) into a new memfd and seal it. Returns 0, PST_IO (errno is set),
 *  PST_MEMORY. The descriptor is close-on-exec. */
PST_MUST_CHECK int generation_write(const struct conf_value *tree,
                                    const struct file_store *files,
                                    const uint8_t *seed, int *fd_out);

/** Read them back. Nothing in `fd` is trusted but for its seals. The store is
 *  sealed too. Returns 0, PST_IO, PST_MEMORY, PST_INVALID (not a generation,
 *  or not sealed). The descriptor stays open. */
PST_MUST_CHECK int generation_read(int fd, struct conf_value **tree_out,
                                   struct file_store **files_out,
                                   uint8_t *seed_out);

#endif
