/* SPDX-License-Identifier: MIT */
/* `penstock explain`: each service drawn, both hops layer by layer. */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "gateway.h"

#include <stdbool.h>
#include <stdio.h>

/** True when `out` is a terminal and the locale's characters are UTF-8. */
bool explain_wants_utf8(FILE *out);
/** Draw all services, or the one named `service` (NULL: all). Returns 0 or
 *  PST_CONFIG: there is no such service. */
int explain_print(FILE *out, const struct gateway *gateway, const char *service,
                  bool utf8);

#endif
