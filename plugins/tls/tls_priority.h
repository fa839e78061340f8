/* SPDX-License-Identifier: MIT */
/* The protocol versions, suites, groups and signatures that are spoken. */
#ifndef TLS_PRIORITY_H
#define TLS_PRIORITY_H

#include "tls_conf.h"

/** Build conf->priority for min_version to max_version. Returns 0 or
 *  PST_CONFIG after an error was reported. */
PST_MUST_CHECK int tls_priority_make(struct tls_conf *conf,
                                     struct pst_setup *setup);

/** Count the cipher suites of `priority`. PST_CONFIG when one has no forward
 *  secrecy or no authenticated encryption: `*stranger_out` is its name. */
PST_MUST_CHECK int tls_priority_suites(gnutls_priority_t priority,
                                       const char **stranger_out);

#endif
