/* SPDX-License-Identifier: MIT */
/* Who this end is: the identities of a hop, and which is shown when none is
 * asked for. */
#ifndef TLS_OWN_H
#define TLS_OWN_H

#include "tls_identity.h"
#include "tls_names.h"
#include "tls_suites.h"

#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

struct tls_conf;

enum {
	TLS_PATTERN_MAX = TLS_HOST_MAX + 2 /* with "*." */
};

/** Settings, and what is derived from them. */
struct tls_own {
	struct tls_identity in_place;
	struct pst_refs identities;
	const char *default_certificate;

	const struct tls_identity **all; /* owned; in place first */
	size_t count;
	size_t pair_count;            /* of all */
	uint32_t kinds;               /* of all: enum tls_kind */
	bool is_slow;                 /* some sign, or open, slowly */
	struct tls_suite_list suites; /* that this end speaks */
	/* accept: shown to who asks for none or for an unknown one; "": the
	 * first certificate has no name, and any of the first few will do */
	char default_name[TLS_PATTERN_MAX + 1];
	const char *default_from; /* why this one: for words */
};

/** Check and gather this end's identities. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_own_init(struct tls_conf *conf, struct pst_setup *setup);
void tls_own_finish(struct tls_own *own);
void tls_own_explain(const struct tls_conf *conf, struct pst_setup *setup);

/** Write the name under which wildcards cover `host`: "*.example.com"; "" when
 *  none may. */
void tls_own_wildcard(const char *host, char out[TLS_PATTERN_MAX + 1]);

/** True when there are certificates for `name` (as tls_name_parse made it). */
bool tls_own_covers(const struct tls_own *own, const struct tls_name *name);

/** Write the names that all certificates have, "a, b and 3 more", or "none". */
void tls_own_names(const struct tls_own *own, char *out, size_t size);

#endif
