/* SPDX-License-Identifier: MIT */
/* From bytes to messages: where each message ends, and what may leave. */
#ifndef CORE_BRIDGE_H
#define CORE_BRIDGE_H

#include "bridge_conf.h"
#include "queue.h"
#include "timers.h"
#include "utf8.h"

/**
 * One direction of a session, from a hop of bytes to one of messages.
 *
 * Without a rule (size, time, delimiter) all that arrived in one turn is a
 * message. With one, bytes are held until a message is complete. Memory is
 * bounded all the same: when half of the direction's budget is in use, what is
 * held leaves as a first part of its message.
 *
 * Text is checked here, and a message never ends, nor does a part of one,
 * within a character.
 */
struct bridge {
	const struct hop_bridge *rule; /* borrowed */
	struct pst_queue held;         /* of the open message, in order */
	uint64_t sent;     /* bytes of the open message that have left */
	uint64_t messages; /* that have left whole */
	uint32_t match;    /* bytes of a delimiter at the end of `held` */
	struct utf8 text;
	struct timer timer; /* for the join, as is the rest */
	uint64_t timed;     /* the message that the timer is set for */
	bool due;           /* the time of the open message is over */
	bool drain;         /* nothing is waited for any more */
};

/** `rule` is borrowed while the bridge is used. */
void bridge_init(struct bridge *b, const struct hop_bridge *rule,
                 struct pst_budget *budget);
/** What is held is dropped. The timer was cleared. */
void bridge_finish(struct bridge *b);

/**
 * Take all bytes of `from`; put into `to` what may leave.
 *
 * taken_io  grows by the payload taken
 * Returns   0
 * Errors    PST_PROTO   it must be text, and is not UTF-8
 *           PST_MEMORY
 */
PST_MUST_CHECK int bridge_take(struct bridge *b, struct pst_queue *from,
                               struct pst_queue *to, uint64_t *taken_io);
/** End the open message now, except that an incomplete character waits on.
 *  Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int bridge_flush(struct bridge *b, struct pst_queue *to);
/** No more bytes come: the same, but with an incomplete character nothing leaves
 *  and it is PST_PROTO. */
PST_MUST_CHECK int bridge_end(struct bridge *b, struct pst_queue *to);

/** A message was begun and waits for its end. */
static inline bool bridge_is_open(const struct bridge *b)
{
	return b->held.bytes != 0 || b->sent != 0;
}

/**
 * From messages to bytes: the payloads of `from`, each message with what the
 * rule appends. Records are left to the caller: stops in front of one.
 *
 * messages_io  grows by messages that ended
 * Returns      the payload moved, without what was appended; or PST_MEMORY
 */
PST_MUST_CHECK int64_t bridge_strip(const struct hop_bridge *rule,
                                    struct pst_queue *from,
                                    struct pst_queue *to,
                                    uint64_t *messages_io);

#endif
