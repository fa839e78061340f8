/* SPDX-License-Identifier: MIT */
/* What is spoken above TLS: RFC 7301. */
#ifndef TLS_ALPN_H
#define TLS_ALPN_H

#include <gnutls/gnutls.h>
#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

enum {
	TLS_ALPN_MAX = 8,       /* what GnuTLS takes */
	TLS_ALPN_NAME_MAX = 32, /* likewise, bytes */
	TLS_ALPN_TEXT = TLS_ALPN_MAX * (TLS_ALPN_NAME_MAX + 2) + 1
};

/** Settings, and what is derived from them. */
struct tls_alpn {
	struct pst_list names;
	bool required; /* of peers that take no part in it too */
	gnutls_datum_t protocols[TLS_ALPN_MAX]; /* views of names */
};

/** Check the settings. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_alpn_init(struct tls_alpn *alpn,
                                 struct pst_setup *setup);
void tls_alpn_explain(const struct tls_alpn *alpn, struct pst_setup *setup);
/** True when `session` had to agree on a protocol and did not. */
bool tls_alpn_lacks(const struct tls_alpn *alpn, gnutls_session_t session);
/** Write the protocols: "h2, http/1.1". */
void tls_alpn_text(const struct tls_alpn *alpn, char *out, size_t size);
/** Tell a session what this end of `role` speaks. Returns what GnuTLS says. */
int tls_alpn_set(const struct tls_alpn *alpn, gnutls_session_t session,
                 uint8_t role);

#endif
