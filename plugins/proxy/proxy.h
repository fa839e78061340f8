/* SPDX-License-Identifier: MIT */
/* The service `proxy`: one session, and what its files do for it. */
#ifndef PROXY_H
#define PROXY_H

#include "proxy_conf.h"

#include <penstock/opening.h>
#include <penstock/service.h>

enum proxy_metric {
	PROXY_REFUSED,
	PROXY_NEXT,
	PROXY_REFUSED_REQUESTS
};

/** A session. */
struct proxy {
	uint32_t index; /* of the connect pipeline that was asked for last */
	bool exchange;  /* the front offered a request */
	bool continued; /* the client was told to go on (100) by us */
};

static inline struct proxy *proxy_of(struct pst_instance *me)
{
	return (struct proxy *)me->state;
}

static inline const struct proxy_conf *proxy_conf_of(struct pst_instance *me)
{
	return (const struct proxy_conf *)me->conf;
}

/* -- proxy.c ------------------------------------------------------------- */

/** Answer the offer, wherever the session stands. */
void proxy_answer(struct pst_instance *me, const struct pst_answer *answer);

/* -- proxy_request.c ----------------------------------------------------- */

/** Judge the request that is offered. Returns true when it may go to a
 *  back-end; false: it was answered. */
PST_MUST_CHECK bool proxy_request_offer(struct pst_instance *me,
                                        const struct pst_head *request);
/** What goes to the back-end of a request's head, or of its trailers. `head` is
 *  owned; NULL after pst_fail. */
struct pst_slice *proxy_request(struct pst_instance *me,
                                struct pst_slice *head);

/* -- proxy_response.c ---------------------------------------------------- */

/** What goes to the client of a back-end's interim or final head, or of its
 *  trailers. `head` is owned; NULL after pst_fail. */
struct pst_slice *proxy_response(struct pst_instance *me,
                                 struct pst_slice *head);

#endif
