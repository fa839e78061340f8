/* SPDX-License-Identifier: MIT */
/* Certificates to be trusted, from files of several kinds. */
#ifndef TLS_TRUST_FILES_H
#define TLS_TRUST_FILES_H

#include "tls_trust.h"

/** One certificate. */
struct tls_anchor {
	gnutls_x509_crt_t crt; /* owned */
	const char *path;      /* borrowed from the settings */
	uint8_t print[32];     /* SHA-256 */
};

struct tls_anchors {
	struct tls_anchor *item; /* owned */
	unsigned count;
	unsigned room;
};

/** Read certificates and the keystore of `trust`; each certificate once.
 *  Reports at the settings. Returns 0 or PST_CONFIG; tls_anchors_finish frees
 *  also after that. */
PST_MUST_CHECK int tls_anchors_load(struct tls_anchors *anchors,
                                    const struct tls_trust *trust,
                                    struct pst_setup *setup);
void tls_anchors_finish(struct tls_anchors *anchors);

#endif
