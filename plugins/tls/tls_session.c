/* SPDX-License-Identifier: MIT */
/* A GnuTLS session for one connection, made when its handshake begins. */
#include "tls_wire.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	SNI_MAX = 255
};

void tls_note(struct tls_wire *w, const char *key, const char *value,
              enum pst_provenance how)
{
	/* a fact that does not fit into memory is left out */
	if (value != NULL && value[0] != '\0') {
		(void)pst_attribute_set(w->me, key, value, strlen(value), how);
	}
}

static void note_sni(struct tls_wire *w, const struct tls_text *sni)
{
	char name[SNI_MAX + 1];
	size_t i;

	for (i = 0; i < sni->length && i < SNI_MAX; i++) {
		char c = sni->data[i];

		name[i] = isgraph((unsigned char)c) && c != '"' ? c : '?';
	}
	name[i] = '\0';
	tls_note(w, "tls.sni", name, PST_CLAIMED);
}

static int read_client_hello(struct tls_wire *w, const gnutls_datum_t *msg)
{
	struct tls_hello *h = w->state->hello;
	const struct tls_hello before = *h;
	struct tls_text sni;

	tls_offer_read(&w->state->offer, &w->conf->own, msg);
	/* what is malformed is GnuTLS's to refuse */
	if (tls_client_hello(msg->data, msg->size, h, &sni) != PST_OK) {
		return 0;
	}
	note_sni(w, &sni);
	return tls_hello_trouble(w, &before)
	               ? GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER
	               : 0;
}

/* A hello arrived: keep what explains a failure, before GnuTLS judges it. */
static int note_hello(struct tls_wire *w, unsigned type,
                      const gnutls_datum_t *msg)
{
	int ret;

	if (type != GNUTLS_HANDSHAKE_CLIENT_HELLO &&
	    type != GNUTLS_HANDSHAKE_SERVER_HELLO) {
		return 0;
	}
	if (w->state->hello == NULL) {
		w->state->hello = calloc(1, sizeof(*w->state->hello));
	}
	if (w->state->hello == NULL) {
		return GNUTLS_E_MEMORY_ERROR;
	}
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO) {
		return read_client_hello(w, msg);
	}
	ret = tls_server_hello(msg->data, msg->size, w->state->hello);
	(void)ret;
	return 0;
}

static int message_hook(gnutls_session_t session, unsigned type, unsigned when,
                        unsigned incoming, const gnutls_datum_t *msg)
{
	struct tls_wire *w = gnutls_session_get_ptr(session);

	if (incoming == 0) {
		return 0;
	}
	if (when == GNUTLS_HOOK_PRE) {
		return note_hello(w, type, msg);
	}
	if (type == GNUTLS_HANDSHAKE_NEW_SESSION_TICKET) {
		tls_resume_ticket(w);
	}
	return 0;
}

static int set_server_name(struct tls_wire *w, gnutls_session_t session)
{
	const struct tls_name *peer = &w->conf->peer.sni;

	/* RFC 6066 3: no IP literals */
	if (peer->text[0] == '\0' || peer->address_length != 0) {
		return 0;
	}
	tls_note(w, "tls.sni", peer->text, PST_PROVEN);
	return gnutls_server_name_set(session, GNUTLS_NAME_DNS, peer->text,
	                              strlen(peer->text));
}

static void ask_for_certificate(const struct tls_conf *conf,
                                gnutls_session_t session)
{
	/* the callback decides, so that a missing one can be accepted */
	switch ((enum tls_client_auth)conf->peer.client_auth) {
	case TLS_AUTH_NONE:
		return;
	case TLS_AUTH_REQUEST:
		gnutls_certificate_server_set_request(session,
		                                      GNUTLS_CERT_REQUEST);
		return;
	case TLS_AUTH_REQUIRE:
		gnutls_certificate_server_set_request(session,
		                                      GNUTLS_CERT_REQUIRE);
		return;
	}
}

static int configure(struct tls_wire *w, gnutls_session_t session)
{
	const struct tls_conf *conf = w->conf;
	bool accept = w->me->role == PST_ACCEPT;
	int ret = gnutls_priority_set(session, conf->spoken.priority);

	if (ret == 0) {
		ret = gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
		                             conf->credentials);
	}
	if (ret == 0) {
		ret = tls_alpn_set(&conf->alpn, session, w->me->role);
	}
	if (ret == 0 && accept) {
		tls_trust_ask(conf);
		ask_for_certificate(conf, session);
		ret = tls_ticket_set(&conf->ticket, session);
	} else if (ret == 0) {
		ret = set_server_name(w, session);
		tls_resume_offer(w);
	}
	gnutls_handshake_set_max_packet_length(session, TLS_MESSAGE_MAX);
	gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY,
	                                   GNUTLS_HOOK_BOTH, message_hook);
	if (tls_checks_peer(conf, w->me->role)) {
		gnutls_session_set_verify_function(session, tls_verify_peer);
	}
	return ret;
}

static bool resumes(const struct tls_wire *w)
{
	return w->me->role == PST_ACCEPT ? w->conf->ticket.count != 0
	                                 : w->conf->resume.cache != NULL;
}

void tls_forget_hello(struct tls_state *st)
{
	free(st->hello);
	st->hello = NULL;
}

int tls_session_begin(struct tls_wire *w)
{
	unsigned flags =
		GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_AUTO_SEND_TICKET;
	int ret;

	if (!resumes(w)) {
		flags |= GNUTLS_NO_TICKETS;
	}
	flags |= w->me->role == PST_ACCEPT
	                 ? GNUTLS_SERVER
	                 : GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP |
	                           GNUTLS_FORCE_CLIENT_CERT;
	ret = gnutls_init(&w->state->session, flags);
	if (ret != 0) {
		w->state->session = NULL;
		return ret;
	}
	tls_wire_attach(w);
	return configure(w, w->state->session);
}
