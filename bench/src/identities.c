/* SPDX-License-Identifier: MIT */
/* identities FOLDER COUNT: h0.bench to h(COUNT-1).bench, each a P-256 key with
 * a certificate signed by itself, in one PEM file, valid for 60 days. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static X509 *certificate(EVP_PKEY *key, int number)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	char host[64], names[80];
	X509_EXTENSION *extension;

	snprintf(host, sizeof(host), "h%d.bench", number);
	snprintf(names, sizeof(names), "DNS:%s", host);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), number + 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 60L * 24 * 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (unsigned char *)host, -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
					names);
	X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	if (X509_sign(cert, key, EVP_sha256()) <= 0) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static int make(const char *folder, int number)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key != NULL ? certificate(key, number) : NULL;
	char path[4096];
	FILE *file;
	int ok;

	snprintf(path, sizeof(path), "%s/h%d.bench.pem", folder, number);
	file = cert != NULL ? fopen(path, "w") : NULL;
	ok = file != NULL && PEM_write_X509(file, cert) == 1 &&
	     PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
	if (file != NULL && fclose(file) != 0) {
		ok = 0;
	}
	if (!ok) {
		perror(path);
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok;
}

int main(int argc, char **argv)
{
	int i;

	umask(077);
	if (argc != 3) {
		fprintf(stderr, "usage: identities FOLDER COUNT\n");
		return 2;
	}
	for (i = 0; i < atoi(argv[2]); i++) {
		if (!make(argv[1], i)) {
			return 1;
		}
	}
	return 0;
}
