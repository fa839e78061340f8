/* SPDX-License-Identifier: MIT */
/* The protocol versions, suites, groups and signatures that are spoken. */
#ifndef TLS_PRIORITY_H
#define TLS_PRIORITY_H

#include <gnutls/gnutls.h>
#include <penstock/option.h>
#include <penstock/setup.h>

struct tls_conf;

enum tls_version {
	TLS_VERSION_1_2,
	TLS_VERSION_1_3
};

/** Settings, and what is derived from them. */
struct tls_spoken {
	uint32_t min_version;       /* enum tls_version */
	uint32_t max_version;       /* enum tls_version */
	gnutls_priority_t priority; /* owned */
};

extern const char *const tls_version_names[]; /* "1.2", "1.3" */

/** Build the priority for min_version to max_version. Returns 0 or PST_CONFIG
 *  after an error was reported. */
PST_MUST_CHECK int tls_spoken_init(struct tls_spoken *spoken,
                                   struct pst_setup *setup);
void tls_spoken_finish(struct tls_spoken *spoken);
void tls_spoken_explain(const struct tls_spoken *spoken,
                        struct pst_setup *setup);

/** Count the cipher suites of `priority`. PST_CONFIG when one has no forward
 *  secrecy or no authenticated encryption: `*stranger_out` is its name. */
PST_MUST_CHECK int tls_priority_suites(gnutls_priority_t priority,
                                       const char **stranger_out);

#endif
