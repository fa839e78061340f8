/* SPDX-License-Identifier: MIT */
/* From what a client asks for to the node that serves it. */
#ifndef CORE_LISTENER_FIND_H
#define CORE_LISTENER_FIND_H

#include "gateway.h"

/**
 * The node of `key`: by name (exactly, then with the first label as "*", letters
 * of any case; none and unknown ones are the fallback's), then by the first
 * service one of whose protocols is asked for. Who asks for none finds the
 * service without protocols, or the first.
 *
 * key       NULL: the client said nothing that can be routed by
 * miss_out  why there is none; written only then
 * Returns   NULL: nobody serves it
 * Context   pure; any thread
 */
const struct sni_node *listener_find(const struct listener *l,
                                     const struct pst_route_key *key,
                                     enum pst_route_miss *miss_out);

#endif
