/* SPDX-License-Identifier: MIT */
/* Coming back to a back-end: sessions of earlier connections, each to be used
 * once. They belong to one conf, so that none crosses identities, trust or
 * names, and go with it. */
#ifndef TLS_RESUME_H
#define TLS_RESUME_H

#include <gnutls/gnutls.h>
#include <penstock/setup.h>
#include <stdbool.h>

struct tls_conf;
struct tls_wire;

enum {
	TLS_RESUME_SESSIONS = 16,           /* kept at most, per conf */
	TLS_RESUME_OF_ONE = 4,              /* from one connection */
	TLS_RESUME_AGE_MS = 2 * 3600 * 1000 /* of one, at most */
};

struct tls_resume_cache;

/** Settings, and what is derived from them. */
struct tls_resume {
	bool enabled;
	struct tls_resume_cache *cache; /* owned; NULL: no resumption */
};

/** Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_resume_init(struct tls_conf *conf,
                                   struct pst_setup *setup);
void tls_resume_finish(struct tls_resume *resume);
void tls_resume_explain(const struct tls_conf *conf, struct pst_setup *setup);

/* Sessions; any thread, and several at a time. */

/** Keep a session. Takes ownership of `data`, which GnuTLS made.
 *
 * now_ms   on the clock of pst_now_ms
 * expires  seconds since 1970: when the back-end's certificate ends
 */
void tls_resume_put(struct tls_resume_cache *cache, gnutls_datum_t data,
                    uint64_t now_ms, int64_t expires);
/** Take the newest session that may still be used. Owned; false: none. */
bool tls_resume_take(struct tls_resume_cache *cache, uint64_t now_ms,
                     int64_t wall_clock, gnutls_datum_t *data_out);
/** Forget all sessions: the back-end no longer knows them. */
void tls_resume_drop(struct tls_resume_cache *cache);
/** Wipe and free what take gave. */
void tls_resume_free(gnutls_datum_t *data);

/* For a connection to a back-end. */

/** Before the handshake: offer an earlier session. */
void tls_resume_offer(struct tls_wire *w);
/** After it: keep what TLS 1.2 gave, and see whether the offer was taken. */
void tls_resume_result(struct tls_wire *w);
/** A ticket of TLS 1.3 has come. */
void tls_resume_ticket(struct tls_wire *w);

#endif
