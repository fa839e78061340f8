/* SPDX-License-Identifier: MIT */
/* The line that is logged for a connection that no node got. */
#ifndef CORE_DOOR_LOG_H
#define CORE_DOOR_LOG_H

#include "gateway.h"

struct worker;

/** Nobody serves what it asked for; `key` NULL: nothing that could be read. */
void door_log_refused(struct worker *w, const struct listener *l,
                      const char *peer, enum pst_route_miss why,
                      const struct pst_route_key *key);
/** It went, or its time was over, before it had said what it wants. */
void door_log_ended(struct worker *w, const struct listener *l,
                    const char *peer, uint64_t began_ms, enum pst_class why);

#endif
