/* SPDX-License-Identifier: MIT */
/* The core's side of struct pst_setup: where a layer's diagnoses go. */
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include "gateway.h"
#include "options.h"

#include <penstock/setup.h>

/** Takes the facts that conf_explain says. */
typedef void (*explain_fn)(void *owner, const char *key, const char *text);

struct build;

/** What all setups of one gateway have in common. Lives as long as it. */
struct setup_world {
	struct gateway *gateway;
	struct registry *registry;
	int64_t now; /* seconds since 1970 */
	bool strict; /* secrets that others can read are errors */
	bool checked; /* a checker has accepted all of it */
	bool reload; /* a gateway runs that it is to change */
	uint8_t seed[PST_SEED_SIZE];
};

/** Plugins get &setup->base. */
struct setup {
	struct pst_setup base; /* first: setup_diagnose finds us by it */
	struct diag *diag;     /* NULL: diagnoses are dropped */
	explain_fn explain;    /* NULL: facts are dropped */
	void *explain_owner;
	struct setup_world *world;
	struct options options;
	const char *file; /* of the group, or of what would hold it */
	unsigned line;
	const char *path;
	unsigned errors; /* reported so far */
	bool only_given; /* names were wrong: what is said of settings that are
	                  * not there may follow from that, and is dropped */
};

/** Fill what hangs on the build and the place only. Returns 0, PST_MEMORY. */
PST_MUST_CHECK int setup_begin(struct setup *s, const struct build *b,
                               const struct place *at);

/** The core table's `diagnose`. */
PST_PRINTF(4, 0)
void setup_diagnose(struct pst_setup *base, enum pst_log_level level,
                    const char *option, const char *fmt, va_list ap);
/** Likewise check_secret, expires, seed and find. */
int setup_check_secret(struct pst_setup *base, const char *option,
                       const struct pst_file *file);
PST_PRINTF(3, 0)
void setup_expires(struct pst_setup *base, int64_t when, const char *fmt,
                   va_list ap);
const uint8_t *setup_seed(struct pst_setup *base);
const void *setup_find(struct pst_setup *base, const char *extension,
                       const char *id);

#endif
