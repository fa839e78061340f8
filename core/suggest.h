/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known word that is nearest to what was written. */
#ifndef CORE_SUGGEST_H
#define CORE_SUGGEST_H

#include <stddef.h>

/** A search under way; start with suggest_init. */
struct suggestion {
	const char *wanted;
	const char *
		best; /* the nearest word so far, borrowed; NULL: none is near */
	size_t distance;
};

void suggest_init(struct suggestion *s, const char *wanted);
/** Offer one known word (borrowed while the search is used). */
void suggest_try(struct suggestion *s, const char *word);
/** `; did you mean "best"?`, or "" when none is near, into text[size]. Returns
 *  text. */
const char *suggest_hint(const struct suggestion *s, char *text, size_t size);

#endif
