/* SPDX-License-Identifier: MIT */
/* Inside the resources: shared by their two sources only. */
#ifndef CORE_RESOURCE_STATE_H
#define CORE_RESOURCE_STATE_H

#include "name_index.h"
#include "pipeline.h"
#include "resource.h"

struct resource_kind {
	const char *id;
	const struct pst_resource *type; /* NULL: not loaded yet */
	const struct conf_value *list;   /* NULL: there is none */
	/* "=name", "/absolute/path", "!" for the word, "@..." in place */
	struct name_index index;
};

struct resources {
	const struct build *b; /* NULL: the build is over */
	struct resource_kind *kinds;
	size_t kind_count;
	struct resource *all;
	unsigned nested;
};

/** NULL: nobody offers it. */
struct resource_kind *resource_kind_of(const struct resources *r,
                                       const char *id);
/** Load the kind's plugin; `at` is where it is wanted. Returns 0, PST_CONFIG
 *  after a diagnosis. */
PST_MUST_CHECK int resource_load(const struct resources *r,
                                 struct resource_kind *kind,
                                 const struct place *at);
/** A key of a kind's index; NULL on memory. */
const char *resource_key(const struct resources *r, const char *sign,
                         const char *text);
/** A new one, which is not built yet. NULL on memory. */
struct resource *resource_add(struct resources *r, struct resource_kind *kind,
                              const char *key, const struct conf_value *value);
/** Fill its conf and call conf_init. Returns 0, PST_CONFIG after diagnoses,
 *  PST_MEMORY. */
PST_MUST_CHECK int resource_build(struct resources *r, struct resource *one);

#endif
