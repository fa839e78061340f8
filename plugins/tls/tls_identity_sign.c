/* SPDX-License-Identifier: MIT */
/* Private keys that somebody else signs with: pst.signer/1 under GnuTLS. */
#include "tls_identity.h"

#include <stdlib.h>
#include <string.h>

enum {
	SIGNATURE_MAX = 1024
};

/* What GnuTLS's callbacks get. */
struct signing {
	const struct pst_signer *signer;
	struct pst_signer_key *key; /* owned */
	gnutls_pk_algorithm_t pk;
	unsigned bits;
};

int tls_signer_find(struct tls_identity *id, struct pst_setup *setup)
{
	const char *asked = id->signer == NULL ? "auto" : id->signer;
	bool automatic = strcmp(asked, "auto") == 0;

	id->external = NULL;
	if (strcmp(asked, "gnutls") == 0) {
		return PST_OK;
	}
	id->external =
		pst_find(setup, PST_EXTENSION_SIGNER, automatic ? NULL : asked);
	if (id->external == NULL && !automatic) {
		pst_error(setup, "signer",
		          "no plugin signs as \"%s\"; install the plugin "
		          "signer-%s, or use \"auto\" or \"gnutls\"",
		          asked, asked);
		return PST_CONFIG;
	}
	return PST_OK;
}

/* By itself GnuTLS is as fast as others but for RSA. */
bool tls_signer_takes(const struct tls_identity *id, uint32_t kind)
{
	bool automatic = id->signer == NULL || strcmp(id->signer, "auto") == 0;

	if (id->external == NULL) {
		return false;
	}
	if (kind == TLS_KIND_RSA) {
		return (id->external->keys & PST_SIGN_KEY_RSA) != 0;
	}
	return !automatic && (kind & TLS_KINDS_ECDSA) != 0 &&
	       (id->external->keys & PST_SIGN_KEY_ECDSA) != 0;
}

/* How a signature of GnuTLS's is asked for; 0: not at all. RSA with PKCS#1
 * comes as GNUTLS_SIGN_RSA_RAW, with its DigestInfo around the hash. */
static int how_of(gnutls_pk_algorithm_t pk, gnutls_sign_algorithm_t algorithm)
{
	static const struct {
		gnutls_pk_algorithm_t pk;
		gnutls_sign_algorithm_t algorithm;
		enum pst_sign how;
	} ways[] = {
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_RAW, PST_SIGN_RSA_PKCS1_RAW},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA256, PST_SIGN_RSA_PKCS1_RAW},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA384, PST_SIGN_RSA_PKCS1_RAW},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA512, PST_SIGN_RSA_PKCS1_RAW},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA1, PST_SIGN_RSA_PKCS1_RAW},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256,
	         PST_SIGN_RSA_PSS_SHA256},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384,
	         PST_SIGN_RSA_PSS_SHA384},
		{GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512,
	         PST_SIGN_RSA_PSS_SHA512},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256,
	         PST_SIGN_ECDSA},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384,
	         PST_SIGN_ECDSA},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512,
	         PST_SIGN_ECDSA},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA256, PST_SIGN_ECDSA},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA384, PST_SIGN_ECDSA},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA512, PST_SIGN_ECDSA},
		{GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA1, PST_SIGN_ECDSA},
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (ways[i].pk == pk && ways[i].algorithm == algorithm) {
			return (int)ways[i].how;
		}
	}
	return 0;
}

static int sign_hash(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
                     void *userdata, unsigned flags, const gnutls_datum_t *hash,
                     gnutls_datum_t *signature)
{
	struct signing *s = userdata;
	int how = how_of(s->pk, algorithm);
	uint8_t made[SIGNATURE_MAX];
	int n;

	(void)key;
	(void)flags;
	if (how == 0) {
		return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	}
	n = s->signer->sign(s->key, (enum pst_sign)how, hash->data, hash->size,
	                    made, sizeof(made));
	if (n <= 0 || (size_t)n > sizeof(made)) {
		return n == PST_MEMORY ? GNUTLS_E_MEMORY_ERROR
		                       : GNUTLS_E_PK_SIGN_FAILED;
	}
	signature->data = gnutls_malloc((size_t)n);
	if (signature->data == NULL) {
		return GNUTLS_E_MEMORY_ERROR;
	}
	memcpy(signature->data, made, (size_t)n);
	signature->size = (unsigned)n;
	return 0;
}

/* GnuTLS wants it to be there; only EdDSA signs what is not hashed. */
static int sign_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
                     void *userdata, unsigned flags, const gnutls_datum_t *data,
                     gnutls_datum_t *signature)
{
	(void)key;
	(void)algorithm;
	(void)userdata;
	(void)flags;
	(void)data;
	(void)signature;
	return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
}

static void destroy(gnutls_privkey_t key, void *userdata)
{
	struct signing *s = userdata;

	(void)key;
	s->signer->key_destroy(s->key);
	free(s);
}

static int info(gnutls_privkey_t key, unsigned asked, void *userdata)
{
	const struct signing *s = userdata;

	(void)key;
	if ((asked & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0) {
		return (int)s->pk;
	}
	if ((asked & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0) {
		return (int)s->bits;
	}
	if ((asked & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0) {
		return how_of(s->pk, GNUTLS_FLAGS_TO_SIGN_ALGO(asked)) != 0;
	}
	return -1; /* what GnuTLS takes for: not known */
}

static int take_key(struct signing *s, gnutls_x509_privkey_t key)
{
	gnutls_datum_t der;
	int ret;

	s->pk = (gnutls_pk_algorithm_t)gnutls_x509_privkey_get_pk_algorithm2(
		key, &s->bits);
	ret = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL,
	                                        GNUTLS_PKCS_PLAIN, &der);
	if (ret != 0) {
		return ret;
	}
	ret = s->signer->key_create(der.data, der.size, &s->key);
	gnutls_memset(der.data, 0, der.size);
	gnutls_free(der.data);
	if (ret == PST_OK) {
		return 0;
	}
	return ret == PST_MEMORY ? GNUTLS_E_MEMORY_ERROR
	                         : GNUTLS_E_PK_INVALID_PRIVKEY;
}

static int import(gnutls_privkey_t out, struct signing *s)
{
	int ret = gnutls_privkey_import_ext4(out, s, sign_data, sign_hash, NULL,
	                                     destroy, info, 0);

	if (ret != 0) {
		s->signer->key_destroy(s->key);
	}
	return ret;
}

int tls_signer_key(const struct pst_signer *signer, gnutls_x509_privkey_t key,
                   gnutls_privkey_t *key_out)
{
	struct signing *s = calloc(1, sizeof(*s));
	int ret = GNUTLS_E_MEMORY_ERROR;

	*key_out = NULL;
	if (s == NULL) {
		return ret;
	}
	s->signer = signer;
	ret = gnutls_privkey_init(key_out);
	if (ret != 0) {
		free(s);
		*key_out = NULL;
		return ret;
	}
	ret = take_key(s, key);
	if (ret == 0) {
		ret = import(*key_out, s);
	}
	if (ret != 0) {
		gnutls_privkey_deinit(*key_out);
		*key_out = NULL;
		free(s);
	}
	return ret;
}
