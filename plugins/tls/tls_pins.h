/* SPDX-License-Identifier: MIT */
/* SHA-256 values in settings: pins of keys, fingerprints of certificates. */
#ifndef TLS_PINS_H
#define TLS_PINS_H

#include <gnutls/x509.h>
#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

enum {
	TLS_HASH_BYTES = 32,
	TLS_PIN_TEXT = 64 /* enough for tls_pin_text */
};

struct tls_hashes {
	uint8_t (*item)[TLS_HASH_BYTES]; /* owned */
	size_t count;
};

/**
 * Parse "sha256:HEX", "sha256//BASE64" and plain HEX, which may have colons
 * between its bytes; several in one text are parted by ';' as curl does it.
 *
 * Reports at `option`. Returns 0, or PST_CONFIG with nothing owned.
 */
PST_MUST_CHECK int tls_hashes_parse(struct tls_hashes *hashes,
                                    const struct pst_list *list,
                                    struct pst_setup *setup,
                                    const char *option);
void tls_hashes_finish(struct tls_hashes *hashes);

bool tls_hashes_have(const struct tls_hashes *hashes,
                     const uint8_t hash[TLS_HASH_BYTES]);

/** SHA-256 of the SubjectPublicKeyInfo (RFC 7469 2.4). False: it has none. */
bool tls_pin_of(gnutls_x509_crt_t crt, uint8_t out[TLS_HASH_BYTES]);
/** SHA-256 of the whole certificate. */
bool tls_print_of(gnutls_x509_crt_t crt, uint8_t out[TLS_HASH_BYTES]);
/** Write "sha256//BASE64". */
void tls_pin_text(const uint8_t hash[TLS_HASH_BYTES], char *out, size_t size);

#endif
