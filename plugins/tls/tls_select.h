/* SPDX-License-Identifier: MIT */
/* Which certificate is shown in a handshake. */
#ifndef TLS_SELECT_H
#define TLS_SELECT_H

#include "tls_own.h"

#include <gnutls/abstract.h>

/** What a ClientHello says about the keys that its sender takes in TLS 1.2 and
 *  before: of the suites that both ends speak, and of the groups. */
struct tls_offer {
	uint32_t kinds;  /* enum tls_kind, by suites */
	uint32_t curves; /* likewise, by groups */
	bool static_rsa; /* a suite without forward secrecy is among them */
};

/** Read a ClientHello, without its 4 bytes of handshake header. What is
 *  malformed is GnuTLS's to refuse. */
void tls_offer_read(struct tls_offer *offer_out, const struct tls_own *own,
                    const gnutls_datum_t *message);

/** The kinds of keys that the peer takes signatures of: known when GnuTLS asks
 *  for a certificate. */
uint32_t tls_offer_takes(gnutls_session_t session, const struct tls_conf *conf);

/** Write "ECDSA P-256, Ed25519 and RSA". */
void tls_kinds_text(uint32_t kinds, char *out, size_t size);

/**
 * GnuTLS asks which certificate to show; its session pointer is a tls_wire.
 *
 * A server's: those with the name that the client asks for, else those with it
 * under a wildcard; to who asks for none or an unknown one, the default's. A
 * client's: those whose issuers the server names, else any. Of these one that
 * the peer can check, on a curve that it lists, whose time it is, and that is
 * not RSA, in this order of weight; then the first.
 */
int tls_select(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
               gnutls_pcert_st **certs, unsigned *count,
               gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
               gnutls_privkey_t *key, unsigned *flags);

#endif
