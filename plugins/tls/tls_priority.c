/* SPDX-License-Identifier: MIT */
/* What is spoken: versions, suites, groups and signatures, said explicitly and
 * checked afterwards, since a priority string is a cartesian product. */
#include "tls_priority.h"

#include <stdio.h>

/* AEAD with forward secrecy only; X25519 first: connect sends one share. */
#define SUITES                                               \
	"+ECDHE-ECDSA:+ECDHE-RSA:+AES-128-GCM:+AES-256-GCM:" \
	"+CHACHA20-POLY1305:+AEAD:+COMP-NULL:"               \
	"+CTYPE-SRV-X509:+CTYPE-CLI-X509:"                   \
	"+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:"
#define SIGNATURES                                                             \
	"+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:+SIGN-EDDSA-ED25519:" \
	"+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SHA384:"                     \
	"+SIGN-ECDSA-SECP521R1-SHA512:+SIGN-ECDSA-SHA512:+SIGN-EDDSA-ED448:"   \
	"+SIGN-RSA-PSS-SHA256:+SIGN-RSA-PSS-RSAE-SHA256:"                      \
	"+SIGN-RSA-PSS-SHA384:+SIGN-RSA-PSS-RSAE-SHA384:"                      \
	"+SIGN-RSA-PSS-SHA512:+SIGN-RSA-PSS-RSAE-SHA512:"                      \
	"+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:"
#define RULES "%PROFILE_MEDIUM:%SERVER_PRECEDENCE"

static const char *const versions[2][2] = {
	/* by min_version, max_version */
	{"+VERS-TLS1.2:", "+VERS-TLS1.3:+VERS-TLS1.2:"},
	{NULL, "+VERS-TLS1.3:"},
};

static bool is_strict(gnutls_kx_algorithm_t kx,
                      gnutls_cipher_algorithm_t cipher)
{
	bool aead = cipher == GNUTLS_CIPHER_AES_128_GCM ||
	            cipher == GNUTLS_CIPHER_AES_256_GCM ||
	            cipher == GNUTLS_CIPHER_CHACHA20_POLY1305;

	/* TLS 1.3 suites name no key exchange: it is always ephemeral */
	return aead && (kx == GNUTLS_KX_UNKNOWN || kx == GNUTLS_KX_ECDHE_RSA ||
	                kx == GNUTLS_KX_ECDHE_ECDSA);
}

int tls_priority_suites(gnutls_priority_t priority, const char **stranger_out)
{
	int count = 0;
	unsigned i, at;
	int ret;

	*stranger_out = NULL;
	for (i = 0;
	     (ret = gnutls_priority_get_cipher_suite_index(priority, i, &at)) !=
	     GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	     i++) {
		gnutls_cipher_algorithm_t cipher;
		gnutls_kx_algorithm_t kx;
		const char *name;

		if (ret != 0) {
			continue; /* a place that no suite fills */
		}
		name = gnutls_cipher_suite_info(at, NULL, &kx, &cipher, NULL,
		                                NULL);
		if (name != NULL && !is_strict(kx, cipher)) {
			*stranger_out = name;
			return PST_CONFIG;
		}
		count += name != NULL ? 1 : 0;
	}
	return count;
}

static int wanted_versions(const struct tls_spoken *spoken)
{
	return (int)(spoken->max_version - spoken->min_version) + 1;
}

static int check(const struct tls_spoken *spoken, struct pst_setup *setup)
{
	const unsigned *list;
	const char *stranger;
	int count;

	count = tls_priority_suites(spoken->priority, &stranger);
	if (count < 0) {
		pst_error(setup, NULL,
		          "this GnuTLS would also offer %s, which has no "
		          "forward secrecy or no authenticated encryption",
		          stranger);
		return PST_CONFIG;
	}
	if (count == 0 ||
	    gnutls_priority_protocol_list(spoken->priority, &list) !=
	            wanted_versions(spoken)) {
		pst_error(setup, "min_version",
		          "the system's GnuTLS settings (/etc/gnutls/config) "
		          "forbid a version from %s to %s",
		          tls_version_names[spoken->min_version],
		          tls_version_names[spoken->max_version]);
		return PST_CONFIG;
	}
	return PST_OK;
}

int tls_spoken_init(struct tls_spoken *spoken, struct pst_setup *setup)
{
	const char *error_at = NULL;
	char text[1200];
	int ret;

	if (spoken->min_version > spoken->max_version) {
		pst_error(setup, "min_version", "%s is above max_version %s",
		          tls_version_names[spoken->min_version],
		          tls_version_names[spoken->max_version]);
		return PST_CONFIG;
	}
	snprintf(text, sizeof(text), "NONE:%s%s%s%s",
	         versions[spoken->min_version][spoken->max_version], SUITES,
	         SIGNATURES, RULES);
	ret = gnutls_priority_init(&spoken->priority, text, &error_at);
	if (ret != 0) {
		spoken->priority = NULL;
		pst_error(setup, NULL,
		          "GnuTLS refuses its settings at \"%s\": %s",
		          error_at == NULL ? text : error_at,
		          gnutls_strerror(ret));
		return PST_CONFIG;
	}
	return check(spoken, setup);
}

void tls_spoken_finish(struct tls_spoken *spoken)
{
	if (spoken->priority != NULL) {
		gnutls_priority_deinit(spoken->priority);
		spoken->priority = NULL;
	}
}

void tls_spoken_explain(const struct tls_spoken *spoken,
                        struct pst_setup *setup)
{
	const char *low = tls_version_names[spoken->min_version];
	const char *high = tls_version_names[spoken->max_version];

	if (spoken->min_version == spoken->max_version) {
		pst_explain(setup, "versions", "TLS %s only", low);
	} else {
		pst_explain(setup, "versions", "TLS %s to %s", low, high);
	}
}
