/* SPDX-License-Identifier: MIT */
/* The commands that give certificates to others: export and fetch. */
#include "cert/cert_dial.h"
#include "cert/cert_line.h"
#include "cert/cert_print.h"
#include "tls_names.h"

#include <gnutls/pkcs12.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- where it goes ----------------------------------------------------- */

static int put_stdout(const gnutls_datum_t *data)
{
	return fwrite(data->data, 1, data->size, stdout) == data->size &&
	                       fflush(stdout) == 0
	               ? CERT_GOOD
	               : cert_bad("standard output cannot be written");
}

static int put(const struct cert_line *line, const gnutls_datum_t *data,
               bool secret)
{
	const char *path = line->value[CERT_OUT];
	struct cert_output out;
	int code;

	if (path == NULL || strcmp(path, "-") == 0) {
		return put_stdout(data);
	}
	code = cert_output_open(&out, path, cert_given(line, CERT_FORCE));
	if (code == CERT_GOOD) {
		code = cert_output_fill(&out, secret ? 0600 : 0644, data->data,
		                        data->size);
	}
	if (code == CERT_GOOD) {
		code = cert_output_commit(&out);
	}
	if (code == CERT_GOOD) {
		fprintf(stderr, "%s%s\n", path,
		        secret ? ": has the private key in it, mode 0600" : "");
	}
	return code;
}

/* Everything as PEM. Owned by the caller (free). */
static int all_pem(const struct cert_items *items, bool with_key,
                   const char *password, gnutls_datum_t *out)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	gnutls_datum_t key;
	unsigned i;
	int code = CERT_GOOD;

	if (file == NULL) {
		return cert_bad("memory ran out");
	}
	for (i = 0; i < items->count && code == CERT_GOOD; i++) {
		code = cert_print_pem(file, items->crt[i]);
	}
	if (with_key && code == CERT_GOOD) {
		int ret = gnutls_x509_privkey_export2_pkcs8(
			items->key, GNUTLS_X509_FMT_PEM, password,
			password == NULL ? GNUTLS_PKCS_PLAIN
					 : GNUTLS_PKCS_PBES2_AES_256,
			&key);

		if (ret == 0) {
			fwrite(key.data, 1, key.size, file);
			gnutls_memset(key.data, 0, key.size);
			gnutls_free(key.data);
		} else {
			code = cert_bad("the private key: %s",
			                gnutls_strerror(ret));
		}
	}
	if (fclose(file) != 0 || text == NULL) {
		code = cert_bad("memory ran out");
	}
	if (code != CERT_GOOD) {
		free(text);
		return code;
	}
	out->data = (unsigned char *)text;
	out->size = (unsigned)length;
	return CERT_GOOD;
}

/* -- PKCS#12 (RFC 7292) ------------------------------------------------ */

static int label(gnutls_pkcs12_bag_t bag, int at, const char *alias,
                 const gnutls_datum_t *id)
{
	int ret = gnutls_pkcs12_bag_set_friendly_name(bag, (unsigned)at, alias);

	return ret < 0 || id == NULL
	               ? ret
	               : gnutls_pkcs12_bag_set_key_id(bag, (unsigned)at, id);
}

static int put_certificates(gnutls_pkcs12_t p12, const struct cert_items *items,
                            const char *alias, const gnutls_datum_t *id,
                            const char *password)
{
	gnutls_pkcs12_bag_t bag;
	char name[160];
	unsigned i;
	int ret = gnutls_pkcs12_bag_init(&bag);

	if (ret < 0) {
		return ret;
	}
	for (i = 0; i < items->count && ret >= 0; i++) {
		int at = gnutls_pkcs12_bag_set_crt(bag, items->crt[i]);

		snprintf(name, sizeof(name), i == 0 ? "%s" : "%s-%u", alias,
		         i + 1);
		ret = at < 0 ? at : label(bag, at, name, i == 0 ? id : NULL);
	}
	if (ret >= 0) {
		ret = gnutls_pkcs12_bag_encrypt(bag, password,
		                                GNUTLS_PKCS_PBES2_AES_256);
	}
	if (ret >= 0) {
		ret = gnutls_pkcs12_set_bag(p12, bag);
	}
	gnutls_pkcs12_bag_deinit(bag);
	return ret;
}

static int put_key(gnutls_pkcs12_t p12, gnutls_x509_privkey_t key,
                   const char *alias, const gnutls_datum_t *id,
                   const char *password)
{
	gnutls_pkcs12_bag_t bag;
	gnutls_datum_t der = {NULL, 0};
	int at, ret = gnutls_x509_privkey_export2_pkcs8(
			key, GNUTLS_X509_FMT_DER, password,
			GNUTLS_PKCS_PBES2_AES_256, &der);

	if (ret < 0) {
		return ret;
	}
	ret = gnutls_pkcs12_bag_init(&bag);
	if (ret >= 0) {
		at = gnutls_pkcs12_bag_set_data(
			bag, GNUTLS_BAG_PKCS8_ENCRYPTED_KEY, &der);
		ret = at < 0 ? at : label(bag, at, alias, id);
		if (ret >= 0) {
			ret = gnutls_pkcs12_set_bag(p12, bag);
		}
		gnutls_pkcs12_bag_deinit(bag);
	}
	gnutls_free(der.data);
	return ret;
}

static int keystore(const struct cert_items *items, bool with_key,
                    const char *alias, const char *password,
                    gnutls_datum_t *out)
{
	unsigned char hash[20];
	gnutls_datum_t id = {hash, sizeof(hash)};
	size_t length = sizeof(hash);
	gnutls_pkcs12_t p12;
	int ret = gnutls_pkcs12_init(&p12);

	if (ret < 0) {
		return ret;
	}
	if (with_key) {
		ret = gnutls_x509_crt_get_key_id(items->crt[0], 0, hash,
		                                 &length);
		if (ret >= 0) {
			ret = put_key(p12, items->key, alias, &id, password);
		}
	}
	if (ret >= 0) {
		ret = put_certificates(p12, items, alias, with_key ? &id : NULL,
		                       password);
	}
	if (ret >= 0) {
		ret = gnutls_pkcs12_generate_mac2(p12, GNUTLS_MAC_SHA256,
		                                  password);
	}
	if (ret >= 0) {
		ret = gnutls_pkcs12_export2(p12, GNUTLS_X509_FMT_DER, out);
	}
	gnutls_pkcs12_deinit(p12);
	return ret;
}

/* -- export ------------------------------------------------------------ */

static int export_keystore(const struct cert_line *line,
                           const struct cert_items *items, const char *password,
                           bool with_key)
{
	const char *alias = line->value[CERT_ALIAS];
	gnutls_datum_t data;
	int ret, code;

	ret = keystore(items, with_key, alias == NULL ? "penstock" : alias,
	               password, &data);
	if (ret < 0) {
		return cert_bad("the keystore: %s", gnutls_strerror(ret));
	}
	code = put(line, &data, with_key);
	gnutls_memset(data.data, 0, data.size);
	gnutls_free(data.data);
	if (code == CERT_GOOD && !with_key) {
		fprintf(stderr,
		        "Java sees nothing in a PKCS#12 file without keys; "
		        "for Java use:\n  keytool -importcert -noprompt -alias "
		        "penstock -file FILE.pem -keystore trust.p12\n");
	}
	return code;
}

static int export_der(const struct cert_line *line,
                      const struct cert_items *items)
{
	gnutls_datum_t data;
	int ret, code;

	if (items->count != 1) {
		return cert_bad("%s: has %u certificates, and DER holds one; "
		                "use --format pem",
		                line->operand[0], items->count);
	}
	ret = gnutls_x509_crt_export2(items->crt[0], GNUTLS_X509_FMT_DER,
	                              &data);
	if (ret < 0) {
		return cert_bad("the certificate: %s", gnutls_strerror(ret));
	}
	code = put(line, &data, false);
	gnutls_free(data.data);
	return code;
}

static int export_pem(const struct cert_line *line,
                      const struct cert_items *items, const char *password,
                      bool with_key)
{
	gnutls_datum_t data;
	int code;

	/* what came out of a keystore lies plain, as the gateway reads it */
	code = all_pem(items, with_key, items->key_apart ? password : NULL,
	               &data);
	if (code == CERT_GOOD) {
		code = put(line, &data, with_key);
		gnutls_memset(data.data, 0, data.size);
		free(data.data);
	}
	return code;
}

enum format {
	FORMAT_PEM,
	FORMAT_DER,
	FORMAT_P12
};

static int take_format(const struct cert_line *line, enum format *out)
{
	const char *text = line->value[CERT_FORMAT];

	if (text == NULL || strcmp(text, "pem") == 0) {
		*out = FORMAT_PEM;
	} else if (strcmp(text, "der") == 0) {
		*out = FORMAT_DER;
	} else if (strcmp(text, "p12") == 0 || strcmp(text, "pkcs12") == 0) {
		*out = FORMAT_P12;
	} else {
		return cert_usage(
			line, "--format \"%s\" is not pem, der or p12", text);
	}
	if (*out == FORMAT_DER && cert_given(line, CERT_WITH_KEY)) {
		return cert_usage(line, "--format der holds one certificate "
		                        "and no key");
	}
	if (*out == FORMAT_P12 && !cert_given(line, CERT_PASSWORD_FILE)) {
		return cert_usage(line, "--format p12 needs --password-file");
	}
	if (*out != FORMAT_PEM && !cert_given(line, CERT_OUT) &&
	    isatty(STDOUT_FILENO)) {
		return cert_usage(line, "binary output needs --out FILE");
	}
	return CERT_GOOD;
}

static int load_all(const struct cert_line *line, const char *password,
                    struct cert_items *items)
{
	bool with_key = cert_given(line, CERT_WITH_KEY);
	size_t i;
	int code = CERT_GOOD;

	for (i = 0; i < line->operand_count && code == CERT_GOOD; i++) {
		code = cert_items_load(items, line->operand[i], password);
	}
	if (code == CERT_GOOD && items->count == 0) {
		return cert_bad("%s: holds no certificate", line->operand[0]);
	}
	if (code == CERT_GOOD && with_key && items->key == NULL) {
		return cert_bad("there is no private key in what was named");
	}
	if (code == CERT_GOOD && with_key &&
	    !cert_key_fits(items->crt[0], items->key)) {
		return cert_bad("%s: is not the key of the first certificate",
		                items->key_path);
	}
	if (code == CERT_GOOD && !with_key && items->key != NULL) {
		cert_warn("the private key in %s is left out; --with-key "
		          "exports it, too",
		          items->key_path);
	}
	return code;
}

int cert_export(const struct cert_line *line)
{
	bool with_key = cert_given(line, CERT_WITH_KEY);
	struct cert_items items = {0};
	struct cert_password password = {0};
	enum format format = FORMAT_PEM;
	int code = take_format(line, &format);

	if (code == CERT_GOOD) {
		code = cert_password_read(line->value[CERT_PASSWORD_FILE],
		                          &password);
	}
	if (code == CERT_GOOD) {
		code = load_all(line, cert_password_text(&password), &items);
	}
	if (code == CERT_GOOD) {
		switch (format) {
		case FORMAT_PEM:
			code = export_pem(line, &items,
			                  cert_password_text(&password),
			                  with_key);
			break;
		case FORMAT_DER:
			code = export_der(line, &items);
			break;
		case FORMAT_P12:
			code = export_keystore(line, &items, password.text,
			                       with_key);
			break;
		}
	}
	cert_items_finish(&items);
	cert_password_wipe(&password);
	return code;
}

/* -- fetch ------------------------------------------------------------- */

static void warn_of_fetched(const struct cert_items *chain)
{
	char subject[256], print[CERT_PRINT_SIZE];
	unsigned i;

	fprintf(stderr, "This chain was taken as it came. It proves nothing: "
	                "whoever answered may have made it.\n"
	                "Compare the sha256 with one that the server's "
	                "administrator gives you by another\nway, then trust "
	                "it:\n");
	for (i = 0; i < chain->count; i++) {
		tls_subject(chain->crt[i], subject, sizeof(subject));
		cert_print_fingerprint(chain->crt[i], print);
		fprintf(stderr, "  %u. %s\n     sha256 %s\n", i + 1, subject,
		        print);
	}
}

int cert_fetch(const struct cert_line *line)
{
	struct cert_url url, at;
	struct cert_dial dial = {0};
	struct cert_items chain = {0};
	gnutls_datum_t pem = {NULL, 0};
	int code = cert_dial_where(line, &url, &at);

	if (code != CERT_GOOD) {
		return code;
	}
	dial.url = &url;
	dial.at = &at;
	dial.sni =
		cert_given(line, CERT_NAME) ? line->value[CERT_NAME] : url.host;
	code = cert_dial_open(&dial);
	if (code == CERT_GOOD) {
		code = cert_dial_chain(&dial, &chain);
	}
	cert_dial_close(&dial);
	if (code == CERT_GOOD) {
		code = all_pem(&chain, false, NULL, &pem);
	}
	if (code == CERT_GOOD) {
		code = put(line, &pem, false);
		free(pem.data);
	}
	if (code == CERT_GOOD) {
		warn_of_fetched(&chain);
	}
	cert_items_finish(&chain);
	return code;
}
