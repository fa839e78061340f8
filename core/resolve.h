/* SPDX-License-Identifier: MIT */
/* Names to addresses without blocking. Only resolve.c sees c-ares. */
#ifndef CORE_RESOLVE_H
#define CORE_RESOLVE_H

#include "loop.h"

#include <stddef.h>
#include <sys/socket.h>

struct resolver;
struct resolve_query;

struct resolved {
	struct sockaddr_storage *addresses; /* borrowed for the callback */
	socklen_t *lengths;
	size_t count;      /* 0: failed, see error */
	const char *error; /* a sentence */
};

typedef void (*resolved_fn)(void *owner, const struct resolved *result);

/** NULL when c-ares does not start. Needs resolver_deadline in the loop. */
struct resolver *resolver_create(struct loop *loop);
void resolver_destroy(struct resolver *r);

/** Look `host` up for `family` (AF_UNSPEC: both, in RFC 6724 order) and call
 *  `done` from the loop, never from within. Literals need no network. NULL on
 *  memory (done is not called). */
struct resolve_query *resolver_ask(struct resolver *r, const char *host,
				   int family, uint16_t port, void *owner,
				   resolved_fn done);
/** `done` will not be called. NULL is accepted. */
void resolver_cancel(struct resolve_query *q);

/** Milliseconds until resolver_tick must run; UINT64_MAX: never. */
uint64_t resolver_wait_ms(struct resolver *r);
void resolver_tick(struct resolver *r);

#endif
