/* SPDX-License-Identifier: MIT */
/* Alerts (RFC 8446 6) and the reasons that layers share. */
#ifndef TLS_ALERT_H
#define TLS_ALERT_H

#include <penstock/result.h>

/* For where an alert is sent: none. */
#define TLS_NO_ALERT 256u

/** The fatal alert that tells a peer why this end stops before it is up. */
unsigned tls_alert_of(enum pst_class why);

/** What a peer's alert means to the other layers. */
enum pst_class tls_class_of(unsigned alert);

/** The alert's name in the standard, "unknown_ca"; "unknown" for others. */
const char *tls_alert_name(unsigned alert);

/** What to look at when a peer sends this alert: " (it does not trust the
 *  certificate it was shown)"; "" where the name says it all. */
const char *tls_alert_hint(unsigned alert);

/** What an alert is mostly about. */
enum tls_alert_about {
	TLS_ALERT_ABOUT_NOTHING,
	TLS_ALERT_ABOUT_OFFER,       /* versions, suites, groups */
	TLS_ALERT_ABOUT_CERTIFICATE, /* of the end that hears it */
	TLS_ALERT_ABOUT_NAME,        /* that was asked for */
	TLS_ALERT_ABOUT_PROTOCOL     /* ALPN */
};
enum tls_alert_about tls_alert_is_about(unsigned alert);

#endif
