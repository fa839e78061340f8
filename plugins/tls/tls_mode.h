/* SPDX-License-Identifier: MIT */
/* Whether this end speaks TLS itself, or an offloader in front of it does. */
#ifndef TLS_MODE_H
#define TLS_MODE_H

#include <penstock/result.h>
#include <penstock/setup.h>

struct tls_conf;

enum tls_mode {
	TLS_MODE_TERMINATE,
	/* Bytes pass as they are. URLs keep their secure meaning, as a claim
	 * of what stands in front. */
	TLS_MODE_OFFLOADED
};

/** Refuse, by name, settings that the mode leaves without effect. Returns 0 or
 *  PST_CONFIG. */
PST_MUST_CHECK int tls_mode_init(const struct tls_conf *conf,
                                 struct pst_setup *setup);
void tls_mode_explain(const struct tls_conf *conf, struct pst_setup *setup);

#endif
