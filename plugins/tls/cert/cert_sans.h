/* SPDX-License-Identifier: MIT */
/* The subjectAltNames of a certificate or a request, one after another. */
#ifndef CERT_SANS_H
#define CERT_SANS_H

#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CERT_OID_NAMES "2.5.29.17"

/** A list that is walked. */
struct cert_sans {
	gnutls_subject_alt_names_t list; /* owned */
	unsigned type;                   /* of the present one */
	gnutls_datum_t value;            /* borrowed from the list */
};

/** False: there are none, and nothing needs cert_sans_finish. */
bool cert_sans_of_certificate(struct cert_sans *sans, gnutls_x509_crt_t crt);
bool cert_sans_of_request(struct cert_sans *sans, gnutls_x509_crq_t crq);
void cert_sans_finish(struct cert_sans *sans);

/** Go to name `at`; false behind the last. */
bool cert_sans_at(struct cert_sans *sans, unsigned at);

/** The present name as text. False for other kinds than DNS, IP, e-mail and
 *  URI, and for text with bytes that do not belong into it. */
bool cert_sans_name(const struct cert_sans *sans, char *out, size_t size);
/** "a DNS name", "a directory name", ... */
const char *cert_sans_kind(const struct cert_sans *sans);

/** Print "a.example, 192.0.2.1"; "none" for an empty list. */
void cert_sans_print(FILE *out, struct cert_sans *sans);

#endif
