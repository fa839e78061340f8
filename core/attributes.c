/* SPDX-License-Identifier: MIT */
/* The attribute list of a stack. */
#include "attributes.h"

#include <penstock/result.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct attribute **list, const void *setter, const char *key)
{
	struct attribute **at = list;

	while (*at != NULL) {
		struct attribute *a = *at;

		if (a->setter == setter && strcmp(a->key, key) == 0) {
			*at = a->next;
			free(a);
			return;
		}
		at = &a->next;
	}
}

int attribute_put(struct attribute **list, const void *setter, const char *key,
                  const char *value, size_t length, enum pst_provenance how,
                  int log)
{
	struct attribute *a;
	size_t i;

	if (length == 0) {
		forget(list, setter, key);
		return PST_OK;
	}
	a = malloc(sizeof(*a) + length + 1);
	if (a == NULL) {
		return PST_MEMORY;
	}
	forget(list, setter, key);
	a->key = key;
	a->setter = setter;
	a->proven = (uint8_t)how;
	a->log = log != 0;
	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)value[i];

		a->value[i] = c < 0x20 || c == 0x7f ? '?' : value[i];
	}
	a->value[length] = '\0';
	a->next = *list;
	*list = a;
	return PST_OK;
}

const struct attribute *attribute_find(const struct attribute *list,
                                       const char *key)
{
	for (; list != NULL; list = list->next) {
		if (strcmp(list->key, key) == 0) {
			return list;
		}
	}
	return NULL;
}

void attributes_free(struct attribute **list)
{
	while (*list != NULL) {
		struct attribute *a = *list;

		*list = a->next;
		free(a);
	}
}
