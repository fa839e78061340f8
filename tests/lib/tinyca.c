/* SPDX-License-Identifier: MIT */
/* A certificate authority for tests. */
#include "tinyca.h"

#include <arpa/inet.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509-ext.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	DAY = 24 * 60 * 60
};

static void must(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "tinyca: %s: %s\n", what, gnutls_strerror(ret));
		exit(99);
	}
}

static char *text_of(gnutls_datum_t *d)
{
	char *text = malloc(d->size + 1);

	if (text == NULL) {
		must(GNUTLS_E_MEMORY_ERROR, "text");
		return NULL;
	}
	memcpy(text, d->data, d->size);
	text[d->size] = '\0';
	gnutls_free(d->data);
	return text;
}

static void set_address(gnutls_x509_crt_t crt, const char *text)
{
	unsigned char bytes[16];
	unsigned length = 4;

	if (inet_pton(AF_INET, text, bytes) != 1) {
		length = 16;
		if (inet_pton(AF_INET6, text, bytes) != 1) {
			must(GNUTLS_E_INVALID_REQUEST, text);
		}
	}
	must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
	                                          bytes, length,
	                                          GNUTLS_FSAN_APPEND),
	     text);
}

/* RFC 5280 4.2.1.6: a sequence of one context-specific [2] string. */
static void set_raw_dns(gnutls_x509_crt_t crt, const void *name, size_t length)
{
	unsigned char der[4 + 100] = {0x30, (unsigned char)(length + 2), 0x82,
	                              (unsigned char)length};

	memcpy(der + 4, name, length);
	must(gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", der,
	                                          (unsigned)(length + 4), 0),
	     "names");
}

static void set_subject(gnutls_x509_crt_t crt, const struct tinyca_spec *spec)
{
	if (spec->cn != NULL) {
		must(gnutls_x509_crt_set_dn_by_oid(
			     crt, GNUTLS_OID_X520_COMMON_NAME, 0, spec->cn,
			     (unsigned)strlen(spec->cn)),
		     "subject");
	}
}

static void set_texts(gnutls_x509_crt_t crt,
                      gnutls_x509_subject_alt_name_t type,
                      const char *const *text, size_t max)
{
	size_t i;

	for (i = 0; i < max && text[i] != NULL; i++) {
		must(gnutls_x509_crt_set_subject_alt_name(
			     crt, type, text[i], (unsigned)strlen(text[i]),
			     GNUTLS_FSAN_APPEND),
		     text[i]);
	}
}

static void set_names(gnutls_x509_crt_t crt, const struct tinyca_spec *spec)
{
	size_t i;

	set_texts(crt, GNUTLS_SAN_DNSNAME, spec->dns, 9);
	set_texts(crt, GNUTLS_SAN_RFC822NAME, spec->email, 3);
	set_texts(crt, GNUTLS_SAN_URI, spec->uri, 3);
	if (spec->raw_dns != NULL) {
		set_raw_dns(crt, spec->raw_dns, spec->raw_dns_length);
	}
	for (i = 0; i < 4 && spec->ip[i] != NULL; i++) {
		set_address(crt, spec->ip[i]);
	}
}

static unsigned constrain(gnutls_x509_name_constraints_t nc, bool permitted,
                          gnutls_x509_subject_alt_name_t type, const char *text)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)text, 0};

	if (text == NULL) {
		return 0;
	}
	d.size = (unsigned)strlen(text);
	if (type == GNUTLS_SAN_IPADDRESS) {
		must(gnutls_x509_cidr_to_rfc5280(text, &d), text);
	}
	must(permitted
	             ? gnutls_x509_name_constraints_add_permitted(nc, type, &d)
	             : gnutls_x509_name_constraints_add_excluded(nc, type, &d),
	     text);
	if (type == GNUTLS_SAN_IPADDRESS) {
		gnutls_free(d.data);
	}
	return 1;
}

static void set_constraints(gnutls_x509_crt_t crt,
                            const struct tinyca_spec *spec)
{
	gnutls_x509_name_constraints_t nc;
	unsigned n = 0;
	size_t i;

	must(gnutls_x509_name_constraints_init(&nc), "name constraints");
	for (i = 0; i < 3; i++) {
		n += constrain(nc, true, GNUTLS_SAN_DNSNAME,
		               spec->permit_dns[i]);
		n += constrain(nc, false, GNUTLS_SAN_DNSNAME,
		               spec->exclude_dns[i]);
	}
	n += constrain(nc, true, GNUTLS_SAN_RFC822NAME, spec->permit_email);
	n += constrain(nc, true, GNUTLS_SAN_URI, spec->permit_uri);
	n += constrain(nc, true, GNUTLS_SAN_IPADDRESS, spec->permit_ip);
	if (n != 0) {
		must(gnutls_x509_crt_set_name_constraints(crt, nc, 1),
		     "name constraints");
	}
	gnutls_x509_name_constraints_deinit(nc);
}

static void set_usage(gnutls_x509_crt_t crt, const struct tinyca_spec *spec)
{
	must(gnutls_x509_crt_set_basic_constraints(
		     crt, spec->ca ? 1 : 0,
		     spec->bounded ? spec->path_length : -1),
	     "constraints");
	if (!spec->any_usage) {
		must(gnutls_x509_crt_set_key_usage(
			     crt, spec->ca
					  ? GNUTLS_KEY_KEY_CERT_SIGN |
						    GNUTLS_KEY_CRL_SIGN |
						    GNUTLS_KEY_DIGITAL_SIGNATURE
					  : GNUTLS_KEY_DIGITAL_SIGNATURE),
		     "usage");
	}
	if (spec->critical != NULL) {
		must(gnutls_x509_crt_set_extension_by_oid(crt, spec->critical,
		                                          "\x05", 2, 1),
		     "extension");
	}
	if (spec->purpose != NULL) {
		must(gnutls_x509_crt_set_key_purpose_oid(crt, spec->purpose, 0),
		     "purpose");
	}
	if (spec->for_servers) {
		must(gnutls_x509_crt_set_key_purpose_oid(
			     crt, GNUTLS_KP_TLS_WWW_SERVER, 0),
		     "purpose");
	}
	if (spec->for_clients) {
		must(gnutls_x509_crt_set_key_purpose_oid(
			     crt, GNUTLS_KP_TLS_WWW_CLIENT, 0),
		     "purpose");
	}
}

static void set_times(gnutls_x509_crt_t crt, const struct tinyca_spec *spec)
{
	bool unset = spec->from_days == 0 && spec->until_days == 0;
	time_t now = time(NULL);
	time_t from = now + (unset ? -1 : spec->from_days) * (time_t)DAY;
	time_t until = now + (unset ? 400 : spec->until_days) * (time_t)DAY;

	must(gnutls_x509_crt_set_activation_time(crt, from), "time");
	must(gnutls_x509_crt_set_expiration_time(crt, until), "time");
}

static void make_key(gnutls_x509_privkey_t key, const struct tinyca_spec *spec)
{
	gnutls_pk_algorithm_t pk = spec->rsa ? GNUTLS_PK_RSA : GNUTLS_PK_EC;
	unsigned bits = spec->bits != 0 ? spec->bits : 2048;

	if (spec->curve == GNUTLS_ECC_CURVE_ED25519) {
		pk = GNUTLS_PK_EDDSA_ED25519;
	}
	if (!spec->rsa) {
		bits = GNUTLS_CURVE_TO_BITS(spec->curve != 0
		                                    ? spec->curve
		                                    : GNUTLS_ECC_CURVE_SECP256R1);
	}
	must(gnutls_x509_privkey_generate(key, pk, bits, 0), "key");
}

/* GnuTLS finds names only in a certificate that it has parsed. */
static void parse_again(struct tinyca_cert *cert)
{
	gnutls_datum_t d;

	must(gnutls_x509_crt_export2(cert->crt, GNUTLS_X509_FMT_PEM, &d),
	     "export");
	gnutls_x509_crt_deinit(cert->crt);
	must(gnutls_x509_crt_init(&cert->crt), "certificate");
	must(gnutls_x509_crt_import(cert->crt, &d, GNUTLS_X509_FMT_PEM),
	     "import");
	cert->pem = text_of(&d);
}

void tinyca_make(struct tinyca_cert *cert_out, const struct tinyca_spec *spec)
{
	static unsigned char serial[8] = {1};
	const struct tinyca_cert *issuer = spec->issuer;
	gnutls_datum_t d;

	must(gnutls_x509_privkey_init(&cert_out->key), "key");
	make_key(cert_out->key, spec);
	must(gnutls_x509_crt_init(&cert_out->crt), "certificate");
	must(gnutls_x509_crt_set_version(cert_out->crt,
	                                 spec->version_1 ? 1 : 3),
	     "version");
	serial[7]++;
	must(gnutls_x509_crt_set_serial(cert_out->crt, serial, sizeof(serial)),
	     "serial");
	must(gnutls_x509_crt_set_key(cert_out->crt, cert_out->key), "key");
	set_subject(cert_out->crt, spec);
	set_times(cert_out->crt, spec);
	if (!spec->version_1) {
		set_names(cert_out->crt, spec);
		set_constraints(cert_out->crt, spec);
		set_usage(cert_out->crt, spec);
	}
	must(gnutls_x509_crt_sign2(
		     cert_out->crt, issuer ? issuer->crt : cert_out->crt,
		     issuer ? issuer->key : cert_out->key,
		     spec->hash != 0 ? spec->hash : GNUTLS_DIG_SHA256, 0),
	     "sign");
	parse_again(cert_out);
	/* Ed25519 keys have no older form */
	must(gnutls_x509_privkey_export2_pkcs8(cert_out->key,
	                                       GNUTLS_X509_FMT_PEM, NULL,
	                                       GNUTLS_PKCS_PLAIN,
	                                 &d),
	     "export");
	cert_out->key_pem = text_of(&d);
}

void tinyca_finish(struct tinyca_cert *cert)
{
	gnutls_x509_crt_deinit(cert->crt);
	gnutls_x509_privkey_deinit(cert->key);
	free(cert->pem);
	free(cert->key_pem);
}

static void set_crl_times(gnutls_x509_crl_t crl, const struct tinyca_crl *spec)
{
	bool unset = spec->from_days == 0 && spec->until_days == 0;
	time_t now = time(NULL);

	must(gnutls_x509_crl_set_this_update(
		     crl, now + (unset ? -1 : spec->from_days) * (time_t)DAY),
	     "this update");
	must(gnutls_x509_crl_set_next_update(
		     crl, now + (unset ? 30 : spec->until_days) * (time_t)DAY),
	     "next update");
}

char *tinyca_make_crl(const struct tinyca_crl *spec, size_t *length_out)
{
	gnutls_x509_crl_t crl;
	gnutls_datum_t d;
	size_t i;

	must(gnutls_x509_crl_init(&crl), "list");
	must(gnutls_x509_crl_set_version(crl, 2), "version");
	must(gnutls_x509_crl_set_number(crl, "\x01", 1), "number");
	set_crl_times(crl, spec);
	for (i = 0; i < 4 && spec->revoked[i] != NULL; i++) {
		must(gnutls_x509_crl_set_crt(crl, spec->revoked[i]->crt,
		                             time(NULL) - DAY),
		     "revoke");
	}
	must(gnutls_x509_crl_sign2(crl, spec->issuer->crt, spec->issuer->key,
	                           GNUTLS_DIG_SHA256, 0),
	     "sign");
	must(gnutls_x509_crl_export2(
		     crl, spec->der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM,
		     &d),
	     "export");
	gnutls_x509_crl_deinit(crl);
	*length_out = d.size;
	return text_of(&d);
}

char *tinyca_store(const struct tinyca_cert *const *certs, size_t count,
                   const char *password, size_t *length_out)
{
	gnutls_pkcs12_t store;
	gnutls_pkcs12_bag_t bag;
	gnutls_datum_t d;
	size_t i;

	must(gnutls_pkcs12_init(&store), "store");
	must(gnutls_pkcs12_bag_init(&bag), "bag");
	for (i = 0; i < count; i++) {
		must(gnutls_pkcs12_bag_set_crt(bag, certs[i]->crt), "bag");
	}
	must(gnutls_pkcs12_bag_encrypt(bag, password,
	                               GNUTLS_PKCS_PBES2_AES_256),
	     "encrypt");
	must(gnutls_pkcs12_set_bag(store, bag), "store");
	must(gnutls_pkcs12_generate_mac(store, password), "mac");
	must(gnutls_pkcs12_export2(store, GNUTLS_X509_FMT_DER, &d), "export");
	gnutls_pkcs12_bag_deinit(bag);
	gnutls_pkcs12_deinit(store);
	*length_out = d.size;
	return text_of(&d);
}

char *tinyca_der(const struct tinyca_cert *cert, size_t *length_out)
{
	gnutls_datum_t d;

	must(gnutls_x509_crt_export2(cert->crt, GNUTLS_X509_FMT_DER, &d),
	     "export");
	*length_out = d.size;
	return text_of(&d);
}

char *tinyca_locked_key(const struct tinyca_cert *cert, const char *password)
{
	gnutls_datum_t d;

	must(gnutls_x509_privkey_export2_pkcs8(cert->key, GNUTLS_X509_FMT_PEM,
	                                       password,
	                                       GNUTLS_PKCS_PBES2_AES_256, &d),
	     "export");
	return text_of(&d);
}

char *tinyca_join(const char *a, const char *b)
{
	size_t first = strlen(a), second = strlen(b);
	char *text = malloc(first + second + 1);

	if (text == NULL) {
		must(GNUTLS_E_MEMORY_ERROR, "text");
		return NULL;
	}
	memcpy(text, a, first);
	memcpy(text + first, b, second + 1);
	return text;
}
