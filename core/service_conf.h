/* SPDX-License-Identifier: MIT */
/* One service of the configuration: its pipelines, type and promises. */
#ifndef CORE_SERVICE_CONF_H
#define CORE_SERVICE_CONF_H

#include "pipeline.h"

/**
 * Build the service that `group` describes. Reports everything wrong with it.
 *
 * connect_only  it has no type and accepts nothing
 * service_out   set in any case but PST_MEMORY: service_conf_finish it
 * Returns       0, PST_CONFIG, PST_MEMORY
 */
PST_MUST_CHECK int service_conf_build(const struct build *b,
                                      const struct conf_value *group,
                                      unsigned index, bool connect_only,
                                      struct service_conf **service_out);
/** Call conf_finish for it and its pipelines. NULL is accepted. */
void service_conf_finish(struct service_conf *s);

/** Check that `require` in the service's group is met. Returns 0, PST_CONFIG
 *  after diagnoses. Pipelines must be complete. */
PST_MUST_CHECK int service_require_check(const struct build *b,
                                         const struct service_conf *s,
                                         const struct conf_value *require);
/** Check the form of `require` only. */
PST_MUST_CHECK int service_require_parse(const struct build *b,
                                         const struct conf_value *require);

#endif
