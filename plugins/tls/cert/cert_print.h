/* SPDX-License-Identifier: MIT */
/* Certificates as text: PEM, and in words. */
#ifndef CERT_PRINT_H
#define CERT_PRINT_H

#include <gnutls/x509.h>
#include <penstock/result.h>
#include <stdio.h>

enum {
	CERT_PRINT_SIZE = 96,  /* a SHA-256 with colons */
	CERT_KEY_TEXT = 64
};

/** Returns 0 or CERT_BAD. */
PST_MUST_CHECK int cert_print_pem(FILE *out, gnutls_x509_crt_t crt);

/** A line of all names; when there are none, "none". */
void cert_print_names(const char *before, gnutls_x509_crt_t crt);

/** The SHA-256 of the certificate as browsers show it: "AB:CD:...". */
void cert_print_fingerprint(gnutls_x509_crt_t crt, char out[CERT_PRINT_SIZE]);
/** The SHA-256 of the public key, in base64, as curl --pinnedpubkey and pins
 *  have it. */
void cert_print_pin(gnutls_x509_crt_t crt, char out[CERT_PRINT_SIZE]);

/** "ECDSA P-256", "RSA 2048", "Ed25519". */
void cert_print_key(gnutls_x509_crt_t crt, char out[CERT_KEY_TEXT]);
void cert_print_private_key(gnutls_x509_privkey_t key,
                            char out[CERT_KEY_TEXT]);

/** Print everything that an administrator looks for, behind two blanks. */
void cert_print_certificate(gnutls_x509_crt_t crt, time_t now);

#endif
