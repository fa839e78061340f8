/* SPDX-License-Identifier: MIT */
/* Standard input and output joined to a connect pipeline. */
#ifndef CORE_CONNECT_TOOL_H
#define CORE_CONNECT_TOOL_H

#include "gateway.h"
#include "log.h"

struct connect_tool_params {
	struct pipeline *connect; /* becomes the tool's */
	struct log *log;
	bool verbose; /* say on stderr what each layer learned, and how the
	               * connection ended */
	bool binary;  /* messages: what is read is one, and binary; else a line
	               * is one, and text */
	bool open;    /* the end of standard input closes nothing */
};

/**
 * Run until the peer ended, or a signal came.
 *
 * A signal ends the input; a second one ends everything at once.
 *
 * Returns  the process's status: 0 after a clean end, 1 after a failure, 3 when
 *          the peer refused, or closed with a code that is no plain farewell;
 *          what is not 0 is explained on stderr
 */
int connect_tool_run(const struct connect_tool_params *params);

#endif
