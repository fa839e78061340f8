/* SPDX-License-Identifier: MIT */
/* Judging a peer's certificates: what is found, apart from what is said of it. */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "tls_wire.h"

#include <gnutls/x509.h>

enum {
	TLS_CHAIN_MAX = 16, /* certificates that a peer may show */
	TLS_DN_TEXT = 256,
	TLS_DATE_TEXT = 32
};

/** The certificates that a peer showed, its own first. */
struct tls_shown {
	gnutls_x509_crt_t crt[TLS_CHAIN_MAX]; /* owned */
	unsigned count;
	bool too_many; /* there were more */
	bool unreadable;
};

/** Parse what the peer of `session` showed, now or when the session that is
 *  resumed began. */
void tls_shown_init(struct tls_shown *shown, gnutls_session_t session);
void tls_shown_finish(struct tls_shown *shown);

/** What is wrong with a chain beyond what GnuTLS has words for. */
enum tls_flaw {
	TLS_FLAW_NONE = 0,
	TLS_FLAW_STATUS,      /* GnuTLS's `status` */
	TLS_FLAW_ERROR,       /* GnuTLS's error: `status` */
	TLS_FLAW_NO_TRUST,    /* what is trusted could not be read */
	TLS_FLAW_AUTHORITY,   /* an authority's certificate, issued by another */
	TLS_FLAW_VERSION_1,   /* no extensions, so no purpose and no names */
	TLS_FLAW_CONSTRAINED, /* an issuer may not vouch for the name */
	TLS_FLAW_PURPOSE,     /* a trusted issuer is for other purposes */
	TLS_FLAW_REVOKED,
	TLS_FLAW_OVERDUE
};

struct tls_verdict {
	enum tls_flaw flaw;
	int status;
	unsigned at;               /* REVOKED, OVERDUE: which of the shown */
	const struct tls_crl *crl; /* REVOKED, OVERDUE: which list; or NULL */
};

/** Judge the chain by what the hop trusts. */
void tls_chain_judge(const struct tls_wire *w, const struct tls_shown *shown,
                     struct tls_verdict *verdict_out);

/** Judge by dates and revocation lists alone a chain that held before. */
void tls_chain_judge_again(const struct tls_wire *w,
                           const struct tls_shown *shown,
                           struct tls_verdict *verdict_out);

/** Note in words what is wrong with the chain (tls_verify_words.c). */
void tls_chain_trouble(struct tls_wire *w, const struct tls_shown *shown,
                       const struct tls_verdict *verdict);

#endif
