/* SPDX-License-Identifier: MIT */
/* Which counter series the machine's events go to. */
#ifndef CORE_SERIES_H
#define CORE_SERIES_H

#include <stdint.h>

struct counters;
struct gateway;
struct series;
struct session;
struct station;

/** Find or make the series of every service and layer, and their notes: those
 *  that another generation had too are the same. NULL on memory. Any thread. */
struct series *series_create(struct counters *counters,
                             const struct gateway *g);
void series_destroy(struct series *s);

void series_session_began(struct session *s);
void series_session_ended(struct session *s);
/** Metric `index` of the layer at `s`, or of a session's service. */
void series_count(struct station *s, uint32_t index, int64_t add);

#endif
