/* SPDX-License-Identifier: MIT */
/* Accept pipelines that share an address become one listener, a tree: name and
 * protocol per connection, then host and path per stream. */
#ifndef CORE_LISTENER_TREE_H
#define CORE_LISTENER_TREE_H

#include "arena.h"
#include "diag.h"
#include "gateway.h"

/**
 * Group pipelines[count] by address and fill the gateway's listeners.
 *
 * Reports plain, secure and claimed on one address, differing sockets; and for
 * one name and protocol differing layers up to the mux, two without a mux, and
 * one host and path twice; two defaults, lists of protocols that overlap, and
 * layers that hide what clients ask for. Each names both services.
 * Returns 0, PST_CONFIG, PST_MEMORY
 */
PST_MUST_CHECK int listener_tree_build(struct pipeline *const *pipelines,
                                       size_t count, struct arena *memory,
                                       struct diag *diag,
                                       struct gateway *gateway);

/** "192.0.2.1:80", "[::]:443", "unix:/run/x": what a plan listens on. */
char *listener_address(struct arena *memory,
                       const struct pst_socket_plan *plan);

#endif
