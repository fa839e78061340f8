/* SPDX-License-Identifier: MIT */
/* A certificate or request and its key, as two files that appear together. */
#include "cert/cert_pair.h"

#include <stdio.h>
#include <string.h>

static void strip(char *path, const char *suffix)
{
	size_t length = strlen(path), end = strlen(suffix);

	if (length > end && strcmp(path + length - end, suffix) == 0) {
		path[length - end] = '\0';
	}
}

static const char *first_name(const struct cert_pair *pair)
{
	return pair->wish.ca_name != NULL ? pair->wish.ca_name
	                                  : pair->wish.names[0].text;
}

static int open_outputs(struct cert_pair *pair, const char *suffix)
{
	char stem[CERT_PATH_MAX - 8], path[CERT_PATH_MAX];
	const struct cert_line *line = pair->line;
	bool force = cert_given(line, CERT_FORCE);
	int code;

	if (cert_given(line, CERT_OUT)) {
		snprintf(stem, sizeof(stem), "%s", line->value[CERT_OUT]);
		strip(stem, ".pem");
		strip(stem, ".csr");
		strip(stem, ".key");
	} else {
		cert_stem(pair->wish.ca_name != NULL ? "ca" : first_name(pair),
		          stem, sizeof(stem));
	}
	snprintf(path, sizeof(path), "%s.%s", stem, suffix);
	code = cert_output_open(&pair->pem, path, force);
	if (code != CERT_GOOD || !pair->made_key) {
		return code;
	}
	snprintf(path, sizeof(path), "%s.key", stem);
	return cert_output_open(&pair->key, path, force);
}

static int take_days(struct cert_pair *pair, unsigned days)
{
	const char *text = pair->line->value[CERT_DAYS];

	pair->wish.days = days;
	if (text != NULL && cert_days_parse(text, &pair->wish.days) != PST_OK) {
		return cert_usage(pair->line,
		                  "--days \"%s\" is not a number from 1 to %d",
		                  text, CERT_DAYS_MAX);
	}
	if (pair->wish.ca_name == NULL && pair->wish.server &&
	    pair->wish.days > 398) {
		cert_warn("browsers may refuse a server's certificate that is "
		          "valid for %u days; 398 are accepted everywhere",
		          pair->wish.days);
	}
	return CERT_GOOD;
}

static int take_names(struct cert_pair *pair)
{
	const struct cert_line *line = pair->line;

	if (pair->wish.ca_name == NULL) {
		return cert_wish_names(&pair->wish, line->operand,
		                       line->operand_count);
	}
	if (strlen(pair->wish.ca_name) == 0 ||
	    strlen(pair->wish.ca_name) > 64) {
		return cert_bad(
			"the authority's name \"%s\" is %s", pair->wish.ca_name,
			pair->wish.ca_name[0] == '\0' ? "empty"
						      : "longer than 64 bytes");
	}
	return CERT_GOOD;
}

int cert_pair_open(struct cert_pair *pair, const struct cert_line *line,
                   const char *suffix, unsigned days)
{
	int code;

	pair->line = line;
	pair->made_key =
		!cert_given(line, CERT_KEY_FILE) && pair->own.crq == NULL;
	pair->wish.client = cert_given(line, CERT_CLIENT);
	pair->wish.server = !pair->wish.client || cert_given(line, CERT_SERVER);
	pair->wish.subject = line->value[CERT_SUBJECT];
	code = take_names(pair);
	if (code == CERT_GOOD) {
		code = take_days(pair, days);
	}
	if (code == CERT_GOOD && pair->own.crq != NULL &&
	    pair->wish.name_count == 0) {
		code = cert_wish_request(&pair->wish, pair->own.crq,
		                         line->value[CERT_REQUEST]);
	}
	if (code == CERT_GOOD) {
		code = open_outputs(pair, suffix);
	}
	return code == CERT_GOOD
	               ? cert_password_read(line->value[CERT_PASSWORD_FILE],
	                                    &pair->password)
	               : code;
}

int cert_pair_key(struct cert_pair *pair)
{
	const struct cert_line *line = pair->line;
	const char *text = line->value[CERT_KEY];
	struct cert_key_kind kind = {GNUTLS_PK_UNKNOWN, 0};

	if (cert_given(line, CERT_KEY_FILE)) {
		return text != NULL
		               ? cert_usage(line, "--key says which key to "
		                                  "make, --key-file that "
		                                  "there is one")
		               : cert_items_load_key(
					 &pair->own, line->value[CERT_KEY_FILE],
					 cert_password_text(&pair->password));
	}
	if (cert_key_kind_parse(text == NULL ? "ecdsa:p256" : text, &kind) !=
	    PST_OK) {
		return cert_usage(line,
		                  "--key \"%s\" is no kind of key; use "
		                  "ecdsa:p256, ecdsa:p384, ed25519, rsa:2048, "
		                  "rsa:3072 or rsa:4096",
		                  text);
	}
	if (kind.algorithm == GNUTLS_PK_EDDSA_ED25519 && pair->wish.server) {
		cert_warn("browsers do not accept Ed25519 keys of servers yet; "
		          "ecdsa:p256 works everywhere");
	}
	return cert_key_make(&kind, &pair->own.key);
}

/* The new key as PKCS#8, encrypted when there is a password. */
static int fill_key(struct cert_pair *pair)
{
	const char *password = cert_password_text(&pair->password);
	gnutls_datum_t pem;
	int ret = gnutls_x509_privkey_export2_pkcs8(
		pair->own.key, GNUTLS_X509_FMT_PEM, password,
		password == NULL ? GNUTLS_PKCS_PLAIN
				 : GNUTLS_PKCS_PBES2_AES_256,
		&pem);
	int code;

	if (ret < 0) {
		return cert_bad("the private key: %s", gnutls_strerror(ret));
	}
	code = cert_output_fill(&pair->key, 0600, pem.data, pem.size);
	gnutls_memset(pem.data, 0, pem.size);
	gnutls_free(pem.data);
	return code;
}

int cert_pair_write(struct cert_pair *pair, const gnutls_datum_t *pem)
{
	int code = cert_output_fill(&pair->pem, 0644, pem->data, pem->size);

	if (code != CERT_GOOD || !pair->made_key) {
		return code != CERT_GOOD ? code
		                         : cert_output_commit(&pair->pem);
	}
	code = fill_key(pair);
	if (code == CERT_GOOD) {
		code = cert_output_commit(&pair->key);
	}
	if (code == CERT_GOOD) {
		code = cert_output_commit(&pair->pem);
		if (code != CERT_GOOD && !pair->key.force) {
			remove(pair->key.path); /* it was ours alone */
		}
	}
	return code;
}

void cert_pair_close(struct cert_pair *pair)
{
	cert_output_abandon(&pair->pem);
	cert_output_abandon(&pair->key);
	cert_items_finish(&pair->own);
	cert_password_wipe(&pair->password);
}
