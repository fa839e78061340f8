/* SPDX-License-Identifier: MIT */
/* Who the peer is: chain, name, key, and whether it may stay. */
#include "tls_verify.h"

#include "tls_peer_globs.h"
#include "tls_peer_text.h"

#include <stdio.h>

static bool chain_holds(struct tls_wire *w, const struct tls_shown *shown)
{
	struct tls_verdict verdict;

	tls_chain_judge(w, shown, &verdict);
	if (verdict.flaw != TLS_FLAW_NONE) {
		tls_chain_trouble(w, shown, &verdict);
	}
	return verdict.flaw == TLS_FLAW_NONE;
}

/* RFC 6125 6.4.4, where it is asked for: the common name stands in for names
 * that a certificate does not have. */
static bool common_name_is(gnutls_x509_crt_t crt, const struct tls_name *want)
{
	char san[TLS_DN_TEXT], name[TLS_HOST_MAX + 1];
	size_t length, second = 0;
	unsigned at, type;

	if (want->address_length != 0) {
		return false;
	}
	for (at = 0;; at++) {
		int ret;

		length = sizeof(san);
		ret = gnutls_x509_crt_get_subject_alt_name2(
			crt, at, san, &length, &type, NULL);
		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			break;
		}
		if (ret < 0 || ret == GNUTLS_SAN_DNSNAME ||
		    ret == GNUTLS_SAN_IPADDRESS) {
			return false;
		}
	}
	length = sizeof(name);
	/* two common names say nothing */
	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
	                                  0, name, &length) != 0 ||
	    gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 1,
	                                  0, NULL, &second) !=
	            GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
		return false;
	}
	return tls_name_matches(name, length, want->text);
}

static bool name_holds(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	const struct tls_name *want = &w->conf->peer.name;
	char names[TLS_NAMES_TEXT], knob[TLS_KNOB_TEXT];

	if (tls_name_in(crt, want) ||
	    (w->conf->peer.common_name && common_name_is(crt, want))) {
		return true;
	}
	tls_names_list(crt, names, sizeof(names));
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_BAD_CERTIFICATE,
	            "the certificate of the back-end is not for %s; the names "
	            "in it (subjectAltName) are: %s; see %s",
	            want->text, names,
	            tls_knob(w, "verify_name", knob, sizeof(knob)));
	return false;
}

static bool pins_hold(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	uint8_t hash[TLS_HASH_BYTES];
	char subject[TLS_DN_TEXT], pin[TLS_PIN_TEXT] = "(unknown)";
	char knob[TLS_KNOB_TEXT];
	bool is = tls_pin_of(crt, hash);

	if (w->conf->peer.pinned.count == 0 ||
	    (is && tls_hashes_have(&w->conf->peer.pinned, hash))) {
		return true;
	}
	if (is) {
		tls_pin_text(hash, pin, sizeof(pin));
	}
	tls_subject(crt, subject, sizeof(subject));
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_BAD_CERTIFICATE,
	            "the key of the back-end's certificate (%s) is none of "
	            "those in %s; it is %s",
	            subject, tls_knob(w, "pins", knob, sizeof(knob)), pin);
	return false;
}

static void not_allowed(struct tls_wire *w, gnutls_x509_crt_t crt,
                        const char *option, const char *what)
{
	char subject[TLS_DN_TEXT], knob[TLS_KNOB_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	/* RFC 8446 6.2: for a certificate that is valid */
	tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_ACCESS_DENIED,
	            "the client (%s) is not in %s; its certificate has %s",
	            subject, tls_knob(w, option, knob, sizeof(knob)), what);
}

static bool client_is_allowed(struct tls_wire *w, gnutls_x509_crt_t crt)
{
	const struct tls_peer_rules *peer = &w->conf->peer;
	char names[TLS_NAMES_TEXT], what[TLS_NAMES_TEXT + 40];
	uint8_t hash[TLS_HASH_BYTES];

	if (peer->client_names.count != 0 &&
	    !tls_globs_allow(&peer->client_names, crt)) {
		(void)tls_san_text(crt, names, sizeof(names));
		snprintf(what, sizeof(what), "the names (subjectAltName) %s",
		         names[0] == '\0' ? "none" : names);
		not_allowed(w, crt, "client_names", what);
		return false;
	}
	if (peer->prints.count != 0 &&
	    !(tls_print_of(crt, hash) &&
	      tls_hashes_have(&peer->prints, hash))) {
		tls_fingerprint(crt, names, sizeof(names));
		snprintf(what, sizeof(what), "sha256:%.64s", names);
		not_allowed(w, crt, "client_fingerprints", what);
		return false;
	}
	return true;
}

static bool all_holds(struct tls_wire *w, const struct tls_shown *shown)
{
	gnutls_x509_crt_t crt = shown->crt[0];

	if (w->me->role == PST_ACCEPT) {
		return chain_holds(w, shown) && client_is_allowed(w, crt);
	}
	if (w->conf->peer.verify == TLS_VERIFY_PINS) {
		return pins_hold(w, crt);
	}
	return chain_holds(w, shown) && name_holds(w, crt) && pins_hold(w, crt);
}

/* Can what was shown be looked at? */
static bool is_legible(struct tls_wire *w, const struct tls_shown *shown)
{
	bool accept = w->me->role == PST_ACCEPT;
	char knob[TLS_KNOB_TEXT];

	if (shown->too_many) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_BAD_CERTIFICATE,
		            "%s shows a chain of more than %d certificates",
		            tls_peer_of(w), TLS_CHAIN_MAX);
	} else if (shown->unreadable) {
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_BAD_CERTIFICATE,
		            "%s shows a certificate that cannot be read",
		            tls_peer_of(w));
	} else if (shown->count == 0) {
		tls_trouble(
			w, PST_CLASS_POLICY,
			accept ? GNUTLS_A_CERTIFICATE_REQUIRED
			       : GNUTLS_A_BAD_CERTIFICATE,
			"%s shows no certificate%s%s%s", tls_peer_of(w),
			accept ? ", and " : "",
			accept ? tls_knob(w, "client_auth", knob, sizeof(knob))
			       : "",
			accept ? " is \"require\"" : "");
	}
	return !tls_is_troubled(w);
}

static int judge(struct tls_wire *w, gnutls_session_t session)
{
	struct tls_shown shown;
	bool is = true;

	w->state->verified = false;
	tls_shown_init(&shown, session);
	if (shown.count != 0 || shown.too_many || shown.unreadable ||
	    w->me->role == PST_CONNECT ||
	    w->conf->peer.client_auth == TLS_AUTH_REQUIRE) {
		is = is_legible(w, &shown) && all_holds(w, &shown);
		w->state->verified = is;
	}
	tls_shown_finish(&shown);
	return is ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

int tls_verify_peer(gnutls_session_t session)
{
	return judge(gnutls_session_get_ptr(session), session);
}

/* A back-end's session lives no longer than the settings that it was judged by:
 * what may have changed since is the time, and with it dates and lists. */
static bool still_holds(struct tls_wire *w, const struct tls_shown *shown)
{
	struct tls_verdict verdict;

	if (w->conf->peer.verify == TLS_VERIFY_PINS) {
		return true;
	}
	tls_chain_judge_again(w, shown, &verdict);
	if (verdict.flaw != TLS_FLAW_NONE) {
		tls_chain_trouble(w, shown, &verdict);
	}
	return verdict.flaw == TLS_FLAW_NONE;
}

int tls_verify_resumed(struct tls_wire *w)
{
	struct tls_shown shown;

	if (!tls_checks_peer(w->conf, w->me->role)) {
		return 0;
	}
	if (w->me->role == PST_ACCEPT) {
		return judge(w, w->state->session);
	}
	tls_shown_init(&shown, w->state->session);
	w->state->verified = is_legible(w, &shown) && still_holds(w, &shown);
	tls_shown_finish(&shown);
	return w->state->verified ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}
