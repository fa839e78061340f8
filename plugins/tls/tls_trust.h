/* SPDX-License-Identifier: MIT */
/* Whom this end believes: the certificates that a peer's must come from, and
 * which of them are revoked. The resource `trusts`, and what a hop refers to. */
#ifndef TLS_TRUST_H
#define TLS_TRUST_H

#include "tls_crl.h"

#include <gnutls/gnutls.h>
#include <penstock/option.h>
#include <penstock/resource.h>
#include <penstock/setup.h>
#include <stdbool.h>

struct tls_conf;
struct tls_trust_store;

enum tls_crl_overdue {
	TLS_CRL_OVERDUE_REFUSE,
	TLS_CRL_OVERDUE_ACCEPT
};

/** Settings of one resource, and what is derived from them. */
struct tls_trust {
	struct pst_files certificates;
	struct pst_files crl;
	struct pst_file keystore;
	struct pst_file password_file;
	bool system;
	uint32_t crl_overdue;          /* enum tls_crl_overdue */
	struct tls_trust_store *store; /* owned */
};

/** What is read from the files: made at first use, and then not changed. */
struct tls_trusted {
	gnutls_x509_trust_list_t list; /* NULL: it could not be made */
	uint8_t (*prints)[32]; /* SHA-256 of the certificates from files, sorted */
	unsigned count;        /* of them */
	unsigned lone;         /* of them no authorities */
	unsigned system;       /* certificates of the system's store */
	struct tls_crls crls;
};

extern const struct pst_resource tls_trust_resource;

/** What the resource holds. The first call reads it; any thread. Never NULL. */
const struct tls_trusted *tls_trust_get(const struct tls_trust *trust);

/** Is exactly this certificate trusted by a file? */
bool tls_trust_has(const struct tls_trusted *trusted, gnutls_x509_crt_t crt);

/** Is it what the word "system" stands for, and no more? */
static inline bool tls_trust_is_word(const struct tls_trust *trust)
{
	return trust->system && trust->certificates.count == 0 &&
	       trust->keystore.data == NULL && trust->crl.count == 0;
}

/** "ca.pem, more.pem and the system's store". */
void tls_trust_words(const struct tls_trust *trust, char *out, size_t size);

/** What a hop refers to. */
struct tls_trust_of_hop {
	struct pst_refs back;  /* trust, for back-ends */
	struct pst_refs front; /* client_trust */
	struct tls_asked *asked; /* owned; accept: see tls_trust_ask */
};

static inline const struct pst_refs *
tls_trust_refs(const struct tls_trust_of_hop *trust, uint8_t role)
{
	return role == PST_ACCEPT ? &trust->front : &trust->back;
}

static inline const struct tls_trust *tls_trust_at(const struct pst_refs *refs,
                                                   size_t at)
{
	return (const struct tls_trust *)refs->item[at].conf;
}

/** Check what the role refers to. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_trust_init(struct tls_conf *conf,
                                  struct pst_setup *setup);
void tls_trust_finish(struct tls_trust_of_hop *trust);
void tls_trust_explain(const struct tls_conf *conf, struct pst_setup *setup);

/** Name the authorities of client_trust to clients: before a handshake that
 *  asks for a certificate; any thread. */
void tls_trust_ask(const struct tls_conf *conf);

/** Where trust comes from, for sentences: "corp (ca.pem) and the system's
 *  store". */
void tls_trust_text(const struct tls_conf *conf, uint8_t role, char *out,
                    size_t size);

#endif
