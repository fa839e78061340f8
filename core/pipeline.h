/* SPDX-License-Identifier: MIT */
/* Pipelines: from a URL or a list of layers to checked confs. */
#ifndef CORE_PIPELINE_H
#define CORE_PIPELINE_H

#include "arena.h"
#include "diag.h"
#include "gateway.h"
#include "options.h"
#include "registry.h"

#define PIPELINE_LAYERS_MAX 16

/** The core's options of one hop: rows that fill limits and bridge of a
 *  struct pipeline. */
extern const struct pst_option hop_options[];

/** What building takes from everywhere. */
struct build {
	struct arena *memory;
	struct registry *registry;
	struct file_store *files;
	struct diag *diag;
	const struct pst_core *core;
	struct setup_world *world;
	struct resources *resources;
	bool strict; /* secrets that others can read are errors */
	const struct conf_value
		*shared[2]; /* defaults.accept, .connect; or NULL */
};

/**
 * Build one pipeline from `value`: a URL, a group with `url`, or a group with
 * `layers`. Reports everything wrong with it.
 *
 * pipeline_out  set in any case but PST_MEMORY: pipeline_finish it
 * Returns       0, PST_CONFIG, PST_MEMORY
 */
PST_MUST_CHECK int pipeline_build(const struct build *b,
                                  struct service_conf *service,
                                  enum pst_role role, unsigned index,
                                  const struct conf_value *value,
                                  struct pipeline **pipeline_out);
/** Call conf_finish on its layers. */
void pipeline_finish(struct pipeline *p);

/** What "wss://host:1/" or "tcp, tls" says of it in messages. */
const char *pipeline_name(const struct pipeline *p);
/** "bytes", "messages", "exchanges" */
const char *shape_name(uint32_t shape);
/** "accept", "connect" */
const char *role_name(enum pst_role role);
/** A layer that would turn `from` into something that `wanted` includes, for
 *  `role`; NULL when nobody offers one. */
const char *pipeline_bridge(const struct build *b, uint32_t from,
                            uint32_t wanted, enum pst_role role);

#endif
