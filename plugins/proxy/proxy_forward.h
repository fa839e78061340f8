/* SPDX-License-Identifier: MIT */
/* Who asked, told to the back-end: Forwarded (RFC 7239) and X-Forwarded-*. */
#ifndef PROXY_FORWARD_H
#define PROXY_FORWARD_H

#include "proxy_fields.h"
#include "proxy_peers.h"

/** What becomes of fields of one family. */
enum proxy_forward_how {
	PROXY_FORWARD_APPEND,  /* ours behind what a trusted peer sent; what
	                        * others sent is dropped */
	PROXY_FORWARD_REPLACE, /* ours alone */
	PROXY_FORWARD_DROP,    /* none */
	PROXY_FORWARD_PASS     /* as they came, whoever sent them */
};

struct proxy_forward_rules {
	enum proxy_forward_how forwarded;
	enum proxy_forward_how x_forwarded;
	const struct proxy_fields *fields; /* have the last word */
};

/** One request. */
struct proxy_forward {
	const struct proxy_forward_rules *rules;
	struct proxy_peer peer;
	bool trusted;         /* the peer is among trusted_peers */
	bool secure;          /* the front hop is, or is claimed to be */
	const char *host;     /* authority[host_length] that was asked for */
	size_t host_length;
};

/** True when ours are needed: then `peer` counts. */
bool proxy_forward_is_needed(const struct proxy_forward_rules *rules);

/** True when a field of the request must not go on as it is. */
bool proxy_forward_drop(const struct proxy_forward *f,
                        const struct pst_head *request,
                        const struct pst_field *field);

/** Add ours. Room for proxy_forward_room bytes helps. */
void proxy_forward_put(const struct proxy_forward *f, struct proxy_edit *e);
size_t proxy_forward_room(const struct proxy_forward *f);

#endif
