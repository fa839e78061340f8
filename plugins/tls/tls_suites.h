/* SPDX-License-Identifier: MIT */
/* Cipher suites by name and number, and what sets of them GnuTLS can speak: it
 * combines every key exchange with every cipher and every MAC. */
#ifndef TLS_SUITES_H
#define TLS_SUITES_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_kx {
	TLS_KX_ANY, /* TLS 1.3: said by groups and signatures */
	TLS_KX_ECDHE_ECDSA,
	TLS_KX_ECDHE_RSA,
	TLS_KX_DHE_RSA,
	TLS_KX_RSA, /* no forward secrecy */
	TLS_KX_COUNT
};

enum tls_cipher {
	TLS_CIPHER_AES_128_GCM,
	TLS_CIPHER_AES_256_GCM,
	TLS_CIPHER_CHACHA20_POLY1305,
	TLS_CIPHER_AES_128_CCM,
	TLS_CIPHER_AES_256_CCM,
	TLS_CIPHER_AES_128_CCM_8,
	TLS_CIPHER_AES_256_CCM_8,
	TLS_CIPHER_AES_128_CBC,
	TLS_CIPHER_AES_256_CBC,
	TLS_CIPHER_COUNT
};

enum tls_mac {
	TLS_MAC_AEAD,
	TLS_MAC_SHA1,
	TLS_MAC_SHA256,
	TLS_MAC_SHA384,
	TLS_MAC_COUNT
};

enum {
	TLS_SUITES_MAX = 48, /* more than the table has */
	TLS_SUITE_WORDS = 400
};

/** A suite that can be spoken. Static. */
struct tls_suite {
	uint16_t code; /* of IANA's registry */
	uint8_t kx;
	uint8_t cipher;
	uint8_t mac;
	const char *name;    /* IANA's */
	const char *openssl; /* OpenSSL's */
};

/** Suites in order of preference, each once. */
struct tls_suite_list {
	size_t count;
	const struct tls_suite *item[TLS_SUITES_MAX];
};

/** As priority strings spell them. */
extern const char *const tls_kx_names[TLS_KX_COUNT]; /* of ANY: NULL */
extern const char *const tls_cipher_names[TLS_CIPHER_COUNT];
extern const char *const tls_mac_names[TLS_MAC_COUNT];

/** NULL: not one of ours. */
const struct tls_suite *tls_suite_by_code(unsigned code);

/**
 * Find a suite by IANA's, OpenSSL's or GnuTLS's name in letters of any case, or
 * by its number, "49199" or "0xc02f".
 *
 * why_out  what is wrong with it, a clause behind the name: "uses RC4, which
 *          is broken"; written when NULL is returned
 */
const struct tls_suite *tls_suite_find(const char *text, char *why_out,
                                       size_t size);

/** Is it for TLS 1.3? */
bool tls_suite_is_1_3(const struct tls_suite *suite);
/** The lowest version that has it, as minor number: 1 for TLS 1.0. */
unsigned tls_suite_since(const struct tls_suite *suite);
/** What is weak about it: "has no forward secrecy"; NULL: nothing. */
const char *tls_suite_weakness(const struct tls_suite *suite);

bool tls_suites_have(const struct tls_suite_list *list,
                     const struct tls_suite *suite);
bool tls_suites_use(const struct tls_suite_list *list, enum tls_kx kx);
/** Append, unless it is there. */
void tls_suites_add(struct tls_suite_list *list, const struct tls_suite *suite);

/**
 * All suites that GnuTLS speaks, in its order, when it is told of the key
 * exchanges, ciphers and MACs of `list`, each in the order of its first use.
 *
 * low, high  minor numbers: suites of other versions are left out
 */
void tls_suites_product(const struct tls_suite_list *list, unsigned low,
                        unsigned high, struct tls_suite_list *product_out);

/** Those of `a` that are not in `b`. */
void tls_suites_minus(const struct tls_suite_list *a,
                      const struct tls_suite_list *b,
                      struct tls_suite_list *out);

/** Write "A, B and 3 more" of the names, at most `most` of them; "none". */
void tls_suites_text(const struct tls_suite_list *list, size_t most, char *out,
                     size_t size);

#endif
