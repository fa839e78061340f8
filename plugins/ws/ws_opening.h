/* SPDX-License-Identifier: MIT */
/* What an opening must remember until it is over, in either role. */
#ifndef WS_OPENING_H
#define WS_OPENING_H

#include "ws_rules.h"

#include <penstock/opening.h>

struct ws_conf;

/** A subprotocol under the client's name and the back-end's. */
struct ws_offered {
	const char *client; /* within `text`, or the conf's */
	const char *back;   /* likewise */
};

struct ws_opening {
	char *text;               /* owned: names, each with a final 0 */
	struct ws_offered *offer; /* owned */
	const char **names;       /* owned: the names for this hop's peer */
	size_t count;
	struct pst_head *refusal; /* owned, connect: the back-end's response,
	                            * while its body comes */
	bool too_long;            /* its body is not kept */
	size_t body;              /* bytes of it told so far */
};

/** Owned; NULL when memory ran out. */
struct ws_opening *ws_opening_create(void);
/** NULL is accepted. */
void ws_opening_destroy(struct ws_opening *o);

/** Remember the subprotocols of `request`, of which `map` renames some for the
 *  back-end. NULL: the ones of `own`. Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int ws_opening_offer(struct ws_opening *o,
                                    const struct pst_head *request,
                                    const struct pst_list *map,
                                    const struct pst_list *own);
/** What is offered to this hop's peer; borrowed. */
static inline struct pst_list ws_opening_list(const struct ws_opening *o)
{
	return (struct pst_list){o->count, o->names};
}
/** The client's name of what the back-end chose; NULL when it is none of
 *  those offered. */
const char *ws_opening_client_name(const struct ws_opening *o, const char *back,
                                   size_t length);

/** Check a list of "client=back". Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int ws_map_check(const struct pst_list *map,
                                struct pst_setup *setup, const char *option);

#endif
