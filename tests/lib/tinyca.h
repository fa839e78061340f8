/* SPDX-License-Identifier: MIT */
/* A certificate authority for tests, made with GnuTLS when a test runs, so that
 * nothing in the tree expires. A failure ends the program. */
#ifndef TINYCA_H
#define TINYCA_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>

/** What a certificate shall say. Unset members are zero. */
struct tinyca_spec {
	const char *cn;      /* NULL: an empty subject */
	const char *dns[9];  /* dNSName, up to the first NULL */
	const char *ip[4];   /* iPAddress, likewise */
	const void *raw_dns; /* a lone dNSName of any bytes, below 100 */
	size_t raw_dns_length;
	int from_days; /* from now; both 0: yesterday to in 400 days */
	int until_days;
	bool ca;
	bool rsa;         /* RSA; else ECDSA P-256 */
	unsigned bits;    /* of an RSA key; 0: 2048 */
	bool for_servers; /* extended key usage; neither: none */
	bool for_clients;
	const struct tinyca_cert *issuer; /* NULL: self-signed */
};

/** A certificate with its key. The texts are PEM, terminated. */
struct tinyca_cert {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
	char *pem;
	char *key_pem;
};

void tinyca_make(struct tinyca_cert *cert_out, const struct tinyca_spec *spec);
void tinyca_finish(struct tinyca_cert *cert);

/** The key as encrypted PKCS#8. Owned: free(). */
char *tinyca_locked_key(const struct tinyca_cert *cert, const char *password);

/** Two texts one behind the other. Owned: free(). */
char *tinyca_join(const char *a, const char *b);

#endif
