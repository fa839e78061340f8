/* SPDX-License-Identifier: MIT */
/* Who the peer is: chain, purpose and name, and why not, in words. */
#include "tls_wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	DN_TEXT = 256,
	DATE_TEXT = 32
};

/* Parse certificate `at` of the peer's chain. Owned; NULL: there is none. */
static gnutls_x509_crt_t peer_certificate(gnutls_session_t session, unsigned at)
{
	unsigned count = 0;
	const gnutls_datum_t *chain =
		gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t crt;

	if (chain == NULL || at >= count || gnutls_x509_crt_init(&crt) != 0) {
		return NULL;
	}
	if (gnutls_x509_crt_import(crt, &chain[at], GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	return crt;
}

/* The subject of the first certificate in the chain whose time is over or has
 * not come, and when that is. Returns false when there is none. */
static bool untimely(gnutls_session_t session, bool over, char *subject,
                     char *date)
{
	gnutls_x509_crt_t crt;
	unsigned at;

	for (at = 0; (crt = peer_certificate(session, at)) != NULL; at++) {
		time_t when = over ? gnutls_x509_crt_get_expiration_time(crt)
		                   : gnutls_x509_crt_get_activation_time(crt);
		bool is = over ? when < time(NULL) : when > time(NULL);

		tls_subject(crt, subject, DN_TEXT);
		tls_date(when, date, DATE_TEXT);
		gnutls_x509_crt_deinit(crt);
		if (is) {
			return true;
		}
	}
	return false;
}

static void time_trouble(struct tls_wire *w, bool over)
{
	char subject[DN_TEXT], date[DATE_TEXT];

	if (untimely(w->state->session, over, subject, date)) {
		tls_trouble(w, PST_CLASS_POLICY,
		            over ? GNUTLS_A_CERTIFICATE_EXPIRED
		                 : GNUTLS_A_BAD_CERTIFICATE,
		            "a certificate of %s (%s) %s %s", tls_peer_of(w),
		            subject,
		            over ? "expired on" : "is not valid before", date);
	} else {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_CERTIFICATE_EXPIRED,
		            "a certificate that %s is trusted by %s",
		            tls_peer_of(w),
		            over ? "has expired" : "is not valid yet");
	}
}

static void issuer_trouble(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	char subject[DN_TEXT], issuer[DN_TEXT], trust[300];

	tls_subject(crt, subject, sizeof(subject));
	tls_issuer(crt, issuer, sizeof(issuer));
	tls_trust_text(w->conf, w->me->role, trust, sizeof(trust));
	if (strcmp(subject, issuer) == 0) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_UNKNOWN_CA,
		            "the certificate of %s (%s) is self-signed and "
		            "not in %s",
		            tls_peer_of(w), subject, trust);
		return;
	}
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_UNKNOWN_CA,
	            "the certificate of %s (%s) is not trusted: it was "
	            "issued by %s, and no chain leads from there to %s",
	            tls_peer_of(w), subject, issuer, trust);
}

static void other_trouble(struct tls_wire *w, gnutls_x509_crt_t crt,
                          unsigned status, unsigned alert)
{
	gnutls_datum_t text = {NULL, 0};
	char subject[DN_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	if (gnutls_certificate_verification_status_print(
		    status, GNUTLS_CRT_X509, &text, 0) != 0) {
		text.data = NULL;
	}
	tls_trouble(w, PST_CLASS_POLICY, alert,
	            "the certificate of %s (%s) is not accepted: %s",
	            tls_peer_of(w), subject,
	            text.data == NULL ? "it failed verification"
	                              : (const char *)text.data);
	gnutls_free(text.data);
}

static void chain_trouble(struct tls_wire *w, gnutls_x509_crt_t crt,
                          unsigned status)
{
	if ((status & GNUTLS_CERT_REVOKED) != 0) {
		other_trouble(w, crt, status, GNUTLS_A_CERTIFICATE_REVOKED);
	} else if ((status & (GNUTLS_CERT_SIGNER_NOT_FOUND |
	                      GNUTLS_CERT_SIGNER_NOT_CA)) != 0) {
		issuer_trouble(w, crt);
	} else if ((status & GNUTLS_CERT_SIGNATURE_FAILURE) != 0) {
		other_trouble(w, crt, status, GNUTLS_A_BAD_CERTIFICATE);
	} else if ((status & GNUTLS_CERT_EXPIRED) != 0) {
		time_trouble(w, true);
	} else if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0) {
		time_trouble(w, false);
	} else if ((status & GNUTLS_CERT_PURPOSE_MISMATCH) != 0) {
		tls_trouble(w, PST_CLASS_POLICY,
		            GNUTLS_A_UNSUPPORTED_CERTIFICATE,
		            "the certificate of %s is not made for TLS %s "
		            "(extended key usage)",
		            tls_peer_of(w),
		            w->me->role == PST_ACCEPT ? "clients" : "servers");
	} else {
		other_trouble(w, crt, status, GNUTLS_A_BAD_CERTIFICATE);
	}
}

static bool chain_holds(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	const char *purpose = w->me->role == PST_ACCEPT
	                              ? GNUTLS_KP_TLS_WWW_CLIENT
	                              : GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st want = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)purpose,
	};
	unsigned status = 0;
	int ret = gnutls_certificate_verify_peers(w->state->session, &want, 1,
	                                          &status);

	if (ret != 0) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_BAD_CERTIFICATE,
		            "the certificate of %s cannot be verified: %s",
		            tls_peer_of(w), gnutls_strerror(ret));
		return false;
	}
	if (status != 0) {
		chain_trouble(w, crt, status);
		return false;
	}
	return true;
}

static bool name_holds(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	const struct tls_name *want = &w->conf->peer.name;
	char names[TLS_NAMES_TEXT];

	if (w->me->role == PST_ACCEPT || tls_name_in(crt, want)) {
		return true;
	}
	tls_names_list(crt, names, sizeof(names));
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_BAD_CERTIFICATE,
	            "the certificate of the back-end is not for %s; the names "
	            "in it (subjectAltName) are: %s",
	            want->text, names);
	return false;
}

int tls_verify_peer(gnutls_session_t session)
{
	struct tls_wire *w = gnutls_session_get_ptr(session);
	gnutls_x509_crt_t crt = peer_certificate(session, 0);

	if (crt == NULL) {
		if (w->me->role == PST_ACCEPT &&
		    w->conf->peer.client_auth != TLS_AUTH_REQUIRE) {
			return 0;
		}
		tls_trouble(w, PST_CLASS_POLICY,
		            w->me->role == PST_ACCEPT
		                    ? GNUTLS_A_CERTIFICATE_REQUIRED
		                    : GNUTLS_A_BAD_CERTIFICATE,
		            "%s shows no certificate that can be read",
		            tls_peer_of(w));
		return GNUTLS_E_CERTIFICATE_ERROR;
	}
	w->state->verified = chain_holds(w, crt) && name_holds(w, crt);
	gnutls_x509_crt_deinit(crt);
	return w->state->verified ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

void tls_note_peer(struct tls_wire *w)
{
	gnutls_x509_crt_t crt = peer_certificate(w->state->session, 0);
	enum pst_provenance how = w->state->verified ? PST_PROVEN : PST_CLAIMED;
	char text[DN_TEXT];

	if (crt == NULL) {
		return;
	}
	tls_subject(crt, text, sizeof(text));
	tls_note(w, "tls.peer.subject", text, how);
	tls_fingerprint(crt, text, sizeof(text));
	tls_note(w, "tls.peer.fingerprint", text, how);
	gnutls_x509_crt_deinit(crt);
}
