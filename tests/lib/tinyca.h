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
	const char *email[3]; /* rfc822Name, likewise */
	const char *uri[3];   /* uniformResourceIdentifier, likewise */
	const void *raw_dns; /* a lone dNSName of any bytes, below 100 */
	size_t raw_dns_length;
	int from_days; /* from now; both 0: yesterday to in 400 days */
	int until_days;
	bool ca;
	bool rsa;         /* RSA; else ECDSA P-256 */
	gnutls_ecc_curve_t curve; /* another one, or Ed25519's */
	unsigned bits;    /* of an RSA key; 0: 2048 */
	bool for_servers; /* extended key usage; neither: none */
	bool for_clients;
	const char *purpose; /* one more, as an OID */
	bool any_usage;      /* no keyUsage */
	bool version_1;      /* and so without extensions */
	bool bounded;        /* pathLenConstraint, of a CA: */
	int path_length;
	const char *permit_dns[3]; /* name constraints, up to the first NULL */
	const char *exclude_dns[3];
	const char *permit_email;
	const char *permit_uri;
	const char *permit_ip;         /* "192.0.2.0/24" */
	const char *critical;          /* OID of a critical extension */
	gnutls_digest_algorithm_t hash; /* of the signature; 0: SHA-256 */
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

/** What a certificate revocation list shall say. */
struct tinyca_crl {
	const struct tinyca_cert *issuer;
	const struct tinyca_cert *revoked[4]; /* up to the first NULL */
	int from_days;                        /* from now; both 0: yesterday */
	int until_days;                       /* to in 30 days */
	bool der;
};

/** Make one. The text is PEM and terminated, or DER. Owned: free(). */
char *tinyca_make_crl(const struct tinyca_crl *spec, size_t *length_out);

/** A PKCS#12 store of certificates without keys. Owned: free(). */
char *tinyca_store(const struct tinyca_cert *const *certs, size_t count,
                   const char *password, size_t *length_out);

/** The certificate as DER. Owned: free(). */
char *tinyca_der(const struct tinyca_cert *cert, size_t *length_out);

/** The key as encrypted PKCS#8. Owned: free(). */
char *tinyca_locked_key(const struct tinyca_cert *cert, const char *password);

/** Two texts one behind the other. Owned: free(). */
char *tinyca_join(const char *a, const char *b);

#endif
