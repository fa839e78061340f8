/* SPDX-License-Identifier: MIT */
/* Standard input and output joined to a connect pipeline. */
#ifndef CORE_CONNECT_TOOL_H
#define CORE_CONNECT_TOOL_H

#include "gateway.h"
#include "log.h"

/**
 * Run until the peer ended, or a signal came. With `verbose`, say on stderr
 * what each layer learned while it opened.
 *
 * Returns 0 after a clean end, 1 after a failure, which is said on stderr.
 */
int connect_tool_run(struct pipeline *connect, struct log *log, bool verbose);

#endif
