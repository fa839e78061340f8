/* SPDX-License-Identifier: MIT */
/* The watch over clients that send a body, or read a response, too slowly. */
#ifndef HTTP_SLOW_H
#define HTTP_SLOW_H

#include "h1_parse.h"

#include <penstock/layer.h>

#define HTTP_SLOW_TIMER 1 /* its id; the phases' is 0 */

/** One exchange. Times are those of pst_now_ms; measures begin anew whenever it
 *  is not the client that is waited for. */
struct http_slow {
	uint64_t heard_ms; /* when bytes last came in */
	uint64_t up_ms;    /* since when bytes that come in are counted */
	uint64_t down_ms;  /* since when bytes that go out are counted */
	uint64_t due_ms;   /* for when the timer is armed; 0: it is not */
	uint64_t seen;     /* bytes that came in, so far */
	uint64_t consumed; /* of these, bytes that were read */
	uint64_t up, down; /* bytes counted */
	size_t queued;     /* bytes in tx_out, when last looked at */
};

/** An exchange begins. */
void http_slow_begin(struct pst_instance *me);

/** The exchange, or its phase, is over. */
void http_slow_end(struct pst_instance *me);

/** What went out since the last step; before anything else goes out. */
void http_slow_look(struct pst_instance *me, const struct pst_io *io);

/**
 * Judge the client, at the end of a step in which the exchange can do no more.
 *
 * consumed  bytes of the request that were read in this step
 * Returns   NULL, or what to tell the client. Static.
 */
const struct h1_error *http_slow_judge(struct pst_instance *me,
                                       const struct pst_io *io,
                                       uint32_t consumed);

#endif
