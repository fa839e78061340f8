/* SPDX-License-Identifier: MIT */
/* This end's certificate and key: checked, loaded, explained. */
#include "tls_own.h"

#include "tls_creds.h"

#include <stdio.h>
#include <string.h>

enum {
	DAY = 24 * 60 * 60,
	WARN_DAYS = 30,
	DN_TEXT = 256,
	DATE_TEXT = 32,
	HASH_TEXT = 65,
	PASSWORD_MAX = 1023,
	RSA_BITS_MIN = 2048
};

static int check_pairs(const struct tls_conf *conf, struct pst_setup *setup)
{
	bool certificate = conf->own.certificate.data != NULL;
	bool key = conf->own.private_key.data != NULL;

	if (!certificate && !key && setup->role == PST_ACCEPT) {
		pst_error(setup, NULL,
		          "to accept TLS, set certificate and private_key");
		return PST_CONFIG;
	}
	if (certificate && !key) {
		pst_error(setup, "certificate",
		          "%s has no private_key next to it",
		          conf->own.certificate.path);
		return PST_CONFIG;
	}
	if (key && !certificate) {
		pst_error(setup, "private_key",
		          "%s has no certificate next to it",
		          conf->own.private_key.path);
		return PST_CONFIG;
	}
	if (conf->own.password_file.data != NULL && !key) {
		pst_error(setup, "password_file",
		          "there is no private_key that it could open");
		return PST_CONFIG;
	}
	return PST_OK;
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
	const struct pst_file *file = &conf->own.private_key;
	bool locked = tls_file_has(file, "ENCRYPTED");

	if (file->length == 0) {
		pst_error(setup, "private_key", "%s is empty", file->path);
	} else if (locked && conf->own.password_file.data == NULL) {
		pst_error(setup, "private_key",
		          "%s is encrypted; set password_file to a file with "
		          "its password",
		          file->path);
	} else if (locked) {
		pst_error(setup, "password_file",
		          "the password in %s does not open %s",
		          conf->own.password_file.path, file->path);
	} else if (!tls_file_has(file, "PRIVATE KEY-----")) {
		pst_error(setup, "private_key",
		          "%s has no PEM private key in it%s", file->path,
		          tls_file_has(file, "BEGIN CERTIFICATE-----")
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
	const struct pst_file *file = &conf->own.private_key;
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	bool locked = conf->own.password_file.data != NULL;
	char password[PASSWORD_MAX + 1];
	gnutls_x509_privkey_t key;
	int ret;

	if (locked &&
	    !read_password(&conf->own.password_file, setup, password)) {
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
	if (locked && !tls_file_has(file, "ENCRYPTED")) {
		pst_warning(setup, "password_file",
		            "%s is not encrypted and needs no password",
		            file->path);
	}
	return key;
}

static int load_pair(struct tls_conf *conf, struct pst_setup *setup,
                     const struct tls_chain *chain)
{
	gnutls_x509_privkey_t key = load_key(conf, setup);
	int pk, ret;

	if (key == NULL) {
		return PST_CONFIG;
	}
	pk = gnutls_x509_privkey_get_pk_algorithm(key);
	conf->own.has_rsa_key = pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS;
	ret = gnutls_certificate_set_x509_key(conf->credentials, chain->crt,
	                                      (int)chain->count, key);
	gnutls_x509_privkey_deinit(key);
	if (ret == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
		pst_error(setup, "private_key",
		          "%s is not the key of the first certificate in %s",
		          conf->own.private_key.path,
		          conf->own.certificate.path);
	} else if (ret < 0) {
		pst_error(setup, "certificate",
		          "%s and %s cannot be used together: %s",
		          conf->own.certificate.path,
		          conf->own.private_key.path, gnutls_strerror(ret));
	}
	return ret < 0 ? PST_CONFIG : PST_OK;
}

/* The names by which clients call must be in the certificate. */
static int check_names(struct pst_setup *setup, gnutls_x509_crt_t crt)
{
	char names[TLS_NAMES_TEXT];
	struct tls_name host;
	const char *why;

	if (setup->role != PST_ACCEPT || setup->url == NULL ||
	    setup->url->host[0] == '\0') {
		return PST_OK;
	}
	if (tls_name_parse(setup->url->host, &host, &why) == PST_OK &&
	    tls_name_in(crt, &host)) {
		return PST_OK;
	}
	tls_names_list(crt, names, sizeof(names));
	pst_error(setup, "certificate",
	          "is not for %s, the host in %s; the names in it "
	          "(subjectAltName) are: %s",
	          setup->url->host, setup->url->text, names);
	return PST_CONFIG;
}

static void check_times(struct pst_setup *setup, const struct pst_file *file,
                        gnutls_x509_crt_t crt)
{
	time_t now = (time_t)setup->now;
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	char subject[DN_TEXT], date[DATE_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	if (until < now) {
		tls_date(until, date, sizeof(date));
		pst_warning(setup, "certificate",
		            "%s: %s expired on %s; peers will refuse it",
		            file->path, subject, date);
	} else if (from > now) {
		tls_date(from, date, sizeof(date));
		pst_warning(setup, "certificate",
		            "%s: %s is not valid before %s; peers will refuse "
		            "it until then",
		            file->path, subject, date);
	} else if (until - now < WARN_DAYS * (time_t)DAY) {
		tls_date(until, date, sizeof(date));
		pst_warning(setup, "certificate",
		            "%s: %s ends on %s, in %ld days", file->path,
		            subject, date, (long)((until - now) / DAY));
	}
}

static void check_key_size(struct pst_setup *setup, const struct pst_file *file,
                           gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	if ((pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS) &&
	    bits < RSA_BITS_MIN) {
		pst_warning(setup, "certificate",
		            "%s: an RSA key of %u bits; peers refuse less "
		            "than %d",
		            file->path, bits, RSA_BITS_MIN);
	}
}

/* Each certificate must be issued by the next (RFC 8446 4.4.2). */
static void check_order(struct pst_setup *setup, const struct pst_file *file,
                        const struct tls_chain *chain)
{
	unsigned i;

	for (i = 0; i + 1 < chain->count; i++) {
		if (gnutls_x509_crt_check_issuer(chain->crt[i],
		                                 chain->crt[i + 1]) == 0) {
			pst_warning(setup, "certificate",
			            "%s: certificate %u was not issued by "
			            "number %u behind it; peers may find no "
			            "chain",
			            file->path, i + 1, i + 2);
			return;
		}
	}
}

static int load_identity(struct tls_conf *conf, struct pst_setup *setup)
{
	struct tls_chain chain;
	unsigned i;
	int failed;

	if (conf->own.certificate.data == NULL ||
	    conf->own.private_key.data == NULL) {
		return PST_OK;
	}
	if (tls_chain_load(&chain, setup, "certificate",
	                   &conf->own.certificate) != PST_OK) {
		return PST_CONFIG;
	}
	failed = load_pair(conf, setup, &chain);
	failed |= check_names(setup, chain.crt[0]);
	for (i = 0; i < chain.count; i++) {
		check_times(setup, &conf->own.certificate, chain.crt[i]);
	}
	check_key_size(setup, &conf->own.certificate, chain.crt[0]);
	check_order(setup, &conf->own.certificate, &chain);
	tls_chain_finish(&chain);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

int tls_own_init(struct tls_conf *conf, struct pst_setup *setup)
{
	int failed = check_pairs(conf, setup);

	failed |= load_identity(conf, setup);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

static void explain_key(struct pst_setup *setup, gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	pst_explain(setup, "key", "%s, %u bits",
	            pk < 0 ? "unknown"
	                   : gnutls_pk_algorithm_get_name(
				     (gnutls_pk_algorithm_t)pk),
	            bits);
}

static void explain_certificate(struct pst_setup *setup,
                                const struct tls_chain *chain)
{
	char text[TLS_NAMES_TEXT];

	tls_subject(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "subject", "%s", text);
	tls_names_list(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "names", "%s", text);
	tls_issuer(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "issuer", "%s", text);
	tls_date(gnutls_x509_crt_get_expiration_time(chain->crt[0]), text,
	         sizeof(text));
	pst_explain(setup, "valid until", "%s", text);
	explain_key(setup, chain->crt[0]);
	tls_fingerprint(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "fingerprint", "sha256:%s", text);
}

void tls_own_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_file *file = &conf->own.certificate;
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	struct tls_chain chain = {NULL, 0};

	if (file->data == NULL) {
		pst_explain(setup, "certificate", "none is shown");
		return;
	}
	if (gnutls_x509_crt_list_import2(&chain.crt, &chain.count, &pem,
	                                 GNUTLS_X509_FMT_PEM, 0) < 0) {
		return; /* conf_init reported it */
	}
	pst_explain(setup, "certificate", "%s, %u in the chain", file->path,
	            chain.count);
	explain_certificate(setup, &chain);
	tls_chain_finish(&chain);
}
