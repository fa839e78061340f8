/* SPDX-License-Identifier: MIT */
/* The core's side of struct pst_setup: where a layer's diagnoses go. */
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include "options.h"

#include <penstock/setup.h>

/** Takes the facts that conf_explain says. */
typedef void (*explain_fn)(void *owner, const char *key, const char *text);

/** Plugins get &setup->base. */
struct setup {
	struct pst_setup base; /* first: setup_diagnose finds us by it */
	struct diag *diag;     /* NULL: diagnoses are dropped */
	explain_fn explain;    /* NULL: facts are dropped */
	void *explain_owner;
	struct options options;
	const char *file; /* of the group, or of what would hold it */
	unsigned line;
	const char *path;
	unsigned errors; /* reported so far */
};

/** The core table's `diagnose`. */
PST_PRINTF(4, 0)
void setup_diagnose(struct pst_setup *base, enum pst_log_level level,
                    const char *option, const char *fmt, va_list ap);

#endif
