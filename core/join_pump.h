/* SPDX-License-Identifier: MIT */
/* One direction of a join, within one step. */
#ifndef CORE_JOIN_PUMP_H
#define CORE_JOIN_PUMP_H

#include "gateway.h"

#include <penstock/instance.h>
#include <penstock/queue.h>

struct session;

struct pump {
	struct session *session;
	enum pst_role role; /* of the hop that it comes from */
	struct pst_queue *from, *to;
	const struct pipeline *source;
	enum pst_shape comes, goes; /* shapes of `from` and `to` */
	uint64_t bytes, messages;   /* moved in this step */
};

/** Move exchanges whose heads the service wants to see: each passes its `head`,
 *  and a response's may wait there for its body. */
void join_pump_exchanges(struct pump *p);
/** The body that a head waits for will not come. */
bool join_is_broken(const struct pump *p);

#endif
