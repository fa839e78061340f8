/* SPDX-License-Identifier: MIT */
/* Files to certificates and keys, each fault in words. */
#include "tls_identity.h"

#include <stdio.h>
#include <string.h>

const char *tls_pair_option(const struct tls_identity *id,
                            const struct tls_pair *pair)
{
	if (pair->certificate == &id->keystore) {
		return "keystore";
	}
	return pair->certificate == &id->certificate ? "certificate"
	                                             : "directory";
}

const char *tls_pair_key_option(const struct tls_identity *id,
                                const struct tls_pair *pair)
{
	return pair->key == &id->private_key ? "private_key"
	                                     : tls_pair_option(id, pair);
}

static int key_fault(const struct tls_identity *id, const struct tls_pair *pair,
                     int ret, struct tls_fault *fault)
{
	const struct pst_file *file = pair->key;
	const char *option = tls_pair_key_option(id, pair);
	bool locked = tls_file_has(file, "ENCRYPTED");

	if (file->length == 0) {
		return tls_fault(fault, option, "%s is empty", file->path);
	}
	if (locked && id->password_file.data == NULL) {
		return tls_fault(fault, option,
		                 "%s is encrypted; set password_file to a file "
		                 "with its password",
		                 file->path);
	}
	if (locked) {
		return tls_fault(fault, "password_file",
		                 "the password in %s does not open %s",
		                 id->password_file.path, file->path);
	}
	if (!tls_file_has(file, "PRIVATE KEY-----")) {
		return tls_fault(fault, option,
		                 "%s has no PEM private key in it%s",
		                 file->path,
		                 tls_file_has(file, "BEGIN CERTIFICATE-----")
		                         ? ", but a certificate"
		                         : "");
	}
	return tls_fault(fault, option, "%s cannot be read: %s", file->path,
	                 gnutls_strerror(ret));
}

static int load_key(struct tls_material *material,
                    const struct tls_identity *id, const struct tls_pair *pair,
                    struct tls_fault *fault)
{
	gnutls_datum_t pem = tls_datum(pair->key->data, pair->key->length);
	char password[TLS_PASSWORD_MAX + 1];
	int ret;

	if (tls_password(&id->password_file, password, fault) != PST_OK) {
		return PST_CONFIG;
	}
	ret = gnutls_x509_privkey_init(&material->key);
	if (ret == 0) {
		ret = gnutls_x509_privkey_import2(
			material->key, &pem, GNUTLS_X509_FMT_PEM,
			password[0] == '\0' ? NULL : password, 0);
	} else {
		material->key = NULL;
	}
	gnutls_memset(password, 0, sizeof(password));
	return ret == 0 ? PST_OK : key_fault(id, pair, ret, fault);
}

int tls_pair_load_chain(struct tls_material *material,
                        const struct tls_identity *id,
                        const struct tls_pair *pair, struct tls_fault *fault)
{
	const char *option = tls_pair_option(id, pair);
	int failed;

	memset(material, 0, sizeof(*material));
	if (pair->certificate == &id->keystore) {
		return tls_pair_load(material, id, pair, fault);
	}
	failed = tls_chain_read(&material->chain, pair->certificate, option,
	                        fault);
	if (failed == PST_OK && pair->chain->data != NULL) {
		failed = tls_chain_read(&material->chain, pair->chain, "chain",
		                        fault);
	}
	if (failed != PST_OK) {
		tls_material_finish(material);
	}
	return failed;
}

static int load_keystore(struct tls_material *material,
                         const struct tls_identity *id, struct tls_fault *fault)
{
	const char *path = id->keystore.path;
	struct tls_keystore store;
	unsigned n;

	if (tls_keystore_open(&store, &id->keystore, &id->password_file,
	                      fault) != PST_OK) {
		return PST_CONFIG;
	}
	n = store.key == NULL ? 0 : tls_keystore_sort(&store);
	material->chain = store.all;
	material->key = store.key;
	if (store.keys != 1) {
		return tls_fault(fault, "keystore",
		                 "%s holds %u private keys; an identity has "
		                 "one",
		                 path, store.keys);
	}
	if (n == 0) {
		return tls_fault(fault, "keystore",
		                 "%s holds a private key, and no certificate "
		                 "that belongs to it",
		                 path);
	}
	while (material->chain.count > n) {
		gnutls_x509_crt_deinit(
			material->chain.crt[--material->chain.count]);
	}
	return PST_OK;
}

int tls_pair_load(struct tls_material *material, const struct tls_identity *id,
                  const struct tls_pair *pair, struct tls_fault *fault)
{
	int failed;

	memset(material, 0, sizeof(*material));
	if (pair->certificate == &id->keystore) {
		failed = load_keystore(material, id, fault);
	} else {
		failed = tls_pair_load_chain(material, id, pair, fault);
		if (failed == PST_OK) {
			failed = load_key(material, id, pair, fault);
		}
	}
	if (failed != PST_OK) {
		tls_material_finish(material);
	}
	return failed;
}

void tls_material_finish(struct tls_material *material)
{
	tls_chain_finish(&material->chain);
	if (material->key != NULL) {
		gnutls_x509_privkey_deinit(material->key);
		material->key = NULL;
	}
}
