/* SPDX-License-Identifier: MIT */
/* The commands that look: show and verify. */
#include "cert/cert_check.h"
#include "cert/cert_dial.h"
#include "cert/cert_line.h"
#include "cert/cert_print.h"
#include "cert/cert_sans.h"
#include "tls_alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* -- show -------------------------------------------------------------- */

static void show_request(gnutls_x509_crq_t crq)
{
	struct cert_sans sans;
	char dn[256];
	size_t size = sizeof(dn);

	if (gnutls_x509_crq_get_dn(crq, dn, &size) != 0) {
		snprintf(dn, sizeof(dn), "(no subject)");
	}
	printf("a certificate request\n  subject    %s\n  asks for   ", dn);
	if (cert_sans_of_request(&sans, crq)) {
		cert_sans_print(stdout, &sans);
		cert_sans_finish(&sans);
		printf("\n");
	} else {
		printf("no names\n");
	}
	printf("  signature  %s\n", gnutls_x509_crq_verify(crq, 0) >= 0
	                                    ? "good: who asks has the key"
	                                    : "BAD: it was changed");
}

static void show_crl(gnutls_x509_crl_t crl)
{
	gnutls_datum_t dn = {NULL, 0};
	char date[32], next[32];

	gnutls_x509_crl_get_issuer_dn3(crl, &dn, 0);
	tls_date(gnutls_x509_crl_get_this_update(crl), date, sizeof(date));
	tls_date(gnutls_x509_crl_get_next_update(crl), next, sizeof(next));
	printf("a revocation list of %s\n  revoked    %d certificates\n"
	       "  made       %s, the next is due %s\n",
	       dn.data == NULL ? "nobody" : (const char *)dn.data,
	       gnutls_x509_crl_get_crt_count(crl), date, next);
	gnutls_free(dn.data);
}

static void show_key(const struct cert_items *items)
{
	char key[CERT_KEY_TEXT];
	unsigned i;

	cert_print_private_key(items->key, key);
	printf("a private key (%s)\n", key);
	for (i = 0; i < items->count; i++) {
		if (cert_key_fits(items->crt[i], items->key)) {
			printf("  belongs to certificate %u\n", i + 1);
			return;
		}
	}
	if (items->count != 0) {
		printf("  belongs to none of the certificates here\n");
	}
}

/* Faults that can be seen without knowing whom anybody trusts. */
static void show_problems(const struct cert_items *items, time_t now)
{
	struct cert_items nobody = {0};
	struct cert_check check = {
		.shown = items, .trusted = &nobody, .now = now};

	if (items->count == 0) {
		return;
	}
	printf("problems\n");
	cert_check_each(&check);
	cert_check_order(&check);
	cert_check_key(&check);
	if (check.bad == 0) {
		printf("  none that can be seen here; `penstock-cert verify` "
		       "asks who trusts it\n");
	}
}

static int show_one(const char *path, const char *password, bool several)
{
	struct cert_items items = {0};
	int code = cert_items_load(&items, path, password);
	time_t now = time(NULL);
	unsigned i;

	if (code == CERT_GOOD) {
		if (several) {
			printf("%s:\n", path);
		}
		for (i = 0; i < items.count; i++) {
			printf("certificate %u of %u\n", i + 1, items.count);
			cert_print_certificate(items.crt[i], now);
		}
		if (items.key != NULL) {
			show_key(&items);
		}
		if (items.crq != NULL) {
			show_request(items.crq);
		}
		if (items.crl != NULL) {
			show_crl(items.crl);
		}
		show_problems(&items, now);
	}
	cert_items_finish(&items);
	return code;
}

int cert_show(const struct cert_line *line)
{
	struct cert_password password;
	size_t i;
	int code =
		cert_password_read(line->value[CERT_PASSWORD_FILE], &password);

	for (i = 0; i < line->operand_count && code == CERT_GOOD; i++) {
		code = show_one(line->operand[i], cert_password_text(&password),
		                line->operand_count > 1);
	}
	cert_password_wipe(&password);
	return code;
}

/* -- verify ------------------------------------------------------------ */

/* What one run of verify works on. */
struct look {
	const struct cert_line *line;
	struct cert_password password;
	struct cert_items shown, trusted, own;
	struct cert_check check;
	struct tls_name host;
	char trust[256];
};

static int load_trust(struct look *look)
{
	const struct cert_line *line = look->line;
	size_t i, used = 0;
	int code = CERT_GOOD;

	look->check.system = line->trust_count == 0;
	snprintf(look->trust, sizeof(look->trust), "the system's store");
	for (i = 0; i < line->trust_count && code == CERT_GOOD; i++) {
		bool system = strcmp(line->trust[i], "system") == 0;
		int n;

		look->check.system |= system;
		if (!system) {
			code = cert_items_load(
				&look->trusted, line->trust[i],
				cert_password_text(&look->password));
		}
		n = used < sizeof(look->trust)
		            ? snprintf(look->trust + used,
		                       sizeof(look->trust) - used, "%s%s",
		                       i == 0 ? "" : " or ",
		                       system ? "the system's store"
		                              : line->trust[i])
		            : 0;
		used += n > 0 ? (size_t)n : 0;
	}
	if (code == CERT_GOOD && line->trust_count != 0 &&
	    look->trusted.count == 0 && !look->check.system) {
		return cert_bad("%s: holds no certificate", look->trust);
	}
	look->check.trust = look->trust;
	return code;
}

static int take_host(struct look *look, const char *text)
{
	const char *why;
	struct cert_name name;
	char words[CERT_WHY_MAX];

	if (text == NULL) {
		return CERT_GOOD;
	}
	if (cert_name_parse(text, &name, words) == PST_OK &&
	    name.type == GNUTLS_SAN_DNSNAME) {
		text = name.text;
	}
	if (tls_name_parse(text, &look->host, &why) != PST_OK) {
		return cert_usage(look->line, "the name \"%s\" %s", text, why);
	}
	if (look->host.text[0] == '\0') {
		snprintf(look->host.text, sizeof(look->host.text), "%.253s",
		         text);
	}
	look->check.host = &look->host;
	return CERT_GOOD;
}

static void print_chain(const struct cert_items *shown)
{
	char subject[256], until[32];
	unsigned i;

	cert_print_names("  names      ", shown->crt[0]);
	for (i = 0; i < shown->count; i++) {
		tls_subject(shown->crt[i], subject, sizeof(subject));
		tls_date(gnutls_x509_crt_get_expiration_time(shown->crt[i]),
		         until, sizeof(until));
		printf("  %s %s, until %s\n",
		       i == 0 ? "chain     " : "by        ", subject, until);
	}
	tls_issuer(shown->crt[shown->count - 1], subject, sizeof(subject));
	printf("  by         %s\n",
	       gnutls_x509_crt_check_issuer(shown->crt[shown->count - 1],
	                                    shown->crt[shown->count - 1]) != 0
	               ? "itself"
	               : subject);
}

static int conclude(struct look *look)
{
	char print[CERT_PRINT_SIZE];

	print_chain(&look->shown);
	cert_print_fingerprint(look->shown.crt[0], print);
	printf("  sha256     %s\n", print);
	cert_check_each(&look->check);
	cert_check_leaf(&look->check);
	cert_check_order(&look->check);
	cert_check_name(&look->check);
	cert_check_chain(&look->check);
	cert_check_key(&look->check);
	if (look->check.bad != 0) {
		printf("bad: %u problem%s\n", look->check.bad,
		       look->check.bad == 1 ? "" : "s");
		return CERT_BAD;
	}
	printf("good: whoever trusts %s accepts it%s%s\n", look->trust,
	       look->check.host == NULL ? "" : " for ",
	       look->check.host == NULL ? "" : look->host.text);
	return CERT_GOOD;
}

static int look_at_files(struct look *look)
{
	const struct cert_line *line = look->line;
	size_t i;
	int code = take_host(look, line->value[CERT_NAME]);

	for (i = 0; i < line->operand_count && code == CERT_GOOD; i++) {
		code = cert_items_load(&look->shown, line->operand[i],
		                       cert_password_text(&look->password));
	}
	if (code == CERT_GOOD && look->shown.count == 0) {
		code = cert_bad("%s: holds no certificate", line->operand[0]);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	printf("%s\n", line->operand[0]);
	return conclude(look);
}

static int load_own(struct look *look)
{
	const struct cert_line *line = look->line;
	const char *crt = line->value[CERT_CERTIFICATE];
	const char *key = line->value[CERT_PRIVATE_KEY];
	int code;

	if (crt == NULL) {
		return key == NULL ? CERT_GOOD
		                   : cert_usage(line, "--private-key needs "
		                                      "--certificate");
	}
	code = cert_items_load(&look->own, crt,
	                       cert_password_text(&look->password));
	if (code == CERT_GOOD && key != NULL) {
		code = cert_items_load_key(&look->own, key,
		                           cert_password_text(&look->password));
	}
	if (code != CERT_GOOD) {
		return code;
	}
	if (look->own.count == 0 || look->own.key == NULL) {
		return cert_bad("%s: a certificate and its private key are "
		                "needed; name the key with --private-key",
		                crt);
	}
	return cert_key_fits(look->own.crt[0], look->own.key)
	               ? CERT_GOOD
	               : cert_bad("%s: is not the key of %s",
	                          look->own.key_path, crt);
}

static void print_session(struct look *look, struct cert_dial *dial)
{
	gnutls_protocol_t version = gnutls_protocol_get_version(dial->session);
	char *text = gnutls_session_get_desc(dial->session);

	printf("  spoken     %s\n", text == NULL ? "TLS" : text);
	gnutls_free(text);
	if (version < GNUTLS_TLS1_2) {
		cert_check_bad(&look->check,
		               "the server speaks nothing better than %s; "
		               "clients want TLS 1.2 or 1.3",
		               gnutls_protocol_get_name(version));
	}
}

static void look_at_answer(struct look *look, struct cert_dial *dial)
{
	unsigned alert;

	if (!dial->asked) {
		return;
	}
	printf("  asks for   a client's certificate, of %s\n",
	       dial->authorities);
	alert = cert_dial_refused(dial);
	if (alert != 0) {
		cert_check_bad(
			&look->check,
			"the server refuses %s with alert %u %s%s",
			look->own.count == 0 ? "clients without a certificate"
					     : "the client's certificate",
			alert, tls_alert_name(alert),
			look->own.count == 0 ? "; show one with --certificate"
					     : tls_alert_hint(alert));
	}
}

static int look_at_server(struct look *look)
{
	const struct cert_line *line = look->line;
	struct cert_url url, at;
	struct cert_dial dial = {0};
	const char *name = line->value[CERT_NAME];
	int code = cert_dial_where(line, &url, &at);

	if (code == CERT_GOOD) {
		code = take_host(look, name == NULL ? url.host : name);
	}
	if (code == CERT_GOOD) {
		code = load_own(look);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	dial.url = &url;
	dial.at = &at;
	dial.sni = look->host.text;
	dial.own = look->own.count == 0 ? NULL : &look->own;
	code = cert_dial_open(&dial);
	if (code == CERT_GOOD) {
		code = cert_dial_chain(&dial, &look->shown);
	}
	if (code == CERT_GOOD) {
		printf("%s\n", line->operand[0]);
		print_session(look, &dial);
		look_at_answer(look, &dial);
		code = conclude(look);
	}
	cert_dial_close(&dial);
	return code;
}

/* A URL has a scheme, or is HOST:PORT and no file. */
static bool is_url(const char *text)
{
	return strstr(text, "://") != NULL ||
	       (strchr(text, ':') != NULL && access(text, F_OK) != 0);
}

int cert_verify(const struct cert_line *line)
{
	struct look look = {.line = line};
	const char *days = line->value[CERT_DAYS];
	int code = CERT_GOOD;

	look.check.shown = &look.shown;
	look.check.trusted = &look.trusted;
	look.check.client = cert_given(line, CERT_CLIENT);
	look.check.now = time(NULL);
	if (days != NULL && cert_days_parse(days, &look.check.days) != PST_OK) {
		return cert_usage(line,
		                  "--days \"%s\" is not a number from 1 to %d",
		                  days, CERT_DAYS_MAX);
	}
	code = cert_password_read(line->value[CERT_PASSWORD_FILE],
	                          &look.password);
	if (code == CERT_GOOD) {
		code = load_trust(&look);
	}
	if (code == CERT_GOOD && is_url(line->operand[0])) {
		code = line->operand_count > 1
		               ? cert_usage(line, "one too many: %s",
		                            line->operand[1])
		               : look_at_server(&look);
	} else if (code == CERT_GOOD) {
		code = look_at_files(&look);
	}
	cert_items_finish(&look.shown);
	cert_items_finish(&look.trusted);
	cert_items_finish(&look.own);
	cert_password_wipe(&look.password);
	return code;
}
