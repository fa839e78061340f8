/* SPDX-License-Identifier: MIT */
/* The known word that is nearest to a mistyped one. */
#ifndef CERT_NEAR_H
#define CERT_NEAR_H

#include <stddef.h>

/** A search under way. */
struct cert_near {
	const char *wanted; /* borrowed */
	const char *best;   /* borrowed; NULL: no word is near */
	size_t distance;
};

void cert_near_init(struct cert_near *near, const char *wanted);
void cert_near_try(struct cert_near *near, const char *word);

#endif
