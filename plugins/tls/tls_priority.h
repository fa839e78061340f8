/* SPDX-License-Identifier: MIT */
/* The protocol versions, suites, groups and signatures that are spoken. */
#ifndef TLS_PRIORITY_H
#define TLS_PRIORITY_H

#include "tls_suites.h"

#include <gnutls/gnutls.h>
#include <penstock/option.h>
#include <penstock/setup.h>

enum tls_version {
	TLS_VERSION_1_0,
	TLS_VERSION_1_1,
	TLS_VERSION_1_2,
	TLS_VERSION_1_3
};

enum tls_profile {
	TLS_PROFILE_MODERN,
	TLS_PROFILE_INTERMEDIATE,
	TLS_PROFILE_LEGACY
};

enum {
	TLS_GROUPS_MAX = 16,
	TLS_SIGNATURES_MAX = 24,
	TLS_SPOKEN_TEXT = 400
};

/** Settings, and what is derived from them. */
struct tls_spoken {
	uint32_t profile; /* enum tls_profile */
	const char *min_version;
	const char *max_version;
	struct pst_list ciphers;
	struct pst_list groups;
	struct pst_list signatures;
	struct pst_file dhparam;
	bool prefer_server;

	uint8_t low, high;          /* enum tls_version */
	gnutls_priority_t priority; /* owned */
	gnutls_dh_params_t dh;      /* owned; NULL: RFC 7919 */
};

extern const char *const tls_version_names[]; /* "1.0" ... "1.3" */
extern const char *const tls_profile_names[];

/** Check the settings, and build the priority and the DH parameters. Returns 0
 *  or PST_CONFIG after an error was reported. */
PST_MUST_CHECK int tls_spoken_init(struct tls_spoken *spoken,
                                   struct pst_setup *setup);
void tls_spoken_finish(struct tls_spoken *spoken);
void tls_spoken_explain(const struct tls_spoken *spoken,
                        struct pst_setup *setup);

/**
 * Compare suites and signatures with the keys that this end has: suites that
 * need a key it does not have are warned of; when nothing fits, it is an error
 * at "ciphers" or "signature_algorithms".
 *
 * has_rsa, has_other  it has RSA keys; it has ECDSA or EdDSA keys
 * Returns             0 or PST_CONFIG
 */
PST_MUST_CHECK int tls_spoken_fit_keys(const struct tls_spoken *spoken,
                                       bool has_rsa, bool has_other,
                                       struct pst_setup *setup);

/** The suites that GnuTLS will speak, in its order. One that is not in our
 *  table is `*stranger_out` (NULL: none). */
void tls_priority_suites(gnutls_priority_t priority,
                         struct tls_suite_list *list_out,
                         const char **stranger_out);

/** Write "TLS 1.2 to 1.3", or "TLS 1.3". */
void tls_spoken_versions(const struct tls_spoken *spoken, char *out,
                         size_t size);
/** Write the names of what is spoken, in order, at most `most` of them. */
void tls_spoken_suites(const struct tls_spoken *spoken, size_t most, char *out,
                       size_t size);
void tls_spoken_groups(const struct tls_spoken *spoken, char *out, size_t size);
void tls_spoken_signatures(const struct tls_spoken *spoken, size_t most,
                           char *out, size_t size);

#endif
