/* SPDX-License-Identifier: MIT */
/* All that a command needs: from a file, or a generation, to a gateway. */
#ifndef CORE_CONFIGURE_H
#define CORE_CONFIGURE_H

#include "diag.h"
#include "file_store.h"
#include "gateway.h"
#include "registry.h"
#include "value.h"

#include <stdbool.h>
#include <stdio.h>

/** A configuration as it was read. The gateway borrows from it. */
struct configuration {
	struct conf_value *tree;          /* owned */
	struct file_store *files;         /* owned */
	struct gateway_settings settings; /* the `penstock` group, checked */
	struct arena *memory;             /* owned: strings of settings */
	bool partial; /* a file could not be read or parsed: what is there can
	               * be checked for more errors, but not be built */
	bool failed;       /* loading it found errors: it is never built */
	bool connect_only; /* made from a URL */
	bool checked;      /* it came as a generation */
	bool reload;       /* a gateway runs that it is to change */
	uint8_t seed[PST_SEED_SIZE]; /* random at first; a generation's own */
};

/** Read `path` and what it includes. All errors are in `d`.
 *  Returns 0 or PST_CONFIG; `c_out` may then be set all the same, so that
 *  configure_build can report the rest; NULL when there is nothing to build */
PST_MUST_CHECK int configure_load(const char *path, struct diag *d,
                                  struct configuration **c_out);
/** The same from a sealed generation: reads no file but `fd`. */
PST_MUST_CHECK int configure_load_generation(int fd, struct diag *d,
                                             struct configuration **c_out);
/** The same from text, shown as `name` in messages; relative files stand in the
 *  working folder. For commands that make a configuration up. */
PST_MUST_CHECK int configure_load_text(const char *name, const char *text,
                                       struct diag *d,
                                       struct configuration **c_out);
/** For `penstock connect`: a configuration whose one service "connect" has no
 *  type and one connect pipeline from `url`. `settings[count]` are
 *  "layer.option=value"; a value may be anything that a string may be. */
PST_MUST_CHECK int configure_load_url(const char *url,
                                      const char *const *settings, size_t count,
                                      struct diag *d,
                                      struct configuration **c_out);

/** Check everything against the plugins of `r`, calling conf_init on each
 *  layer, and build the gateway. `core` is kept in setups. Returns 0, or
 *  PST_CONFIG after everything wrong was added to `d`.
 *  The gateway borrows from `c` and `r`. */
PST_MUST_CHECK int configure_build(struct configuration *c, struct registry *r,
                                   const struct pst_core *core, struct diag *d,
                                   struct gateway **gateway_out);

/** Seal the configuration and, after configure_build, the files that it read,
 *  into a memfd. Returns 0, PST_IO, PST_MEMORY. */
PST_MUST_CHECK int configure_seal(const struct configuration *c, int *fd_out);

/** NULL is accepted. Destroy the gateway first. */
void configure_destroy(struct configuration *c);

/** Write every entry as one line, and nothing else. */
void diag_print(const struct diag *d, FILE *out);

#endif
