/* SPDX-License-Identifier: MIT */
/* What is wrong with a chain of certificates, in words. */
#include "cert/cert_check.h"

#include "cert/cert_print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DAY = 86400,
	DN_TEXT = 256,
	DATE_TEXT = 32,
	BROWSERS_DAYS = 398
};

PST_PRINTF(2, 0)
static void say(const char *word, const char *fmt, va_list ap)
{
	printf("  %-10s ", word);
	vprintf(fmt, ap);
	printf("\n");
}

void cert_check_bad(struct cert_check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("BAD", fmt, ap);
	va_end(ap);
	check->bad++;
}

void cert_check_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("note", fmt, ap);
	va_end(ap);
}

static bool is_own_issuer(gnutls_x509_crt_t crt)
{
	return gnutls_x509_crt_check_issuer(crt, crt) != 0;
}

/* -- each by itself ---------------------------------------------------- */

static void check_times(struct cert_check *check, gnutls_x509_crt_t crt,
                        const char *subject)
{
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	char date[DATE_TEXT];

	if (check->now < from) {
		tls_date(from, date, sizeof(date));
		cert_check_bad(check,
		               "%s is not valid before %s; is this machine's "
		               "clock right?",
		               subject, date);
	}
	tls_date(until, date, sizeof(date));
	if (check->now > until) {
		cert_check_bad(check,
		               "%s expired on %s, %ld days ago; renew it",
		               subject, date, (long)(check->now - until) / DAY);
	} else if (check->now + (time_t)check->days * DAY > until) {
		cert_check_bad(check, "%s expires on %s, in %ld days", subject,
		               date, (long)(until - check->now) / DAY);
	}
}

static void check_strength(struct cert_check *check, gnutls_x509_crt_t crt,
                           const char *subject)
{
	unsigned bits = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	int signature = gnutls_x509_crt_get_signature_algorithm(crt);
	char key[CERT_KEY_TEXT];

	if ((algorithm == GNUTLS_PK_RSA && bits < 2048) ||
	    (algorithm == GNUTLS_PK_ECDSA && bits < 256) ||
	    algorithm == GNUTLS_PK_DSA || algorithm < 0) {
		cert_print_key(crt, key);
		cert_check_bad(check,
		               "%s has a weak key (%s); make one of 2048 bits "
		               "RSA or P-256",
		               subject, key);
	}
	if (is_own_issuer(crt)) {
		return; /* nobody relies on a root's own signature */
	}
	if (signature < 0 ||
	    !gnutls_sign_is_secure2((gnutls_sign_algorithm_t)signature,
	                            GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS)) {
		cert_check_bad(
			check, "%s is signed with %s, which is broken", subject,
			signature < 0
				? "an unknown algorithm"
				: gnutls_sign_get_name(
					  (gnutls_sign_algorithm_t)signature));
	}
}

static bool for_purpose(gnutls_x509_crt_t crt, const char *wanted)
{
	unsigned critical, i;

	for (i = 0;; i++) {
		char oid[128];
		size_t size = sizeof(oid);
		int ret = gnutls_x509_crt_get_key_purpose_oid(crt, i, oid,
		                                              &size, &critical);

		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			return i == 0;
		}
		if (ret >= 0 && (strcmp(oid, wanted) == 0 ||
		                 strcmp(oid, GNUTLS_KP_ANY) == 0)) {
			return true;
		}
		if (ret < 0 && ret != GNUTLS_E_SHORT_MEMORY_BUFFER) {
			return false;
		}
	}
}

/* Is exactly this one among those in --trust? */
static bool is_trusted_itself(const struct cert_check *check,
                              gnutls_x509_crt_t crt)
{
	unsigned i;

	for (i = 0; i < check->trusted->count; i++) {
		if (cert_same(check->trusted->crt[i], crt)) {
			return true;
		}
	}
	return false;
}

static void authority_as_leaf(struct cert_check *check, const char *subject)
{
	static const char what[] =
		"%s is an authority's certificate (CA:TRUE), shown as a %s's; "
		"strict peers refuse that";
	const char *whose = check->client ? "client" : "server";

	if (is_trusted_itself(check, check->shown->crt[0])) {
		cert_check_note(what, subject, whose);
	} else {
		cert_check_bad(check, what, subject, whose);
	}
}

void cert_check_leaf(struct cert_check *check)
{
	gnutls_x509_crt_t leaf = check->shown->crt[0];
	char subject[DN_TEXT];
	unsigned critical, bits;
	long days = (long)(gnutls_x509_crt_get_expiration_time(leaf) -
	                   gnutls_x509_crt_get_activation_time(leaf)) /
	            DAY;

	tls_subject(leaf, subject, sizeof(subject));
	if (!for_purpose(leaf, check->client ? GNUTLS_KP_TLS_WWW_CLIENT
	                                     : GNUTLS_KP_TLS_WWW_SERVER)) {
		cert_check_bad(check,
		               "%s is not made for %s (extended key usage)",
		               subject, check->client ? "clients" : "servers");
	}
	if (gnutls_x509_crt_get_ca_status(leaf, &critical) > 0) {
		authority_as_leaf(check, subject);
	}
	if (!check->client && days > BROWSERS_DAYS) {
		cert_check_note("it is valid for %ld days in all; browsers "
		                "accept 398 everywhere",
		                days);
	}
	if (!check->client && gnutls_x509_crt_get_pk_algorithm(leaf, &bits) ==
	                              GNUTLS_PK_EDDSA_ED25519) {
		cert_check_note("browsers do not accept Ed25519 keys of "
		                "servers yet");
	}
}

void cert_check_each(struct cert_check *check)
{
	char subject[DN_TEXT];
	unsigned i;

	for (i = 0; i < check->shown->count; i++) {
		gnutls_x509_crt_t crt = check->shown->crt[i];

		tls_subject(crt, subject, sizeof(subject));
		if (gnutls_x509_crt_get_version(crt) < 3 &&
		    !is_own_issuer(crt)) {
			cert_check_bad(check,
			               "%s is of X.509 version %d, which "
			               "cannot say what it is for",
			               subject,
			               gnutls_x509_crt_get_version(crt));
		}
		check_times(check, crt, subject);
		check_strength(check, crt, subject);
	}
}

/* -- the name ---------------------------------------------------------- */

void cert_check_name(struct cert_check *check)
{
	gnutls_x509_crt_t leaf = check->shown->crt[0];
	char names[TLS_NAMES_TEXT];

	if (check->host == NULL || tls_name_in(leaf, check->host)) {
		return;
	}
	tls_names_list(leaf, names, sizeof(names));
	if (strcmp(names, "none") == 0) {
		cert_check_bad(check,
		               "%s is not covered: the certificate has no "
		               "names (subjectAltName); its common name counts "
		               "for nothing",
		               check->host->text);
	} else {
		cert_check_bad(check,
		               "%s is not covered: the certificate is for %s",
		               check->host->text, names);
	}
}

/* -- the chain --------------------------------------------------------- */

void cert_check_order(struct cert_check *check)
{
	const struct cert_items *shown = check->shown;
	char a[DN_TEXT], b[DN_TEXT];
	unsigned i;

	for (i = 1; i < shown->count; i++) {
		if (gnutls_x509_crt_check_issuer(shown->crt[i - 1],
		                                 shown->crt[i]) == 0) {
			tls_subject(shown->crt[i - 1], a, sizeof(a));
			tls_subject(shown->crt[i], b, sizeof(b));
			cert_check_bad(
				check,
				"out of order: %u. (%s) did not issue "
				"%u. (%s); the server's own comes first, "
				"then each one's issuer",
				i + 1, b, i, a);
		}
	}
	if (shown->count > 1 && is_own_issuer(shown->crt[shown->count - 1])) {
		cert_check_note("the root is in the chain, too: harmless, but "
		                "who trusts it has it already");
	}
}

/* Owned; NULL when memory ran out. */
static gnutls_x509_trust_list_t trust_list(const struct cert_check *check)
{
	gnutls_x509_trust_list_t list;
	unsigned i;

	if (gnutls_x509_trust_list_init(&list, 0) != 0) {
		return NULL;
	}
	for (i = 0; i < check->trusted->count; i++) {
		gnutls_x509_crt_t copy = cert_copy(check->trusted->crt[i]);

		if (copy != NULL) { /* the list takes it */
			gnutls_x509_trust_list_add_cas(list, &copy, 1, 0);
		}
	}
	if (check->system) {
		gnutls_x509_trust_list_add_system_trust(list, 0, 0);
	}
	return list;
}

static bool signed_by(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	unsigned status = 0;

	return gnutls_x509_crt_verify(crt, &issuer, 1,
	                              GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
	                                      GNUTLS_VERIFY_ALLOW_BROKEN |
	                                      GNUTLS_VERIFY_DISABLE_CA_SIGN,
	                              &status) == 0 &&
	       (status & (GNUTLS_CERT_SIGNATURE_FAILURE |
	                  GNUTLS_CERT_SIGNER_NOT_FOUND)) == 0;
}

/* A trusted certificate with the name of the issuer and another key. */
static bool issuer_made_anew(const struct cert_check *check,
                             gnutls_x509_crt_t crt)
{
	gnutls_datum_t issuer = {NULL, 0}, subject = {NULL, 0};
	bool found = false;
	unsigned i;

	if (gnutls_x509_crt_get_raw_issuer_dn(crt, &issuer) != 0) {
		return false;
	}
	for (i = 0; i < check->trusted->count && !found; i++) {
		gnutls_x509_crt_t other = check->trusted->crt[i];

		if (gnutls_x509_crt_get_raw_dn(other, &subject) == 0) {
			found = subject.size == issuer.size &&
			        memcmp(subject.data, issuer.data,
			               issuer.size) == 0 &&
			        !cert_same(other, crt) &&
			        !signed_by(crt, other);
			gnutls_free(subject.data);
		}
	}
	gnutls_free(issuer.data);
	return found;
}

/* The certificate of the chain that issued `crt`; NULL: it is not there. */
static gnutls_x509_crt_t issuer_shown(const struct cert_check *check,
                                      gnutls_x509_crt_t crt)
{
	unsigned i;

	for (i = 0; i < check->shown->count; i++) {
		gnutls_x509_crt_t other = check->shown->crt[i];

		if (other != crt &&
		    gnutls_x509_crt_check_issuer(crt, other) != 0) {
			return other;
		}
	}
	return NULL;
}

/* Where the way from the leaf to something trusted ends. */
static void explain_end(struct cert_check *check)
{
	gnutls_x509_crt_t at = check->shown->crt[0], next;
	char subject[DN_TEXT], issuer[DN_TEXT];
	unsigned steps;

	for (steps = 0; steps < check->shown->count; steps++) {
		next = is_own_issuer(at) ? NULL : issuer_shown(check, at);
		if (next == NULL) {
			break;
		}
		at = next;
	}
	tls_subject(at, subject, sizeof(subject));
	tls_issuer(at, issuer, sizeof(issuer));
	if (issuer_made_anew(check, at)) {
		cert_check_bad(check,
		               "%s in %s has another key than the one that "
		               "signed %s: the authority was made anew; trust "
		               "its new certificate, or issue again with it",
		               issuer, check->trust, subject);
	} else if (is_own_issuer(at)) {
		cert_check_bad(check,
		               "%s is self-signed, and not in %s; who shall "
		               "believe it must be given it (--trust here)",
		               subject, check->trust);
	} else {
		cert_check_bad(check,
		               "%s was issued by %s, which is neither in the "
		               "chain nor in %s: an intermediate belongs into "
		               "the chain, a root into the trust",
		               subject, issuer, check->trust);
	}
}

/* Findings that were not told with words of our own. */
static void explain_rest(struct cert_check *check, unsigned status)
{
	gnutls_datum_t words = {NULL, 0};

	if (gnutls_certificate_verification_status_print(
		    status, GNUTLS_CRT_X509, &words, 0) == 0) {
		cert_check_bad(check, "%s", (const char *)words.data);
		gnutls_free(words.data);
	} else {
		cert_check_bad(check, "the chain fails verification");
	}
}

static void explain(struct cert_check *check, unsigned status, unsigned before)
{
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) {
		explain_end(check);
	} else if ((status & GNUTLS_CERT_SIGNER_NOT_CA) != 0) {
		cert_check_bad(check, "a certificate in the chain was issued "
		                      "by one that is no authority's");
	} else if ((status & GNUTLS_CERT_SIGNATURE_FAILURE) != 0) {
		if (issuer_made_anew(check, check->shown->crt[0])) {
			explain_end(check);
		} else {
			cert_check_bad(check, "a signature in the chain is "
			                      "wrong");
		}
	} else if (before == 0) {
		explain_rest(check, status);
	}
}

void cert_check_chain(struct cert_check *check)
{
	const char *purpose = check->client ? GNUTLS_KP_TLS_WWW_CLIENT
	                                    : GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st want = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)purpose,
	};
	gnutls_x509_trust_list_t list = trust_list(check);
	unsigned status = 0, before = check->bad;
	int ret = list == NULL ? GNUTLS_E_MEMORY_ERROR : 0;

	if (ret == 0) {
		ret = gnutls_x509_trust_list_verify_crt2(
			list, check->shown->crt, check->shown->count, &want, 1,
			0, &status, NULL);
	}
	if (ret < 0) {
		cert_check_bad(check, "the chain cannot be verified: %s",
		               gnutls_strerror(ret));
	} else if (status != 0) {
		explain(check, status, before);
	}
	if (list != NULL) {
		gnutls_x509_trust_list_deinit(list, 1);
	}
}

/* -- the key ----------------------------------------------------------- */

void cert_check_key(struct cert_check *check)
{
	const struct cert_items *shown = check->shown;
	struct stat st;

	if (shown->key == NULL) {
		return;
	}
	if (!cert_key_fits(shown->crt[0], shown->key)) {
		cert_check_bad(check,
		               "the private key in %s does not belong to the "
		               "certificate",
		               shown->key_path);
	}
	if (stat(shown->key_path, &st) == 0 && (st.st_mode & 0007) != 0) {
		cert_check_bad(check,
		               "%s may be read by everybody on this machine "
		               "(mode %04o); chmod 600 %s",
		               shown->key_path, (unsigned)st.st_mode & 07777u,
		               shown->key_path);
	}
}
