/* SPDX-License-Identifier: MIT */
/* What was diagnosed. */
#ifndef TESTS_DIAG_HAS_H
#define TESTS_DIAG_HAS_H

#include "configure.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/** Whether a sentence has this part; prints all when none has. */
static inline bool diag_has(const struct diag *d, const char *part)
{
	size_t i;

	for (i = 0; i < d->count; i++) {
		if (strstr(d->entries[i].text, part) != NULL) {
			return true;
		}
	}
	printf("not said: %s\n", part);
	diag_print(d, stdout);
	return false;
}

#endif
