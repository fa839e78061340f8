/* SPDX-License-Identifier: MIT */
/* What is in files: certificates, a private key, a request, in any form. */
#ifndef CERT_ITEMS_H
#define CERT_ITEMS_H

#include "cert/cert_file.h"

#include <gnutls/x509.h>

/** Everything that was found, in the order of the files. Starts as zeros. */
struct cert_items {
	gnutls_x509_crt_t *crt;       /* owned */
	unsigned count;
	gnutls_x509_privkey_t key;    /* owned; NULL: none */
	const char *key_path;         /* borrowed; where the key was */
	bool key_apart;               /* it was in no keystore */
	gnutls_x509_crq_t crq;        /* owned; NULL: none */
	gnutls_x509_crl_t crl;        /* owned; NULL: none */
};

/**
 * Add what is in a file: PEM (any mix), DER, PKCS#8, PKCS#12.
 *
 * path      borrowed until cert_items_finish
 * password  opens encrypted keys and keystores; NULL: none was given
 * Returns   0, or CERT_BAD with what is wrong told; some items may be there
 */
PST_MUST_CHECK int cert_items_load(struct cert_items *items, const char *path,
                                   const char *password);
void cert_items_finish(struct cert_items *items);

/** Add one certificate; takes ownership, also on failure. */
PST_MUST_CHECK int cert_items_add(struct cert_items *items,
                                  gnutls_x509_crt_t crt);

/** The same certificate once more, as read from its bytes. NULL when memory ran
 *  out. */
gnutls_x509_crt_t cert_copy(gnutls_x509_crt_t crt);

/** Load a file that must hold certificates. */
PST_MUST_CHECK int cert_items_load_certificates(struct cert_items *items,
                                                const char *path);
/** Load a file that must hold a private key. */
PST_MUST_CHECK int cert_items_load_key(struct cert_items *items,
                                       const char *path, const char *password);

/** Does the key belong to the certificate? */
bool cert_key_fits(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key);
/** Are these the same certificate, byte for byte? */
bool cert_same(gnutls_x509_crt_t a, gnutls_x509_crt_t b);

#endif
