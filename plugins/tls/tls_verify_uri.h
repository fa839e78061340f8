/* SPDX-License-Identifier: MIT */
/* Name constraints on URIs, which GnuTLS reads and does not apply. */
#ifndef TLS_VERIFY_URI_H
#define TLS_VERIFY_URI_H

#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <stdbool.h>

/** Are all URIs among the subjectAltNames of `crt` within the constraints?
 *  Source: RFC 5280 4.2.1.10; a URI without a host is outside of any. */
bool tls_uris_within(gnutls_x509_name_constraints_t nc, gnutls_x509_crt_t crt);

/** Is the URI uri[length] within "host.example" or, for those below it,
 *  ".host.example"? */
bool tls_uri_is_within(const char *uri, size_t length, const char *constraint,
                       size_t constraint_length);

#endif
