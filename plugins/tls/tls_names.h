/* SPDX-License-Identifier: MIT */
/* Names in certificates: RFC 9525, without the common name. */
#ifndef TLS_NAMES_H
#define TLS_NAMES_H

#include <gnutls/x509.h>
#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TLS_HOST_MAX = 253,  /* RFC 1035 3.1, without the final dot */
	TLS_NAMES_TEXT = 400 /* enough for a sentence's list of names */
};

/** A name to be found in a certificate: a host name or an IP address. */
struct tls_name {
	char text[TLS_HOST_MAX + 1]; /* lower case, no final dot */
	uint8_t address[16];
	uint8_t address_length; /* 4 or 16; 0: a host name */
};

/**
 * Take a host name or IP literal (no brackets, no port).
 *
 * Returns  0, or PST_INVALID with *why_out what is wrong: "is longer than ..."
 */
PST_MUST_CHECK int tls_name_parse(const char *text, struct tls_name *name_out,
                                  const char **why_out);

/**
 * Does a dNSName of a certificate stand for `host`?
 *
 * pattern[length]  as in the certificate; may hold any bytes
 * host             lower case, no final dot
 * Source           RFC 9525 6.3: "*" only as the whole first label, for one
 *                  label, and never directly above a single last label
 */
bool tls_name_matches(const char *pattern, size_t length, const char *host);

/** Does a subjectAltName of `crt` stand for `name`? The subject's common name
 *  is never looked at. */
bool tls_name_in(gnutls_x509_crt_t crt, const struct tls_name *name);

/** Write the names that `crt` has: "a.example, *.b.example and 3 more", or
 *  "none". Bytes that do not belong into a name become '?'. */
void tls_names_list(gnutls_x509_crt_t crt, char *out, size_t size);

/** Write "CN=gw,O=Example" (RFC 4514), or "(no subject)". */
void tls_subject(gnutls_x509_crt_t crt, char *out, size_t size);
void tls_issuer(gnutls_x509_crt_t crt, char *out, size_t size);

/** Write "2026-11-21 09:00 UTC". */
void tls_date(time_t when, char *out, size_t size);

/** Write the SHA-256 fingerprint in hexadecimal; size at least 65. */
void tls_fingerprint(gnutls_x509_crt_t crt, char *out, size_t size);

#endif
