/* SPDX-License-Identifier: MIT */
/* What layers of a stack learned: a short list of key, value, provenance. */
#ifndef CORE_ATTRIBUTES_H
#define CORE_ATTRIBUTES_H

#include <penstock/attribute.h>
#include <stddef.h>

struct attribute {
	struct attribute *next;
	const char *key;    /* borrowed from the plugin's table */
	const void *setter; /* the station that set it */
	uint8_t proven;     /* enum pst_provenance */
	uint8_t log;
	char value[]; /* terminated */
};

/** Set or replace; length 0 removes it. Returns 0 or PST_MEMORY. Control bytes
 *  become '?'. */
int attribute_put(struct attribute **list, const void *setter, const char *key,
                  const char *value, size_t length, enum pst_provenance how,
                  int log);
const struct attribute *attribute_find(const struct attribute *list,
                                       const char *key);
void attributes_free(struct attribute **list);

#endif
