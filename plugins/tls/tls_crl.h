/* SPDX-License-Identifier: MIT */
/* Lists of revoked certificates (RFC 5280 5), reduced to what is looked up. */
#ifndef TLS_CRL_H
#define TLS_CRL_H

#include <gnutls/x509.h>
#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

/** One list: who issued it, until when it is good, and serial numbers. */
struct tls_crl {
	const char *path;      /* borrowed from the settings */
	gnutls_datum_t issuer; /* its name, DER; owned */
	time_t from;
	time_t until;                   /* nextUpdate; -1: it names none */
	uint8_t (*serials)[21];         /* owned; sorted: a length, then bytes */
	size_t count;
};

struct tls_crls {
	struct tls_crl *list; /* owned */
	size_t count;
};

/** What the lists say of a certificate. */
enum tls_crl_says {
	TLS_CRL_NOTHING = 0, /* not listed, or no list is its issuer's */
	TLS_CRL_REVOKED,
	TLS_CRL_OVERDUE /* the newest list of its issuer is out of date */
};

/**
 * Read the lists in `files`, PEM or DER, and check that certificates in `by`
 * signed them.
 *
 * by[by_count]  borrowed for the call
 * system        more of them, or NULL
 * Reports       at "crl"; expired lists as warnings
 * Returns       0, or PST_CONFIG; tls_crls_finish frees also after that
 */
PST_MUST_CHECK int tls_crls_load(struct tls_crls *crls, struct pst_setup *setup,
                                 const struct pst_files *files,
                                 gnutls_x509_crt_t *by, unsigned by_count,
                                 gnutls_x509_trust_list_t system);
void tls_crls_finish(struct tls_crls *crls);

/** Look `crt` up. `*which_out` is the list that decided. */
enum tls_crl_says tls_crls_ask(const struct tls_crls *crls,
                               gnutls_x509_crt_t crt, time_t now,
                               const struct tls_crl **which_out);

#endif
