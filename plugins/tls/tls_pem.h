/* SPDX-License-Identifier: MIT */
/* PEM files into certificates, and what to say when that does not work. */
#ifndef TLS_PEM_H
#define TLS_PEM_H

#include <gnutls/x509.h>
#include <penstock/option.h>
#include <penstock/result.h>
#include <stdbool.h>

enum {
	TLS_PASSWORD_MAX = 1023, /* bytes */
	TLS_FAULT_TEXT = 800
};

/** What is wrong with a file, for whoever reports it. */
struct tls_fault {
	const char *option; /* the setting to report it at */
	char text[TLS_FAULT_TEXT];
};

/** Write the fault. Returns PST_CONFIG. */
PST_PRINTF(3, 4)
int tls_fault(struct tls_fault *fault, const char *option, const char *fmt,
              ...);

/** Certificates, in order. */
struct tls_chain {
	gnutls_x509_crt_t *crt; /* owned */
	unsigned count;
};

/** Read all certificates of `file` behind those that `chain_io` has. Returns 0,
 *  or PST_CONFIG with `fault` written. */
PST_MUST_CHECK int tls_chain_read(struct tls_chain *chain_io,
                                  const struct pst_file *file,
                                  const char *option, struct tls_fault *fault);
void tls_chain_finish(struct tls_chain *chain);

/** Append, taking ownership of `crt`. Returns 0 or GNUTLS_E_MEMORY_ERROR. */
PST_MUST_CHECK int tls_chain_add(struct tls_chain *chain,
                                 gnutls_x509_crt_t crt);

/** Does the file hold this text? */
bool tls_file_has(const struct pst_file *file, const char *text);

/**
 * The first line of a password file.
 *
 * file  data NULL: unset, and out is ""
 * out   to be wiped by the caller
 * Returns 0, or PST_CONFIG with `fault` written
 */
PST_MUST_CHECK int tls_password(const struct pst_file *file,
                                char out[TLS_PASSWORD_MAX + 1],
                                struct tls_fault *fault);

/** Is `key` the private half of the key in `crt`? By public values only. */
bool tls_key_fits(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key);

static inline gnutls_datum_t tls_datum(const void *data, size_t length)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)data, (unsigned)length};

	return d; /* GnuTLS reads it only */
}

#endif
