/* SPDX-License-Identifier: MIT */
/* PKCS#12 keystores and truststores. */
#include "tls_keystore.h"

#include <string.h>

#define KEYSTORE "keystore"

/* The store type by which keytool knows the file; NULL: it is not Java's. */
static const char *java_kind(const struct pst_file *file)
{
	static const uint8_t jks[] = {0xfe, 0xed, 0xfe, 0xed};
	static const uint8_t jceks[] = {0xce, 0xce, 0xce, 0xce};

	if (file->length < sizeof(jks)) {
		return NULL;
	}
	if (memcmp(file->data, jks, sizeof(jks)) == 0) {
		return "JKS";
	}
	return memcmp(file->data, jceks, sizeof(jceks)) == 0 ? "JCEKS" : NULL;
}

/* "gw" of "gw.jks". */
static int stem_length(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');

	if (dot == NULL || (slash != NULL && dot <= slash + 1) || dot == path) {
		return (int)strlen(path);
	}
	return (int)(dot - path);
}

static int import(gnutls_pkcs12_t p12, const struct pst_file *file,
                  struct tls_fault *fault)
{
	gnutls_datum_t der = tls_datum(file->data, file->length);
	const char *java = java_kind(file);

	if (java != NULL) {
		return tls_fault(
			fault, KEYSTORE,
			"%s is a %s keystore of Java; convert it with: keytool "
			"-importkeystore -srckeystore '%s' -srcstoretype %s "
			"-destkeystore '%.*s.p12' -deststoretype PKCS12",
			file->path, java, file->path, java,
			stem_length(file->path), file->path);
	}
	if (file->length == 0) {
		return tls_fault(fault, KEYSTORE, "%s is empty", file->path);
	}
	if (tls_file_has(file, "-----BEGIN")) {
		return tls_fault(fault, KEYSTORE,
		                 "%s is PEM, not PKCS#12; name it in another "
		                 "setting",
		                 file->path);
	}
	if (gnutls_pkcs12_import(p12, &der, GNUTLS_X509_FMT_DER, 0) != 0) {
		return tls_fault(fault, KEYSTORE,
		                 "%s is not a PKCS#12 keystore", file->path);
	}
	return PST_OK;
}

static int take_certificate(struct tls_keystore *store,
                            const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;
	int ret = gnutls_x509_crt_init(&crt);

	if (ret != 0) {
		return ret;
	}
	ret = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER);
	if (ret != 0) {
		gnutls_x509_crt_deinit(crt);
		return ret;
	}
	return tls_chain_add(&store->all, crt);
}

static int take_key(struct tls_keystore *store, const gnutls_datum_t *der,
                    const char *password, unsigned flags)
{
	int ret;

	if (store->keys++ != 0) {
		return 0;
	}
	ret = gnutls_x509_privkey_init(&store->key);
	if (ret != 0) {
		store->key = NULL;
		return ret;
	}
	ret = gnutls_x509_privkey_import_pkcs8(
		store->key, der, GNUTLS_X509_FMT_DER, password, flags);
	store->key_is_strange = ret != 0;
	return ret;
}

static int take_item(struct tls_keystore *store, gnutls_pkcs12_bag_t bag,
                     unsigned at, const char *password)
{
	int type = gnutls_pkcs12_bag_get_type(bag, at);
	gnutls_datum_t der;
	int ret;

	if (type < 0) {
		return type;
	}
	ret = gnutls_pkcs12_bag_get_data(bag, at, &der);
	if (ret != 0) {
		return ret;
	}
	if (type == GNUTLS_BAG_CERTIFICATE) {
		return take_certificate(store, &der);
	}
	if (type == GNUTLS_BAG_PKCS8_KEY) {
		return take_key(store, &der, password, GNUTLS_PKCS_PLAIN);
	}
	if (type == GNUTLS_BAG_PKCS8_ENCRYPTED_KEY) {
		return take_key(store, &der, password, 0);
	}
	return 0; /* lists of revoked ones, secrets: nothing of ours */
}

static int take_bag(struct tls_keystore *store, gnutls_pkcs12_bag_t bag,
                    const char *password)
{
	int ret = gnutls_pkcs12_bag_get_type(bag, 0);
	int i, n;

	if (ret == GNUTLS_BAG_ENCRYPTED) {
		ret = password == NULL
		              ? GNUTLS_E_DECRYPTION_FAILED
		              : gnutls_pkcs12_bag_decrypt(bag, password);
	}
	n = ret < 0 ? ret : gnutls_pkcs12_bag_get_count(bag);
	for (i = 0; i < n; i++) {
		ret = take_item(store, bag, (unsigned)i, password);
		if (ret < 0) {
			return ret;
		}
	}
	return n < 0 ? n : 0;
}

static int take_all(struct tls_keystore *store, gnutls_pkcs12_t p12,
                    const char *password)
{
	int ret = 0, at;

	for (at = 0; ret == 0; at++) {
		gnutls_pkcs12_bag_t bag;

		ret = gnutls_pkcs12_bag_init(&bag);
		if (ret != 0) {
			return ret;
		}
		ret = gnutls_pkcs12_get_bag(p12, at, bag);
		if (ret == 0) {
			ret = take_bag(store, bag, password);
		}
		gnutls_pkcs12_bag_deinit(bag);
	}
	return ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ? 0 : ret;
}

static int open_failed(struct tls_fault *fault, const struct pst_file *file,
                       const struct pst_file *password, int ret)
{
	if (ret != GNUTLS_E_MAC_VERIFY_FAILED &&
	    ret != GNUTLS_E_DECRYPTION_FAILED) {
		return tls_fault(fault, KEYSTORE, "%s cannot be read: %s",
		                 file->path, gnutls_strerror(ret));
	}
	if (password->data == NULL) {
		return tls_fault(fault, KEYSTORE,
		                 "%s is encrypted; set password_file to a file "
		                 "with its password",
		                 file->path);
	}
	return tls_fault(fault, "password_file",
	                 "the password in %s does not open %s", password->path,
	                 file->path);
}

/* GnuTLS reads no EC key without its public half, which is how Java's keytool
 * writes them. */
static int key_failed(struct tls_fault *fault, const struct pst_file *file)
{
	return tls_fault(fault, KEYSTORE,
	                 "%s opens, but the private key in it cannot be read: "
	                 "it has a password of its own, or is an "
	                 "elliptic-curve key as Java writes it; take both out "
	                 "with: openssl pkcs12 -in '%s' -nodes -nocerts | "
	                 "openssl ec -out NEW.key; openssl pkcs12 -in '%s' "
	                 "-nokeys -out NEW.pem",
	                 file->path, file->path, file->path);
}

static int open_with(struct tls_keystore *store, gnutls_pkcs12_t p12,
                     const char *password)
{
	int ret = gnutls_pkcs12_verify_mac(p12, password);

	/* no password is none, or the empty one */
	if (ret != 0 && password[0] == '\0') {
		password = NULL;
		ret = gnutls_pkcs12_verify_mac(p12, NULL);
	}
	return ret != 0 ? ret : take_all(store, p12, password);
}

int tls_keystore_open(struct tls_keystore *store, const struct pst_file *file,
                      const struct pst_file *password_file,
                      struct tls_fault *fault)
{
	char password[TLS_PASSWORD_MAX + 1];
	gnutls_pkcs12_t p12;
	int failed, ret;

	memset(store, 0, sizeof(*store));
	if (gnutls_pkcs12_init(&p12) != 0) {
		return tls_fault(fault, KEYSTORE, "memory ran out");
	}
	failed = import(p12, file, fault);
	if (failed == PST_OK) {
		failed = tls_password(password_file, password, fault);
	}
	if (failed == PST_OK) {
		ret = open_with(store, p12, password);
		if (ret != 0) {
			failed = store->key_is_strange
			                 ? key_failed(fault, file)
			                 : open_failed(fault, file,
			                               password_file, ret);
		}
		gnutls_memset(password, 0, sizeof(password));
	}
	gnutls_pkcs12_deinit(p12);
	if (failed != PST_OK) {
		tls_keystore_finish(store);
	}
	return failed;
}

void tls_keystore_finish(struct tls_keystore *store)
{
	if (store->key != NULL) {
		gnutls_x509_privkey_deinit(store->key);
	}
	tls_chain_finish(&store->all);
	memset(store, 0, sizeof(*store));
}

static void swap(struct tls_chain *all, unsigned a, unsigned b)
{
	gnutls_x509_crt_t held = all->crt[a];

	all->crt[a] = all->crt[b];
	all->crt[b] = held;
}

unsigned tls_keystore_sort(struct tls_keystore *store)
{
	struct tls_chain *all = &store->all;
	unsigned n = 0, i = 0;

	while (i < all->count && !tls_key_fits(all->crt[i], store->key)) {
		i++;
	}
	while (i < all->count) {
		swap(all, n++, i);
		i = n;
		while (i < all->count &&
		       (gnutls_x509_crt_check_issuer(all->crt[n - 1],
		                                     all->crt[i]) == 0 ||
		        gnutls_x509_crt_check_issuer(all->crt[i],
		                                     all->crt[i]) != 0)) {
			i++;
		}
	}
	return n;
}
