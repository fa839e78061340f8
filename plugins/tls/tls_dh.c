/* SPDX-License-Identifier: MIT */
/* Read DH parameters, and refuse short ones. */
#include "tls_dh.h"

#include "tls_creds.h"

static int read_bits(gnutls_dh_params_t dh, unsigned *bits_out)
{
	gnutls_datum_t prime = {NULL, 0}, generator = {NULL, 0};
	unsigned at = 0;
	int ret = gnutls_dh_params_export_raw(dh, &prime, &generator, NULL);

	if (ret != 0) {
		return ret;
	}
	while (at < prime.size && prime.data[at] == 0) {
		at++;
	}
	*bits_out = (prime.size - at) * 8;
	if (at < prime.size) {
		*bits_out -= (unsigned)__builtin_clz(prime.data[at]) - 24;
	}
	gnutls_free(prime.data);
	gnutls_free(generator.data);
	return 0;
}

static int import(const struct pst_file *file, gnutls_dh_params_t dh,
                  unsigned *bits_out)
{
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	int ret = gnutls_dh_params_import_pkcs3(dh, &pem, GNUTLS_X509_FMT_PEM);

	return ret != 0 ? ret : read_bits(dh, bits_out);
}

int tls_dh_load(const struct pst_file *file, struct pst_setup *setup,
                gnutls_dh_params_t *dh_out)
{
	gnutls_dh_params_t dh;
	unsigned bits = 0;
	int ret;

	*dh_out = NULL;
	if (file->data == NULL) {
		return PST_OK;
	}
	ret = gnutls_dh_params_init(&dh);
	if (ret != 0) {
		pst_error(setup, "dhparam", "%s", gnutls_strerror(ret));
		return PST_CONFIG;
	}
	ret = import(file, dh, &bits);
	if (ret != 0) {
		pst_error(
			setup, "dhparam",
			"%s has no PEM block \"DH PARAMETERS\" that can be "
			"read (%s); leave dhparam out: the groups of RFC 7919 "
			"are used then",
			file->path, gnutls_strerror(ret));
	} else if (bits < TLS_DH_BITS_MIN) {
		pst_error(
			setup, "dhparam",
			"%s has a prime of %u bits, which is too short; leave "
			"dhparam out: the groups of RFC 7919, of %d bits and "
			"more, are used then",
			file->path, bits, TLS_DH_BITS_MIN);
	} else {
		*dh_out = dh;
		return PST_OK;
	}
	gnutls_dh_params_deinit(dh);
	return PST_CONFIG;
}

int tls_dh_apply(gnutls_dh_params_t dh,
                 gnutls_certificate_credentials_t credentials,
                 struct pst_setup *setup)
{
	int ret;

	if (dh != NULL) {
		gnutls_certificate_set_dh_params(credentials, dh);
		return 0;
	}
	ret = gnutls_certificate_set_known_dh_params(credentials,
	                                             GNUTLS_SEC_PARAM_MEDIUM);
	if (ret != 0) {
		pst_error(setup, "dhparam", "%s", gnutls_strerror(ret));
	}
	return ret != 0 ? PST_CONFIG : PST_OK;
}
