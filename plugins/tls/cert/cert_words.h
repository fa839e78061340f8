/* SPDX-License-Identifier: MIT */
/* What a user writes on the command line: names, kinds of keys, days, URLs. */
#ifndef CERT_WORDS_H
#define CERT_WORDS_H

#include <gnutls/x509.h>
#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CERT_NAME_MAX = 511,
	CERT_NAMES_MAX = 100,
	CERT_DAYS_MAX = 36500,
	CERT_WHY_MAX = 256
};

/** One name for a certificate: what goes into its subjectAltName. */
struct cert_name {
	gnutls_x509_subject_alt_name_t type; /* DNS, IP, e-mail or URI */
	char text[CERT_NAME_MAX + 1];        /* as it is shown, ASCII */
	uint8_t address[16];
	uint8_t address_length; /* of an IP address; else 0 */
};

/**
 * Take a host name, a wildcard, an IP address, an e-mail address or a URI.
 * International host names become A-labels (RFC 5890); "*" stands only as the
 * whole first label, above at least two others.
 *
 * why  written on failure: "has a port; give the host alone: gw.example.com"
 * Returns  0 or PST_INVALID
 */
PST_MUST_CHECK int cert_name_parse(const char *text, struct cert_name *name_out,
                                   char why[CERT_WHY_MAX]);

/** A kind of key to make. */
struct cert_key_kind {
	gnutls_pk_algorithm_t algorithm;
	unsigned bits; /* as gnutls_x509_privkey_generate wants it */
};

/** Take "ecdsa:p256", "rsa:3072", "ed25519", ... Returns 0 or PST_INVALID. */
PST_MUST_CHECK int cert_key_kind_parse(const char *text,
                                       struct cert_key_kind *kind_out);

/** Take a number of days, 1 to CERT_DAYS_MAX. Returns 0 or PST_INVALID. */
PST_MUST_CHECK int cert_days_parse(const char *text, unsigned *days_out);

/** Where a TLS server is. */
struct cert_url {
	char host[254]; /* without brackets */
	char port[6];
	bool http; /* an HTTP server: wss or https */
};

/**
 * Take wss://host[:port]/..., https://..., tls://host:port, ssl://host:port
 * or host:port.
 *
 * Returns  0, or PST_INVALID with `why` written
 */
PST_MUST_CHECK int cert_url_parse(const char *text, struct cert_url *url_out,
                                  char why[CERT_WHY_MAX]);

/** Take HOST:PORT into the host and port of `url_io`. */
PST_MUST_CHECK int cert_address_parse(const char *text,
                                      struct cert_url *url_io);

/** A file name made of `text`: bytes that do not belong into one become '_'.
 *  Never empty, never "." or with a leading dot or dash. */
void cert_stem(const char *text, char *out, size_t size);

#endif
