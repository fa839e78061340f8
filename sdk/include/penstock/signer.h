/* SPDX-License-Identifier: MIT */
/* Signing with private keys by other means than a layer's own. Extension
 * pst.signer/1. */
#ifndef PENSTOCK_SIGNER_H
#define PENSTOCK_SIGNER_H

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_SIGNER "pst.signer/1"

struct pst_signer_key; /* the plugin's */

/** What is asked for. */
enum pst_sign {
	PST_SIGN_RSA_PKCS1_RAW = 1, /* over a DigestInfo that is given whole */
	PST_SIGN_RSA_PSS_SHA256,    /* over a digest; salt as long as it, MGF1 */
	PST_SIGN_RSA_PSS_SHA384,
	PST_SIGN_RSA_PSS_SHA512,
	PST_SIGN_ECDSA              /* over a digest; the signature is DER */
};

/** Bits: the keys that it takes. */
enum pst_sign_key {
	PST_SIGN_KEY_RSA = 1,
	PST_SIGN_KEY_ECDSA = 2
};

/** A way of signing. Static and constant in the plugin; in its note it is
 *  "signer:ID". Any number of threads may use one key at a time. */
struct pst_signer {
	uint32_t size;
	uint32_t keys; /* enum pst_sign_key */
	const char *id;
	const char *help;
	/** [*] Take a key, PKCS#8 in DER, not encrypted; der[length] is the
	 *  caller's and copied. Returns 0, PST_INVALID (not a key of `keys`),
	 *  PST_MEMORY. */
	int (*key_create)(const uint8_t *der, size_t length,
			  struct pst_signer_key **key_out);
	/** [*] NULL is accepted. Wipes it. */
	void (*key_destroy)(struct pst_signer_key *key);
	/** [*] Sign data[length] into out[room]; 1024 bytes always suffice.
	 *  Returns the length, PST_INVALID (this key cannot sign so),
	 *  PST_MEMORY. */
	int (*sign)(struct pst_signer_key *key, enum pst_sign how,
		    const uint8_t *data, size_t length, uint8_t *out,
		    size_t room);
};

#ifdef __cplusplus
}
#endif
#endif
