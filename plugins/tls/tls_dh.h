/* SPDX-License-Identifier: MIT */
/* Parameters of DHE in TLS 1.2 and below, where no group is agreed on. */
#ifndef TLS_DH_H
#define TLS_DH_H

#include <gnutls/gnutls.h>
#include <penstock/option.h>
#include <penstock/setup.h>

enum {
	TLS_DH_BITS_MIN = 2048
};

/** Read `file`, PEM. dh_out is NULL when the option is unset. Reports at
 *  "dhparam". Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_dh_load(const struct pst_file *file,
                               struct pst_setup *setup,
                               gnutls_dh_params_t *dh_out);

/** Let accepting sessions with these credentials do DHE: with `dh` (lent, it
 *  must live as long), or NULL: with the groups of RFC 7919. Returns 0 or
 *  PST_CONFIG. */
PST_MUST_CHECK int tls_dh_apply(gnutls_dh_params_t dh,
                                gnutls_certificate_credentials_t credentials,
                                struct pst_setup *setup);

#endif
