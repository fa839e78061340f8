/* SPDX-License-Identifier: MIT */
/* Is an identity fit to be shown? Each fault in words. */
#include "tls_identity.h"
#include "tls_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	DAY = 24 * 60 * 60,
	WARN_DAYS = 30,
	DN_TEXT = 256,
	DATE_TEXT = 32,
	RSA_BITS_MIN = 2048,
	REPORTS_MAX = 20, /* of one kind; the rest is counted */
	ISSUERS_KEPT = 32,
	HASH_LENGTH = 32
};

/* One run over all pairs. */
struct check {
	const struct tls_identity *id;
	struct pst_setup *setup;
	const struct tls_pair *pair;
	struct tls_material material;
	uint8_t issuers[ISSUERS_KEPT][HASH_LENGTH]; /* that were told about */
	unsigned issuer_count;
	size_t errors, warnings;
};

PST_PRINTF(3, 4)
static void report(struct check *c, const char *option, const char *fmt, ...)
{
	struct tls_fault said;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said.text, sizeof(said.text), fmt, ap);
	va_end(ap);
	if (c->errors++ < REPORTS_MAX) {
		pst_error(c->setup, option, "%s", said.text);
	}
}

PST_PRINTF(3, 4)
static void warn(struct check *c, const char *option, const char *fmt, ...)
{
	struct tls_fault said;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said.text, sizeof(said.text), fmt, ap);
	va_end(ap);
	if (c->warnings++ < REPORTS_MAX) {
		pst_warning(c->setup, option, "%s", said.text);
	}
}

/* The file that certificate `at` of the chain is in. */
static const char *path_of(const struct check *c, unsigned at)
{
	return at != 0 && c->pair->chain->data != NULL
	               ? c->pair->chain->path
	               : c->pair->certificate->path;
}

static void check_times(struct check *c, unsigned at)
{
	gnutls_x509_crt_t crt = c->material.chain.crt[at];
	const char *option = tls_pair_option(c->id, c->pair);
	time_t now = (time_t)c->setup->now;
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	char subject[DN_TEXT], date[DATE_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	pst_expires(c->setup, until, "certificate %s (%s)", path_of(c, at),
	            subject);
	tls_date(until, date, sizeof(date));
	if (until < now) {
		warn(c, option, "%s: %s expired on %s; peers will refuse it",
		     path_of(c, at), subject, date);
	} else if (from > now) {
		tls_date(from, date, sizeof(date));
		if ((c->setup->flags & PST_SETUP_RELOAD) != 0) {
			report(c, option,
			       "%s: %s is not valid before %s; bring it then: "
			       "until then the old one serves",
			       path_of(c, at), subject, date);
			return;
		}
		warn(c, option,
		     "%s: %s is not valid before %s; peers will refuse it "
		     "until then",
		     path_of(c, at), subject, date);
	} else if (until - now < WARN_DAYS * (time_t)DAY) {
		warn(c, option, "%s: %s ends on %s, in %ld days",
		     path_of(c, at), subject, date,
		     (long)((until - now) / DAY));
	}
}

/* Thousands of pairs have few issuers: each is told about once. */
static bool is_known_issuer(struct check *c, gnutls_x509_crt_t crt)
{
	uint8_t hash[HASH_LENGTH];
	size_t length = sizeof(hash);
	unsigned i;

	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash,
	                                    &length) != 0) {
		return false;
	}
	for (i = 0; i < c->issuer_count && i < ISSUERS_KEPT; i++) {
		if (memcmp(c->issuers[i], hash, length) == 0) {
			return true;
		}
	}
	memcpy(c->issuers[c->issuer_count++ % ISSUERS_KEPT], hash, length);
	return false;
}

static void check_all_times(struct check *c)
{
	unsigned at;

	check_times(c, 0);
	for (at = 1; at < c->material.chain.count; at++) {
		if (!is_known_issuer(c, c->material.chain.crt[at])) {
			check_times(c, at);
		}
	}
}

/* Each certificate must be issued by the next (RFC 8446 4.4.2). */
static void check_order(struct check *c)
{
	const struct tls_chain *chain = &c->material.chain;
	unsigned i;

	for (i = 0; i + 1 < chain->count; i++) {
		if (gnutls_x509_crt_check_issuer(chain->crt[i],
		                                 chain->crt[i + 1]) == 0) {
			warn(c, tls_pair_option(c->id, c->pair),
			     "%s: certificate %u was not issued by number %u "
			     "behind it; peers may find no chain",
			     c->pair->certificate->path, i + 1, i + 2);
			return;
		}
	}
}

static void check_key(struct check *c)
{
	gnutls_x509_crt_t crt = c->material.chain.crt[0];
	const char *option = tls_pair_option(c->id, c->pair);
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	if (!tls_key_fits(crt, c->material.key)) {
		report(c, tls_pair_key_option(c->id, c->pair),
		       "%s is not the key of the first certificate in %s",
		       c->pair->key->path, c->pair->certificate->path);
	} else if (gnutls_x509_privkey_verify_params(c->material.key) != 0) {
		report(c, tls_pair_key_option(c->id, c->pair),
		       "%s is damaged: its numbers do not belong together",
		       c->pair->key->path);
	}
	if (c->pair->kind == TLS_KIND_NONE) {
		report(c, option,
		       "%s: a key of the kind %s, %u bits, which no TLS peer "
		       "takes; use ECDSA (P-256, P-384, P-521), Ed25519 or RSA",
		       c->pair->certificate->path,
		       pk < 0 ? "unknown"
		              : gnutls_pk_get_name((gnutls_pk_algorithm_t)pk),
		       bits);
	}
	if ((c->pair->kind & TLS_KINDS_RSA) != 0 && bits < RSA_BITS_MIN) {
		warn(c, option,
		     "%s: an RSA key of %u bits; peers refuse less than %d",
		     c->pair->certificate->path, bits, RSA_BITS_MIN);
	}
}

static void check_password(struct check *c)
{
	if (c->id->password_file.data != NULL && c->id->pair_count == 1 &&
	    c->pair->key != &c->id->keystore &&
	    !tls_file_has(c->pair->key, "ENCRYPTED")) {
		warn(c, "password_file",
		     "%s is not encrypted and needs no password",
		     c->pair->key->path);
	}
}

static void check_pair(struct check *c)
{
	struct tls_fault fault;

	if (tls_pair_load(&c->material, c->id, c->pair, &fault) != PST_OK) {
		report(c, fault.option, "%s", fault.text);
		return;
	}
	check_key(c);
	check_password(c);
	check_all_times(c);
	check_order(c);
	tls_material_finish(&c->material);
}

int tls_pairs_check(const struct tls_identity *id, struct pst_setup *setup)
{
	struct check c = {.id = id, .setup = setup};
	size_t i;

	for (i = 0; i < id->pair_count; i++) {
		c.pair = &id->pairs[i];
		check_pair(&c);
	}
	if (c.warnings > REPORTS_MAX) {
		pst_warning(setup, NULL, "%zu more warnings of this kind",
		            c.warnings - REPORTS_MAX);
	}
	if (c.errors > REPORTS_MAX) {
		pst_error(setup, NULL, "%zu more errors of this kind",
		          c.errors - REPORTS_MAX);
	}
	return c.errors == 0 ? PST_OK : PST_CONFIG;
}
