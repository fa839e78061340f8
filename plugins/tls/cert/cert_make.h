/* SPDX-License-Identifier: MIT */
/* Making keys, certificates and requests (RFC 5280, RFC 2986). */
#ifndef CERT_MAKE_H
#define CERT_MAKE_H

#include "cert/cert_items.h"
#include "cert/cert_words.h"

#include <time.h>

/** What a certificate shall say. */
struct cert_wish {
	struct cert_name names[CERT_NAMES_MAX];
	size_t name_count;
	const char *subject; /* "CN=...,O=..."; NULL: the first name */
	const char *ca_name; /* an authority with this common name; else NULL */
	bool server, client;
	unsigned days;
};

/** Take names from the command line. Tells what is wrong. */
PST_MUST_CHECK int cert_wish_names(struct cert_wish *wish,
                                   const char *const *text, size_t count);
/** Take the names of a request, each checked like one that was typed. */
PST_MUST_CHECK int cert_wish_request(struct cert_wish *wish,
                                     gnutls_x509_crq_t crq, const char *path);

/** Make a key. Returns 0 with *key_out owned, or CERT_BAD. */
PST_MUST_CHECK int cert_key_make(const struct cert_key_kind *kind,
                                 gnutls_x509_privkey_t *key_out);

/** The hash that fits a key that signs: SHA-384 to P-384, and so on. */
gnutls_digest_algorithm_t cert_hash_for(gnutls_x509_privkey_t key);

/** Who signs: the key, and its certificate; NULL: the new one itself. */
struct cert_issuer {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

/**
 * Make a certificate.
 *
 * key   the subject's; NULL: the one of `crq`
 * crq   a request, whose subject is taken too; NULL: none
 * Returns 0 with *crt_out owned, or CERT_BAD
 */
PST_MUST_CHECK int cert_make(const struct cert_wish *wish,
                             gnutls_x509_privkey_t key, gnutls_x509_crq_t crq,
                             const struct cert_issuer *issuer,
                             gnutls_x509_crt_t *crt_out);

/** Make a request. Returns 0 with *crq_out owned, or CERT_BAD. */
PST_MUST_CHECK int cert_make_request(const struct cert_wish *wish,
                                     gnutls_x509_privkey_t key,
                                     gnutls_x509_crq_t *crq_out);

#endif
