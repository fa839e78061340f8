/* SPDX-License-Identifier: MIT */
/* Counters in memory shared by supervisor and workers: one append-only table of
 * series; a worker's slot has one 64-bit cell per series. Also each worker's
 * note of what it is doing, for the line that is logged when it dies. */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include "log.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct counters;

#define COUNTERS_NAME_MAX 111 /* bytes */

/** What a thread of a worker is doing right now. Names stand in the shared
 *  table, since the supervisor cannot see a worker's own memory. */
struct doing {
	_Atomic uint64_t session;
	_Atomic uint32_t layer;   /* index of a name in the table; 0: core */
	_Atomic uint32_t service; /* likewise */
};

struct worker_slot {
	_Atomic uint64_t heartbeat_ms; /* monotonic */
	_Atomic uint64_t last_session; /* goes on when a worker is replaced */
	struct doing loop, helper;
};

/** Room for `workers` slots in anonymous memory that forked processes share.
 *  NULL on memory. Unused pages cost nothing. */
struct counters *counters_create(unsigned workers);
void counters_destroy(struct counters *c);

/** The series `name` (made when new; its index never changes). Returns its
 *  index, or 0, a series that is never shown, when the table is full or the
 *  name is longer than COUNTERS_NAME_MAX. Any process; takes the table's lock,
 *  which the death of a holder does not keep. */
uint32_t counters_series(struct counters *c, const char *name, int gauge);
/** The index of a name for struct doing, cut at COUNTERS_NAME_MAX; 0 when the
 *  table is full. As counters_series. */
uint32_t counters_name(struct counters *c, const char *text);
/** The text of such an index; "" for 0 and what was never given out. */
const char *counters_name_text(const struct counters *c, uint32_t index);

/** Add in `worker`'s slot. Any thread. */
void counters_add(struct counters *c, unsigned worker, uint32_t series,
                  int64_t add);

/** The cells of `worker`'s slot, by series, for counters_bump. */
_Atomic int64_t *counters_cells(struct counters *c, unsigned worker);

/** As counters_add, for what happens often. Any thread. */
static inline void counters_bump(_Atomic int64_t *cells, uint32_t series,
                                 int64_t add)
{
	atomic_fetch_add_explicit(&cells[series], add, memory_order_relaxed);
}

/** The sum over all slots. */
int64_t counters_sum(const struct counters *c, uint32_t series);
/** The name of series `n`, counted from 1, and whether it is a gauge; NULL
 *  behind the last. */
const char *counters_series_name(const struct counters *c, uint32_t n,
                                 int *gauge_out);
struct worker_slot *counters_slot(struct counters *c, unsigned worker);
/** Gauges of a dead worker go to 0, and its notes are emptied. */
void counters_worker_died(struct counters *c, unsigned worker);
/** Log every series with its sum, at level info. */
void counters_log(const struct counters *c, const struct log *log);

#endif
