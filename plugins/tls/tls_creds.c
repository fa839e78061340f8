/* SPDX-License-Identifier: MIT */
/* PEM files into certificates, each fault in words. */
#include "tls_creds.h"

#include <string.h>

#define DER_SEQUENCE 0x30

bool tls_file_has(const struct pst_file *file, const char *text)
{
	return memmem(file->data, file->length, text, strlen(text)) != NULL;
}

/* Why no certificate was found in a file. */
static const char *no_certificate(const struct pst_file *file)
{
	if (file->length == 0) {
		return "is empty";
	}
	if (tls_file_has(file, "PRIVATE KEY-----")) {
		return "holds a private key and no certificate";
	}
	if (tls_file_has(file, "BEGIN CERTIFICATE REQUEST-----")) {
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
	if (!tls_file_has(file, "-----BEGIN")) {
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
