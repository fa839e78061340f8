/* SPDX-License-Identifier: MIT */
/* Answers of the service `proxy` itself. */
#ifndef PROXY_ERROR_H
#define PROXY_ERROR_H

#include "proxy_pages.h"

#include <penstock/service.h>

/** How far an exchange had come when it failed. */
enum proxy_phase {
	PROXY_CONNECTING, /* no back-end is up */
	PROXY_RESPONDING  /* one was, and has not responded */
};

/** What a client is told of a failure. */
struct proxy_trouble {
	unsigned status;
	bool later;       /* it may ask again soon: Retry-After */
	const char *text; /* one sentence without a full stop, and without names
	                   * or addresses of back-ends */
};

/** What to say when a back-end fails for `why`. Context: pure; any thread. */
const struct proxy_trouble *proxy_trouble(enum proxy_phase phase,
                                          enum pst_class why);

/** "Bad Gateway"; "" for statuses that the proxy does not answer with. */
const char *proxy_phrase(unsigned status);

/** Refuse the offer for what became of the back stream (pst_reason), or with
 *  the back-end's own words. */
void proxy_refuse(struct pst_instance *me);

/** Refuse a request that is offered with `status` (400..599). `text` is one
 *  sentence without a full stop, for the log and the client. */
void proxy_refuse_request(struct pst_instance *me, unsigned status,
                          enum pst_class why, const char *text);

/** The exchange was joined, or not yet, and ends without a response: give it
 *  one. */
void proxy_lost(struct pst_instance *me, enum pst_class why);

/** Give the exchange an error page in place of the back-end's response, of which
 *  it keeps the fields that belong to the status. Returns false when there is
 *  no page for it. */
PST_MUST_CHECK bool proxy_intercept(struct pst_instance *me,
                                    const struct pst_head *response);

/** Add the head that the back-end answered the opening with, and when it
 *  refused the body behind it. */
void proxy_add_response(struct pst_instance *me, struct pst_answer *answer);

#endif
