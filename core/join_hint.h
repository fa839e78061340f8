/* SPDX-License-Identifier: MIT */
/* What to do about hops whose shapes do not meet. */
#ifndef CORE_JOIN_HINT_H
#define CORE_JOIN_HINT_H

#include "pipeline.h"

/** "; put X on top of services.s.accept, or Y on top of services.s.connect":
 *  whatever is installed that would help. "" when nothing is, or memory ran
 *  out. */
const char *join_hint(const struct build *b, const struct pipeline *front,
                      const struct pipeline *back);

/** "; put X on top": what to do about a front whose service takes `shapes`. */
const char *front_hint(const struct build *b, const struct pipeline *front,
                       uint32_t shapes);

#endif
