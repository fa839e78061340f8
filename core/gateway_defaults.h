/* SPDX-License-Identifier: MIT */
/* The `defaults` group: options that pipelines have when they say nothing. */
#ifndef CORE_GATEWAY_DEFAULTS_H
#define CORE_GATEWAY_DEFAULTS_H

#include "pipeline.h"

/** Check the group against the layers that it names and put its parts into
 *  `b->shared`. Returns 0, PST_CONFIG after diagnoses, PST_MEMORY. */
PST_MUST_CHECK int gateway_defaults_read(struct build *b,
                                         const struct conf_value *root);

#endif
