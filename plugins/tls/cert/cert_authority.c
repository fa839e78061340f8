/* SPDX-License-Identifier: MIT */
/* The authority that --ca names, with its key, fit to issue. */
#include "cert/cert_authority.h"

#include "cert/cert_items.h"
#include "tls_names.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The authority's key lies beside its certificate unless it is named. */
static void key_beside(const struct cert_line *line, char path[CERT_PATH_MAX])
{
	const char *ca = line->value[CERT_CA];
	size_t length = strlen(ca);

	if (cert_given(line, CERT_CA_KEY)) {
		snprintf(path, CERT_PATH_MAX, "%s", line->value[CERT_CA_KEY]);
	} else if (length > 4 && strcmp(ca + length - 4, ".pem") == 0) {
		snprintf(path, CERT_PATH_MAX, "%.*s.key", (int)(length - 4),
		         ca);
	} else {
		snprintf(path, CERT_PATH_MAX, "%s.key", ca);
	}
}

static int may_issue(const char *path, gnutls_x509_crt_t ca, time_t now)
{
	unsigned critical, usage = 0;
	char date[32];

	if (gnutls_x509_crt_get_ca_status(ca, &critical) <= 0) {
		return cert_bad("%s: is no authority's certificate (CA:TRUE is "
		                "missing)",
		                path);
	}
	if (gnutls_x509_crt_get_key_usage(ca, &usage, &critical) == 0 &&
	    (usage & GNUTLS_KEY_KEY_CERT_SIGN) == 0) {
		return cert_bad("%s: its key may not sign certificates (key "
		                "usage)",
		                path);
	}
	if (gnutls_x509_crt_get_expiration_time(ca) <= now) {
		tls_date(gnutls_x509_crt_get_expiration_time(ca), date,
		         sizeof(date));
		return cert_bad("%s: the authority expired on %s; make a new "
		                "one with `penstock-cert ca`",
		                path, date);
	}
	if (gnutls_x509_crt_get_activation_time(ca) > now) {
		tls_date(gnutls_x509_crt_get_activation_time(ca), date,
		         sizeof(date));
		return cert_bad("%s: the authority is not valid before %s; is "
		                "this machine's clock right?",
		                path, date);
	}
	return CERT_GOOD;
}

int cert_authority_load(const struct cert_line *line, struct cert_items *ca,
                        char key_path[CERT_PATH_MAX])
{
	struct cert_password password = {0};
	const char *path = line->value[CERT_CA];
	int code;

	if (path == NULL) {
		return cert_usage(line, "needs --ca FILE, the authority that "
		                        "`penstock-cert ca` makes");
	}
	key_beside(line, key_path);
	code = cert_password_read(line->value[CERT_CA_PASSWORD_FILE],
	                          &password);
	if (code == CERT_GOOD) {
		code = cert_items_load_certificates(ca, path);
	}
	if (code == CERT_GOOD) {
		code = may_issue(path, ca->crt[0], time(NULL));
	}
	if (code == CERT_GOOD && ca->key == NULL) {
		code = cert_items_load_key(ca, key_path,
		                           cert_password_text(&password));
		if (code != CERT_GOOD && !password.given) {
			fprintf(stderr, "(the authority's key is named by "
			                "--ca-key, its password by "
			                "--ca-password-file)\n");
		}
	}
	cert_password_wipe(&password);
	if (code == CERT_GOOD && !cert_key_fits(ca->crt[0], ca->key)) {
		code = cert_bad("%s: is not the key of %s", ca->key_path, path);
	}
	return code;
}
