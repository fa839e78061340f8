/* SPDX-License-Identifier: MIT */
/* Groups of the key exchange and signature schemes, by name and number. */
#ifndef TLS_GROUPS_H
#define TLS_GROUPS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One code point of IANA's registries. Static. */
struct tls_code_name {
	uint16_t code;
	bool offered;         /* may be chosen in the settings */
	const char *name;     /* as shown: "P-256", "rsa_pss_rsae_sha256" */
	const char *other[2]; /* further names; NULL: none */
	const char *gnutls;   /* "+GROUP-SECP256R1:"; NULL: it has none */
};

/** NULL when there is none of that name or number that could be chosen; then
 *  `why_out` is a clause behind the name. */
const struct tls_code_name *tls_group_find(const char *text, char *why_out,
                                           size_t size);
const struct tls_code_name *tls_signature_find(const char *text, char *why_out,
                                               size_t size);

/** The code of what GnuTLS can sign with; 0: it has none in TLS. */
uint16_t tls_signature_code(gnutls_sign_algorithm_t algorithm);

/** The name of a code, or "0x1234" in spare[size]. */
const char *tls_group_name(uint16_t code, char *spare, size_t size);
const char *tls_signature_name(uint16_t code, char *spare, size_t size);

#endif
