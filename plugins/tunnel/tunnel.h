/* SPDX-License-Identifier: MIT */
/* What the parts of the service `tunnel` share. */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "tunnel_name.h"

#include <penstock/service.h>

/** A name, and the connect pipeline that it leads to. */
struct tunnel_target {
	struct tunnel_name name;
	uint32_t index; /* of the connect pipeline */
	uint32_t order; /* in which those of one name are tried */
};

struct tunnel_conf {
	struct pst_list targets;

	/* derived */
	struct tunnel_target *list; /* owned: by name, then by order */
	size_t count;
	size_t written; /* of them, those of `targets` */
};

extern const struct pst_option tunnel_options[];

int tunnel_conf_init(void *conf, struct pst_setup *setup);
void tunnel_conf_finish(void *conf);
void tunnel_conf_explain(const void *conf, struct pst_setup *setup);

/** The layer `tunnel`: CONNECT at a foreign proxy. */
extern const struct pst_layer tunnel_layer;

/** A URL's host and port as a name. Returns 0; PST_INVALID: it has none. */
PST_MUST_CHECK int tunnel_url_name(const struct pst_url *url,
                                   struct tunnel_name *name_out);

/** The targets of authority[length]: that name's, or those of the pattern that
 *  covers it. Returns how many, the first in `*first_out`; 0: it is not listed,
 *  or is no host:port. Context: pure; any thread. */
size_t tunnel_find(const struct tunnel_conf *c, const char *authority,
                   size_t length, const struct tunnel_target **first_out);

#endif
