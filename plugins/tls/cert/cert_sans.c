/* SPDX-License-Identifier: MIT */
/* The subjectAltNames of a certificate or a request, one after another. */
#include "cert/cert_sans.h"

#include <arpa/inet.h>
#include <string.h>

/* Takes what gnutls_malloc made in `der`. */
static bool begin(struct cert_sans *sans, int ret, gnutls_datum_t *der)
{
	memset(sans, 0, sizeof(*sans));
	if (ret < 0 || gnutls_subject_alt_names_init(&sans->list) != 0) {
		if (ret >= 0) {
			gnutls_free(der->data);
		}
		return false;
	}
	ret = gnutls_x509_ext_import_subject_alt_names(der, sans->list, 0);
	gnutls_free(der->data);
	if (ret < 0 || !cert_sans_at(sans, 0)) {
		gnutls_subject_alt_names_deinit(sans->list);
		return false;
	}
	return true;
}

bool cert_sans_of_certificate(struct cert_sans *sans, gnutls_x509_crt_t crt)
{
	gnutls_datum_t der = {NULL, 0};
	int ret = gnutls_x509_crt_get_extension_by_oid2(crt, CERT_OID_NAMES, 0,
	                                                &der, NULL);

	return begin(sans, ret, &der);
}

bool cert_sans_of_request(struct cert_sans *sans, gnutls_x509_crq_t crq)
{
	gnutls_datum_t der = {NULL, 0};
	int ret = gnutls_x509_crq_get_extension_by_oid2(crq, CERT_OID_NAMES, 0,
	                                                &der, NULL);

	return begin(sans, ret, &der);
}

void cert_sans_finish(struct cert_sans *sans)
{
	gnutls_subject_alt_names_deinit(sans->list);
}

bool cert_sans_at(struct cert_sans *sans, unsigned at)
{
	return gnutls_subject_alt_names_get(sans->list, at, &sans->type,
	                                    &sans->value, NULL) >= 0;
}

bool cert_sans_name(const struct cert_sans *sans, char *out, size_t size)
{
	unsigned i;

	if (sans->type == GNUTLS_SAN_IPADDRESS) {
		return (sans->value.size == 4 || sans->value.size == 16) &&
		       inet_ntop(sans->value.size == 4 ? AF_INET : AF_INET6,
		                 sans->value.data, out,
		                 (socklen_t)size) != NULL;
	}
	if ((sans->type != GNUTLS_SAN_DNSNAME &&
	     sans->type != GNUTLS_SAN_RFC822NAME &&
	     sans->type != GNUTLS_SAN_URI) ||
	    sans->value.size >= size) {
		return false;
	}
	for (i = 0; i < sans->value.size; i++) {
		if (sans->value.data[i] <= ' ' || sans->value.data[i] > '~') {
			return false;
		}
	}
	snprintf(out, size, "%.*s", (int)sans->value.size,
	         (const char *)sans->value.data);
	return true;
}

const char *cert_sans_kind(const struct cert_sans *sans)
{
	switch (sans->type) {
	case GNUTLS_SAN_DNSNAME:
		return "a DNS name with bytes that no host name has";
	case GNUTLS_SAN_RFC822NAME:
		return "an e-mail address with bytes that none has";
	case GNUTLS_SAN_URI:
		return "a URI with bytes that none has";
	case GNUTLS_SAN_IPADDRESS:
		return "an IP address of a strange length";
	case GNUTLS_SAN_DN:
		return "a directory name";
	default:
		return "another name";
	}
}

void cert_sans_print(FILE *out, struct cert_sans *sans)
{
	char text[1024];
	unsigned i;

	for (i = 0; cert_sans_at(sans, i); i++) {
		fprintf(out, "%s%s", i == 0 ? "" : ", ",
		        cert_sans_name(sans, text, sizeof(text))
		                ? text
		                : cert_sans_kind(sans));
	}
}
