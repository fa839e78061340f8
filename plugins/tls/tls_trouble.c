/* SPDX-License-Identifier: MIT */
/* What went wrong, in words for whoever reads the log. */
#include "tls_wire.h"

#include <stdio.h>
#include <string.h>

const char *tls_knob(const struct tls_wire *w, const char *option, char *out,
                     size_t size)
{
	const char *path = w->conf->path;

	snprintf(out, size, "%s%s%s", path == NULL ? "" : path,
	         path == NULL ? "" : ".", option);
	return out;
}

/* What this end says to what the peer complains of; "" for nothing. */
static void answer_alert(const struct tls_wire *w, unsigned alert, char *out,
                         size_t size)
{
	char text[700], knob[TLS_KNOB_TEXT];

	out[0] = '\0';
	switch (tls_alert_is_about(alert)) {
	case TLS_ALERT_ABOUT_NOTHING:
		break;
	case TLS_ALERT_ABOUT_OFFER:
		tls_offer_text(w, text, sizeof(text));
		snprintf(out, size, "; %s", text);
		break;
	case TLS_ALERT_ABOUT_CERTIFICATE:
		snprintf(out, size, "; see %s",
		         tls_knob(w,
		                  w->conf->own.identities.count != 0
		                          ? "identity"
		                          : "certificate",
		                  knob, sizeof(knob)));
		break;
	case TLS_ALERT_ABOUT_NAME:
		snprintf(out, size, "; see %s",
		         tls_knob(w, "server_name", knob, sizeof(knob)));
		break;
	case TLS_ALERT_ABOUT_PROTOCOL:
		snprintf(out, size, "; see %s",
		         tls_knob(w, "alpn", knob, sizeof(knob)));
		break;
	}
}

void tls_alert_trouble(struct tls_wire *w, unsigned alert)
{
	char ours[800];

	answer_alert(w, alert, ours, sizeof(ours));
	tls_trouble(w, tls_class_of(alert), alert,
	            "%s ended %s with alert %u %s%s%s", tls_peer_of(w),
	            w->state->up ? "the connection" : "the handshake", alert,
	            tls_alert_name(alert), tls_alert_hint(alert), ours);
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
	char knob[TLS_KNOB_TEXT];

	if (w->no_memory) {
		ret = GNUTLS_E_MEMORY_ERROR;
	}
	switch (ret) {
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		tls_lack_trouble(w, TLS_LACK_VERSION);
		break;
	case GNUTLS_E_NO_CIPHER_SUITES:
	case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
		tls_lack_trouble(w, TLS_LACK_SUITE);
		break;
	case GNUTLS_E_NO_COMMON_KEY_SHARE:
	case GNUTLS_E_ECC_NO_SUPPORTED_CURVES:
	case GNUTLS_E_ECC_UNSUPPORTED_CURVE:
		tls_lack_trouble(w, TLS_LACK_GROUP);
		break;
	case GNUTLS_E_INCOMPATIBLE_SIG_WITH_KEY:
	case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
		tls_lack_trouble(w, TLS_LACK_SIGNATURE);
		break;
	case GNUTLS_E_CERTIFICATE_REQUIRED:
	case GNUTLS_E_NO_CERTIFICATE_FOUND:
		tls_trouble(w, PST_CLASS_POLICY, GNUTLS_A_CERTIFICATE_REQUIRED,
		            "%s shows no certificate, and %s is \"require\"",
		            tls_peer_of(w),
		            tls_knob(w, "client_auth", knob, sizeof(knob)));
		break;
	case GNUTLS_E_NO_APPLICATION_PROTOCOL:
		tls_lack_trouble(w, TLS_LACK_PROTOCOL);
		break;
	case GNUTLS_E_HANDSHAKE_TOO_LARGE:
	case GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS:
		tls_trouble(w, PST_CLASS_TOO_BIG, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s sends a handshake message of more than %d "
		            "bytes",
		            tls_peer_of(w), TLS_MESSAGE_MAX);
		break;
	case GNUTLS_E_PK_SIGN_FAILED:
		tls_trouble(w, PST_CLASS_INTERNAL, GNUTLS_A_INTERNAL_ERROR,
		            "our private key did not sign for %s; see %s, and "
		            "signer where the key is named",
		            tls_peer_of(w),
		            tls_knob(w, "identity", knob, sizeof(knob)));
		break;
	case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
		tls_trouble(w, PST_CLASS_INTERNAL, GNUTLS_A_INTERNAL_ERROR,
		            "no certificate in %s serves %s",
		            tls_knob(w, "identity", knob, sizeof(knob)),
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

/* Who asks for a page gets one that says what is wrong, like web servers do. It
 * tells no more than the alert that TLS would. */
static void answer_http(struct tls_wire *w)
{
	static const char head[] = "HTTP/1.1 400 Bad Request\r\n"
				   "Content-Type: text/plain\r\n"
				   "Content-Length: 43\r\n"
				   "Connection: close\r\n\r\n";
	static const char body[] =
		"This port speaks TLS: use https:// or wss.\n";
	uint8_t prefix[TLS_PREFIX_MAX];
	size_t n = tls_prefix(w->io->rx_in, prefix, sizeof(prefix));
	bool is_head = false;
	int ret;

	_Static_assert(sizeof(body) - 1 == 43, "Content-Length");
	if (w->me->role != PST_ACCEPT || w->io->tx_out->end != PST_END_OPEN ||
	    !tls_first_is_request(prefix, n, &is_head)) {
		return;
	}
	w->trouble.alert = TLS_NO_ALERT;
	/* without memory the peer goes without an answer */
	ret = pst_write(w->me, w->io->tx_out, head, sizeof(head) - 1, 0);
	if (ret == PST_OK && !is_head) {
		ret = pst_write(w->me, w->io->tx_out, body, sizeof(body) - 1,
		                0);
	}
	(void)ret;
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
		answer_http(w);
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

/* How far it came, for those that say nothing. */
static const char *stage_of(const struct tls_wire *w)
{
	bool accept = w->me->role == PST_ACCEPT;

	if (!w->state->judged && w->io->rx_in->bytes == 0) {
		return accept ? "before it said anything"
		              : "before it answered the TLS hello";
	}
	if (w->state->hello == NULL) {
		return "in the middle of the TLS handshake, within its hello";
	}
	return accept ? "in the middle of the TLS handshake, after it was "
	                "shown the certificate: some clients leave so when "
	                "they do not trust it"
	              : "in the middle of the TLS handshake, after its hello";
}

/* Clients and back-ends that connect and go away are not worth an alert. */
void tls_end_trouble(struct tls_wire *w)
{
	const struct pst_queue *rx = w->io->rx_in;
	bool reset = rx->end == PST_END_RESET;
	enum pst_class why = PST_CLASS_TRUNCATED;

	if (reset && rx->end_class != PST_CLASS_CLEAN) {
		why = (enum pst_class)rx->end_class;
	}
	tls_trouble(w, why, TLS_NO_ALERT, "%s %s the connection %s",
	            tls_peer_of(w), reset ? "reset" : "closed", stage_of(w));
}

/* What RFC 8446 9.2 wants to see together, by its name; NULL: nothing lacks. */
static const char *lacking(unsigned marks)
{
	bool psk = (marks & TLS_HELLO_PSK) != 0;
	bool groups = (marks & TLS_HELLO_GROUPS) != 0;

	if (psk && (marks & TLS_HELLO_PSK_MODES) == 0) {
		return "psk_key_exchange_modes";
	}
	if (!groups && (!psk || (marks & TLS_HELLO_SHARES) != 0)) {
		return "supported_groups";
	}
	if (!psk && (marks & TLS_HELLO_SIGNATURES) == 0) {
		return "signature_algorithms";
	}
	if (groups && (marks & TLS_HELLO_SHARES) == 0) {
		return "key_share";
	}
	return NULL;
}

/* RFC 8446 4.1.2: what a HelloRetryRequest does not ask for stays as it is. */
static bool is_changed(const struct tls_hello *h,
                       const struct tls_hello *before)
{
	return before->suites.count != 0 &&
	       (memcmp(&h->versions, &before->versions, sizeof(h->versions)) ||
	        memcmp(&h->suites, &before->suites, sizeof(h->suites)) ||
	        memcmp(&h->groups, &before->groups, sizeof(h->groups)) ||
	        memcmp(&h->signatures, &before->signatures,
	               sizeof(h->signatures)) ||
	        strcmp(h->alpn, before->alpn) != 0);
}

bool tls_hello_trouble(struct tls_wire *w, const struct tls_hello *before)
{
	const struct tls_hello *h = w->state->hello;
	bool new = tls_codes_have(&h->versions, 0x0304) &&
	           w->conf->spoken.high == TLS_VERSION_1_3;
	const char *lack = new ? lacking(h->marks) : NULL;

	if ((h->marks & TLS_HELLO_TWICE) != 0) {
		/* RFC 8446 4.2 */
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s sends a hello with the same extension twice",
		            tls_peer_of(w));
	} else if ((h->marks & TLS_HELLO_TWO_NAMES) != 0) {
		/* RFC 6066 3 */
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s asks for more than one server name",
		            tls_peer_of(w));
	} else if ((h->marks & TLS_HELLO_EMPTY) != 0) {
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_DECODE_ERROR,
		            "%s sends an extension with an empty list",
		            tls_peer_of(w));
	} else if (new && (h->marks & TLS_HELLO_PACKED) != 0) {
		/* RFC 8446 4.1.2 */
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s offers compression, which TLS 1.3 forbids",
		            tls_peer_of(w));
	} else if (is_changed(h, before)) {
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s changes its hello when it is asked for another "
		            "key share",
		            tls_peer_of(w));
	} else if (lack != NULL) {
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_MISSING_EXTENSION,
		            "%s offers TLS 1.3 without the extension %s",
		            tls_peer_of(w), lack);
	}
	return tls_is_troubled(w);
}

static enum tls_waits find_waits(const struct tls_wire *w)
{
	if (w->state->up) {
		return TLS_WAITS_NOTHING;
	}
	if (!w->state->judged && w->io->rx_in->bytes == 0) {
		return TLS_WAITS_FIRST;
	}
	if (w->state->hello == NULL) {
		return TLS_WAITS_HELLO;
	}
	return w->me->role == PST_ACCEPT ? TLS_WAITS_FINISHED
	                                 : TLS_WAITS_FLIGHT;
}

void tls_note_waits(struct tls_wire *w)
{
	static const char *const words[] = {
		[TLS_WAITS_NOTHING] = "",
		[TLS_WAITS_FIRST] = "the peer's first bytes",
		[TLS_WAITS_HELLO] = "the rest of the peer's TLS hello",
		[TLS_WAITS_FLIGHT] = "the rest of the back-end's handshake, "
				     "after its TLS hello",
		[TLS_WAITS_FINISHED] = "the client's answer to the TLS "
				       "certificate",
	};
	enum tls_waits waits = find_waits(w);

	if (w->state->waits != waits) {
		w->state->waits = (uint8_t)waits;
		/* words that do not fit into memory are left out */
		(void)pst_attribute_set(w->me, "tls.waits_for", words[waits],
		                        strlen(words[waits]), PST_PROVEN);
	}
}
