/* SPDX-License-Identifier: MIT */
/* What is spoken: said to GnuTLS in its own language, and checked afterwards,
 * since a priority string combines all with all. */
#include "tls_priority.h"

#include "tls_dh.h"
#include "tls_groups.h"
#include "tls_near.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const tls_version_names[] = {"1.0", "1.1", "1.2", "1.3", NULL};
const char *const tls_profile_names[] = {"modern", "intermediate", "legacy",
                                         NULL};

enum {
	VERSION_COUNT = 4,
	PRIORITY_TEXT = 2400,
	WORDS_IN_ERRORS = 6
};

/* What the profiles speak where nothing else is said, best first. */
static const uint16_t strict_suites[] = {
	0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
	0xc02c, 0xc030, 0xcca9, 0xcca8, 0,
};
static const uint16_t legacy_suites[] = {
	0xc009, 0xc013, 0xc00a, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, 0,
};
static const char *const usual_groups[] = {"X25519", "P-256", "P-384", "P-521"};
static const char *const dhe_groups[] = {"ffdhe2048", "ffdhe3072", "ffdhe4096"};
static const char *const usual_signatures[] = {
	"ecdsa_secp256r1_sha256",
	"ed25519",
	"ecdsa_secp384r1_sha384",
	"ecdsa_secp521r1_sha512",
	"ed448",
	"rsa_pss_pss_sha256",
	"rsa_pss_rsae_sha256",
	"rsa_pss_pss_sha384",
	"rsa_pss_rsae_sha384",
	"rsa_pss_pss_sha512",
	"rsa_pss_rsae_sha512",
	"rsa_pkcs1_sha256",
	"rsa_pkcs1_sha384",
	"rsa_pkcs1_sha512",
};

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/* A text that grows; what does not fit shows in `used`. */
struct text {
	char data[PRIORITY_TEXT];
	size_t used;
};

PST_PRINTF(2, 3)
static void append(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->used >= sizeof(t->data)) {
		return;
	}
	va_start(ap, fmt);
	n = vsnprintf(t->data + t->used, sizeof(t->data) - t->used, fmt, ap);
	va_end(ap);
	t->used += n < 0 ? sizeof(t->data) : (size_t)n;
}

/* -- versions ----------------------------------------------------------- */

/* "TLSv1.2", "TLS12", "tls_1_2": what other gateways have. */
static int guess_version(const char *text)
{
	char digits[3] = "";
	size_t used = 0;
	int v;

	for (; *text != '\0' && used < 2; text++) {
		if (*text >= '0' && *text <= '9') {
			digits[used++] = *text;
		}
	}
	if (used == 1 && digits[0] == '1') {
		digits[used++] = '0'; /* "TLSv1" */
	}
	digits[used] = '\0';
	for (v = 0; v < VERSION_COUNT; v++) {
		if (digits[0] == tls_version_names[v][0] &&
		    digits[1] == tls_version_names[v][2]) {
			return v;
		}
	}
	return -1;
}

static int read_version(struct pst_setup *setup, const char *option,
                        const char *text, uint8_t *version_io)
{
	int v;

	if (text == NULL) {
		return PST_OK;
	}
	for (v = 0; v < VERSION_COUNT; v++) {
		if (strcmp(text, tls_version_names[v]) == 0) {
			*version_io = (uint8_t)v;
			return PST_OK;
		}
	}
	v = guess_version(text);
	if (strstr(text, "SSL") != NULL || strstr(text, "ssl") != NULL) {
		pst_error(setup, option,
		          "\"%s\": SSL is broken, and not spoken; write "
		          "\"1.2\" or \"1.3\"",
		          text);
	} else if (v >= 0) {
		pst_error(setup, option,
		          "\"%s\" is not how it is written here; write \"%s\"",
		          text, tls_version_names[v]);
	} else {
		pst_error(setup, option,
		          "\"%s\" is not a TLS version; use \"1.2\" or \"1.3\"",
		          text);
	}
	return PST_CONFIG;
}

/* The lowest that each profile allows. */
static const uint8_t floors[] = {
	[TLS_PROFILE_MODERN] = TLS_VERSION_1_3,
	[TLS_PROFILE_INTERMEDIATE] = TLS_VERSION_1_2,
	[TLS_PROFILE_LEGACY] = TLS_VERSION_1_0,
};

static int check_floor(const struct tls_spoken *s, struct pst_setup *setup,
                       const char *option, uint8_t version)
{
	if (version >= floors[s->profile]) {
		return PST_OK;
	}
	if (version < TLS_VERSION_1_2) {
		pst_error(setup, option,
		          "TLS %s is too weak for the profile \"%s\"; it is "
		          "spoken only with profile = \"legacy\"",
		          tls_version_names[version],
		          tls_profile_names[s->profile]);
	} else {
		pst_error(setup, option,
		          "TLS %s is not in the profile \"%s\", which is TLS "
		          "%s only; use profile = \"intermediate\"",
		          tls_version_names[version],
		          tls_profile_names[s->profile],
		          tls_version_names[floors[s->profile]]);
	}
	return PST_CONFIG;
}

static int init_versions(struct tls_spoken *s, struct pst_setup *setup)
{
	int failed = 0;

	s->low = floors[s->profile];
	s->high = TLS_VERSION_1_3;
	failed |= read_version(setup, "min_version", s->min_version, &s->low);
	failed |= read_version(setup, "max_version", s->max_version, &s->high);
	if (failed != 0) {
		return PST_CONFIG;
	}
	failed |= check_floor(s, setup, "min_version", s->low);
	failed |= check_floor(s, setup, "max_version", s->high);
	if (failed == 0 && s->low > s->high) {
		pst_error(
			setup,
			s->min_version != NULL ? "min_version" : "max_version",
			"min_version %s is above max_version %s",
			tls_version_names[s->low], tls_version_names[s->high]);
		failed = 1;
	}
	if (failed == 0 && s->profile == TLS_PROFILE_LEGACY) {
		pst_warning(setup, "profile",
		            "\"legacy\" speaks what is known to be weak: %s, "
		            "CBC, and no forward secrecy; use it only for "
		            "clients that can do no better",
		            s->low < TLS_VERSION_1_2 ? "TLS below 1.2"
		                                     : "SHA-1");
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

/* -- suites ------------------------------------------------------------- */

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
	tls_suites_text(&extra, WORDS_IN_ERRORS, names, sizeof(names));
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

static void check_order(struct pst_setup *setup,
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

static int init_suites(const struct tls_spoken *s, struct pst_setup *setup,
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

/* -- the priority string ------------------------------------------------ */

static void say_versions(const struct tls_spoken *s, struct text *t)
{
	int v;

	for (v = s->high; v >= (int)s->low; v--) {
		append(t, "+VERS-TLS%s:", tls_version_names[v]);
	}
}

static void say_suites(const struct tls_suite_list *list, struct text *t)
{
	unsigned said[3] = {1u << TLS_KX_ANY, 0, 0};
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct tls_suite *s = list->item[i];

		if ((said[0] & 1u << s->kx) == 0) {
			append(t, "+%s:", tls_kx_names[s->kx]);
		}
		if ((said[1] & 1u << s->cipher) == 0) {
			append(t, "+%s:", tls_cipher_names[s->cipher]);
		}
		if ((said[2] & 1u << s->mac) == 0) {
			append(t, "+%s:", tls_mac_names[s->mac]);
		}
		said[0] |= 1u << s->kx;
		said[1] |= 1u << s->cipher;
		said[2] |= 1u << s->mac;
	}
}

typedef const struct tls_code_name *find_fn(const char *text, char *why_out,
                                            size_t size);

static int say_codes(struct pst_setup *setup, const char *option,
                     const char *const *names, size_t count, find_fn *find,
                     struct text *t)
{
	char why[160];
	int failed = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct tls_code_name *row =
			find(names[i], why, sizeof(why));

		if (row == NULL) {
			pst_error(setup, option, "\"%.80s\" %s", names[i], why);
			failed = PST_CONFIG;
		} else if (strstr(t->data, row->gnutls) == NULL) {
			append(t, "%s", row->gnutls);
		}
	}
	return failed;
}

/* RFC 7919 4: a server does no DHE with a client that lists groups for it, and
 * none of its own. */
static int say_dhe_groups(const struct tls_spoken *s, struct pst_setup *setup,
                          const struct tls_suite_list *suites, struct text *t)
{
	if (!tls_suites_use(suites, TLS_KX_DHE_RSA) ||
	    strstr(t->data, "+GROUP-FFDHE") != NULL) {
		return PST_OK;
	}
	if (s->groups.count != 0) {
		pst_warning(setup, "groups",
		            "has no group for the suites with DHE in ciphers; "
		            "most clients need one: add \"ffdhe2048\"");
		return PST_OK;
	}
	return say_codes(setup, "groups", dhe_groups, COUNT_OF(dhe_groups),
	                 tls_group_find, t);
}

static int say_groups(const struct tls_spoken *s, struct pst_setup *setup,
                      const struct tls_suite_list *suites, struct text *t)
{
	bool usual = s->groups.count == 0;
	int failed = say_codes(setup, "groups",
	                       usual ? usual_groups : s->groups.item,
	                       usual ? COUNT_OF(usual_groups) : s->groups.count,
	                       tls_group_find, t);

	failed |= say_dhe_groups(s, setup, suites, t);
	return failed;
}

static int say_signatures(const struct tls_spoken *s, struct pst_setup *setup,
                          struct text *t)
{
	int failed = 0;

	if (s->signatures.count != 0) {
		return say_codes(setup, "signature_algorithms",
		                 s->signatures.item, s->signatures.count,
		                 tls_signature_find, t);
	}
	failed = say_codes(setup, "signature_algorithms", usual_signatures,
	                   COUNT_OF(usual_signatures), tls_signature_find, t);
	if (s->profile == TLS_PROFILE_LEGACY) {
		append(t, "+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1:");
	}
	return failed;
}

static int say_all(const struct tls_spoken *s, struct pst_setup *setup,
                   const struct tls_suite_list *suites, struct text *t)
{
	bool legacy = s->profile == TLS_PROFILE_LEGACY;
	int failed = 0;

	append(t, "NONE:");
	say_versions(s, t);
	say_suites(suites, t);
	append(t, "+COMP-NULL:+CTYPE-SRV-X509:+CTYPE-CLI-X509:");
	failed |= say_groups(s, setup, suites, t);
	failed |= say_signatures(s, setup, t);
	append(t, "%s%s", legacy ? "%PROFILE_LOW" : "%PROFILE_MEDIUM",
	       s->prefer_server ? ":%SERVER_PRECEDENCE" : "");
	return failed != 0 || t->used >= sizeof(t->data) ? PST_CONFIG : PST_OK;
}

void tls_priority_suites(gnutls_priority_t priority,
                         struct tls_suite_list *list_out,
                         const char **stranger_out)
{
	unsigned i, at;
	int ret;

	list_out->count = 0;
	*stranger_out = NULL;
	for (i = 0;
	     (ret = gnutls_priority_get_cipher_suite_index(priority, i, &at)) !=
	     GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	     i++) {
		const struct tls_suite *suite;
		const char *name;
		uint8_t id[2];

		name = ret != 0 ? NULL
		                : gnutls_cipher_suite_info(at, id, NULL, NULL,
		                                           NULL, NULL);
		if (name == NULL) {
			continue; /* a place that no suite fills */
		}
		suite = tls_suite_by_code((unsigned)(id[0] << 8 | id[1]));
		if (suite == NULL) {
			*stranger_out = name;
		} else {
			tls_suites_add(list_out, suite);
		}
	}
}

/* GnuTLS has the last word: other releases, and the system's settings, may make
 * something else of the same string. */
static int check_result(const struct tls_spoken *s, struct pst_setup *setup,
                        const struct tls_suite_list *asked)
{
	struct tls_suite_list got, extra, missing;
	char names[TLS_SUITE_WORDS];
	const char *stranger;
	const unsigned *list;

	tls_priority_suites(s->priority, &got, &stranger);
	tls_suites_minus(&got, asked, &extra);
	tls_suites_minus(asked, &got, &missing);
	if (stranger != NULL || extra.count != 0) {
		tls_suites_text(&extra, WORDS_IN_ERRORS, names, sizeof(names));
		pst_error(setup, "ciphers", "this GnuTLS would also speak %s",
		          stranger != NULL ? stranger : names);
		return PST_CONFIG;
	}
	if (gnutls_priority_protocol_list(s->priority, &list) !=
	    s->high - s->low + 1) {
		pst_error(setup, "min_version",
		          "the system's GnuTLS settings (/etc/gnutls/config) "
		          "forbid a version from %s to %s",
		          tls_version_names[s->low],
		          tls_version_names[s->high]);
		return PST_CONFIG;
	}
	if (missing.count != 0) {
		tls_suites_text(&missing, WORDS_IN_ERRORS, names,
		                sizeof(names));
		pst_error(setup, "ciphers",
		          "the system's GnuTLS settings (/etc/gnutls/config) "
		          "forbid %s",
		          names);
		return PST_CONFIG;
	}
	if (s->ciphers.count != 0) {
		check_order(setup, asked, &got);
	}
	return PST_OK;
}

static int init_priority(struct tls_spoken *s, struct pst_setup *setup,
                         const struct tls_suite_list *suites)
{
	const char *error_at = NULL;
	struct text text = {.used = 0};
	int ret;

	if (say_all(s, setup, suites, &text) != PST_OK) {
		return PST_CONFIG;
	}
	ret = gnutls_priority_init(&s->priority, text.data, &error_at);
	if (ret != 0) {
		s->priority = NULL;
		pst_error(setup, NULL,
		          "GnuTLS refuses its settings at \"%s\": %s",
		          error_at == NULL ? text.data : error_at,
		          gnutls_strerror(ret));
		return PST_CONFIG;
	}
	return check_result(s, setup, suites);
}

/* -- DHE ---------------------------------------------------------------- */

static int init_dh(struct tls_spoken *s, struct pst_setup *setup,
                   const struct tls_suite_list *suites)
{
	if (s->dhparam.data != NULL &&
	    !tls_suites_use(suites, TLS_KX_DHE_RSA)) {
		pst_warning(setup, "dhparam",
		            "is not used: no suite with DHE is spoken; name "
		            "one in ciphers, or leave dhparam out");
	}
	return tls_dh_load(&s->dhparam, setup, &s->dh);
}

int tls_spoken_init(struct tls_spoken *spoken, struct pst_setup *setup)
{
	struct tls_suite_list suites = {.count = 0};
	int failed;

	if (init_versions(spoken, setup) != PST_OK ||
	    init_suites(spoken, setup, &suites) != PST_OK) {
		return PST_CONFIG;
	}
	failed = init_priority(spoken, setup, &suites);
	failed |= init_dh(spoken, setup, &suites);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_spoken_finish(struct tls_spoken *spoken)
{
	if (spoken->priority != NULL) {
		gnutls_priority_deinit(spoken->priority);
		spoken->priority = NULL;
	}
	if (spoken->dh != NULL) {
		gnutls_dh_params_deinit(spoken->dh);
		spoken->dh = NULL;
	}
}

/* -- words -------------------------------------------------------------- */

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

int tls_spoken_fit_keys(const struct tls_spoken *spoken, bool has_rsa,
                        bool has_other, struct pst_setup *setup)
{
	struct tls_suite_list all, useless = {.count = 0};
	const char *kind = has_rsa ? "ECDSA or EdDSA" : "RSA";
	char names[TLS_SUITE_WORDS];
	const char *stranger;
	size_t i;
	bool old = false, new = false;

	if (spoken->priority == NULL || spoken->ciphers.count == 0 ||
	    (!has_rsa && !has_other)) {
		return PST_OK;
	}
	tls_priority_suites(spoken->priority, &all, &stranger);
	for (i = 0; i < all.count; i++) {
		if (!fits(all.item[i], has_rsa, has_other)) {
			tls_suites_add(&useless, all.item[i]);
		} else {
			old |= !tls_suite_is_1_3(all.item[i]);
			new |= tls_suite_is_1_3(all.item[i]);
		}
	}
	tls_suites_text(&useless, WORDS_IN_ERRORS, names, sizeof(names));
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
