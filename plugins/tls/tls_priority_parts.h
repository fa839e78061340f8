/* SPDX-License-Identifier: MIT */
/* The steps from settings to what is spoken; between the files of tls_priority. */
#ifndef TLS_PRIORITY_PARTS_H
#define TLS_PRIORITY_PARTS_H

#include "tls_priority.h"

enum {
	TLS_WORDS_IN_ERRORS = 6 /* suites named in an error */
};

/** Find the lowest and highest version. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_priority_versions(struct tls_spoken *s,
                                         struct pst_setup *setup);

/** Find the suites, in order of preference: those named, or the profile's. A set
 *  that GnuTLS would add to is refused. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_priority_choose(const struct tls_spoken *s,
                                       struct pst_setup *setup,
                                       struct tls_suite_list *out);

/** Warn when what GnuTLS speaks has another order than what was asked for. */
void tls_priority_order(struct pst_setup *setup,
                        const struct tls_suite_list *asked,
                        const struct tls_suite_list *got);

#endif
