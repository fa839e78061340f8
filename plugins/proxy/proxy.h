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
	PROXY_REFUSED_REQUESTS,
	PROXY_LOST
};

/** A session. */
struct proxy {
	char *authority; /* owned: of the request, for what is rewritten in
	                  * responses; NULL: not needed */
	uint32_t index; /* of the connect pipeline that was asked for last */
	bool exchange;  /* the front offered a request */
	bool up;        /* the back stream is, or was */
	bool answered;  /* before a back stream is up: the request is buffered */
	bool buffering; /* and not here so far */
	bool continued; /* the client is told to go on (100) by us, and has been */
	bool told_to_go_on;
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

/** Ask for a back stream of connect pipeline `index`. Returns as
 *  pst_service_connect. */
PST_MUST_CHECK int proxy_connect(struct pst_instance *me, uint32_t index);

/* -- proxy_buffer.c ------------------------------------------------------ */

/** Accept the request whose head is offered, and wait for its body, if it shall
 *  be buffered. Returns false when it need not. */
PST_MUST_CHECK bool proxy_buffer_begin(struct pst_instance *me,
                                       const struct pst_slice *head);
/** More of it may be here: ask the back-end when it is enough. */
enum pst_step proxy_buffer_step(struct pst_instance *me, struct pst_io *io);

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
/** Keep of the offered request what its response will need. */
void proxy_response_offer(struct pst_instance *me, const struct pst_head *h);
void proxy_response_close(struct pst_instance *me);
/** True when nobody reads what goes to the client, or so the hop in front
 *  says. */
bool proxy_front_is_secure(struct pst_instance *me);

#endif
