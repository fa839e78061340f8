/* SPDX-License-Identifier: MIT */
/* What the layers of a pipeline promise each other. */
#ifndef CORE_PIPELINE_CHECK_H
#define CORE_PIPELINE_CHECK_H

#include "pipeline.h"

/** Check shapes from bottom to top, roles and lookahead of a pipeline whose
 *  layers are all found; set its top, mux, provides and room for slices.
 *  Returns 0, or PST_CONFIG after diagnoses. */
PST_MUST_CHECK int pipeline_check(const struct build *b, struct pipeline *p);

#endif
