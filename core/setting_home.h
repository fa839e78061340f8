/* SPDX-License-Identifier: MIT */
/* Where a setting belongs that stands in the wrong place. */
#ifndef CORE_SETTING_HOME_H
#define CORE_SETTING_HOME_H

#include "pipeline_stack.h"

/* Each writes what to do into text[size], "; ..." for behind a sentence, and
 * returns true; false when the name is not known elsewhere, either. */

/** It stands at the top of the file. */
bool home_from_root(const char *name, char *text, size_t size);
/** It stands in the group of a service whose pipelines were read. */
bool home_from_service(const struct build *b, const struct service_conf *s,
                       const char *name, char *text, size_t size);
/** It stands in the group of a pipeline. */
bool home_from_hop(const struct build *b, const struct stack_text *s,
                   const char *name, char *text, size_t size);

#endif
