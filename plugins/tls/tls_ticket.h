/* SPDX-License-Identifier: MIT */
/* Session tickets for clients (RFC 5077, RFC 8446 4.6.1): nothing is kept here,
 * what a client needs to come back lies sealed in its ticket. */
#ifndef TLS_TICKET_H
#define TLS_TICKET_H

#include <gnutls/gnutls.h>
#include <penstock/option.h>
#include <penstock/setup.h>

struct pst_instance;
struct tls_conf;
struct tls_wire;

enum {
	TLS_TICKET_KEY = 64, /* bytes: what GnuTLS derives its keys from */
	TLS_TICKETS_MAX = 4
};

/**
 * Settings, and what is derived from them.
 *
 * GnuTLS makes the keys that seal tickets from `key` and the time: new ones each
 * three lifetimes. Whoever has the same master and the same rules opens them:
 * all workers of a gateway, and all hosts with the same ticket_key.
 */
struct tls_ticket {
	int64_t count;     /* per full TLS 1.3 handshake; 0: no tickets at all */
	uint64_t lifetime; /* ms */
	struct pst_file master_file;
	uint8_t key[TLS_TICKET_KEY]; /* secret; of this place's rules only */
};

/** Check the settings and derive the key; after all other parts. Returns 0 or
 *  PST_CONFIG. */
PST_MUST_CHECK int tls_ticket_init(struct tls_conf *conf,
                                   struct pst_setup *setup);
void tls_ticket_finish(struct tls_ticket *ticket);
void tls_ticket_explain(const struct tls_conf *conf, struct pst_setup *setup);

/**
 * Derive the key of a place from a master secret.
 *
 * A ticket opens only under the key that sealed it, so everything that decides
 * who may come in goes into the key: a ticket never carries a client past the
 * rules of another place, nor past new rules of this one.
 *
 * Returns  0, or what GnuTLS says
 */
PST_MUST_CHECK int tls_ticket_derive(const struct tls_conf *conf,
                                     const uint8_t *master, size_t length,
                                     uint8_t key_out[TLS_TICKET_KEY]);

/** Let a session of this place open and seal tickets. Returns what GnuTLS
 *  says. */
int tls_ticket_set(const struct tls_ticket *ticket, gnutls_session_t session);

/** What is still to be sent after a handshake of TLS 1.3. */
enum tls_tickets {
	TLS_TICKETS_NONE,
	TLS_TICKETS_WAIT, /* for what is sent next */
	TLS_TICKETS_DUE
};

/** After a handshake: send the client its tickets. A client that has spoken
 *  already gets them with the answer, in one send, if that comes soon. */
void tls_ticket_begin(struct tls_wire *w);
/** Before data is sent: send what waits for it, or has waited too long. */
void tls_ticket_step(struct tls_wire *w);
/** A timer of the layer: do not wait any longer; a step follows. */
void tls_ticket_due(struct pst_instance *me, uint32_t id);

#endif
