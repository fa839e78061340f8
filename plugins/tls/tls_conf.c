/* SPDX-License-Identifier: MIT */
/* Check the settings of one place, and derive what connections share. */
#include "tls_creds.h"
#include "tls_priority.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	DAY = 24 * 60 * 60,
	WARN_DAYS = 30,
	DN_TEXT = 256,
	DATE_TEXT = 32,
	RSA_BITS_MIN = 2048
};

static int check_pairs(const struct tls_conf *conf, struct pst_setup *setup)
{
	bool certificate = conf->certificate.data != NULL;
	bool key = conf->private_key.data != NULL;

	if (!certificate && !key && setup->role == PST_ACCEPT) {
		pst_error(setup, NULL,
		          "to accept TLS, set certificate and private_key");
		return PST_CONFIG;
	}
	if (certificate && !key) {
		pst_error(setup, "certificate",
		          "%s has no private_key next to it",
		          conf->certificate.path);
		return PST_CONFIG;
	}
	if (key && !certificate) {
		pst_error(setup, "private_key",
		          "%s has no certificate next to it",
		          conf->private_key.path);
		return PST_CONFIG;
	}
	if (conf->password_file.data != NULL && !key) {
		pst_error(setup, "password_file",
		          "there is no private_key that it could open");
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_client_auth(const struct tls_conf *conf,
                             struct pst_setup *setup)
{
	bool trust = conf->client_trust.data != NULL;

	if (setup->role != PST_ACCEPT) {
		return PST_OK;
	}
	if (conf->client_auth != TLS_AUTH_NONE && !trust) {
		pst_error(setup, "client_auth",
		          "set client_trust: who may issue the certificates "
		          "of clients");
		return PST_CONFIG;
	}
	if (conf->client_auth == TLS_AUTH_NONE && trust) {
		pst_error(setup, "client_trust",
		          "nobody is asked for a certificate; set client_auth "
		          "to \"request\" or \"require\"");
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_alpn(struct tls_conf *conf, struct pst_setup *setup)
{
	size_t i;

	if (conf->alpn.count > TLS_ALPN_MAX) {
		pst_error(setup, "alpn", "%zu protocols; at most %d are taken",
		          conf->alpn.count, TLS_ALPN_MAX);
		return PST_CONFIG;
	}
	for (i = 0; i < conf->alpn.count; i++) {
		const char *name = conf->alpn.item[i];
		size_t length = strlen(name);

		if (length == 0 || length > TLS_ALPN_NAME_MAX) {
			pst_error(setup, "alpn",
			          "\"%s\" is not a protocol; names have 1 to "
			          "%d bytes",
			          name, TLS_ALPN_NAME_MAX);
			return PST_CONFIG;
		}
		conf->protocols[i] = tls_datum(name, length);
	}
	return PST_OK;
}

/* Who the back-end must be. */
static int find_peer(struct tls_conf *conf, struct pst_setup *setup)
{
	const char *name = conf->server_name;
	const char *why;

	if (setup->role != PST_CONNECT) {
		return PST_OK;
	}
	if (name == NULL && setup->url != NULL) {
		name = setup->url->host;
	}
	if (name == NULL || (name[0] == '\0' && conf->server_name == NULL)) {
		if (conf->verify == TLS_OFF) {
			return PST_OK;
		}
		pst_error(setup, "server_name",
		          "no URL names the back-end; set the name that its "
		          "certificate must have");
		return PST_CONFIG;
	}
	if (tls_name_parse(name, &conf->peer, &why) != PST_OK) {
		pst_error(setup, "server_name", "\"%s\" %s", name, why);
		return PST_CONFIG;
	}
	return PST_OK;
}

static void check_verify(const struct tls_conf *conf, struct pst_setup *setup)
{
	if (setup->role != PST_CONNECT || conf->verify == TLS_ON) {
		return;
	}
	pst_warning(setup, "verify",
	            "off: whoever answers is taken for the back-end");
	if (conf->trust.data != NULL || conf->trust_system) {
		pst_warning(setup,
		            conf->trust.data != NULL ? "trust" : "trust_system",
		            "is not used, since verify is off");
	}
}

/* The names by which clients call must be in the certificate. */
static int check_names(struct pst_setup *setup, gnutls_x509_crt_t crt)
{
	char names[TLS_NAMES_TEXT];
	struct tls_name host;
	const char *why;

	if (setup->role != PST_ACCEPT || setup->url == NULL ||
	    setup->url->host[0] == '\0') {
		return PST_OK;
	}
	if (tls_name_parse(setup->url->host, &host, &why) == PST_OK &&
	    tls_name_in(crt, &host)) {
		return PST_OK;
	}
	tls_names_list(crt, names, sizeof(names));
	pst_error(setup, "certificate",
	          "is not for %s, the host in %s; the names in it "
	          "(subjectAltName) are: %s",
	          setup->url->host, setup->url->text, names);
	return PST_CONFIG;
}

static void check_times(struct pst_setup *setup, const struct pst_file *file,
                        gnutls_x509_crt_t crt)
{
	time_t now = time(NULL);
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	char subject[DN_TEXT], date[DATE_TEXT];

	tls_subject(crt, subject, sizeof(subject));
	if (until < now) {
		tls_date(until, date, sizeof(date));
		pst_warning(setup, "certificate",
		            "%s: %s expired on %s; peers will refuse it",
		            file->path, subject, date);
	} else if (from > now) {
		tls_date(from, date, sizeof(date));
		pst_warning(setup, "certificate",
		            "%s: %s is not valid before %s; peers will refuse "
		            "it until then",
		            file->path, subject, date);
	} else if (until - now < WARN_DAYS * (time_t)DAY) {
		tls_date(until, date, sizeof(date));
		pst_warning(setup, "certificate",
		            "%s: %s ends on %s, in %ld days", file->path,
		            subject, date, (long)((until - now) / DAY));
	}
}

static void check_key_size(struct pst_setup *setup, const struct pst_file *file,
                           gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	if ((pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS) &&
	    bits < RSA_BITS_MIN) {
		pst_warning(setup, "certificate",
		            "%s: an RSA key of %u bits; peers refuse less "
		            "than %d",
		            file->path, bits, RSA_BITS_MIN);
	}
}

/* Each certificate must be issued by the next (RFC 8446 4.4.2). */
static void check_order(struct pst_setup *setup, const struct pst_file *file,
                        const struct tls_chain *chain)
{
	unsigned i;

	for (i = 0; i + 1 < chain->count; i++) {
		if (gnutls_x509_crt_check_issuer(chain->crt[i],
		                                 chain->crt[i + 1]) == 0) {
			pst_warning(setup, "certificate",
			            "%s: certificate %u was not issued by "
			            "number %u behind it; peers may find no "
			            "chain",
			            file->path, i + 1, i + 2);
			return;
		}
	}
}

static int load_identity(struct tls_conf *conf, struct pst_setup *setup)
{
	struct tls_chain chain;
	unsigned i;
	int failed;

	if (conf->certificate.data == NULL || conf->private_key.data == NULL) {
		return PST_OK;
	}
	if (tls_chain_load(&chain, setup, "certificate", &conf->certificate) !=
	    PST_OK) {
		return PST_CONFIG;
	}
	failed = tls_load_identity(conf, setup, &chain);
	failed |= check_names(setup, chain.crt[0]);
	for (i = 0; i < chain.count; i++) {
		check_times(setup, &conf->certificate, chain.crt[i]);
	}
	check_key_size(setup, &conf->certificate, chain.crt[0]);
	check_order(setup, &conf->certificate, &chain);
	tls_chain_finish(&chain);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

int tls_conf_init(void *state, struct pst_setup *setup)
{
	struct tls_conf *conf = state;
	int failed = 0;
	int ret = gnutls_certificate_allocate_credentials(&conf->credentials);

	if (ret != 0) {
		conf->credentials = NULL;
		pst_error(setup, NULL, "%s", gnutls_strerror(ret));
		return PST_CONFIG;
	}
	failed |= tls_priority_make(conf, setup);
	failed |= check_pairs(conf, setup);
	failed |= check_client_auth(conf, setup);
	failed |= check_alpn(conf, setup);
	failed |= find_peer(conf, setup);
	failed |= load_identity(conf, setup);
	failed |= tls_load_trust(conf, setup);
	check_verify(conf, setup);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_conf_finish(void *state)
{
	struct tls_conf *conf = state;

	if (conf->credentials != NULL) {
		gnutls_certificate_free_credentials(conf->credentials);
		conf->credentials = NULL;
	}
	if (conf->priority != NULL) {
		gnutls_priority_deinit(conf->priority);
		conf->priority = NULL;
	}
}

uint32_t tls_conf_provides(const void *state, enum pst_role role)
{
	const struct tls_conf *conf = state;
	bool named = role == PST_ACCEPT ? conf->client_auth == TLS_AUTH_REQUIRE
	                                : conf->verify == TLS_ON;

	return PST_PROVIDES_SECURE | PST_PROVIDES_HALF_CLOSE |
	       (named ? (uint32_t)PST_PROVIDES_AUTHENTICATED : 0);
}
