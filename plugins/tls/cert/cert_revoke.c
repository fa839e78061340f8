/* SPDX-License-Identifier: MIT */
/* The command revoke: an authority's list of certificates that are no longer
 * good (RFC 5280 5). */
#include "cert/cert_authority.h"
#include "cert/cert_line.h"
#include "cert/cert_make.h"
#include "tls_names.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	DUE_DAYS = 397,
	DAY = 86400,
	SERIAL_MAX = 64,
	SKEW = 3600
};

/* What is being made, and what it continues. */
struct revocation {
	const struct cert_line *line;
	struct cert_items ca;
	struct cert_items old; /* its crl; NULL: a new list */
	gnutls_x509_crl_t crl; /* owned */
	struct cert_output out;
	unsigned days;
	unsigned added;
};

static int told(const char *what, int ret)
{
	return ret < 0 ? cert_bad("%s: %s", what, gnutls_strerror(ret))
	               : CERT_GOOD;
}

static int load_old(struct revocation *r)
{
	const char *path = r->line->value[CERT_CRL];
	unsigned status = 0;
	int code, ret;

	if (access(path, F_OK) != 0) {
		return CERT_GOOD;
	}
	code = cert_items_load(&r->old, path, NULL);
	if (code == CERT_GOOD && r->old.crl == NULL) {
		return cert_bad("%s: exists, and is no revocation list", path);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	ret = gnutls_x509_crl_verify(r->old.crl, &r->ca.crt[0], 1, 0, &status);
	if (ret < 0 || (status & (GNUTLS_CERT_SIGNATURE_FAILURE |
	                          GNUTLS_CERT_SIGNER_NOT_FOUND)) != 0) {
		return cert_bad("%s: was not made by the authority in %s", path,
		                r->line->value[CERT_CA]);
	}
	return CERT_GOOD;
}

static bool is_listed(const struct revocation *r, const unsigned char *serial,
                      size_t length)
{
	gnutls_x509_crl_iter_t at = NULL;
	unsigned char other[SERIAL_MAX];
	bool found = false;
	size_t size = sizeof(other);
	time_t when;

	while (!found && gnutls_x509_crl_iter_crt_serial(r->crl, &at, other,
	                                                 &size, &when) >= 0) {
		found = size == length && memcmp(other, serial, size) == 0;
		size = sizeof(other);
	}
	gnutls_x509_crl_iter_deinit(at);
	return found;
}

static int take_over(struct revocation *r)
{
	gnutls_x509_crl_iter_t at = NULL;
	unsigned char serial[SERIAL_MAX];
	size_t size = sizeof(serial);
	time_t when;
	int ret = 0;

	while (r->old.crl != NULL && ret >= 0) {
		ret = gnutls_x509_crl_iter_crt_serial(r->old.crl, &at, serial,
		                                      &size, &when);
		if (ret >= 0) {
			ret = gnutls_x509_crl_set_crt_serial(r->crl, serial,
			                                     size, when);
		}
		size = sizeof(serial);
	}
	gnutls_x509_crl_iter_deinit(at);
	return ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE
	               ? CERT_GOOD
	               : told("the old list", ret);
}

static int add_one(struct revocation *r, const char *path,
                   gnutls_x509_crt_t crt)
{
	unsigned char serial[SERIAL_MAX];
	size_t length = sizeof(serial);
	char subject[256];
	unsigned status = 0;

	tls_subject(crt, subject, sizeof(subject));
	if (gnutls_x509_crt_check_issuer(crt, r->ca.crt[0]) == 0 ||
	    gnutls_x509_crt_verify(crt, &r->ca.crt[0], 1,
	                           GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
	                           &status) != 0 ||
	    (status & (GNUTLS_CERT_SIGNATURE_FAILURE |
	               GNUTLS_CERT_SIGNER_NOT_FOUND)) != 0) {
		return cert_bad("%s: %s was not issued by %s", path, subject,
		                r->line->value[CERT_CA]);
	}
	if (gnutls_x509_crt_get_serial(crt, serial, &length) != 0) {
		return cert_bad("%s: has no serial number", path);
	}
	if (is_listed(r, serial, length)) {
		cert_warn("%s: %s is revoked already", path, subject);
		return CERT_GOOD;
	}
	r->added++;
	printf("revoked  %s (%s)\n", subject, path);
	return told(path, gnutls_x509_crl_set_crt_serial(r->crl, serial, length,
	                                                 time(NULL)));
}

static int add_all(struct revocation *r)
{
	const struct cert_line *line = r->line;
	int code = CERT_GOOD;
	size_t i;

	for (i = 0; i < line->operand_count && code == CERT_GOOD; i++) {
		struct cert_items items = {0};

		code = cert_items_load_certificates(&items, line->operand[i]);
		if (code == CERT_GOOD) {
			code = add_one(r, line->operand[i], items.crt[0]);
		}
		cert_items_finish(&items);
	}
	return code;
}

/* RFC 5280 5.2.3: each list has a higher number than the one before it. */
static int set_number(struct revocation *r)
{
	unsigned char number[20] = {0};
	size_t length = sizeof(number), i;
	unsigned critical;

	if (r->old.crl == NULL ||
	    gnutls_x509_crl_get_number(r->old.crl, number, &length,
	                               &critical) != 0 ||
	    length == 0) {
		number[0] = 0;
		length = 1;
	}
	for (i = length; i > 0 && ++number[i - 1] == 0; i--) {
	}
	if ((number[0] & 0x80) != 0 || i == 0) {
		if (length == sizeof(number)) {
			return cert_bad(
				"the list's number cannot grow further");
		}
		memmove(number + 1, number, length++);
		number[0] = i == 0 ? 1 : 0;
	}
	return told("the list's number",
	            gnutls_x509_crl_set_number(r->crl, number, length));
}

static int sign(struct revocation *r)
{
	unsigned char id[64];
	size_t length = sizeof(id);
	time_t now = time(NULL);
	int code = set_number(r), ret;

	if (code != CERT_GOOD) {
		return code;
	}
	ret = gnutls_x509_crl_set_version(r->crl, 2);
	if (ret >= 0) {
		ret = gnutls_x509_crl_set_this_update(r->crl, now - SKEW);
	}
	if (ret >= 0) {
		ret = gnutls_x509_crl_set_next_update(
			r->crl, now + (time_t)r->days * DAY);
	}
	if (ret >= 0 && gnutls_x509_crt_get_subject_key_id(
				r->ca.crt[0], id, &length, NULL) == 0) {
		ret = gnutls_x509_crl_set_authority_key_id(r->crl, id, length);
	}
	if (ret >= 0) {
		ret = gnutls_x509_crl_sign2(r->crl, r->ca.crt[0], r->ca.key,
		                            cert_hash_for(r->ca.key), 0);
	}
	return told("the list", ret);
}

static int write_list(struct revocation *r)
{
	gnutls_datum_t pem;
	int ret = gnutls_x509_crl_export2(r->crl, GNUTLS_X509_FMT_PEM, &pem);
	int code;

	if (ret < 0) {
		return told("the list", ret);
	}
	code = cert_output_fill(&r->out, 0644, pem.data, pem.size);
	gnutls_free(pem.data);
	return code == CERT_GOOD ? cert_output_commit(&r->out) : code;
}

static void tell(const struct revocation *r)
{
	const char *ca = r->line->value[CERT_CA];
	const char *path = r->line->value[CERT_CRL];
	int count = gnutls_x509_crl_get_crt_count(r->crl);
	char date[32];

	tls_date(gnutls_x509_crl_get_next_update(r->crl), date, sizeof(date));
	printf("%s\n  revoked    %d certificate%s of %s, %u of them now\n"
	       "  renew it   before %s: penstock-cert revoke --ca %s --crl %s\n"
	       "where clients are checked, name it:\n"
	       "  client_trust = { certificates = \"%s\"; crl = \"%s\"; };\n",
	       path, count, count == 1 ? "" : "s", ca, r->added, date, ca, path,
	       ca, path);
}

static int make_list(struct revocation *r)
{
	int code = load_old(r);

	if (code == CERT_GOOD) {
		code = cert_output_open(&r->out, r->line->value[CERT_CRL],
		                        true);
	}
	if (code == CERT_GOOD) {
		code = told("the list", gnutls_x509_crl_init(&r->crl));
	}
	if (code == CERT_GOOD) {
		code = take_over(r);
	}
	if (code == CERT_GOOD) {
		code = add_all(r);
	}
	if (code == CERT_GOOD) {
		code = sign(r);
	}
	if (code == CERT_GOOD) {
		code = write_list(r);
	}
	if (code == CERT_GOOD) {
		tell(r);
	}
	return code;
}

int cert_revoke(const struct cert_line *line)
{
	struct revocation r = {.line = line, .days = DUE_DAYS};
	const char *days = line->value[CERT_DAYS];
	char key_path[CERT_PATH_MAX];
	int code;

	if (!cert_given(line, CERT_CRL)) {
		return cert_usage(line, "needs --crl FILE, the list");
	}
	if (days != NULL && cert_days_parse(days, &r.days) != PST_OK) {
		return cert_usage(line,
		                  "--days \"%s\" is not a number from 1 to %d",
		                  days, CERT_DAYS_MAX);
	}
	code = cert_authority_load(line, &r.ca, key_path);
	if (code == CERT_GOOD) {
		code = make_list(&r);
		cert_output_abandon(&r.out);
	}
	if (r.crl != NULL) {
		gnutls_x509_crl_deinit(r.crl);
	}
	cert_items_finish(&r.ca);
	cert_items_finish(&r.old);
	return code;
}
