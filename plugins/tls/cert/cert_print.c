/* SPDX-License-Identifier: MIT */
/* Certificates as text: PEM, and in words. */
#include "cert/cert_print.h"

#include "cert/cert_line.h"
#include "cert/cert_sans.h"
#include "tls_names.h"

#include <gnutls/abstract.h>
#include <string.h>
#include <time.h>

enum {
	DN_TEXT = 256,
	DATE_TEXT = 32,
	DAY = 86400
};

int cert_print_pem(FILE *out, gnutls_x509_crt_t crt)
{
	gnutls_datum_t pem;
	int ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);

	if (ret < 0) {
		return cert_bad("a certificate: %s", gnutls_strerror(ret));
	}
	fwrite(pem.data, 1, pem.size, out);
	gnutls_free(pem.data);
	return CERT_GOOD;
}

void cert_print_names(const char *before, gnutls_x509_crt_t crt)
{
	struct cert_sans sans;

	fputs(before, stdout);
	if (cert_sans_of_certificate(&sans, crt)) {
		cert_sans_print(stdout, &sans);
		cert_sans_finish(&sans);
	} else {
		fputs("none", stdout);
	}
	fputc('\n', stdout);
}

void cert_print_fingerprint(gnutls_x509_crt_t crt, char out[CERT_PRINT_SIZE])
{
	unsigned char hash[32];
	size_t length = sizeof(hash), i;

	out[0] = '\0';
	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash,
	                                    &length) == 0) {
		for (i = 0; i < length; i++) {
			snprintf(out + 3 * i, 4, "%02X%s", hash[i],
			         i + 1 == length ? "" : ":");
		}
	}
}

void cert_print_pin(gnutls_x509_crt_t crt, char out[CERT_PRINT_SIZE])
{
	unsigned char hash[32];
	gnutls_datum_t raw = {hash, sizeof(hash)}, text;
	size_t length = sizeof(hash);

	out[0] = '\0';
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, hash,
	                               &length) == 0 &&
	    gnutls_base64_encode2(&raw, &text) == 0) {
		snprintf(out, CERT_PRINT_SIZE, "%s", (const char *)text.data);
		gnutls_free(text.data);
	}
}

/* -- keys -------------------------------------------------------------- */

static void key_text(int algorithm, gnutls_ecc_curve_t curve, unsigned bits,
                     char out[CERT_KEY_TEXT])
{
	switch (algorithm) {
	case GNUTLS_PK_RSA:
		snprintf(out, CERT_KEY_TEXT, "RSA %u", bits);
		break;
	case GNUTLS_PK_ECDSA:
		switch ((int)curve) {
		case GNUTLS_ECC_CURVE_SECP256R1:
			snprintf(out, CERT_KEY_TEXT, "ECDSA P-256");
			break;
		case GNUTLS_ECC_CURVE_SECP384R1:
			snprintf(out, CERT_KEY_TEXT, "ECDSA P-384");
			break;
		case GNUTLS_ECC_CURVE_SECP521R1:
			snprintf(out, CERT_KEY_TEXT, "ECDSA P-521");
			break;
		default:
			snprintf(out, CERT_KEY_TEXT, "ECDSA %s",
			         gnutls_ecc_curve_get_name(curve));
			break;
		}
		break;
	case GNUTLS_PK_EDDSA_ED25519:
		snprintf(out, CERT_KEY_TEXT, "Ed25519");
		break;
	default:
		snprintf(out, CERT_KEY_TEXT, "%s %u",
		         algorithm < 0
		                 ? "unknown"
		                 : gnutls_pk_get_name(
					   (gnutls_pk_algorithm_t)algorithm),
		         bits);
		break;
	}
}

void cert_print_key(gnutls_x509_crt_t crt, char out[CERT_KEY_TEXT])
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	unsigned bits = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	if (algorithm == GNUTLS_PK_ECDSA) {
		gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, NULL, NULL);
	}
	key_text(algorithm, curve, bits, out);
}

void cert_print_private_key(gnutls_x509_privkey_t key, char out[CERT_KEY_TEXT])
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	unsigned bits = 0;
	int algorithm = gnutls_x509_privkey_get_pk_algorithm2(key, &bits);

	if (algorithm == GNUTLS_PK_ECDSA) {
		gnutls_x509_privkey_export_ecc_raw(key, &curve, NULL, NULL,
		                                   NULL);
	}
	key_text(algorithm, curve, bits, out);
}

/* -- one certificate --------------------------------------------------- */

static void print_times(gnutls_x509_crt_t crt, time_t now)
{
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	char a[DATE_TEXT], b[DATE_TEXT];

	tls_date(from, a, sizeof(a));
	tls_date(until, b, sizeof(b));
	printf("  valid      %s to %s (", a, b);
	if (now < from) {
		printf("not yet)\n");
	} else if (now > until) {
		printf("expired %ld days ago)\n", (long)(now - until) / DAY);
	} else {
		printf("%ld days left)\n", (long)(until - now) / DAY);
	}
}

static void print_uses(gnutls_x509_crt_t crt)
{
	unsigned critical, i;
	const char *comma = "";

	printf("  for        ");
	if (gnutls_x509_crt_get_ca_status(crt, &critical) > 0) {
		printf("issuing certificates\n");
		return;
	}
	for (i = 0;; i++) {
		char oid[128];
		size_t size = sizeof(oid);

		if (gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &size,
		                                        &critical) < 0) {
			break;
		}
		printf("%s%s", comma,
		       strcmp(oid, GNUTLS_KP_TLS_WWW_SERVER) == 0   ? "servers"
		       : strcmp(oid, GNUTLS_KP_TLS_WWW_CLIENT) == 0 ? "clients"
		                                                    : oid);
		comma = ", ";
	}
	printf("%s\n", i == 0 ? "anything" : "");
}

static void print_serial(gnutls_x509_crt_t crt)
{
	unsigned char serial[64];
	size_t length = sizeof(serial), i;

	if (gnutls_x509_crt_get_serial(crt, serial, &length) == 0) {
		printf("  serial     ");
		for (i = 0; i < length; i++) {
			printf("%02x", serial[i]);
		}
		printf("\n");
	}
}

void cert_print_certificate(gnutls_x509_crt_t crt, time_t now)
{
	char subject[DN_TEXT], issuer[DN_TEXT];
	char key[CERT_KEY_TEXT], print[CERT_PRINT_SIZE];
	int signature = gnutls_x509_crt_get_signature_algorithm(crt);

	tls_subject(crt, subject, sizeof(subject));
	tls_issuer(crt, issuer, sizeof(issuer));
	printf("  subject    %s\n", subject);
	cert_print_names("  names      ", crt);
	printf("  issued by  %s\n", gnutls_x509_crt_check_issuer(crt, crt) != 0
	                                    ? "itself (self-signed)"
	                                    : issuer);
	print_times(crt, now);
	cert_print_key(crt, key);
	printf("  key        %s; signed with %s\n", key,
	       signature < 0 ? "an unknown algorithm"
	                     : gnutls_sign_get_name(
				       (gnutls_sign_algorithm_t)signature));
	print_uses(crt);
	print_serial(crt);
	cert_print_fingerprint(crt, print);
	printf("  sha256     %s\n", print);
	cert_print_pin(crt, print);
	printf("  key pin    sha256//%s\n", print);
}
