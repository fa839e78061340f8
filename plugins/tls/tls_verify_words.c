/* SPDX-License-Identifier: MIT */
/* Why a peer's chain does not hold, in words. */
#include "tls_verify.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void refuse(struct tls_wire *w, gnutls_x509_crt_t crt, unsigned alert,
                   const char *why)
{
	char subject[TLS_DN_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	tls_trouble(w, PST_CLASS_POLICY, alert,
	            "the certificate of %s (%s) is not accepted: %s",
	            tls_peer_of(w), subject, why);
}

/* The first of the shown whose time is over or has not come; NULL: none. */
static gnutls_x509_crt_t untimely(const struct tls_shown *shown, bool over)
{
	time_t now = time(NULL); /* as GnuTLS judged */
	unsigned i;

	for (i = 0; i < shown->count; i++) {
		time_t when = over ? gnutls_x509_crt_get_expiration_time(
					     shown->crt[i])
		                   : gnutls_x509_crt_get_activation_time(
					     shown->crt[i]);

		if (over ? when < now : when > now) {
			return shown->crt[i];
		}
	}
	return NULL;
}

static void time_trouble(struct tls_wire *w, const struct tls_shown *shown,
                         bool over)
{
	char subject[TLS_DN_TEXT], date[TLS_DATE_TEXT];
	gnutls_x509_crt_t crt = untimely(shown, over);

	if (crt == NULL) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_CERTIFICATE_EXPIRED,
		            "a certificate that %s is trusted by %s",
		            tls_peer_of(w),
		            over ? "has expired" : "is not valid yet");
		return;
	}
	tls_subject(crt, subject, sizeof(subject));
	tls_date(over ? gnutls_x509_crt_get_expiration_time(crt)
	              : gnutls_x509_crt_get_activation_time(crt),
	         date, sizeof(date));
	tls_trouble(w, PST_CLASS_POLICY,
	            over ? GNUTLS_A_CERTIFICATE_EXPIRED
	                 : GNUTLS_A_BAD_CERTIFICATE,
	            "a certificate of %s (%s) %s %s", tls_peer_of(w), subject,
	            over ? "expired on" : "is not valid before", date);
}

static void issuer_trouble(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	char subject[TLS_DN_TEXT], issuer[TLS_DN_TEXT], trust[300];
	char knob[TLS_KNOB_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	tls_issuer(crt, issuer, sizeof(issuer));
	tls_trust_text(w->conf, w->me->role, trust, sizeof(trust));
	tls_knob(w, w->me->role == PST_ACCEPT ? "client_trust" : "trust", knob,
	         sizeof(knob));
	if (strcmp(subject, issuer) == 0) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_UNKNOWN_CA,
		            "the certificate of %s (%s) is self-signed and "
		            "not in %s: %s",
		            tls_peer_of(w), subject, knob, trust);
		return;
	}
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_UNKNOWN_CA,
	            "the certificate of %s (%s) is not trusted: it was "
	            "issued by %s, and no chain leads from there to %s: %s",
	            tls_peer_of(w), subject, issuer, knob, trust);
}

static void weak_trouble(struct tls_wire *w, const struct tls_shown *shown)
{
	char why[TLS_KNOB_TEXT + 120], knob[TLS_KNOB_TEXT];
	unsigned i, bits = 0;

	tls_knob(w, "weak_certificates", knob, sizeof(knob));

	for (i = 0; i < shown->count; i++) {
		int pk = gnutls_x509_crt_get_pk_algorithm(shown->crt[i], &bits);

		if ((pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS) &&
		    bits < 2048) {
			snprintf(why, sizeof(why),
			         "an RSA key of %u bits, where 2048 are the "
			         "least; see %s",
			         bits, knob);
			refuse(w, shown->crt[i],
			       GNUTLS_A_UNSUPPORTED_CERTIFICATE, why);
			return;
		}
	}
	snprintf(why, sizeof(why),
	         "its chain has a signature with SHA-1 or MD5, or a key that "
	         "is too short; see %s",
	         knob);
	refuse(w, shown->crt[0], GNUTLS_A_BAD_CERTIFICATE, why);
}

static void purpose_trouble(struct tls_wire *w)
{
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_UNSUPPORTED_CERTIFICATE,
	            "the certificate of %s, or of who issued it, is not made "
	            "for TLS %s (extended key usage)",
	            tls_peer_of(w),
	            w->me->role == PST_ACCEPT ? "clients" : "servers");
}

static void other_trouble(struct tls_wire *w, gnutls_x509_crt_t crt,
                          unsigned status)
{
	gnutls_datum_t text = {NULL, 0};

	if (gnutls_certificate_verification_status_print(
		    status, GNUTLS_CRT_X509, &text, 0) != 0) {
		text.data = NULL;
	}
	refuse(w, crt, GNUTLS_A_BAD_CERTIFICATE,
	       text.data == NULL ? "it failed verification"
	                         : (const char *)text.data);
	gnutls_free(text.data);
}

static void status_trouble(struct tls_wire *w, const struct tls_shown *shown,
                           unsigned status)
{
	gnutls_x509_crt_t crt = shown->crt[0];

	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) {
		issuer_trouble(w, crt);
	} else if ((status & GNUTLS_CERT_SIGNER_NOT_CA) != 0) {
		refuse(w, crt, GNUTLS_A_UNKNOWN_CA,
		       "a certificate in its chain was issued with one that is "
		       "no authority's");
	} else if ((status & GNUTLS_CERT_SIGNATURE_FAILURE) != 0) {
		other_trouble(w, crt, status);
	} else if ((status & GNUTLS_CERT_INSECURE_ALGORITHM) != 0) {
		weak_trouble(w, shown);
	} else if ((status & GNUTLS_CERT_EXPIRED) != 0) {
		time_trouble(w, shown, true);
	} else if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0) {
		time_trouble(w, shown, false);
	} else if ((status & GNUTLS_CERT_PURPOSE_MISMATCH) != 0) {
		purpose_trouble(w);
	} else if ((status & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE) != 0) {
		refuse(w, crt, GNUTLS_A_BAD_CERTIFICATE,
		       "an authority in its chain may not issue it (name "
		       "constraints or path length)");
	} else {
		other_trouble(w, crt, status);
	}
}

static void list_trouble(struct tls_wire *w, const struct tls_shown *shown,
                         const struct tls_verdict *v)
{
	char subject[TLS_DN_TEXT], date[TLS_DATE_TEXT];
	const char *path = v->crl == NULL ? "crl" : v->crl->path;

	tls_subject(shown->crt[v->at], subject, sizeof(subject));
	if (v->flaw == TLS_FLAW_REVOKED) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_CERTIFICATE_REVOKED,
		            "a certificate of %s (%s) is revoked by %s",
		            tls_peer_of(w), subject, path);
		return;
	}
	tls_date(v->crl == NULL ? 0 : v->crl->until, date, sizeof(date));
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_CERTIFICATE_UNKNOWN,
	            "nobody knows whether a certificate of %s (%s) is "
	            "revoked: %s was to be renewed by %s (crl_overdue)",
	            tls_peer_of(w), subject, path, date);
}

void tls_chain_trouble(struct tls_wire *w, const struct tls_shown *shown,
                       const struct tls_verdict *v)
{
	gnutls_x509_crt_t crt = shown->crt[0];

	switch (v->flaw) {
	case TLS_FLAW_NONE:
		break;
	case TLS_FLAW_STATUS:
		status_trouble(w, shown, (unsigned)v->status);
		break;
	case TLS_FLAW_ERROR:
		refuse(w, crt, GNUTLS_A_BAD_CERTIFICATE,
		       gnutls_strerror(v->status));
		break;
	case TLS_FLAW_NO_TRUST:
		tls_trouble(w, PST_CLASS_INTERNAL, GNUTLS_A_INTERNAL_ERROR,
		            "whom to trust could not be read; see check");
		break;
	case TLS_FLAW_AUTHORITY:
		refuse(w, crt, GNUTLS_A_UNSUPPORTED_CERTIFICATE,
		       "it is an authority's (basicConstraints), which may "
		       "issue certificates and not be shown as its own");
		break;
	case TLS_FLAW_VERSION_1:
		refuse(w, crt, GNUTLS_A_UNSUPPORTED_CERTIFICATE,
		       "it is of X.509 version 1, which says neither names nor "
		       "purpose");
		break;
	case TLS_FLAW_CONSTRAINED:
		refuse(w, crt, GNUTLS_A_BAD_CERTIFICATE,
		       "an authority in its chain may not vouch for its names "
		       "(name constraints)");
		break;
	case TLS_FLAW_PURPOSE:
		purpose_trouble(w);
		break;
	case TLS_FLAW_REVOKED:
	case TLS_FLAW_OVERDUE:
		list_trouble(w, shown, v);
		break;
	}
}
