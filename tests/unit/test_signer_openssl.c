/* SPDX-License-Identifier: MIT */
/* The signer `openssl`: what it signs is what a verifier takes. */
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/signer.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	THREADS = 4,
	ROUNDS = 50,
	SIGNATURE = 1024
};

static const struct pst_signer *signer;
static EVP_PKEY *rsa, *ec, *ed;
static struct pst_signer_key *rsa_key, *ec_key;

static EVP_PKEY *generate(int type)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(type, NULL);
	EVP_PKEY *key = NULL;

	if (EVP_PKEY_keygen_init(ctx) <= 0 ||
	    (type == EVP_PKEY_RSA &&
	     EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) <= 0) ||
	    (type == EVP_PKEY_EC && EVP_PKEY_CTX_set_ec_paramgen_curve_nid(
					    ctx, NID_X9_62_prime256v1) <= 0) ||
	    EVP_PKEY_keygen(ctx, &key) <= 0) {
		fputs("no key could be made\n", stderr);
		exit(99);
	}
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int take(EVP_PKEY *from, size_t cut, struct pst_signer_key **key_out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(from);
	unsigned char *der = NULL;
	int length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	int ret = signer->key_create(der, (size_t)length - cut, key_out);

	memset(der, 0, (size_t)length); /* the signer has its own copy */
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
	return ret;
}

static bool verifies(EVP_PKEY *key, const EVP_MD *md, bool pss,
                     const uint8_t *data, size_t length, const uint8_t *sig,
                     size_t sig_length)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool good = EVP_PKEY_verify_init(ctx) > 0;

	if (pss) {
		good = good &&
		       EVP_PKEY_CTX_set_rsa_padding(
			       ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			       ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
	}
	if (md != NULL) {
		good = good && EVP_PKEY_CTX_set_signature_md(ctx, md) > 0;
	}
	good = good && EVP_PKEY_verify(ctx, sig, sig_length, data, length) > 0;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static void pss_signs_with_a_salt_as_long_as_the_digest(void)
{
	const struct {
		enum pst_sign how;
		const EVP_MD *md;
	} ways[] = {{PST_SIGN_RSA_PSS_SHA256, EVP_sha256()},
	            {PST_SIGN_RSA_PSS_SHA384, EVP_sha384()},
	            {PST_SIGN_RSA_PSS_SHA512, EVP_sha512()}};
	uint8_t digest[64], sig[SIGNATURE];
	size_t i;

	memset(digest, 7, sizeof(digest));
	for (i = 0; i < 3; i++) {
		size_t length = (size_t)EVP_MD_size(ways[i].md);

		CHECK_INT(signer->sign(rsa_key, ways[i].how, digest, length,
		                       sig, sizeof(sig)),
		          256);
		CHECK(verifies(rsa, ways[i].md, true, digest, length, sig,
		               256));
		CHECK_INT(signer->sign(rsa_key, ways[i].how, digest, length - 1,
		                       sig, sizeof(sig)),
		          PST_INVALID);
	}
}

static void pkcs1_signs_a_digest_info_as_it_is(void)
{
	static const uint8_t sha256[] = {
		0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
	uint8_t info[51], sig[SIGNATURE];

	memcpy(info, sha256, sizeof(sha256));
	memset(info + sizeof(sha256), 9, 32);
	CHECK_INT(signer->sign(rsa_key, PST_SIGN_RSA_PKCS1_RAW, info,
	                       sizeof(info), sig, sizeof(sig)),
	          256);
	CHECK(verifies(rsa, EVP_sha256(), false, info + sizeof(sha256), 32, sig,
	               256));
}

static void ecdsa_signs_digests_of_any_length(void)
{
	uint8_t digest[64], sig[SIGNATURE];
	size_t lengths[] = {20, 32, 48, 64}, i;

	memset(digest, 5, sizeof(digest));
	for (i = 0; i < 4; i++) {
		int n = signer->sign(ec_key, PST_SIGN_ECDSA, digest, lengths[i],
		                     sig, sizeof(sig));

		CHECK(n > 60 && n <= 72);
		CHECK(verifies(ec, NULL, false, digest, lengths[i], sig,
		               (size_t)n));
	}
}

static void a_key_signs_only_in_its_own_way(void)
{
	uint8_t digest[32] = {1}, sig[SIGNATURE], huge[300] = {0};

	CHECK_INT(signer->sign(rsa_key, PST_SIGN_ECDSA, digest, 32, sig,
	                       sizeof(sig)),
	          PST_INVALID);
	CHECK_INT(signer->sign(ec_key, PST_SIGN_RSA_PSS_SHA256, digest, 32, sig,
	                       sizeof(sig)),
	          PST_INVALID);
	CHECK_INT(signer->sign(ec_key, PST_SIGN_RSA_PKCS1_RAW, digest, 32, sig,
	                       sizeof(sig)),
	          PST_INVALID);
	CHECK_INT(signer->sign(rsa_key, PST_SIGN_RSA_PKCS1_RAW, huge,
	                       sizeof(huge), sig, sizeof(sig)),
	          PST_INVALID);
	CHECK_INT(signer->sign(rsa_key, PST_SIGN_RSA_PSS_SHA256, digest, 32,
	                       sig, 255),
	          PST_INVALID);
}

static void what_is_no_such_key_is_refused(void)
{
	struct pst_signer_key *key = rsa_key;

	CHECK_INT(take(ed, 0, &key), PST_INVALID);
	CHECK(key == NULL);
	CHECK_INT(take(rsa, 1, &key), PST_INVALID);
	CHECK_INT(take(ec, 10, &key), PST_INVALID);
	CHECK_INT(signer->key_create((const uint8_t *)"no key", 6, &key),
	          PST_INVALID);
	CHECK_INT(signer->key_create((const uint8_t *)"", 0, &key),
	          PST_INVALID);
	signer->key_destroy(NULL);
}

static void *sign_often(void *failures)
{
	uint8_t digest[32], sig[SIGNATURE];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		memset(digest, i, sizeof(digest));
		if (signer->sign(rsa_key, PST_SIGN_RSA_PSS_SHA256, digest, 32,
		                 sig, sizeof(sig)) != 256 ||
		    !verifies(rsa, EVP_sha256(), true, digest, 32, sig, 256)) {
			++*(int *)failures;
		}
	}
	return NULL;
}

static void threads_share_a_key(void)
{
	pthread_t threads[THREADS];
	int failures[THREADS] = {0};
	int i;

	for (i = 0; i < THREADS; i++) {
		CHECK_INT(pthread_create(&threads[i], NULL, sign_often,
		                         &failures[i]),
		          0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(failures[i], 0);
	}
}

/* ECDSA with the same nonce twice would give the key away. */
static void processes_after_a_fork_sign_differently(void)
{
	uint8_t digest[32] = {3}, mine[SIGNATURE], theirs[SIGNATURE];
	int ends[2], status, n;
	ssize_t got;
	pid_t pid;

	CHECK_INT(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		n = signer->sign(ec_key, PST_SIGN_ECDSA, digest, 32, mine,
		                 sizeof(mine));
		_exit(n > 0 && write(ends[1], mine, (size_t)n) == n ? 0 : 1);
	}
	n = signer->sign(ec_key, PST_SIGN_ECDSA, digest, 32, mine,
	                 sizeof(mine));
	got = read(ends[0], theirs, sizeof(theirs));
	CHECK(n > 0 && got > 0);
	CHECK(got != n || memcmp(mine, theirs, (size_t)n) != 0);
	CHECK(verifies(ec, NULL, false, digest, 32, theirs, (size_t)got));
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(ends[0]);
	close(ends[1]);
}

static CU_TestInfo tests[] = {
	TEST(pss_signs_with_a_salt_as_long_as_the_digest),
	TEST(pkcs1_signs_a_digest_info_as_it_is),
	TEST(ecdsa_signs_digests_of_any_length),
	TEST(a_key_signs_only_in_its_own_way),
	TEST(what_is_no_such_key_is_refused),
	TEST(threads_share_a_key),
	TEST(processes_after_a_fork_sign_differently),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	int ret;

	(void)argc;
	if (PST_PLUGIN_SYMBOL.init(NULL) != 0) {
		return 99;
	}
	signer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_SIGNER, 0);
	rsa = generate(EVP_PKEY_RSA);
	ec = generate(EVP_PKEY_EC);
	ed = generate(EVP_PKEY_ED25519);
	if (take(rsa, 0, &rsa_key) != PST_OK ||
	    take(ec, 0, &ec_key) != PST_OK) {
		fputs("the signer does not take a key\n", stderr);
		return 1;
	}
	ret = pst_test_run(argv[0], tests);
	signer->key_destroy(rsa_key);
	signer->key_destroy(ec_key);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ed);
	return ret;
}
