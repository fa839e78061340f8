/* SPDX-License-Identifier: MIT */
/* PEM files into certificates, each fault in words. */
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

/** Does the file hold this text? */
bool tls_file_has(const struct pst_file *file, const char *text);

static inline gnutls_datum_t tls_datum(const void *data, size_t length)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)data, (unsigned)length};

	return d; /* GnuTLS reads it only */
}

#endif
