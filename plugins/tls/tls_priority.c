/* SPDX-License-Identifier: MIT */
/* What is spoken: said to GnuTLS in its own language, and checked afterwards,
 * since a priority string combines all with all. */
#include "tls_priority.h"

#include "tls_dh.h"
#include "tls_groups.h"
#include "tls_priority_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	PRIORITY_TEXT = 2400
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
	if (!usual && strstr(t->data, "+GROUP-SECP") == NULL &&
	    strstr(t->data, "+GROUP-X") == NULL &&
	    (tls_suites_use(suites, TLS_KX_ECDHE_ECDSA) ||
	     tls_suites_use(suites, TLS_KX_ECDHE_RSA))) {
		pst_warning(setup, "groups",
		            "has no curve, so that no suite with ECDHE can be "
		            "used in TLS 1.2");
	}
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
		tls_suites_text(&extra, TLS_WORDS_IN_ERRORS, names,
		                sizeof(names));
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
		tls_suites_text(&missing, TLS_WORDS_IN_ERRORS, names,
		                sizeof(names));
		pst_error(setup, "ciphers",
		          "the system's GnuTLS settings (/etc/gnutls/config) "
		          "forbid %s",
		          names);
		return PST_CONFIG;
	}
	if (s->ciphers.count != 0) {
		tls_priority_order(setup, asked, &got);
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

	if (tls_priority_versions(spoken, setup) != PST_OK ||
	    tls_priority_choose(spoken, setup, &suites) != PST_OK) {
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
