/* SPDX-License-Identifier: MIT */
/* Patterns for the names of clients: which subjectAltName may come in. */
#ifndef TLS_PEER_GLOBS_H
#define TLS_PEER_GLOBS_H

#include <gnutls/x509.h>
#include <penstock/option.h>
#include <stdbool.h>

/**
 * Is `pattern` one that can be used? "dns:NAME", "email:ADDRESS" or "uri:URI";
 * without a kind it is a URI with "://" in it, an address with '@', else a DNS
 * name. "*" stands for any text within a label of a name, within the parts of
 * an address around '@', within a segment of a path; "**" for any text.
 *
 * Returns NULL, or what is wrong with it.
 */
const char *tls_glob_fault(const char *pattern);

/** Does the pattern stand for a name of this type? Case counts but in DNS names
 *  and behind '@'. */
bool tls_glob_matches(const char *pattern,
                      gnutls_x509_subject_alt_name_t type, const char *name,
                      size_t length);

/** Does a subjectAltName of `crt` fit one of the patterns? The subject's common
 *  name is never looked at. */
bool tls_globs_allow(const struct pst_list *patterns, gnutls_x509_crt_t crt);

#endif
