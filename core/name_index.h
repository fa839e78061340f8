/* SPDX-License-Identifier: MIT */
/* From a text to what it names, quickly also among many. */
#ifndef CORE_NAME_INDEX_H
#define CORE_NAME_INDEX_H

#include <penstock/result.h>
#include <stddef.h>

struct name_slot;

/** All zero is an empty one. */
struct name_index {
	struct name_slot *slots;
	size_t room, count;
};

void name_index_finish(struct name_index *x);
/** What `name` was added with, or NULL. */
void *name_index_find(const struct name_index *x, const char *name);
/** Add `name` (borrowed while the index lives), which is not in it yet, with
 *  `value`, not NULL. Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int name_index_add(struct name_index *x, const char *name,
                                  void *value);

#endif
