/* SPDX-License-Identifier: MIT */
/* What ends one day, as plugins said: told 30, 7 and 1 days before and at the
 * end, each once. The clock is the caller's. */
#ifndef CORE_EXPIRY_H
#define CORE_EXPIRY_H

#include "diag.h"
#include "gateway.h"
#include "log.h"

#include <stddef.h>
#include <stdint.h>

#define EXPIRY_LOOK_S 3600 /* at least this often: the clock may jump */

struct expiry_item {
	char *text; /* owned */
	int64_t when;
	unsigned told; /* how many of the four times */
};

/** All zero is an empty one. */
struct expiry_book {
	struct expiry_item *items; /* owned; soonest first */
	size_t count;
};

void expiry_finish(struct expiry_book *b);
/** Replace what is in it: of what was there and stays, it is known what was
 *  told. Returns 0, or PST_MEMORY with the book as it was. */
PST_MUST_CHECK int expiry_set(struct expiry_book *b, const struct expiry *facts,
                              size_t count);
/** Report as errors what is over at `now` and was not in the book: what is new
 *  must not have ended already. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int expiry_refuse_new(const struct expiry_book *b,
                                     const struct expiry *facts, size_t count,
                                     int64_t now, struct diag *d);
/** Tell what is due at `now` (seconds since 1970). Returns after how many
 *  seconds to look again. */
int64_t expiry_look(struct expiry_book *b, int64_t now, const struct log *log);
/** One line per item, as counters_log writes gauges: the seconds left. */
void expiry_log(const struct expiry_book *b, int64_t now,
                const struct log *log);

#endif
