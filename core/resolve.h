/* SPDX-License-Identifier: MIT */
/* Names to addresses without blocking. Only resolve.c sees c-ares. */
#ifndef CORE_RESOLVE_H
#define CORE_RESOLVE_H

#include "loop.h"

#include <penstock/result.h>
#include <stddef.h>
#include <sys/socket.h>

struct resolver;
struct resolve_query;

struct resolved {
	struct sockaddr_storage *addresses; /* borrowed for the callback */
	socklen_t *lengths;
	size_t count;      /* 0: failed, see error */
	const char *error; /* a sentence's rest: "the name does not exist" */
};

typedef void (*resolved_fn)(void *owner, const struct resolved *result);

/** NULL when c-ares does not start. The loop's owner bounds each wait by
 *  resolver_wait_ms and calls resolver_tick in each turn. */
struct resolver *resolver_create(struct loop *loop);
/** Queries under way are cancelled. NULL is accepted. */
void resolver_destroy(struct resolver *r);

/** Ask these name servers instead of the system's: "127.0.0.1:5353,...".
 *  Returns 0 or PST_INVALID. */
PST_MUST_CHECK int resolver_servers(struct resolver *r, const char *list);

/** Look `host` up for `family` (AF_UNSPEC: both, in RFC 6724 order) and call
 *  `done` from a later resolver_tick, never from within. Literals need no
 *  network. The query is over when `done` is called. NULL on memory (done is
 *  not called). */
struct resolve_query *resolver_ask(struct resolver *r, const char *host,
                                   int family, uint16_t port, void *owner,
                                   resolved_fn done);
/** `done` will not be called. NULL is accepted. */
void resolver_cancel(struct resolve_query *q);

/** Milliseconds until resolver_tick must run; UINT64_MAX: never. */
uint64_t resolver_wait_ms(struct resolver *r);
/** Deliver what is due and let time pass for what is not. Cheap when nothing
 *  is under way. */
void resolver_tick(struct resolver *r);

#endif
