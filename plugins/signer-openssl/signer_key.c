/* SPDX-License-Identifier: MIT */
/* Private keys that libcrypto signs with. */
#include "signer_key.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>

struct pst_signer_key {
	EVP_PKEY *pkey; /* owned */
};

/* libcrypto keeps the errors of a thread until somebody takes them. */
static int refuse(int result)
{
	ERR_clear_error();
	return result;
}

static EVP_PKEY *read_pkcs8(const uint8_t *der, size_t length)
{
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *pkey;

	if (length > LONG_MAX) {
		return NULL;
	}
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)length);
	if (info == NULL) {
		return NULL;
	}
	pkey = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	return pkey;
}

int signer_key_create(const uint8_t *der, size_t length,
                      struct pst_signer_key **key_out)
{
	struct pst_signer_key *key = calloc(1, sizeof(*key));
	int type;

	*key_out = NULL;
	if (key == NULL) {
		return PST_MEMORY;
	}
	key->pkey = read_pkcs8(der, length);
	type = key->pkey == NULL ? EVP_PKEY_NONE : EVP_PKEY_base_id(key->pkey);
	if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC) {
		signer_key_destroy(key);
		return refuse(PST_INVALID);
	}
	*key_out = key;
	return PST_OK;
}

void signer_key_destroy(struct pst_signer_key *key)
{
	if (key == NULL) {
		return;
	}
	EVP_PKEY_free(key->pkey); /* wipes it */
	free(key);
}

static const EVP_MD *digest_of(enum pst_sign how)
{
	switch (how) {
	case PST_SIGN_RSA_PSS_SHA256:
		return EVP_sha256();
	case PST_SIGN_RSA_PSS_SHA384:
		return EVP_sha384();
	case PST_SIGN_RSA_PSS_SHA512:
		return EVP_sha512();
	case PST_SIGN_RSA_PKCS1_RAW:
	case PST_SIGN_ECDSA:
		return NULL;
	}
	return NULL;
}

static bool fits(const struct pst_signer_key *key, enum pst_sign how,
                 size_t length)
{
	bool rsa = EVP_PKEY_base_id(key->pkey) == EVP_PKEY_RSA;
	const EVP_MD *md = digest_of(how);

	switch (how) {
	case PST_SIGN_RSA_PKCS1_RAW:
		return rsa;
	case PST_SIGN_RSA_PSS_SHA256:
	case PST_SIGN_RSA_PSS_SHA384:
	case PST_SIGN_RSA_PSS_SHA512:
		return rsa && length == (size_t)EVP_MD_size(md);
	case PST_SIGN_ECDSA:
		return !rsa && length != 0;
	}
	return false;
}

/* RFC 8446 4.2.3: the salt is as long as the digest, which MGF1 uses too. */
static bool set_up(EVP_PKEY_CTX *ctx, enum pst_sign how)
{
	const EVP_MD *md = digest_of(how);

	if (EVP_PKEY_sign_init(ctx) <= 0) {
		return false;
	}
	if (how == PST_SIGN_ECDSA) {
		return true;
	}
	if (md == NULL) { /* without a digest the data is padded as it is */
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	}
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, md) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) >
	               0;
}

int signer_key_sign(struct pst_signer_key *key, enum pst_sign how,
                    const uint8_t *data, size_t length, uint8_t *out,
                    size_t room)
{
	EVP_PKEY_CTX *ctx;
	bool done;

	if (!fits(key, how, length) ||
	    room < (size_t)EVP_PKEY_size(key->pkey)) {
		return PST_INVALID;
	}
	ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	if (ctx == NULL) {
		return refuse(PST_MEMORY);
	}
	done = set_up(ctx, how) &&
	       EVP_PKEY_sign(ctx, out, &room, data, length) > 0;
	EVP_PKEY_CTX_free(ctx);
	return done ? (int)room : refuse(PST_INVALID);
}
