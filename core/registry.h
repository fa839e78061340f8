/* SPDX-License-Identifier: MIT */
/* What the loaded plugins offer, by id. */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "diag.h"

#include <penstock/endpoint.h>
#include <penstock/mux.h>
#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <penstock/service.h>

enum registry_kind {
	REGISTRY_LAYER,
	REGISTRY_MUX,
	REGISTRY_SCHEME,
	REGISTRY_SERVICE,
	REGISTRY_ENDPOINT,
	REGISTRY_KINDS
};

struct registry; /* owns plugins found, loaded or not */

/** Look through the folders in order for *.so with our note; nothing is run.
 *  Every bad object is a diagnosis with its own sentence. */
struct registry *registry_create(const char *const *folders, size_t count,
				 struct diag *d);
void registry_destroy(struct registry *r);

/** The record of `kind` with `id`, loading its plugin on first use. NULL when
 *  nobody offers it or loading failed; the diagnosis then says which, with
 *  file:line: setting in front and "did you mean". `d` may be NULL: silent. */
const void *registry_find(struct registry *r, enum registry_kind kind,
			  const char *id, struct diag *d, const char *file,
			  unsigned line, const char *setting);

/** The n-th id of a kind in the order found; NULL behind the last. */
const char *registry_id(const struct registry *r, enum registry_kind kind,
			size_t n);

/** Call each loaded plugin's init (in checker and workers, never in the
 *  supervisor). Returns 0 or PST_CONFIG with a diagnosis. */
int registry_init_plugins(struct registry *r, const struct pst_core *core,
			  struct diag *d);
void registry_finish_plugins(struct registry *r);

#endif
