/* SPDX-License-Identifier: MIT */
/* What is spoken, in words; and what of it this end's keys allow. */
#include "tls_priority_parts.h"

#include "tls_groups.h"

#include <stdio.h>

static bool fits(const struct tls_suite *s, bool has_rsa, bool has_other)
{
	switch ((enum tls_kx)s->kx) {
	case TLS_KX_ANY:
		return true;
	case TLS_KX_ECDHE_ECDSA:
		return has_other;
	case TLS_KX_ECDHE_RSA:
	case TLS_KX_DHE_RSA:
	case TLS_KX_RSA:
		return has_rsa;
	case TLS_KX_COUNT:
		break;
	}
	return false;
}

/* Of those that GnuTLS may make. */
static bool can_sign(const struct tls_spoken *s, bool has_rsa, bool has_other)
{
	const unsigned *list;
	int i, count = gnutls_priority_sign_list(s->priority, &list);

	for (i = 0; i < count; i++) {
		gnutls_pk_algorithm_t pk = gnutls_sign_get_pk_algorithm(
			(gnutls_sign_algorithm_t)list[i]);
		bool rsa = pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS;

		if (rsa ? has_rsa : has_other) {
			return true;
		}
	}
	return false;
}

static int fit_signatures(const struct tls_spoken *s, bool has_rsa,
                          bool has_other, struct pst_setup *setup)
{
	if (s->signatures.count == 0 || can_sign(s, has_rsa, has_other)) {
		return PST_OK;
	}
	pst_error(setup, "signature_algorithms",
	          "names none that this end's keys, %s, can make",
	          has_rsa ? "RSA" : "ECDSA or EdDSA");
	return PST_CONFIG;
}

int tls_spoken_fit_keys(const struct tls_spoken *spoken, bool has_rsa,
                        bool has_other, struct pst_setup *setup)
{
	struct tls_suite_list all, useless = {.count = 0};
	const char *kind = has_rsa ? "ECDSA or EdDSA" : "RSA";
	char names[TLS_SUITE_WORDS];
	const char *stranger;
	size_t i;
	bool old = false;

	if (spoken->priority == NULL || (!has_rsa && !has_other)) {
		return PST_OK;
	}
	if (fit_signatures(spoken, has_rsa, has_other, setup) != PST_OK) {
		return PST_CONFIG;
	}
	if (spoken->ciphers.count == 0) {
		return PST_OK;
	}
	tls_priority_suites(spoken->priority, &all, &stranger);
	for (i = 0; i < all.count; i++) {
		if (!fits(all.item[i], has_rsa, has_other)) {
			tls_suites_add(&useless, all.item[i]);
		} else {
			old |= !tls_suite_is_1_3(all.item[i]);
		}
	}
	tls_suites_text(&useless, TLS_WORDS_IN_ERRORS, names, sizeof(names));
	if (!old && spoken->low < TLS_VERSION_1_3) {
		pst_error(setup, "ciphers",
		          "no suite for TLS 1.2 fits this end's keys: %s need "
		          "an %s key",
		          names, kind);
		return PST_CONFIG;
	}
	if (useless.count != 0) {
		pst_warning(setup, "ciphers",
		            "%s cannot be used: no certificate here has an %s "
		            "key",
		            names, kind);
	}
	return PST_OK;
}

void tls_spoken_versions(const struct tls_spoken *spoken, char *out,
                         size_t size)
{
	const char *low = tls_version_names[spoken->low];
	const char *high = tls_version_names[spoken->high];

	if (spoken->low == spoken->high) {
		snprintf(out, size, "TLS %s", low);
	} else {
		snprintf(out, size, "TLS %s to %s", low, high);
	}
}

void tls_spoken_suites(const struct tls_spoken *spoken, size_t most, char *out,
                       size_t size)
{
	struct tls_suite_list list;
	const char *stranger;

	tls_priority_suites(spoken->priority, &list, &stranger);
	tls_suites_text(&list, most, out, size);
}

void tls_spoken_groups(const struct tls_spoken *spoken, char *out, size_t size)
{
	const unsigned *list;
	int count = gnutls_priority_group_list(spoken->priority, &list);
	size_t used = 0;
	int i;

	snprintf(out, size, "none");
	for (i = 0; i < count && used < size; i++) {
		const char *name =
			gnutls_group_get_name((gnutls_group_t)list[i]);
		char why[80];
		const struct tls_code_name *row =
			tls_group_find(name, why, sizeof(why));
		int n = snprintf(out + used, size - used, "%s%s",
		                 i == 0 ? "" : ", ",
		                 row == NULL ? name : row->name);

		used += n < 0 ? 0 : (size_t)n;
	}
}

void tls_spoken_signatures(const struct tls_spoken *spoken, size_t most,
                           char *out, size_t size)
{
	const unsigned *list;
	int count = gnutls_priority_sign_list(spoken->priority, &list);
	uint16_t last = 0;
	size_t used = 0, shown = 0;
	int i;

	snprintf(out, size, "none");
	for (i = 0; i < count && used < size; i++) {
		uint16_t code =
			tls_signature_code((gnutls_sign_algorithm_t)list[i]);
		char spare[16];
		int n;

		if (code == 0 || code == last) {
			continue; /* SHA-1, or ECDSA's second name */
		}
		last = code;
		if (shown++ == most) {
			snprintf(out + used, size - used, " and more");
			return;
		}
		n = snprintf(out + used, size - used, "%s%s",
		             used == 0 ? "" : ", ",
		             tls_signature_name(code, spare, sizeof(spare)));
		used += n < 0 ? 0 : (size_t)n;
	}
}

void tls_spoken_explain(const struct tls_spoken *spoken,
                        struct pst_setup *setup)
{
	char text[3 * TLS_SPOKEN_TEXT];

	tls_spoken_versions(spoken, text, sizeof(text));
	pst_explain(setup, "versions", "%s%s", text,
	            spoken->low == spoken->high ? " only" : "");
	tls_spoken_suites(spoken, TLS_SUITES_MAX, text, sizeof(text));
	pst_explain(setup, "ciphers", "%s", text);
	tls_spoken_groups(spoken, text, sizeof(text));
	pst_explain(setup, "groups", "%s", text);
	tls_spoken_signatures(spoken, TLS_SIGNATURES_MAX, text, sizeof(text));
	pst_explain(setup, "signatures", "%s", text);
}
