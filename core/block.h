/* SPDX-License-Identifier: MIT */
/* Blocks: zeroed memory for what each connection and each exchange needs anew
 * (wires, trunks, sessions, streams, their stacks), from freelists, one set per
 * thread. */
#ifndef CORE_BLOCK_H
#define CORE_BLOCK_H

#include <stddef.h>

/** `size` zeroed bytes, aligned for any object. Owned, for block_destroy;
 *  NULL when memory ran out. Any thread; another one may destroy it. */
void *block_create(size_t size);
/** NULL is accepted. */
void block_destroy(void *block);
/** Give this thread's freelists back to the system. */
void block_trim(void);

#endif
