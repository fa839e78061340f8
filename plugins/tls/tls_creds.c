/* SPDX-License-Identifier: MIT */
/* Certificate, key and trust into GnuTLS credentials. */
#include "tls_creds.h"

#include <string.h>

enum {
	PASSWORD_MAX = 1023,
	DER_SEQUENCE = 0x30
};

static bool has_text(const struct pst_file *file, const char *text)
{
	return memmem(file->data, file->length, text, strlen(text)) != NULL;
}

/* Why no certificate was found in a file. */
static const char *no_certificate(const struct pst_file *file)
{
	if (file->length == 0) {
		return "is empty";
	}
	if (has_text(file, "PRIVATE KEY-----")) {
		return "holds a private key and no certificate";
	}
	if (has_text(file, "BEGIN CERTIFICATE REQUEST-----")) {
		return "holds a request, not a certificate";
	}
	if (file->data[0] == DER_SEQUENCE) {
		return "is DER, not PEM; convert it with: openssl x509 "
		       "-inform DER";
	}
	return "has no PEM certificate in it";
}

int tls_chain_load(struct tls_chain *chain, struct pst_setup *setup,
                   const char *option, const struct pst_file *file)
{
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	int ret;

	chain->crt = NULL;
	chain->count = 0;
	if (!has_text(file, "-----BEGIN")) {
		ret = GNUTLS_E_NO_CERTIFICATE_FOUND;
	} else {
		ret = gnutls_x509_crt_list_import2(&chain->crt, &chain->count,
		                                   &pem, GNUTLS_X509_FMT_PEM,
		                                   0);
	}
	if (ret >= 0 && chain->count != 0) {
		return PST_OK;
	}
	if (ret >= 0 || ret == GNUTLS_E_NO_CERTIFICATE_FOUND) {
		pst_error(setup, option, "%s %s", file->path,
		          no_certificate(file));
	} else {
		pst_error(setup, option,
		          "%s: a certificate in it cannot be read: %s",
		          file->path, gnutls_strerror(ret));
	}
	return PST_CONFIG;
}

void tls_chain_finish(struct tls_chain *chain)
{
	unsigned i;

	for (i = 0; i < chain->count; i++) {
		gnutls_x509_crt_deinit(chain->crt[i]);
	}
	gnutls_free(chain->crt);
	chain->crt = NULL;
	chain->count = 0;
}

/* The first line of the password file. Returns false after an error. */
static bool read_password(const struct pst_file *file, struct pst_setup *setup,
                          char *out)
{
	size_t length = 0;

	while (length < file->length && file->data[length] != '\n' &&
	       file->data[length] != '\r') {
		length++;
	}
	if (length == 0 || length > PASSWORD_MAX ||
	    memchr(file->data, '\0', length) != NULL) {
		pst_error(setup, "password_file",
		          "%s has no password of 1 to %d bytes in its first "
		          "line",
		          file->path, PASSWORD_MAX);
		return false;
	}
	memcpy(out, file->data, length);
	out[length] = '\0';
	return true;
}

static void key_error(const struct tls_conf *conf, struct pst_setup *setup,
                      int ret)
{
	const struct pst_file *file = &conf->private_key;
	bool locked = has_text(file, "ENCRYPTED");

	if (file->length == 0) {
		pst_error(setup, "private_key", "%s is empty", file->path);
	} else if (locked && conf->password_file.data == NULL) {
		pst_error(setup, "private_key",
		          "%s is encrypted; set password_file to a file with "
		          "its password",
		          file->path);
	} else if (locked) {
		pst_error(setup, "password_file",
		          "the password in %s does not open %s",
		          conf->password_file.path, file->path);
	} else if (!has_text(file, "PRIVATE KEY-----")) {
		pst_error(setup, "private_key",
		          "%s has no PEM private key in it%s", file->path,
		          has_text(file, "BEGIN CERTIFICATE-----")
		                  ? ", but a certificate"
		                  : "");
	} else {
		pst_error(setup, "private_key", "%s cannot be read: %s",
		          file->path, gnutls_strerror(ret));
	}
}

/* Returns the key, owned; NULL after an error. */
static gnutls_x509_privkey_t load_key(const struct tls_conf *conf,
                                      struct pst_setup *setup)
{
	const struct pst_file *file = &conf->private_key;
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	bool locked = conf->password_file.data != NULL;
	char password[PASSWORD_MAX + 1];
	gnutls_x509_privkey_t key;
	int ret;

	if (locked && !read_password(&conf->password_file, setup, password)) {
		return NULL;
	}
	ret = gnutls_x509_privkey_init(&key);
	if (ret == 0) {
		ret = gnutls_x509_privkey_import2(key, &pem,
		                                  GNUTLS_X509_FMT_PEM,
		                                  locked ? password : NULL, 0);
		if (ret != 0) {
			gnutls_x509_privkey_deinit(key);
		}
	}
	gnutls_memset(password, 0, sizeof(password));
	if (ret != 0) {
		key_error(conf, setup, ret);
		return NULL;
	}
	if (locked && !has_text(file, "ENCRYPTED")) {
		pst_warning(setup, "password_file",
		            "%s is not encrypted and needs no password",
		            file->path);
	}
	return key;
}

int tls_load_identity(struct tls_conf *conf, struct pst_setup *setup,
                      const struct tls_chain *chain)
{
	gnutls_x509_privkey_t key = load_key(conf, setup);
	int pk, ret;

	if (key == NULL) {
		return PST_CONFIG;
	}
	pk = gnutls_x509_privkey_get_pk_algorithm(key);
	conf->has_rsa_key = pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS;
	ret = gnutls_certificate_set_x509_key(conf->credentials, chain->crt,
	                                      (int)chain->count, key);
	gnutls_x509_privkey_deinit(key);
	if (ret == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
		pst_error(setup, "private_key",
		          "%s is not the key of the first certificate in %s",
		          conf->private_key.path, conf->certificate.path);
	} else if (ret < 0) {
		pst_error(setup, "certificate",
		          "%s and %s cannot be used together: %s",
		          conf->certificate.path, conf->private_key.path,
		          gnutls_strerror(ret));
	}
	return ret < 0 ? PST_CONFIG : PST_OK;
}

static int load_trust_file(struct tls_conf *conf, struct pst_setup *setup,
                           const char *option, const struct pst_file *file)
{
	struct tls_chain chain;
	int ret;

	if (tls_chain_load(&chain, setup, option, file) != PST_OK) {
		return PST_CONFIG;
	}
	ret = gnutls_certificate_set_x509_trust(conf->credentials, chain.crt,
	                                        (int)chain.count);
	conf->trust_count += chain.count;
	conf->has_trust_file = true;
	tls_chain_finish(&chain);
	if (ret <= 0) {
		pst_error(setup, option, "%s cannot be used as trust: %s",
		          file->path, gnutls_strerror(ret));
		return PST_CONFIG;
	}
	return PST_OK;
}

static int load_system_trust(struct tls_conf *conf, struct pst_setup *setup)
{
	int ret = gnutls_certificate_set_x509_system_trust(conf->credentials);

	if (ret <= 0) {
		pst_error(setup, "trust",
		          "the system's store has no certificate in it; "
		          "install ca-certificates, or set trust");
		return PST_CONFIG;
	}
	conf->trust_count += (uint32_t)ret;
	conf->has_system_trust = true;
	return PST_OK;
}

int tls_load_trust(struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_file *file = tls_trust_of(conf, setup->role);
	bool connect = setup->role == PST_CONNECT;
	int failed = 0;

	if (!tls_checks_peer(conf, setup->role)) {
		return PST_OK;
	}
	if (file->data != NULL) {
		failed |= load_trust_file(
			conf, setup, connect ? "trust" : "client_trust", file);
	}
	if (connect && (conf->trust_system || file->data == NULL)) {
		failed |= load_system_trust(conf, setup);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}
