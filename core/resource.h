/* SPDX-License-Identifier: MIT */
/* Resources: what many places of a configuration share by name. Each is made
 * when something first refers to it, once. */
#ifndef CORE_RESOURCE_H
#define CORE_RESOURCE_H

#include "value.h"

#include <penstock/resource.h>
#include <stdbool.h>
#include <stdint.h>

struct build;

enum resource_state {
	RESOURCE_NEW, /* nobody has referred to it */
	RESOURCE_BUILDING,
	RESOURCE_READY,
	RESOURCE_FAILED /* diagnosed */
};

/** One resource; its conf stands right behind it in memory. */
struct resource {
	const struct pst_resource *type;
	const struct conf_value *value; /* its group; borrowed for the build */
	const char *name;               /* NULL: made in place */
	const char *shown;   /* "corp", "ca.pem", "system", "{ ... }" */
	struct setup *place;
	void *conf;
	uint64_t digest[2];
	struct resource *next; /* of all: the one that was made before */
	enum resource_state state;
	bool begun; /* conf_init was called */
};

/** What one entry of an option says. */
struct resource_wish {
	const char *kind, *option;
	const struct conf_value *value; /* NULL: the option's default */
	const char *text; /* NULL: it is no string */
	const char *file; /* where it stands */
	unsigned line;
	const char *path;
};

struct resources; /* all kinds, and what was made of them */

/**
 * Read the lists of all kinds: names, duplicates, form. Nothing is built.
 *
 * root           borrowed for the build
 * resources_out  set in any case but PST_MEMORY: resources_finish it
 * Returns        0, PST_CONFIG after diagnoses, PST_MEMORY
 */
PST_MUST_CHECK int resources_read(const struct build *b,
                                  const struct conf_value *root,
                                  struct resources **resources_out);
/** Build those that nobody has referred to, to see whether they are right.
 *  Returns as above. */
PST_MUST_CHECK int resources_check_rest(struct resources *r);
/**
 * Find or make what an option refers to.
 *
 * Returns  0; PST_CONFIG: there is no such thing, or it is wrong, which is
 *          diagnosed; PST_MEMORY
 */
PST_MUST_CHECK int resources_refer(struct resources *r,
                                   const struct resource_wish *wish,
                                   struct pst_ref *ref_out);
/** The build is over: what it lent is gone. */
void resources_settle(struct resources *r);
/** Call conf_finish of each. NULL is accepted. */
void resources_finish(struct resources *r);

/** The resource behind a reference that resources_refer gave. */
const struct resource *resource_of(const struct pst_ref *ref);
/** True when `name` is that of a list. */
bool resources_is_list(const struct resources *r, const char *name);
/** The n-th list's name; NULL behind the last. */
const char *resources_list_name(const struct resources *r, size_t n);

#endif
