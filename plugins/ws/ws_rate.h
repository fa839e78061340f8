/* SPDX-License-Identifier: MIT */
/* Token buckets: how much a peer may send in a second. */
#ifndef WS_RATE_H
#define WS_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define WS_RATE_MAX (INT64_C(1) << 40) /* tokens a second */

/** One bucket. It holds what comes in a second, and is full at first. */
struct ws_bucket {
	int64_t level;  /* thousandths of a token; below 0: owed */
	uint64_t at_ms; /* when that was */
};

/** Full, as of `now_ms`. `rate` is tokens a second, 1..WS_RATE_MAX. */
void ws_bucket_init(struct ws_bucket *b, uint64_t rate, uint64_t now_ms);

/** Take `amount` tokens, also such that are not there: they are owed. False
 *  when the bucket owes any now. */
bool ws_bucket_take(struct ws_bucket *b, uint64_t rate, uint64_t amount,
                    uint64_t now_ms);

/** Milliseconds until there is a whole token; 0: there is one. */
uint64_t ws_bucket_wait(struct ws_bucket *b, uint64_t rate, uint64_t now_ms);

/** What to do with a peer that sends more. */
enum ws_excess {
	WS_EXCESS_WAIT = 0, /* read no more until there are tokens */
	WS_EXCESS_CLOSE     /* 1008 */
};

/** The buckets of one connection. */
struct ws_rate {
	struct ws_bucket messages;
	struct ws_bucket bytes;
	bool timed; /* WS_TIMER_RATE runs */
};

struct pst_instance;

/** Make room for them, where settings need it. Returns 0 or PST_MEMORY. */
int ws_rate_open(struct pst_instance *me);
/** The connection is open. */
void ws_rate_begin(struct pst_instance *me);

/** A message begins. False when that is too many, and an excess closes. */
bool ws_rate_message(struct pst_instance *me);
/** Bytes were taken. As above. */
bool ws_rate_bytes(struct pst_instance *me, uint32_t amount);

/** Must nothing be taken now? Then a step will come when there are tokens.
 *  between  no message has begun */
bool ws_rate_waits(struct pst_instance *me, bool between);

/** Bytes to take at once: a second's worth, so that no wait is longer. */
uint64_t ws_rate_part(const struct pst_instance *me);

#endif
