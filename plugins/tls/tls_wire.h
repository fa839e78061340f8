/* SPDX-License-Identifier: MIT */
/* One connection's state, and one step of it: GnuTLS over the queues. */
#ifndef TLS_WIRE_H
#define TLS_WIRE_H

#include "tls_alert.h"
#include "tls_conf.h"
#include "tls_hello.h"
#include "tls_select.h"

enum tls_metric {
	TLS_METRIC_HANDSHAKES,
	TLS_METRIC_FAILURES,
	TLS_METRIC_TRUNCATED,
	TLS_METRIC_RESUMED,
	TLS_METRIC_UNVERIFIED
};

enum {
	TLS_PAYLOAD_MAX = 16384,        /* of one record: RFC 8446 5.1 */
	TLS_HANDSHAKE_MAX = 256 * 1024, /* bytes in one handshake, received */
	TLS_HANDSHAKE_RECORDS = 512,    /* likewise */
	TLS_MESSAGE_MAX = 64 * 1024,    /* bytes of one handshake message */
	TLS_TROUBLE_TEXT = 1200,
	TLS_KNOB_TEXT = 160
};

/** What a handshake waits for: told when the opening takes too long. */
enum tls_waits {
	TLS_WAITS_NOTHING,
	TLS_WAITS_FIRST,    /* the peer's first bytes */
	TLS_WAITS_HELLO,    /* the rest of its hello */
	TLS_WAITS_FLIGHT,   /* the back-end's certificate and what follows */
	TLS_WAITS_FINISHED  /* the client's answer to our certificate */
};

/** A layer's state. Idle connections hold no buffer but GnuTLS's session. */
struct tls_state {
	gnutls_session_t session; /* owned; NULL until the handshake begins */
	struct tls_hello *hello;  /* the peer's; owned; NULL before it came,
	                           * and when the handshake is over */
	struct tls_offer offer;   /* accept: which keys the client takes */
	struct tls_built *shown;  /* owned; our certificate, while it is used */
	uint32_t handshake_bytes;
	uint16_t handshake_records;
	bool judged; /* the peer's first bytes are TLS */
	bool up;
	uint8_t waits; /* enum tls_waits: what was noted last */
	uint8_t kept;  /* sessions that this connection left for others */
	bool offered;  /* a session of before was offered to the back-end */
	bool verified; /* the peer's certificate passed all checks */
	bool rx_done;  /* rx_out has ended */
	bool tx_done;  /* tx_out has ended */
	uint8_t tickets; /* enum tls_tickets */
};

/** Why a connection fails; the first reason stands. */
struct tls_trouble {
	enum pst_class why;
	unsigned alert; /* sent, or received; TLS_NO_ALERT: neither */
	bool received;  /* the alert came from the peer */
	char text[TLS_TROUBLE_TEXT]; /* "": nothing is wrong */
};

/** What GnuTLS's callbacks need, for the time of one step. */
struct tls_wire {
	struct pst_instance *me;
	struct pst_io *io;
	const struct tls_conf *conf;
	struct tls_state *state;
	struct pst_slice *out; /* ciphertext, not yet handed over; owned */
	size_t hint;           /* bytes that a new `out` should take */
	size_t may_pull;       /* bytes of rx_in that GnuTLS may have */
	bool no_memory;
	struct tls_trouble trouble;
};

/** Begin a step: a session that exists gets this wire. */
void tls_wire_begin(struct tls_wire *w, struct pst_instance *me,
                    struct pst_io *io);
/** Point the session's callbacks at this wire. */
void tls_wire_attach(struct tls_wire *w);
/** Put the ciphertext made so far into tx_out. */
void tls_wire_flush(struct tls_wire *w);

/** Send an alert, also before there is a session. */
void tls_send_alert(struct tls_wire *w, bool fatal, unsigned alert);

/** "the client" or "the back-end". */
const char *tls_peer_of(const struct tls_wire *w);

/** Note what is wrong, unless something else already was. `alert` is for the
 *  peer; TLS_NO_ALERT: send none. */
PST_PRINTF(4, 5)
void tls_trouble(struct tls_wire *w, enum pst_class why, unsigned alert,
                 const char *fmt, ...);

static inline bool tls_is_troubled(const struct tls_wire *w)
{
	return w->trouble.text[0] != '\0';
}

/** Send the alert, report the trouble, hand over. Returns PST_STEP_ERROR. */
enum pst_step tls_give_up(struct tls_wire *w);

/** Write "services.quotes.accept.tls.min_version". Returns out. */
const char *tls_knob(const struct tls_wire *w, const char *option, char *out,
                     size_t size);

/* tls_trouble.c: find words. Each notes the trouble. */

/** gnutls_handshake returned `ret`. */
void tls_handshake_trouble(struct tls_wire *w, int ret);
/** gnutls_record_recv or _send returned `ret`. */
void tls_record_trouble(struct tls_wire *w, int ret);
/** The peer sent a fatal alert. */
void tls_alert_trouble(struct tls_wire *w, unsigned alert);
/** The first bytes were not TLS. A request in plain HTTP gets an answer. */
void tls_first_trouble(struct tls_wire *w, enum tls_first first);
/** The wire ended before the handshake did. */
void tls_end_trouble(struct tls_wire *w);
/** The hello is one that GnuTLS takes and the RFC does not; `before` is the one
 *  that was answered with a HelloRetryRequest, all zero when there was none.
 *  Returns true when it is noted. */
bool tls_hello_trouble(struct tls_wire *w, const struct tls_hello *before);
/** Note what the handshake waits for, for whoever gives it up. */
void tls_note_waits(struct tls_wire *w);

/* tls_trouble_common.c: what both ends would have to have in common. */

enum tls_lack {
	TLS_LACK_VERSION,
	TLS_LACK_SUITE, /* or what else GnuTLS says it of */
	TLS_LACK_GROUP,
	TLS_LACK_SIGNATURE,
	TLS_LACK_PROTOCOL
};
void tls_lack_trouble(struct tls_wire *w, enum tls_lack lack);
/** Write what this end offers or allows, and where it is set: "TLS 1.2 to 1.3,
 *  ...". */
void tls_offer_text(const struct tls_wire *w, char *out, size_t size);

/* tls_session.c */

/** Make the session. Returns 0 or what GnuTLS says. */
int tls_session_begin(struct tls_wire *w);
/** Free the hello: nothing is to be explained any more. */
void tls_forget_hello(struct tls_state *st);
/** Set an attribute, unless `value` is NULL or empty. */
void tls_note(struct tls_wire *w, const char *key, const char *value,
              enum pst_provenance how);

/* tls_handshake.c and tls_data.c */

enum pst_step tls_handshake_step(struct tls_wire *w);
enum pst_step tls_data_step(struct tls_wire *w);

/* tls_verify.c: GnuTLS asks whether the peer may stay. */
int tls_verify_peer(gnutls_session_t session);
/** A session was resumed: judge again whom it began with, as if its certificates
 *  were shown now, by what is trusted, revoked and allowed now. Returns 0, or
 *  GNUTLS_E_CERTIFICATE_ERROR with the trouble noted. */
PST_MUST_CHECK int tls_verify_resumed(struct tls_wire *w);
/** Set the attributes that tell who the peer is (tls_peer_note.c). */
void tls_note_peer(struct tls_wire *w);

#endif
