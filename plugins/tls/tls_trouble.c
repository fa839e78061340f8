/* SPDX-License-Identifier: MIT */
/* What went wrong, in words for whoever reads the log. */
#include "tls_wire.h"

#include <stdio.h>
#include <string.h>

/* Write "a, b and 3 more" of the codes in a list. */
static void list_codes(const struct tls_codes *list,
                       const char *(*name)(uint16_t code, char *spare,
                                           size_t size),
                       char *out, size_t size)
{
	size_t kept = list->count < TLS_LIST_KEPT ? list->count : TLS_LIST_KEPT;
	size_t used = 0, i;

	snprintf(out, size, "none");
	for (i = 0; i < kept && used < size; i++) {
		char spare[32];
		int n = snprintf(out + used, size - used, "%s%s",
		                 i == 0 ? "" : ", ",
		                 name(list->kept[i], spare, sizeof(spare)));

		used += n < 0 ? 0 : (size_t)n;
	}
	if (list->count > kept && used < size) {
		snprintf(out + used, size - used, " and %u more",
		         (unsigned)(list->count - kept));
	}
}

static const char *version_name(uint16_t code, char *spare, size_t size)
{
	if (code == 0x0300) {
		return "SSL 3.0";
	}
	if (code > 0x0300 && code <= 0x0304) {
		snprintf(spare, size, "TLS 1.%u", (code & 0xffu) - 1);
	} else {
		snprintf(spare, size, "version 0x%04x", code);
	}
	return spare;
}

static const char *suite_name(uint16_t code, char *spare, size_t size)
{
	const char *name;
	uint8_t id[2];
	size_t i;

	for (i = 0; (name = gnutls_cipher_suite_info(i, id, NULL, NULL, NULL,
	                                             NULL)) != NULL;
	     i++) {
		if (id[0] == code >> 8 && id[1] == (code & 0xff)) {
			return name;
		}
	}
	snprintf(spare, size, "0x%04x", code);
	return spare;
}

static const char *group_name(uint16_t code, char *spare, size_t size)
{
	static const struct {
		uint16_t code;
		const char *name;
	} groups[] = {{23, "P-256"},
	              {24, "P-384"},
	              {25, "P-521"},
	              {29, "X25519"},
	              {30, "X448"},
	              {256, "FFDHE2048"},
	              {257, "FFDHE3072"},
	              {258, "FFDHE4096"},
	              {4588, "X25519MLKEM768"}};
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (groups[i].code == code) {
			return groups[i].name;
		}
	}
	snprintf(spare, size, "group %u", code);
	return spare;
}

static void allowed_versions(const struct tls_wire *w, char *out, size_t size)
{
	const char *low = tls_version_names[w->conf->spoken.low];
	const char *high = tls_version_names[w->conf->spoken.high];

	if (w->conf->spoken.low == w->conf->spoken.high) {
		snprintf(out, size, "TLS %s", low);
	} else {
		snprintf(out, size, "TLS %s to %s", low, high);
	}
}

static bool has_common_version(const struct tls_wire *w)
{
	const struct tls_codes *list = &w->state->hello.versions;
	size_t i;

	for (i = 0; i < list->count && i < TLS_LIST_KEPT; i++) {
		if (list->kept[i] >= 0x0301 + w->conf->spoken.low &&
		    list->kept[i] <= 0x0301 + w->conf->spoken.high) {
			return true;
		}
	}
	/* an old hello names only its highest version */
	return list->count == 0 || list->count > TLS_LIST_KEPT;
}

static void version_trouble(struct tls_wire *w)
{
	char theirs[160], ours[40];

	list_codes(&w->state->hello.versions, version_name, theirs,
	           sizeof(theirs));
	allowed_versions(w, ours, sizeof(ours));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_PROTOCOL_VERSION,
	            "no common TLS version: %s %s %s; allowed here is %s "
	            "(min_version, max_version)",
	            tls_peer_of(w),
	            w->me->role == PST_ACCEPT ? "offers" : "wants", theirs,
	            ours);
}

static void suite_trouble(struct tls_wire *w)
{
	char theirs[300];

	if (!has_common_version(w)) {
		version_trouble(w);
		return;
	}
	list_codes(&w->state->hello.suites, suite_name, theirs, sizeof(theirs));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "no common cipher suite: %s offers %s; allowed here are "
	            "suites with forward secrecy and authenticated encryption "
	            "that fit the certificate's key",
	            tls_peer_of(w), theirs);
}

static void group_trouble(struct tls_wire *w)
{
	char theirs[160];

	list_codes(&w->state->hello.groups, group_name, theirs, sizeof(theirs));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "no common group for the key exchange: %s offers %s; "
	            "allowed here are X25519, P-256, P-384 and P-521",
	            tls_peer_of(w), theirs);
}

void tls_alert_trouble(struct tls_wire *w, unsigned alert)
{
	tls_trouble(w, tls_class_of(alert), alert,
	            "%s ended %s with alert %u %s%s", tls_peer_of(w),
	            w->state->up ? "the connection" : "the handshake", alert,
	            tls_alert_name(alert), tls_alert_hint(alert));
	w->trouble.received = true;
}

static void other_trouble(struct tls_wire *w, int ret)
{
	int level;
	int alert = gnutls_error_to_alert(ret, &level);

	tls_trouble(
		w, PST_CLASS_PROTOCOL,
		alert < 0 ? (unsigned)GNUTLS_A_INTERNAL_ERROR : (unsigned)alert,
		"%s broke the TLS protocol%s: %s", tls_peer_of(w),
		w->state->up ? "" : " in the handshake", gnutls_strerror(ret));
}

/* What may go wrong at any time. */
static void common_trouble(struct tls_wire *w, int ret)
{
	switch (ret) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		tls_alert_trouble(w, gnutls_alert_get(w->state->session));
		break;
	case GNUTLS_E_DECRYPTION_FAILED:
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_BAD_RECORD_MAC,
		            "a record of %s does not decrypt: it was changed "
		            "on its way, or made with another key",
		            tls_peer_of(w));
		break;
	case GNUTLS_E_MEMORY_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		tls_trouble(w, PST_CLASS_INTERNAL, GNUTLS_A_INTERNAL_ERROR,
		            "memory ran out");
		break;
	default:
		other_trouble(w, ret);
		break;
	}
}

void tls_handshake_trouble(struct tls_wire *w, int ret)
{
	if (w->no_memory) {
		ret = GNUTLS_E_MEMORY_ERROR;
	}
	switch (ret) {
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		version_trouble(w);
		break;
	case GNUTLS_E_NO_CIPHER_SUITES:
	case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
		suite_trouble(w);
		break;
	case GNUTLS_E_NO_COMMON_KEY_SHARE:
	case GNUTLS_E_ECC_NO_SUPPORTED_CURVES:
		group_trouble(w);
		break;
	case GNUTLS_E_CERTIFICATE_REQUIRED:
	case GNUTLS_E_NO_CERTIFICATE_FOUND:
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_CERTIFICATE_REQUIRED,
		            "%s shows no certificate, and client_auth is "
		            "\"require\"",
		            tls_peer_of(w));
		break;
	case GNUTLS_E_NO_APPLICATION_PROTOCOL:
		tls_trouble(w, PST_CLASS_REFUSED,
		            GNUTLS_A_NO_APPLICATION_PROTOCOL,
		            "%s offers by ALPN no protocol that is in alpn",
		            tls_peer_of(w));
		break;
	case GNUTLS_E_HANDSHAKE_TOO_LARGE:
	case GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS:
		tls_trouble(w, PST_CLASS_TOO_BIG, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s sends a handshake message of more than %d "
		            "bytes",
		            tls_peer_of(w), TLS_MESSAGE_MAX);
		break;
	case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
		tls_trouble(w, PST_CLASS_INTERNAL, GNUTLS_A_INTERNAL_ERROR,
		            "no certificate is configured that serves %s",
		            tls_peer_of(w));
		break;
	default:
		common_trouble(w, ret);
		break;
	}
}

void tls_record_trouble(struct tls_wire *w, int ret)
{
	if (w->no_memory) {
		ret = GNUTLS_E_MEMORY_ERROR;
	}
	switch (ret) {
	case GNUTLS_E_REHANDSHAKE:
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_NO_RENEGOTIATION,
		            "%s asks to negotiate anew within the connection, "
		            "which is refused",
		            tls_peer_of(w));
		break;
	case GNUTLS_E_REAUTH_REQUEST:
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_UNEXPECTED_MESSAGE,
		            "%s asks for a certificate after the handshake, "
		            "which is refused",
		            tls_peer_of(w));
		break;
	case GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS:
	case GNUTLS_E_TOO_MANY_EMPTY_PACKETS:
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_UNEXPECTED_MESSAGE,
		            "%s sends key updates or empty records without "
		            "end",
		            tls_peer_of(w));
		break;
	default:
		common_trouble(w, ret);
		break;
	}
}

void tls_first_trouble(struct tls_wire *w, enum tls_first first)
{
	const char *peer = tls_peer_of(w);
	bool accept = w->me->role == PST_ACCEPT;
	unsigned alert = GNUTLS_A_UNEXPECTED_MESSAGE;

	switch (first) {
	case TLS_FIRST_HTTP:
		tls_trouble(w, PST_CLASS_PROTOCOL, alert,
		            "%s speaks plain HTTP; this %s speaks TLS", peer,
		            accept ? "port" : "connection");
		break;
	case TLS_FIRST_TEXT:
		tls_trouble(w, PST_CLASS_PROTOCOL, alert,
		            "%s speaks plain text; this %s speaks TLS from "
		            "the first byte, without STARTTLS",
		            peer, accept ? "port" : "connection");
		break;
	case TLS_FIRST_SSL2:
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_PROTOCOL_VERSION,
		            "%s begins with a hello of SSL 2, which nobody "
		            "should speak",
		            peer);
		break;
	case TLS_FIRST_MORE:
	case TLS_FIRST_TLS:
	case TLS_FIRST_OTHER:
		tls_trouble(w, PST_CLASS_PROTOCOL, alert,
		            "%s does not speak TLS: its first bytes belong to "
		            "no handshake",
		            peer);
		break;
	}
}
