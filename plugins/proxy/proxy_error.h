/* SPDX-License-Identifier: MIT */
/* Answers of the service `proxy` itself. */
#ifndef PROXY_ERROR_H
#define PROXY_ERROR_H

#include <penstock/service.h>

/** Refuse the offer for what became of the back stream (pst_reason), or with
 *  the back-end's own words. */
void proxy_refuse(struct pst_instance *me);

/** Refuse a request that is offered with `status` (400..599). `text` is one
 *  sentence without a full stop, for the log and the client. */
void proxy_refuse_request(struct pst_instance *me, unsigned status,
                          enum pst_class why, const char *text);

/** Add the head that the back-end answered the opening with, and when it
 *  refused the body behind it. */
void proxy_add_response(struct pst_instance *me, struct pst_answer *answer);

#endif
