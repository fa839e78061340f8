/* SPDX-License-Identifier: MIT */
/* PEM files into certificates, and what to say when that does not work. */
#include "tls_pem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DER_SEQUENCE 0x30

int tls_fault(struct tls_fault *fault, const char *option, const char *fmt, ...)
{
	va_list ap;

	fault->option = option;
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	return PST_CONFIG;
}

bool tls_file_has(const struct pst_file *file, const char *text)
{
	return file->data != NULL &&
	       memmem(file->data, file->length, text, strlen(text)) != NULL;
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

int tls_chain_add(struct tls_chain *chain, gnutls_x509_crt_t crt)
{
	gnutls_x509_crt_t *grown = gnutls_realloc(
		chain->crt, (chain->count + 1) * sizeof(chain->crt[0]));

	if (grown == NULL) {
		gnutls_x509_crt_deinit(crt);
		return GNUTLS_E_MEMORY_ERROR;
	}
	chain->crt = grown;
	chain->crt[chain->count++] = crt;
	return 0;
}

/* Move all of `more` behind `chain`. */
static int join(struct tls_chain *chain, struct tls_chain *more)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < more->count; i++) {
		if (ret == 0) {
			ret = tls_chain_add(chain, more->crt[i]);
		} else {
			gnutls_x509_crt_deinit(more->crt[i]);
		}
	}
	gnutls_free(more->crt);
	return ret;
}

int tls_chain_read(struct tls_chain *chain_io, const struct pst_file *file,
                   const char *option, struct tls_fault *fault)
{
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	struct tls_chain read = {NULL, 0};
	int ret = GNUTLS_E_NO_CERTIFICATE_FOUND;

	if (tls_file_has(file, "-----BEGIN")) {
		ret = gnutls_x509_crt_list_import2(&read.crt, &read.count, &pem,
		                                   GNUTLS_X509_FMT_PEM, 0);
	}
	if (ret >= 0 && read.count != 0) {
		ret = join(chain_io, &read);
		return ret == 0 ? PST_OK
		                : tls_fault(fault, option, "memory ran out");
	}
	if (ret >= 0 || ret == GNUTLS_E_NO_CERTIFICATE_FOUND) {
		return tls_fault(fault, option, "%s %s", file->path,
		                 no_certificate(file));
	}
	return tls_fault(fault, option,
	                 "%s: a certificate in it cannot be read: %s",
	                 file->path, gnutls_strerror(ret));
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

int tls_password(const struct pst_file *file, char out[TLS_PASSWORD_MAX + 1],
                 struct tls_fault *fault)
{
	size_t length = 0;

	out[0] = '\0';
	if (file->data == NULL) {
		return PST_OK;
	}
	while (length < file->length && file->data[length] != '\n' &&
	       file->data[length] != '\r') {
		length++;
	}
	if (length == 0 || length > TLS_PASSWORD_MAX ||
	    memchr(file->data, '\0', length) != NULL) {
		return tls_fault(fault, "password_file",
		                 "%s has no password of 1 to %d bytes in its "
		                 "first line",
		                 file->path, TLS_PASSWORD_MAX);
	}
	memcpy(out, file->data, length);
	out[length] = '\0';
	return PST_OK;
}

bool tls_key_fits(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	uint8_t of_key[32], of_crt[32];
	size_t key_length = sizeof(of_key), crt_length = sizeof(of_crt);

	return gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256,
	                                      of_key, &key_length) == 0 &&
	       gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, of_crt,
	                                  &crt_length) == 0 &&
	       key_length == crt_length &&
	       memcmp(of_key, of_crt, key_length) == 0;
}
