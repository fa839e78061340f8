/* SPDX-License-Identifier: MIT */
/* Via: who passed a message on, and whether it has been here before (RFC 9110
 * 7.6.3). */
#ifndef PROXY_VIA_H
#define PROXY_VIA_H

#include "proxy_edit.h"

#include <penstock/setup.h>

enum {
	PROXY_VIA_MAX = 80 /* bytes of a name, with its end */
};

/** What stands in Via. */
struct proxy_via {
	char name[PROXY_VIA_MAX]; /* "penstock-6c1f20aa"; "": nothing */
};

/**
 * Make the name: the pseudonym, and what tells this service of this gateway
 * from every other one, so that gateways in a row are no loop.
 *
 * pseudonym  "off": no Via
 * Returns    0 or PST_CONFIG, reported at the option "via"
 */
PST_MUST_CHECK int proxy_via_init(struct proxy_via *via, const char *pseudonym,
                                  struct pst_setup *setup);

/** True when the head has been here before. */
PST_MUST_CHECK bool proxy_via_is_loop(const struct proxy_via *via,
                                      const struct pst_head *h);

/** Add ourselves behind those that the head names already; the version is the
 *  one that it came with. */
void proxy_via_put(const struct proxy_via *via, struct proxy_edit *e);

#endif
