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

#endif
