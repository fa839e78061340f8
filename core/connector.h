/* SPDX-License-Identifier: MIT */
/* Connecting: the addresses of a name, tried in order. */
#ifndef CORE_CONNECTOR_H
#define CORE_CONNECTOR_H

#include <penstock/endpoint.h>

struct wire;
struct connector;

/** Resolve and connect for `wire`, which hears wire_connected or
 *  wire_unreachable later, never from within. `plan` is borrowed while it
 *  lasts. NULL on memory. */
struct connector *connector_start(struct wire *wire,
                                  const struct pst_socket_plan *plan);
/** Stop; the wire hears nothing more. *c_io becomes NULL; may be NULL. */
void connector_cancel(struct connector **c_io);

#endif
