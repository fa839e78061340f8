/* SPDX-License-Identifier: MIT */
/* PKCS#12 keystores and truststores. */
#ifndef TLS_KEYSTORE_H
#define TLS_KEYSTORE_H

#include "tls_pem.h"

#include <gnutls/pkcs12.h>

/** What a keystore holds. */
struct tls_keystore {
	bool key_is_strange;       /* the store opens, and its key does not */
	gnutls_x509_privkey_t key; /* the first one; owned; NULL: none */
	unsigned keys;             /* how many there are */
	struct tls_chain all;      /* its certificates, as they lie in it */
};

/**
 * Open a PKCS#12 keystore or truststore. Java's own kinds are refused with the
 * command that converts them.
 *
 * password  its password file; data NULL: none
 * Returns   0, or PST_CONFIG with `fault` written and nothing owned
 */
PST_MUST_CHECK int tls_keystore_open(struct tls_keystore *store,
                                     const struct pst_file *file,
                                     const struct pst_file *password,
                                     struct tls_fault *fault);
void tls_keystore_finish(struct tls_keystore *store);

/** Put the key's certificate first and those that issued it behind, without
 *  a self-signed root. Returns how many these are; 0: the key has none. */
unsigned tls_keystore_sort(struct tls_keystore *store);

#endif
