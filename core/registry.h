/* SPDX-License-Identifier: MIT */
/* What the plugins offer, by id. They are found by a note in their files that
 * is read without running anything, and loaded when something asks for them. */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "diag.h"

#include <penstock/endpoint.h>
#include <penstock/mux.h>
#include <penstock/plugin.h>
#include <penstock/resource.h>
#include <penstock/route.h>
#include <penstock/scheme.h>
#include <penstock/service.h>
#include <penstock/signer.h>
#include <stdbool.h>

enum registry_kind {
	REGISTRY_LAYER,
	REGISTRY_MUX,
	REGISTRY_SCHEME,
	REGISTRY_SERVICE,
	REGISTRY_ENDPOINT,
	REGISTRY_RESOURCE,
	REGISTRY_ROUTE, /* by the id of its layer */
	REGISTRY_SIGNER,
	REGISTRY_KINDS
};

struct registry; /* owns plugins found, loaded or not */

/** One shared object, for `penstock plugins`. Borrowed from the registry. */
struct registry_plugin {
	const char *path;     /* NULL: linked into this program */
	const char *provides; /* "layer:tls ..."; "" when there is no note */
	const char *refused;  /* a sentence; NULL: it may be loaded */
	const struct pst_plugin *loaded; /* NULL: not (yet) */
};

/**
 * Look through the folders in order for *.so with our note; nothing is run.
 * An object hides those of the same file name in later folders. One that
 * cannot be used is a warning here and an error when its id is asked for.
 * Two that offer the same id are an error.
 *
 * folders[count]  copied. A folder that is not there is passed over, and
 *                 named when something is not found
 * Returns         owned; NULL when memory ran out (then `d` says so)
 */
struct registry *registry_create(const char *const *folders, size_t count,
                                 struct diag *d);
/** The same with the usual folders: `plugin_path` (may be NULL; one that is
 *  not there is an error), then the environment's PENSTOCK_PLUGIN_PATH
 *  (separated by colons), then the built-in one. */
struct registry *registry_open(const struct pst_list *plugin_path,
                               struct diag *d);
void registry_destroy(struct registry *r);

/** Add a plugin that is linked into this program. `provides` is its note's
 *  text. Both borrowed for good. Returns 0, or a failure that `d` tells. */
PST_MUST_CHECK int registry_add(struct registry *r,
                                const struct pst_plugin *plugin,
                                const char *provides, struct diag *d);

/** The record of `kind` with `id`, loading its plugin on first use. NULL when
 *  nobody offers it or loading failed; the diagnosis then says which, with
 *  file:line: setting in front and "did you mean". `d` may be NULL: silent. */
const void *registry_find(struct registry *r, enum registry_kind kind,
                          const char *id, struct diag *d, const char *file,
                          unsigned line, const char *setting);

/** The record with `id` (NULL: the first by name) of an extension of the kind
 *  "pst.signer/1". NULL when nobody offers it. Loads its plugin. */
const void *registry_find_extension(struct registry *r, const char *extension,
                                    const char *id);

/** The n-th id of a kind in the order found; NULL behind the last. */
const char *registry_id(const struct registry *r, enum registry_kind kind,
                        size_t n);
/** The n-th object found. False behind the last. */
bool registry_plugin(const struct registry *r, size_t n,
                     struct registry_plugin *out);

/** Call init of each plugin that is loaded, and from now on of each right after
 *  it was loaded. Returns 0, or PST_CONFIG with a diagnosis. */
PST_MUST_CHECK int registry_init_plugins(struct registry *r,
                                         const struct pst_core *core,
                                         struct diag *d);
/** Call finish of those whose init was called. */
void registry_finish_plugins(struct registry *r);

/** From now on registry_note writes into note[size]: shared memory that
 *  outlives a crash. Borrowed; NULL ends it. */
void registry_note_in(struct registry *r, char *note, size_t size);
/** Note which foreign code runs next ("layer tls of service quotes"), so that
 *  its crash can be told; NULL: none. Loading and init note themselves. */
PST_PRINTF(2, 3)
void registry_note(struct registry *r, const char *fmt, ...);

#endif
