/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known name that is nearest to what was written. */
#ifndef TLS_NEAR_H
#define TLS_NEAR_H

#include <stddef.h>

/** A search under way. */
struct tls_near {
	const char *wanted;
	const char *best; /* borrowed; NULL: none is near enough */
	size_t distance;
};

void tls_near_init(struct tls_near *near, const char *wanted);
/** Offer a known name, borrowed while the search is used. */
void tls_near_try(struct tls_near *near, const char *name);
/** Write `; did you mean "best"?`, or "". Returns out. */
const char *tls_near_hint(const struct tls_near *near, char *out, size_t size);

#endif
