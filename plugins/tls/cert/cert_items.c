/* SPDX-License-Identifier: MIT */
/* What is in files: certificates, a private key, a request, in any form. */
#include "cert/cert_items.h"

#include "cert/cert_line.h"

#include <gnutls/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "-----BEGIN "

static bool has(const gnutls_datum_t *content, const char *text)
{
	return memmem(content->data, content->size, text, strlen(text)) != NULL;
}

int cert_items_add(struct cert_items *items, gnutls_x509_crt_t crt)
{
	gnutls_x509_crt_t *more =
		realloc(items->crt, (items->count + 1) * sizeof(*more));

	if (more == NULL) {
		gnutls_x509_crt_deinit(crt);
		return cert_bad("memory ran out");
	}
	items->crt = more;
	items->crt[items->count++] = crt;
	return CERT_GOOD;
}

/* Take a list that GnuTLS made, and its members. */
static int add_list(struct cert_items *items, gnutls_x509_crt_t *list,
                    unsigned count)
{
	int code = CERT_GOOD;
	unsigned i;

	for (i = 0; i < count; i++) {
		int ret = cert_items_add(items, list[i]);

		code = ret != CERT_GOOD ? ret : code;
	}
	gnutls_free(list);
	return code;
}

static int take_key(struct cert_items *items, gnutls_x509_privkey_t key,
                    const char *path, bool apart)
{
	if (items->key != NULL) {
		gnutls_x509_privkey_deinit(key);
		return cert_bad("%s: a second private key; the first is in %s",
		                path, items->key_path);
	}
	items->key = key;
	items->key_path = path;
	items->key_apart = apart;
	return CERT_GOOD;
}

/* -- PEM --------------------------------------------------------------- */

static int pem_certificates(struct cert_items *items, const char *path,
                            const gnutls_datum_t *content)
{
	gnutls_x509_crt_t *list = NULL;
	unsigned count = 0;
	int ret = gnutls_x509_crt_list_import2(&list, &count, content,
	                                       GNUTLS_X509_FMT_PEM, 0);

	if (ret < 0) {
		return cert_bad("%s: a certificate in it cannot be read: %s",
		                path, gnutls_strerror(ret));
	}
	return add_list(items, list, count);
}

static int key_trouble(const char *path, const char *password, int ret)
{
	if (ret == GNUTLS_E_DECRYPTION_FAILED && password == NULL) {
		return cert_bad("%s: the private key is encrypted; its "
		                "password is wanted in --password-file",
		                path);
	}
	if (ret == GNUTLS_E_DECRYPTION_FAILED) {
		return cert_bad("%s: the password does not open the private "
		                "key",
		                path);
	}
	return cert_bad("%s: the private key cannot be read: %s; an "
	                "elliptic-curve key without its public half becomes "
	                "readable by: openssl ec -in %s -out NEW.key",
	                path, gnutls_strerror(ret), path);
}

static int import_key(struct cert_items *items, const char *path,
                      const gnutls_datum_t *content,
                      gnutls_x509_crt_fmt_t format, const char *password)
{
	gnutls_x509_privkey_t key;
	int ret = gnutls_x509_privkey_init(&key);

	if (ret == 0) {
		ret = gnutls_x509_privkey_import2(key, content, format,
		                                  password, 0);
	} else {
		key = NULL;
	}
	if (ret == 0) {
		return take_key(items, key, path, true);
	}
	gnutls_x509_privkey_deinit(key);
	return key_trouble(path, password, ret);
}

static int import_request(struct cert_items *items, const char *path,
                          const gnutls_datum_t *content,
                          gnutls_x509_crt_fmt_t format)
{
	gnutls_x509_crq_t crq;
	int ret = gnutls_x509_crq_init(&crq);

	if (ret == 0) {
		ret = gnutls_x509_crq_import(crq, content, format);
	} else {
		crq = NULL;
	}
	if (ret != 0 || items->crq != NULL) {
		gnutls_x509_crq_deinit(crq);
		return ret == 0 ? cert_bad("%s: a second request", path)
		                : cert_bad("%s: the request cannot be read: %s",
		                           path, gnutls_strerror(ret));
	}
	items->crq = crq;
	return CERT_GOOD;
}

static int import_crl(struct cert_items *items, const char *path,
                      const gnutls_datum_t *content,
                      gnutls_x509_crt_fmt_t format)
{
	gnutls_x509_crl_t crl;
	int ret = gnutls_x509_crl_init(&crl);

	if (ret == 0) {
		ret = gnutls_x509_crl_import(crl, content, format);
	} else {
		crl = NULL;
	}
	if (ret != 0 || items->crl != NULL) {
		gnutls_x509_crl_deinit(crl);
		return ret == 0 ? cert_bad("%s: a second revocation list", path)
		                : cert_bad("%s: the revocation list cannot be "
		                           "read: %s",
		                           path, gnutls_strerror(ret));
	}
	items->crl = crl;
	return CERT_GOOD;
}

static int strange_pem(const char *path, const gnutls_datum_t *content)
{
	if (has(content, BEGIN "OPENSSH PRIVATE KEY")) {
		return cert_bad("%s: is a key of OpenSSH; convert it with: "
		                "ssh-keygen -p -m PKCS8 -f %s",
		                path, path);
	}
	if (has(content, BEGIN "TRUSTED CERTIFICATE")) {
		return cert_bad("%s: is in OpenSSL's own form; convert it "
		                "with: openssl x509 -in %s -out FILE",
		                path, path);
	}
	if (has(content, BEGIN "PKCS7")) {
		return cert_bad("%s: is PKCS#7; convert it with: openssl pkcs7 "
		                "-print_certs -in %s -out FILE",
		                path, path);
	}
	return cert_bad("%s: holds neither a certificate nor a key nor a "
	                "request",
	                path);
}

static int load_pem(struct cert_items *items, const char *path,
                    const gnutls_datum_t *content, const char *password)
{
	int code = CERT_GOOD;
	bool any = false;

	if (has(content, BEGIN "CERTIFICATE-----") ||
	    has(content, BEGIN "X509 CERTIFICATE-----")) {
		any = true;
		code = pem_certificates(items, path, content);
	}
	if (code == CERT_GOOD && has(content, "PRIVATE KEY-----") &&
	    !has(content, "OPENSSH PRIVATE KEY")) {
		any = true;
		code = import_key(items, path, content, GNUTLS_X509_FMT_PEM,
		                  password);
	}
	if (code == CERT_GOOD && has(content, "CERTIFICATE REQUEST-----")) {
		any = true;
		code = import_request(items, path, content,
		                      GNUTLS_X509_FMT_PEM);
	}
	if (code == CERT_GOOD && has(content, BEGIN "X509 CRL-----")) {
		any = true;
		code = import_crl(items, path, content, GNUTLS_X509_FMT_PEM);
	}
	return any ? code : strange_pem(path, content);
}

/* -- PKCS#12 and other binary forms ------------------------------------ */

static int keystore_trouble(const char *path, const char *password, int ret)
{
	if (password == NULL) {
		return cert_bad("%s: is a PKCS#12 keystore; its password is "
		                "wanted in --password-file",
		                path);
	}
	if (ret == GNUTLS_E_MAC_VERIFY_FAILED) {
		return cert_bad("%s: the password does not open the keystore",
		                path);
	}
	return cert_bad("%s: the keystore cannot be read: %s", path,
	                gnutls_strerror(ret));
}

/* GnuTLS 3.7 reads no elliptic-curve key without its public half, which is how
 * Java writes them, and says that decryption failed. */
static int keystore_key_trouble(const char *path)
{
	return cert_bad("%s: the password is right, but the private key in it "
	                "cannot be read; it has a password of its own, or is "
	                "an elliptic-curve key as Java writes it. Take both "
	                "out with:\n"
	                "  openssl pkcs12 -in %s -nodes -nocerts | openssl ec "
	                "-out NEW.key\n"
	                "  openssl pkcs12 -in %s -nokeys -out NEW.pem",
	                path, path, path);
}

static int bag_certificates(struct cert_items *items, gnutls_pkcs12_bag_t bag)
{
	int count = gnutls_pkcs12_bag_get_count(bag), i, code = CERT_GOOD;

	for (i = 0; i < count && code == CERT_GOOD; i++) {
		gnutls_datum_t der;
		gnutls_x509_crt_t crt;

		if (gnutls_pkcs12_bag_get_type(bag, (unsigned)i) !=
		            GNUTLS_BAG_CERTIFICATE ||
		    gnutls_pkcs12_bag_get_data(bag, (unsigned)i, &der) < 0 ||
		    gnutls_x509_crt_init(&crt) != 0) {
			continue;
		}
		if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) !=
		    0) {
			gnutls_x509_crt_deinit(crt);
			continue;
		}
		code = cert_items_add(items, crt);
	}
	return code;
}

/* A truststore: certificates, and no key. */
static int load_truststore(struct cert_items *items, const char *path,
                           gnutls_pkcs12_t p12, const char *password)
{
	int code = CERT_GOOD, at, ret = 0;

	for (at = 0; ret >= 0 && code == CERT_GOOD; at++) {
		gnutls_pkcs12_bag_t bag;

		ret = gnutls_pkcs12_bag_init(&bag);
		if (ret < 0) {
			break;
		}
		ret = gnutls_pkcs12_get_bag(p12, at, bag);
		if (ret >= 0 && gnutls_pkcs12_bag_get_type(bag, 0) ==
		                        GNUTLS_BAG_ENCRYPTED) {
			ret = gnutls_pkcs12_bag_decrypt(bag, password);
		}
		if (ret >= 0) {
			code = bag_certificates(items, bag);
		}
		gnutls_pkcs12_bag_deinit(bag);
	}
	return ret < 0 && ret != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE
	               ? keystore_trouble(path, password, ret)
	               : code;
}

static int load_keystore(struct cert_items *items, const char *path,
                         gnutls_pkcs12_t p12, const char *password)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t *chain = NULL, *extra = NULL;
	unsigned chain_count = 0, extra_count = 0;
	int ret = gnutls_pkcs12_verify_mac(p12, password);
	bool opened = ret == 0;
	int code = CERT_GOOD, more;

	if (opened) {
		ret = gnutls_pkcs12_simple_parse(
			p12, password, &key, &chain, &chain_count, &extra,
			&extra_count, NULL,
			GNUTLS_PKCS12_SP_INCLUDE_SELF_SIGNED);
	}
	if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
		return load_truststore(items, path, p12, password);
	}
	if (opened && ret == GNUTLS_E_DECRYPTION_FAILED) {
		return keystore_key_trouble(path);
	}
	if (ret != 0) {
		return keystore_trouble(path, password, ret);
	}
	if (key != NULL) {
		code = take_key(items, key, path, false);
	}
	more = add_list(items, chain, chain_count);
	code = more != CERT_GOOD ? more : code;
	more = add_list(items, extra, extra_count);
	return more != CERT_GOOD ? more : code;
}

/* JKS and JCEKS begin with a number of their own. */
static bool is_java(const gnutls_datum_t *content)
{
	return content->size >= 4 &&
	       (memcmp(content->data, "\xfe\xed\xfe\xed", 4) == 0 ||
	        memcmp(content->data, "\xce\xce\xce\xce", 4) == 0);
}

static int java_trouble(const char *path, const gnutls_datum_t *content)
{
	bool jks = content->data[0] == 0xfe;

	return cert_bad("%s: is a Java keystore (%s); convert it with: "
	                "keytool -importkeystore -srckeystore %s%s "
	                "-destkeystore %s.p12 -deststoretype PKCS12",
	                path, jks ? "JKS" : "JCEKS", path,
	                jks ? "" : " -srcstoretype JCEKS", path);
}

static bool der_certificate(struct cert_items *items,
                            const gnutls_datum_t *content, int *code)
{
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) != 0) {
		return false;
	}
	if (gnutls_x509_crt_import(crt, content, GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(crt);
		return false;
	}
	*code = cert_items_add(items, crt);
	return true;
}

static bool der_keystore(struct cert_items *items, const char *path,
                         const gnutls_datum_t *content, const char *password,
                         int *code)
{
	gnutls_pkcs12_t p12;
	bool is;

	if (gnutls_pkcs12_init(&p12) != 0) {
		return false;
	}
	is = gnutls_pkcs12_import(p12, content, GNUTLS_X509_FMT_DER, 0) == 0;
	if (is) {
		*code = load_keystore(items, path, p12, password);
	}
	gnutls_pkcs12_deinit(p12);
	return is;
}

static bool der_request(struct cert_items *items, const char *path,
                        const gnutls_datum_t *content, int *code)
{
	gnutls_x509_crq_t crq;
	bool is;

	if (gnutls_x509_crq_init(&crq) != 0) {
		return false;
	}
	is = gnutls_x509_crq_import(crq, content, GNUTLS_X509_FMT_DER) == 0;
	gnutls_x509_crq_deinit(crq);
	if (is) {
		*code = import_request(items, path, content,
		                       GNUTLS_X509_FMT_DER);
	}
	return is;
}

static bool der_crl(struct cert_items *items, const char *path,
                    const gnutls_datum_t *content, int *code)
{
	gnutls_x509_crl_t crl;
	bool is;

	if (gnutls_x509_crl_init(&crl) != 0) {
		return false;
	}
	is = gnutls_x509_crl_import(crl, content, GNUTLS_X509_FMT_DER) == 0;
	gnutls_x509_crl_deinit(crl);
	if (is) {
		*code = import_crl(items, path, content, GNUTLS_X509_FMT_DER);
	}
	return is;
}

static int load_binary(struct cert_items *items, const char *path,
                       const gnutls_datum_t *content, const char *password)
{
	int code = CERT_GOOD;

	if (is_java(content)) {
		return java_trouble(path, content);
	}
	if (content->data[0] != 0x30) {
		return cert_bad("%s: is neither PEM nor DER nor a keystore",
		                path);
	}
	if (der_certificate(items, content, &code) ||
	    der_keystore(items, path, content, password, &code) ||
	    der_request(items, path, content, &code) ||
	    der_crl(items, path, content, &code)) {
		return code;
	}
	return import_key(items, path, content, GNUTLS_X509_FMT_DER, password);
}

int cert_items_load(struct cert_items *items, const char *path,
                    const char *password)
{
	gnutls_datum_t content;
	int code = cert_file_read(path, &content);

	if (code != CERT_GOOD) {
		return code;
	}
	if (content.size == 0) {
		code = cert_bad("%s: is empty", path);
	} else if (has(&content, BEGIN)) {
		code = load_pem(items, path, &content, password);
	} else {
		code = load_binary(items, path, &content, password);
	}
	cert_file_free(&content);
	return code;
}

int cert_items_load_certificates(struct cert_items *items, const char *path)
{
	unsigned before = items->count;
	int code = cert_items_load(items, path, NULL);

	if (code == CERT_GOOD && items->count == before) {
		return cert_bad("%s: holds no certificate", path);
	}
	return code;
}

int cert_items_load_key(struct cert_items *items, const char *path,
                        const char *password)
{
	int code = cert_items_load(items, path, password);

	if (code == CERT_GOOD && items->key == NULL) {
		return cert_bad("%s: holds no private key", path);
	}
	return code;
}

void cert_items_finish(struct cert_items *items)
{
	unsigned i;

	for (i = 0; i < items->count; i++) {
		gnutls_x509_crt_deinit(items->crt[i]);
	}
	free(items->crt);
	gnutls_x509_privkey_deinit(items->key);
	gnutls_x509_crq_deinit(items->crq);
	if (items->crl != NULL) {
		gnutls_x509_crl_deinit(items->crl);
	}
	memset(items, 0, sizeof(*items));
}

bool cert_key_fits(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	unsigned char a[32], b[32];
	size_t la = sizeof(a), lb = sizeof(b);

	return gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, a,
	                                  &la) == 0 &&
	       gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, b,
	                                      &lb) == 0 &&
	       la == lb && memcmp(a, b, la) == 0;
}

bool cert_same(gnutls_x509_crt_t a, gnutls_x509_crt_t b)
{
	return gnutls_x509_crt_equals(a, b) != 0;
}

gnutls_x509_crt_t cert_copy(gnutls_x509_crt_t crt)
{
	gnutls_x509_crt_t copy = NULL;
	gnutls_datum_t der;

	if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) < 0) {
		return NULL;
	}
	if (gnutls_x509_crt_init(&copy) == 0 &&
	    gnutls_x509_crt_import(copy, &der, GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(copy);
		copy = NULL;
	}
	gnutls_free(der.data);
	return copy;
}
