/* SPDX-License-Identifier: MIT */
/* The two tables between alerts and reason classes. */
#include "tls_alert.h"

#include <gnutls/gnutls.h>
#include <stddef.h>

struct row {
	unsigned alert;
	enum pst_class why;
	const char *name;
	const char *hint;
};

#define SHOWN "the certificate that it was shown"

static const struct row rows[] = {
	{0, PST_CLASS_CLEAN, "close_notify", ""},
	{10, PST_CLASS_PROTOCOL, "unexpected_message",
         " (to it, a message came out of turn; perhaps it speaks no TLS here)"},
	{20, PST_CLASS_PROTOCOL, "bad_record_mac",
         " (a record did not decrypt there: it was changed on its way)"},
	{21, PST_CLASS_PROTOCOL, "decryption_failed", ""},
	{22, PST_CLASS_PROTOCOL, "record_overflow",
         " (a record was too long for it; perhaps it speaks no TLS here)"},
	{30, PST_CLASS_PROTOCOL, "decompression_failure", ""},
	{40, PST_CLASS_REFUSED, "handshake_failure",
         " (nothing in common: suites, groups, signatures, or a certificate is "
         "missing)"},
	{41, PST_CLASS_REFUSED, "no_certificate", ""},
	{42, PST_CLASS_REFUSED, "bad_certificate", " (it rejects " SHOWN ")"},
	{43, PST_CLASS_REFUSED, "unsupported_certificate",
         " (it cannot use " SHOWN ")"},
	{44, PST_CLASS_REFUSED, "certificate_revoked",
         " (to it, " SHOWN " is revoked)"},
	{45, PST_CLASS_REFUSED, "certificate_expired",
         " (to it, " SHOWN " has expired)"},
	{46, PST_CLASS_REFUSED, "certificate_unknown",
         " (it rejects " SHOWN ")"},
	{47, PST_CLASS_PROTOCOL, "illegal_parameter",
         " (to it, a value that was sent breaks the standard)"},
	{48, PST_CLASS_REFUSED, "unknown_ca",
         " (it does not trust who issued " SHOWN ")"},
	{49, PST_CLASS_REFUSED, "access_denied",
         " (the certificate is valid, but not allowed in)"},
	{50, PST_CLASS_PROTOCOL, "decode_error",
         " (it could not read a message)"},
	{51, PST_CLASS_PROTOCOL, "decrypt_error",
         " (a signature or a Finished did not hold there)"},
	{60, PST_CLASS_REFUSED, "export_restriction", ""},
	{70, PST_CLASS_REFUSED, "protocol_version",
         " (it allows none of the TLS versions that are allowed here)"},
	{71, PST_CLASS_REFUSED, "insufficient_security",
         " (it wants stronger suites or keys)"},
	{80, PST_CLASS_REFUSED, "internal_error",
         " (something went wrong on its side: see its log)"},
	{86, PST_CLASS_REFUSED, "inappropriate_fallback",
         " (it speaks a higher version than was tried)"},
	{90, PST_CLASS_GOING_AWAY, "user_canceled", " (it gave up)"},
	{100, PST_CLASS_REFUSED, "no_renegotiation", ""},
	{109, PST_CLASS_PROTOCOL, "missing_extension", ""},
	{110, PST_CLASS_PROTOCOL, "unsupported_extension", ""},
	{112, PST_CLASS_REFUSED, "unrecognized_name",
         " (it does not know the server name that it was asked for)"},
	{113, PST_CLASS_REFUSED, "bad_certificate_status_response", ""},
	{115, PST_CLASS_REFUSED, "unknown_psk_identity", ""},
	{116, PST_CLASS_REFUSED, "certificate_required",
         " (it wants a certificate, and none was shown)"},
	{120, PST_CLASS_REFUSED, "no_application_protocol",
         " (it takes none of the protocols in alpn)"},
};

static const struct row *find(unsigned alert)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].alert == alert) {
			return &rows[i];
		}
	}
	return NULL;
}

enum tls_alert_about tls_alert_is_about(unsigned alert)
{
	switch (alert) {
	case GNUTLS_A_HANDSHAKE_FAILURE:
	case GNUTLS_A_PROTOCOL_VERSION:
	case GNUTLS_A_INSUFFICIENT_SECURITY:
		return TLS_ALERT_ABOUT_OFFER;
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_CERTIFICATE_REQUIRED:
		return TLS_ALERT_ABOUT_CERTIFICATE;
	case GNUTLS_A_UNRECOGNIZED_NAME:
		return TLS_ALERT_ABOUT_NAME;
	case GNUTLS_A_NO_APPLICATION_PROTOCOL:
		return TLS_ALERT_ABOUT_PROTOCOL;
	default:
		return TLS_ALERT_ABOUT_NOTHING;
	}
}

unsigned tls_alert_of(enum pst_class why)
{
	switch (why) {
	case PST_CLASS_CLEAN:
	case PST_CLASS_GOING_AWAY:
		return GNUTLS_A_USER_CANCELED;
	case PST_CLASS_REFUSED:
	case PST_CLASS_POLICY:
		return GNUTLS_A_ACCESS_DENIED;
	case PST_CLASS_TOO_BIG:
	case PST_CLASS_PROTOCOL:
		return GNUTLS_A_ILLEGAL_PARAMETER;
	case PST_CLASS_UNREACHABLE:
	case PST_CLASS_TIMEOUT:
	case PST_CLASS_OVERLOAD:
	case PST_CLASS_TRUNCATED:
	case PST_CLASS_INTERNAL:
	case PST_CLASS_COUNT:
		return GNUTLS_A_INTERNAL_ERROR;
	}
	return GNUTLS_A_INTERNAL_ERROR;
}

enum pst_class tls_class_of(unsigned alert)
{
	const struct row *r = find(alert);

	return r == NULL ? PST_CLASS_PROTOCOL : r->why;
}

const char *tls_alert_name(unsigned alert)
{
	const struct row *r = find(alert);

	return r == NULL ? "unknown" : r->name;
}

const char *tls_alert_hint(unsigned alert)
{
	const struct row *r = find(alert);

	return r == NULL ? "" : r->hint;
}
