/* SPDX-License-Identifier: MIT */
/* Attributes that tell who the peer is. */
#include "tls_peer_text.h"
#include "tls_pins.h"
#include "tls_wire.h"

#include <stdio.h>
#include <string.h>

enum {
	/* a longer name is left out: half a name is another name */
	NAME_TEXT = 1024,
	NAMES_TEXT = 2048
};

static void note_name(struct tls_wire *w, const char *key, int ret,
                      gnutls_datum_t *dn, enum pst_provenance how)
{
	char text[NAME_TEXT];

	if (ret != 0) {
		return;
	}
	if (tls_clean(text, sizeof(text), dn->data, dn->size)) {
		tls_note(w, key, text, how);
	}
	gnutls_free(dn->data);
}

static void note_names(struct tls_wire *w, gnutls_x509_crt_t crt,
                       enum pst_provenance how)
{
	gnutls_datum_t dn = {NULL, 0};
	char text[NAMES_TEXT];
	int ret = gnutls_x509_crt_get_dn3(crt, &dn, 0);

	note_name(w, "tls.peer.subject", ret, &dn, how);
	ret = gnutls_x509_crt_get_issuer_dn3(crt, &dn, 0);
	note_name(w, "tls.peer.issuer", ret, &dn, how);
	if (tls_san_text(crt, text, sizeof(text))) {
		tls_note(w, "tls.peer.names", text, how);
	}
}

static void note_rest(struct tls_wire *w, gnutls_x509_crt_t crt,
                      enum pst_provenance how)
{
	char text[160];

	if (tls_serial_text(crt, text, sizeof(text))) {
		tls_note(w, "tls.peer.serial", text, how);
	}
	tls_fingerprint(crt, text, sizeof(text));
	tls_note(w, "tls.peer.fingerprint", text, how);
	if (tls_time_text(gnutls_x509_crt_get_expiration_time(crt), text,
	                  sizeof(text))) {
		tls_note(w, "tls.peer.not_after", text, how);
	}
}

/* RFC 9440 2.1: a byte sequence of structured fields. */
static void note_certificate(struct tls_wire *w, const gnutls_datum_t *der,
                             enum pst_provenance how)
{
	gnutls_datum_t text = {NULL, 0};
	char *value;
	int n;

	if (!w->conf->peer.peer_certificate ||
	    gnutls_base64_encode2(der, &text) != 0) {
		return;
	}
	value = gnutls_malloc(text.size + 3);
	if (value != NULL) {
		n = snprintf(value, text.size + 3, ":%.*s:", (int)text.size,
		             (const char *)text.data);
		(void)pst_attribute_set(w->me, "tls.peer.certificate", value,
		                        (size_t)n, how);
		gnutls_free(value);
	}
	gnutls_free(text.data);
}

static void note_all(struct tls_wire *w, const gnutls_datum_t *der)
{
	enum pst_provenance how = w->state->verified ? PST_PROVEN : PST_CLAIMED;
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) != 0) {
		return;
	}
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0) {
		note_names(w, crt, how);
		note_rest(w, crt, how);
		note_certificate(w, der, how);
	}
	gnutls_x509_crt_deinit(crt);
}

void tls_note_peer(struct tls_wire *w)
{
	bool connect = w->me->role == PST_CONNECT;
	const gnutls_datum_t *der =
		gnutls_certificate_get_peers(w->state->session, NULL);

	if (connect || w->conf->peer.client_auth != TLS_AUTH_NONE) {
		tls_note(w, "tls.peer.verified",
		         w->state->verified ? "yes" : "no", PST_PROVEN);
	}
	if (connect && !w->state->verified) {
		pst_count(w->me, TLS_METRIC_UNVERIFIED, 1);
	}
	if (der != NULL) {
		note_all(w, der);
	}
}
