/* SPDX-License-Identifier: MIT */
/* A connection to a back-end and the sessions of earlier ones. */
#include "tls_wire.h"

#include <gnutls/x509.h>

static struct tls_resume_cache *cache_of(const struct tls_wire *w)
{
	return w->me->role == PST_CONNECT ? w->conf->resume.cache : NULL;
}

void tls_resume_offer(struct tls_wire *w)
{
	struct tls_resume_cache *cache = cache_of(w);
	gnutls_datum_t data;

	if (cache == NULL || !tls_resume_take(cache, pst_now_ms(w->me),
	                                      pst_wall_clock(w->me), &data)) {
		return;
	}
	/* a session that does not fit these settings is not offered */
	w->state->offered = gnutls_session_set_data(w->state->session,
	                                            data.data, data.size) == 0;
	tls_resume_free(&data);
}

/* When the back-end's certificate ends; without one, whatever it is. */
static int64_t certificate_end(gnutls_session_t session)
{
	unsigned count = 0;
	const gnutls_datum_t *chain =
		gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t crt;
	int64_t end = INT64_MAX;

	if (chain == NULL || count == 0 || gnutls_x509_crt_init(&crt) != 0) {
		return end;
	}
	if (gnutls_x509_crt_import(crt, chain, GNUTLS_X509_FMT_DER) == 0) {
		end = gnutls_x509_crt_get_expiration_time(crt);
	}
	gnutls_x509_crt_deinit(crt);
	return end;
}

static void keep(struct tls_wire *w)
{
	struct tls_resume_cache *cache = cache_of(w);
	gnutls_session_t session = w->state->session;
	gnutls_datum_t data;

	/* a back-end may send tickets for ever */
	if (cache == NULL || w->state->kept == TLS_RESUME_OF_ONE) {
		return;
	}
	w->state->kept++;
	if (gnutls_session_get_data2(session, &data) == 0) {
		tls_resume_put(cache, data, pst_now_ms(w->me),
		               certificate_end(session));
	}
}

/* RFC 5246 F.1.4, RFC 5077 3.4: an id or a ticket came from the server. */
static bool has_handle(gnutls_session_t session)
{
	gnutls_datum_t id;

	return (gnutls_session_get_flags(session) &
	        GNUTLS_SFLAGS_SESSION_TICKET) != 0 ||
	       (gnutls_session_get_id2(session, &id) == 0 && id.size != 0);
}

void tls_resume_result(struct tls_wire *w)
{
	gnutls_session_t session = w->state->session;

	if (cache_of(w) == NULL) {
		return;
	}
	if (w->state->offered && gnutls_session_is_resumed(session) == 0) {
		tls_resume_drop(cache_of(w));
	}
	if (gnutls_protocol_get_version(session) != GNUTLS_TLS1_3 &&
	    has_handle(session)) {
		keep(w);
	}
}

void tls_resume_ticket(struct tls_wire *w)
{
	/* RFC 8446 4.6.1: none before the handshake is over */
	if (w->state->up) {
		keep(w);
	}
}
