/* SPDX-License-Identifier: MIT */
/* From files to credentials: certificate, key and trust, each fault in words.
 */
#ifndef TLS_CREDS_H
#define TLS_CREDS_H

#include "tls_conf.h"

#include <gnutls/x509.h>

/** Certificates of one PEM file, in order. */
struct tls_chain {
	gnutls_x509_crt_t *crt; /* owned */
	unsigned count;
};

/** Read all certificates of `file`. Reports at `option`. Returns 0 or
 *  PST_CONFIG with nothing owned. */
PST_MUST_CHECK int tls_chain_load(struct tls_chain *chain,
                                  struct pst_setup *setup, const char *option,
                                  const struct pst_file *file);
void tls_chain_finish(struct tls_chain *chain);

/** Put certificate and key into conf->credentials, and check that they belong
 *  together. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_load_identity(struct tls_conf *conf,
                                     struct pst_setup *setup,
                                     const struct tls_chain *chain);

/** Put the role's trust into conf->credentials. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_load_trust(struct tls_conf *conf,
                                  struct pst_setup *setup);

static inline gnutls_datum_t tls_datum(const void *data, size_t length)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)data, (unsigned)length};

	return d; /* GnuTLS reads it only */
}

#endif
