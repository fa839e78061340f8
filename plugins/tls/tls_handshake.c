/* SPDX-License-Identifier: MIT */
/* The handshake: wait for records, do the costly part, note the result. */
#include "tls_wire.h"

#include <ctype.h>
#include <string.h>

enum {
	SNI_MAX = 255
};

/* What the handshake can do in this step. */
enum look {
	LOOK_WAIT,
	LOOK_RUN, /* may_pull says how far */
	LOOK_TROUBLE
};

/* Those above gave up before the handshake was over. */
static bool refused(struct tls_wire *w)
{
	const struct pst_queue *tx = w->io->tx_in;
	enum pst_class why = (enum pst_class)tx->end_class;

	if (!pst_ended(tx) || tx->end == PST_END_CLEAN) {
		return false;
	}
	tls_trouble(w, why == PST_CLASS_CLEAN ? PST_CLASS_GOING_AWAY : why,
	            tls_alert_of(why),
	            "refused before the TLS handshake with %s was over",
	            tls_peer_of(w));
	return true;
}

/* Returns false when the first bytes are too few, or trouble. */
static bool judge_first(struct tls_wire *w)
{
	uint8_t prefix[TLS_PREFIX_MAX];
	enum tls_first first;
	size_t n;

	if (w->state->judged) {
		return true;
	}
	n = tls_prefix(w->io->rx_in, prefix, sizeof(prefix));
	first = tls_first_bytes(prefix, n);
	if (first == TLS_FIRST_MORE) {
		return false;
	}
	if (first != TLS_FIRST_TLS) {
		tls_first_trouble(w, first);
		return false;
	}
	w->state->judged = true;
	return true;
}

/* RFC 8446 6: a client that rejects the server's first flight may have no keys
 * to write with yet, and GnuTLS reads with keys already. Unauthenticated as it
 * is, it can do no more than cutting the wire. */
static bool is_plain_end(const struct tls_record *r)
{
	return r->type == TLS_RECORD_ALERT &&
	       r->length == TLS_RECORD_HEADER + 2 &&
	       (r->body[0] == GNUTLS_AL_FATAL ||
	        r->body[1] == GNUTLS_A_CLOSE_NOTIFY ||
	        r->body[1] == GNUTLS_A_USER_CANCELED);
}

/* Let GnuTLS have the record at the front, if it is whole: a step on the helper
 * never waits for the rest of one. Returns false when there is none. */
static bool next_record(struct tls_wire *w)
{
	struct tls_record r;

	if (tls_record_peek(w->io->rx_in, &r) != PST_OK) {
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_RECORD_OVERFLOW,
		            "%s sends a record that is longer than %d bytes",
		            tls_peer_of(w), TLS_RECORD_MAX);
		return false;
	}
	if (is_plain_end(&r)) {
		tls_alert_trouble(w, r.body[1]);
		return false;
	}
	w->may_pull = r.length;
	return r.length != 0;
}

static enum look look(struct tls_wire *w)
{
	const struct pst_queue *rx = w->io->rx_in;

	w->may_pull = 0;
	if (refused(w)) {
		return LOOK_TROUBLE;
	}
	if (w->me->role == PST_CONNECT && w->state->session == NULL &&
	    !pst_ended(rx)) {
		return LOOK_RUN;
	}
	if (judge_first(w) && next_record(w)) {
		return LOOK_RUN;
	}
	if (rx->end != PST_END_OPEN) {
		tls_end_trouble(w);
	}
	return tls_is_troubled(w) ? LOOK_TROUBLE : LOOK_WAIT;
}

/* The last flight of a TLS 1.3 client without a certificate: one MAC, and the
 * tickets that answer it. It is cheaper than the way to the helper and back. */
static bool is_last_flight(const struct tls_wire *w)
{
	uint8_t type = TLS_RECORD_HANDSHAKE;

	(void)tls_prefix(w->io->rx_in, &type, 1);
	return w->me->role == PST_ACCEPT && w->state->session != NULL &&
	       type != TLS_RECORD_HANDSHAKE &&
	       !tls_checks_peer(w->conf, PST_ACCEPT) &&
	       gnutls_protocol_get_version(w->state->session) == GNUTLS_TLS1_3;
}

static bool is_heavy(const struct tls_wire *w)
{
	if (is_last_flight(w)) {
		return false;
	}
	switch ((enum tls_heavy)w->conf->heavy) {
	case TLS_HEAVY_ALWAYS:
		return true;
	case TLS_HEAVY_RSA:
		return w->conf->own.is_slow;
	case TLS_HEAVY_NEVER:
		return false;
	}
	return true;
}

static void note_result(struct tls_wire *w)
{
	gnutls_session_t session = w->state->session;
	gnutls_datum_t alpn;

	tls_note(w, "tls.version",
	         gnutls_protocol_get_name(gnutls_protocol_get_version(session)),
	         PST_PROVEN);
	tls_note(w, "tls.cipher", gnutls_ciphersuite_get(session), PST_PROVEN);
	tls_note(w, "tls.group",
	         gnutls_group_get_name(gnutls_group_get(session)), PST_PROVEN);
	if (gnutls_alpn_get_selected_protocol(session, &alpn) == 0) {
		(void)pst_attribute_set(w->me, "tls.alpn",
		                        (const char *)alpn.data, alpn.size,
		                        PST_PROVEN);
	}
	if (gnutls_session_is_resumed(session) != 0) {
		tls_note(w, "tls.resumed", "yes", PST_PROVEN);
		pst_count(w->me, TLS_METRIC_RESUMED, 1);
	}
	tls_note_peer(w);
	pst_count(w->me, TLS_METRIC_HANDSHAKES, 1);
}

/* TLS 1.2 only has the general alert for a missing certificate. */
static void fit_alert(struct tls_wire *w)
{
	if (w->trouble.alert == GNUTLS_A_CERTIFICATE_REQUIRED &&
	    gnutls_protocol_get_version(w->state->session) != GNUTLS_TLS1_3) {
		w->trouble.alert = GNUTLS_A_HANDSHAKE_FAILURE;
	}
}

/* RFC 8446 sets no bound to a handshake; a peer may not go on for ever. What
 * GnuTLS holds until a message is whole is charged to nobody. */
static uint32_t handshake_max(const struct tls_wire *w)
{
	bool shows_certificate = w->me->role == PST_CONNECT ||
	                         w->conf->peer.client_auth != TLS_AUTH_NONE;

	return shows_certificate ? TLS_HANDSHAKE_MAX : TLS_MESSAGE_MAX;
}

static bool is_endless(struct tls_wire *w, size_t pulled)
{
	struct tls_state *st = w->state;

	st->handshake_bytes += (uint32_t)pulled;
	if (pulled != 0) {
		st->handshake_records++;
	}
	if (st->handshake_bytes <= handshake_max(w) &&
	    st->handshake_records <= TLS_HANDSHAKE_RECORDS) {
		return false;
	}
	tls_trouble(w, PST_CLASS_TOO_BIG, GNUTLS_A_HANDSHAKE_FAILURE,
	            "%s sends a handshake without end: %u bytes in %u records",
	            tls_peer_of(w), st->handshake_bytes, st->handshake_records);
	return true;
}

/* Call GnuTLS, record by record, until it is done, fails, or needs more. */
static int shake(struct tls_wire *w)
{
	do {
		size_t before = w->may_pull;
		int ret = gnutls_handshake(w->state->session);

		if (ret == 0 || gnutls_error_is_fatal(ret) != 0) {
			return ret;
		}
		if (is_endless(w, before - w->may_pull) ||
		    (before != 0 && w->may_pull == before)) {
			break;
		}
	} while (w->may_pull != 0 || next_record(w));
	return GNUTLS_E_AGAIN;
}

/* RFC 7301 3.2 has no word for a peer that leaves ALPN out. */
static bool lacks_protocol(struct tls_wire *w)
{
	char names[TLS_ALPN_TEXT];

	if (!tls_alpn_lacks(&w->conf->alpn, w->state->session)) {
		return false;
	}
	tls_alpn_text(&w->conf->alpn, names, sizeof(names));
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_NO_APPLICATION_PROTOCOL,
	            "%s takes no part in ALPN; alpn is %s, and alpn_required "
	            "is set",
	            tls_peer_of(w), names);
	return true;
}

/* GnuTLS asks nobody about a peer that resumes. */
static bool may_come_back(struct tls_wire *w)
{
	return gnutls_session_is_resumed(w->state->session) == 0 ||
	       tls_verify_resumed(w) == 0;
}

static enum pst_step run(struct tls_wire *w)
{
	int ret = w->state->session == NULL ? tls_session_begin(w) : 0;

	if (ret == 0) {
		ret = shake(w);
	}
	if (ret == 0 && (lacks_protocol(w) || !may_come_back(w))) {
		return tls_give_up(w);
	}
	if (ret == 0) {
		w->state->up = true;
		note_result(w);
		tls_resume_result(w);
		tls_ticket_begin(w);
		tls_note_waits(w);
		tls_forget_hello(w->state);
		/* GnuTLS looks at it no more, since it never shakes hands
		 * again */
		tls_built_drop(w->state->shown);
		w->state->shown = NULL;
		tls_wire_flush(w);
		return PST_STEP_UP;
	}
	if (ret != GNUTLS_E_AGAIN) {
		tls_handshake_trouble(w, ret);
		fit_alert(w);
	}
	if (tls_is_troubled(w)) {
		return tls_give_up(w);
	}
	tls_note_waits(w);
	tls_wire_flush(w);
	return PST_STEP_OK;
}

enum pst_step tls_handshake_step(struct tls_wire *w)
{
	switch (look(w)) {
	case LOOK_WAIT:
		tls_note_waits(w);
		return PST_STEP_OK;
	case LOOK_TROUBLE:
		return tls_give_up(w);
	case LOOK_RUN:
		break;
	}
	if (is_heavy(w) && (w->io->flags & PST_IO_HELPER) == 0) {
		return PST_STEP_HEAVY;
	}
	return run(w);
}
