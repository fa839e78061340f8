/* SPDX-License-Identifier: MIT */
/* What a service is told about its hops (penstock/hop.h). */
#ifndef CORE_HOP_VIEW_H
#define CORE_HOP_VIEW_H

#include "gateway.h"

#include <penstock/hop.h>

struct stack;

/** The pipeline alone; the peer is unknown. `hop_out->size` stays. */
void hop_view(const struct pipeline *p, struct pst_hop *hop_out);

/** What `stack` stands on: itself, the trunk below it, or the trunk that it has
 *  taken in. */
const struct stack *hop_lowest(const struct stack *stack);

/** The far end of the socket that the stack stands on, through its trunk if it
 *  has one; NULL: not known (yet). Borrowed while the stack lives. */
const char *hop_peer(const struct stack *stack);

/** The near end of that socket, an IP address without port, into text[size].
 *  Returns 0, or PST_INVALID: it is none, or not open. */
PST_MUST_CHECK int hop_local(const struct stack *stack, char *text,
                             size_t size);

/** The pipelines of `s`, as its setup has them. PST_MEMORY. */
PST_MUST_CHECK int hop_views(struct arena *memory, struct service_conf *s,
                             struct pst_setup *setup);

#endif
