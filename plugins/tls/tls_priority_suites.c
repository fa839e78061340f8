/* SPDX-License-Identifier: MIT */
/* Which cipher suites are wanted, and whether GnuTLS can speak exactly those. */
#include "tls_priority_parts.h"

#include <stdio.h>
#include <string.h>

/* What the profiles speak where nothing else is said, best first. */
static const uint16_t strict_suites[] = {
	0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
	0xc02c, 0xc030, 0xcca9, 0xcca8, 0,
};
static const uint16_t legacy_suites[] = {
	0xc009, 0xc013, 0xc00a, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, 0,
};
static unsigned minor(uint8_t version)
{
	return version + 1u;
}

/* Can it be spoken in some version that is allowed? */
static bool has_version(const struct tls_spoken *s,
                        const struct tls_suite *suite)
{
	return tls_suite_since(suite) <= minor(s->high) &&
	       (tls_suite_is_1_3(suite) || s->low < TLS_VERSION_1_3);
}

static void add_codes(const struct tls_spoken *s, const uint16_t *codes,
                      struct tls_suite_list *out)
{
	for (; *codes != 0; codes++) {
		const struct tls_suite *suite = tls_suite_by_code(*codes);

		if (suite != NULL && has_version(s, suite)) {
			tls_suites_add(out, suite);
		}
	}
}

static int take_suite(const struct tls_spoken *s, struct pst_setup *setup,
                      const char *text, struct tls_suite_list *out)
{
	char why[TLS_SUITE_WORDS];
	const struct tls_suite *suite = tls_suite_find(text, why, sizeof(why));
	const char *weakness;

	if (suite == NULL) {
		pst_error(setup, "ciphers", "\"%.80s\" %s", text, why);
		return PST_CONFIG;
	}
	weakness = tls_suite_weakness(suite);
	if (weakness != NULL && s->profile != TLS_PROFILE_LEGACY) {
		pst_error(setup, "ciphers",
		          "%s %s; it is spoken only with profile = \"legacy\"",
		          suite->name, weakness);
		return PST_CONFIG;
	}
	if (!has_version(s, suite)) {
		pst_warning(setup, "ciphers",
		            "%s is not used: it is not for %s", suite->name,
		            s->low == s->high ? "the TLS version that is spoken"
		                              : "any TLS version spoken here");
		return PST_OK;
	}
	tls_suites_add(out, suite);
	return PST_OK;
}

/* One item may hold several: OpenSSL's lists have colons. */
static int take_item(const struct tls_spoken *s, struct pst_setup *setup,
                     const char *item, struct tls_suite_list *out)
{
	static const char between[] = ":, ";
	int failed = 0;

	if (item[strspn(item, between)] == '\0') {
		return take_suite(s, setup, item, out);
	}
	while (*(item += strspn(item, between)) != '\0') {
		size_t length = strcspn(item, between);
		char one[128];

		snprintf(one, sizeof(one), "%.*s",
		         (int)(length < sizeof(one) ? length : sizeof(one) - 1),
		         item);
		failed |= take_suite(s, setup, one, out);
		item += length;
	}
	return failed;
}

/* A version that is allowed, but for which no suite is named. */
static int check_versions(const struct tls_spoken *s, struct pst_setup *setup,
                          const struct tls_suite_list *list)
{
	bool new = false, old = false;
	size_t i;

	for (i = 0; i < list->count; i++) {
		new |= tls_suite_is_1_3(list->item[i]);
		old |= !tls_suite_is_1_3(list->item[i]);
	}
	if (!new && s->high == TLS_VERSION_1_3 && old) {
		pst_error(setup, "ciphers",
		          "has no suite for TLS 1.3, and max_version is 1.3; "
		          "add TLS_AES_128_GCM_SHA256 or another, or set "
		          "max_version = \"1.2\"");
		return PST_CONFIG;
	}
	if (!old && s->low < TLS_VERSION_1_3 && new) {
		pst_error(setup, "ciphers",
		          "has no suite for TLS 1.2, and min_version is %s; "
		          "add TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 or "
		          "another, or set min_version = \"1.3\"",
		          tls_version_names[s->low]);
		return PST_CONFIG;
	}
	return PST_OK;
}

/* The one suite without which the others can be said exactly; NULL: none. */
static const struct tls_suite *odd_one(const struct tls_spoken *s,
                                       const struct tls_suite_list *list)
{
	struct tls_suite_list fewer, product;
	size_t i, k;

	for (i = list->count; i > 0; i--) {
		fewer.count = 0;
		for (k = 0; k < list->count; k++) {
			if (k != i - 1) {
				tls_suites_add(&fewer, list->item[k]);
			}
		}
		tls_suites_product(&fewer, minor(s->low), minor(s->high),
		                   &product);
		if (fewer.count != 0 && product.count == fewer.count) {
			return list->item[i - 1];
		}
	}
	return NULL;
}

static int check_product(const struct tls_spoken *s, struct pst_setup *setup,
                         const struct tls_suite_list *list)
{
	struct tls_suite_list product, extra;
	const struct tls_suite *odd;
	char names[TLS_SUITE_WORDS];

	tls_suites_product(list, minor(s->low), minor(s->high), &product);
	tls_suites_minus(&product, list, &extra);
	if (extra.count == 0) {
		return PST_OK;
	}
	odd = odd_one(s, list);
	tls_suites_text(&extra, TLS_WORDS_IN_ERRORS, names, sizeof(names));
	pst_error(setup, "ciphers",
	          "cannot be spoken without %s as well, since GnuTLS combines "
	          "each key exchange with each cipher, for TLS 1.3 too; add "
	          "%s, %s%s",
	          names, extra.count == 1 ? "it" : "them",
	          odd != NULL ? "or leave out "
	                      : "or name one kind of key exchange only",
	          odd != NULL ? odd->name : "");
	return PST_CONFIG;
}

/* Among suites that compete: one version, one key exchange. */
static bool same_order(const struct tls_suite_list *asked,
                       const struct tls_suite_list *got, enum tls_kx kx)
{
	size_t a = 0, g = 0;

	while (true) {
		while (a < asked->count && asked->item[a]->kx != kx) {
			a++;
		}
		while (g < got->count && got->item[g]->kx != kx) {
			g++;
		}
		if (a == asked->count || g == got->count) {
			return true;
		}
		if (asked->item[a++] != got->item[g++]) {
			return false;
		}
	}
}

void tls_priority_order(struct pst_setup *setup,
                        const struct tls_suite_list *asked,
                        const struct tls_suite_list *got)
{
	char names[3 * TLS_SUITE_WORDS];
	int kx;

	for (kx = 0; kx < TLS_KX_COUNT; kx++) {
		if (!same_order(asked, got, (enum tls_kx)kx)) {
			tls_suites_text(got, TLS_SUITES_MAX, names,
			                sizeof(names));
			pst_warning(setup, "ciphers",
			            "this order cannot be had, since GnuTLS "
			            "orders ciphers alike for each key "
			            "exchange and version; it is %s",
			            names);
			return;
		}
	}
}

int tls_priority_choose(const struct tls_spoken *s, struct pst_setup *setup,
                        struct tls_suite_list *out)
{
	int failed = 0;
	size_t i;

	out->count = 0;
	for (i = 0; i < s->ciphers.count; i++) {
		failed |= take_item(s, setup, s->ciphers.item[i], out);
	}
	if (failed != 0) {
		return PST_CONFIG;
	}
	if (s->ciphers.count == 0) {
		add_codes(s, strict_suites, out);
		if (s->profile == TLS_PROFILE_LEGACY) {
			add_codes(s, legacy_suites, out);
		}
		return PST_OK;
	}
	if (out->count == 0) {
		pst_error(setup, "ciphers",
		          "names no suite that can be used from TLS %s to %s",
		          tls_version_names[s->low],
		          tls_version_names[s->high]);
		return PST_CONFIG;
	}
	failed |= check_versions(s, setup, out);
	return failed != 0 ? PST_CONFIG : check_product(s, setup, out);
}
