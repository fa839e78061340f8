/* SPDX-License-Identifier: MIT */
/* Certificates to be trusted, from PEM, DER and PKCS#12. */
#include "tls_trust_files.h"

#include "tls_keystore.h"

#include <stdlib.h>
#include <string.h>

enum {
	DER_SEQUENCE = 0x30
};

static int no_memory(struct pst_setup *setup)
{
	pst_error(setup, "certificates", "memory ran out");
	return PST_CONFIG;
}

/* Takes ownership. A certificate that is there already is dropped. */
static int add(struct tls_anchors *anchors, struct pst_setup *setup,
               const char *path, gnutls_x509_crt_t crt)
{
	size_t length = sizeof(anchors->item->print);
	struct tls_anchor one = {.crt = crt, .path = path};
	unsigned i;

	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, one.print,
	                                    &length) != 0) {
		gnutls_x509_crt_deinit(crt);
		return no_memory(setup);
	}
	for (i = 0; i < anchors->count; i++) {
		if (memcmp(anchors->item[i].print, one.print, length) == 0) {
			gnutls_x509_crt_deinit(crt);
			return PST_OK;
		}
	}
	if (anchors->count == anchors->room) {
		unsigned room = anchors->room == 0 ? 4 : anchors->room * 2;
		struct tls_anchor *bigger =
			realloc(anchors->item, room * sizeof(*bigger));

		if (bigger == NULL) {
			gnutls_x509_crt_deinit(crt);
			return no_memory(setup);
		}
		anchors->item = bigger;
		anchors->room = room;
	}
	anchors->item[anchors->count++] = one;
	return PST_OK;
}

/* Takes ownership of the certificates, not of the array. */
static int add_all(struct tls_anchors *anchors, struct pst_setup *setup,
                   const char *path, struct tls_chain *chain)
{
	int failed = 0;
	unsigned i;

	for (i = 0; i < chain->count; i++) {
		failed |= add(anchors, setup, path, chain->crt[i]);
	}
	chain->count = 0;
	return failed != 0 ? PST_CONFIG : PST_OK;
}

/* A keystore that stands where certificates belong. */
static int not_a_certificate(struct pst_setup *setup,
                             const struct pst_file *file)
{
	struct pst_file none = {.data = NULL};
	struct tls_keystore store;
	struct tls_fault fault;

	if (file->data[0] == DER_SEQUENCE) {
		pst_error(setup, "certificates",
		          "%s is DER, but no certificate; a PKCS#12 store is "
		          "set as { keystore = \"%s\"; password_file = ...; }",
		          file->path, file->path);
	} else if (tls_keystore_open(&store, file, &none, &fault) == PST_OK) {
		tls_keystore_finish(&store);
	} else {
		pst_error(setup, "certificates", "%s", fault.text);
	}
	return PST_CONFIG;
}

static int load_der(struct tls_anchors *anchors, struct pst_setup *setup,
                    const struct pst_file *file)
{
	gnutls_datum_t der = tls_datum(file->data, file->length);
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) != 0) {
		return no_memory(setup);
	}
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(crt);
		return not_a_certificate(setup, file);
	}
	return add(anchors, setup, file->path, crt);
}

static bool is_java(const struct pst_file *file)
{
	return file->length > 4 &&
	       (memcmp(file->data, "\xfe\xed\xfe\xed", 4) == 0 ||
	        memcmp(file->data, "\xce\xce\xce\xce", 4) == 0);
}

static int load_file(struct tls_anchors *anchors, struct pst_setup *setup,
                     const struct pst_file *file)
{
	struct tls_chain chain = {NULL, 0};
	struct tls_fault fault;
	int ret;

	if (file->length != 0 && file->data[0] == DER_SEQUENCE) {
		return load_der(anchors, setup, file);
	}
	if (is_java(file)) {
		return not_a_certificate(setup, file);
	}
	if (tls_file_has(file, "BEGIN TRUSTED CERTIFICATE-----")) {
		pst_error(setup, "certificates",
		          "%s is in a format of OpenSSL's own; convert it "
		          "with: openssl x509 -in '%s' -out '%s.pem'",
		          file->path, file->path, file->path);
		return PST_CONFIG;
	}
	if (tls_chain_read(&chain, file, "certificates", &fault) != PST_OK) {
		tls_chain_finish(&chain);
		pst_error(setup, "certificates", "%s", fault.text);
		return PST_CONFIG;
	}
	ret = add_all(anchors, setup, file->path, &chain);
	tls_chain_finish(&chain);
	return ret;
}

static int load_keystore(struct tls_anchors *anchors, struct pst_setup *setup,
                         const struct tls_trust *trust)
{
	const struct pst_file *file = &trust->keystore;
	struct tls_keystore store;
	struct tls_fault fault;
	int failed;

	if (tls_keystore_open(&store, file, &trust->password_file, &fault) !=
	    PST_OK) {
		pst_error(setup, fault.option, "%s", fault.text);
		return PST_CONFIG;
	}
	if (store.keys != 0) {
		pst_warning(setup, "keystore",
		            "%s has a private key in it; whom to trust needs "
		            "certificates only",
		            file->path);
	}
	failed = add_all(anchors, setup, file->path, &store.all);
	tls_keystore_finish(&store);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

int tls_anchors_load(struct tls_anchors *anchors, const struct tls_trust *trust,
                     struct pst_setup *setup)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < trust->certificates.count; i++) {
		failed |=
			load_file(anchors, setup, &trust->certificates.item[i]);
	}
	if (trust->keystore.data != NULL) {
		failed |= load_keystore(anchors, setup, trust);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_anchors_finish(struct tls_anchors *anchors)
{
	unsigned i;

	for (i = 0; i < anchors->count; i++) {
		if (anchors->item[i].crt != NULL) {
			gnutls_x509_crt_deinit(anchors->item[i].crt);
		}
	}
	free(anchors->item);
	anchors->item = NULL;
	anchors->count = 0;
	anchors->room = 0;
}
