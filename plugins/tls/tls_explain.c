/* SPDX-License-Identifier: MIT */
/* What `penstock explain` says of a place: who shows which certificate, whom
 * it trusts, and what is spoken. */
#include "tls_creds.h"

#include <stdio.h>
#include <time.h>

enum {
	DN_TEXT = 256,
	DATE_TEXT = 32,
	HASH_TEXT = 65
};

static void explain_key(struct pst_setup *setup, gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	pst_explain(setup, "key", "%s, %u bits",
	            pk < 0 ? "unknown"
	                   : gnutls_pk_algorithm_get_name(
				     (gnutls_pk_algorithm_t)pk),
	            bits);
}

static void explain_certificate(struct pst_setup *setup,
                                const struct tls_chain *chain)
{
	char text[TLS_NAMES_TEXT];

	tls_subject(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "subject", "%s", text);
	tls_names_list(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "names", "%s", text);
	tls_issuer(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "issuer", "%s", text);
	tls_date(gnutls_x509_crt_get_expiration_time(chain->crt[0]), text,
	         sizeof(text));
	pst_explain(setup, "valid until", "%s", text);
	explain_key(setup, chain->crt[0]);
	tls_fingerprint(chain->crt[0], text, sizeof(text));
	pst_explain(setup, "fingerprint", "sha256:%s", text);
}

static void explain_identity(const struct tls_conf *conf,
                             struct pst_setup *setup)
{
	const struct pst_file *file = &conf->certificate;
	gnutls_datum_t pem = tls_datum(file->data, file->length);
	struct tls_chain chain = {NULL, 0};

	if (file->data == NULL) {
		pst_explain(setup, "certificate", "none is shown");
		return;
	}
	if (gnutls_x509_crt_list_import2(&chain.crt, &chain.count, &pem,
	                                 GNUTLS_X509_FMT_PEM, 0) < 0) {
		return; /* conf_init reported it */
	}
	pst_explain(setup, "certificate", "%s, %u in the chain", file->path,
	            chain.count);
	explain_certificate(setup, &chain);
	tls_chain_finish(&chain);
}

static void explain_trust(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_file *file = tls_trust_of(conf, setup->role);

	if (!tls_checks_peer(conf, setup->role)) {
		return;
	}
	pst_explain(setup, "trust", "%s%s%s, %u certificate%s",
	            conf->has_trust_file ? file->path : "",
	            conf->has_trust_file && conf->has_system_trust ? " and "
	                                                           : "",
	            conf->has_system_trust ? "the system's store" : "",
	            conf->trust_count, conf->trust_count == 1 ? "" : "s");
}

static void explain_peer(const struct tls_conf *conf, struct pst_setup *setup)
{
	static const char *const clients[] = {
		[TLS_AUTH_NONE] = "are not asked for a certificate",
		[TLS_AUTH_REQUEST] = "may show a certificate, which is checked",
		[TLS_AUTH_REQUIRE] = "must show a certificate",
	};

	if (setup->role == PST_ACCEPT) {
		pst_explain(setup, "clients", "%s", clients[conf->client_auth]);
	} else if (conf->verify == TLS_OFF) {
		pst_explain(setup, "verify",
		            "off: whoever answers is taken "
		            "for the back-end");
	} else {
		pst_explain(setup, "verify", "chain, and the name %s",
		            conf->peer.text);
	}
}

static void explain_alpn(const struct tls_conf *conf, struct pst_setup *setup)
{
	char text[TLS_ALPN_MAX * (TLS_ALPN_NAME_MAX + 2) + 1] = "";
	size_t used = 0, i;

	for (i = 0; i < conf->alpn.count && used < sizeof(text); i++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s%s",
		                 i == 0 ? "" : ", ", conf->alpn.item[i]);

		used += n < 0 ? 0 : (size_t)n;
	}
	if (conf->alpn.count != 0) {
		pst_explain(setup, "alpn", "%s", text);
	}
}

static void explain_versions(const struct tls_conf *conf,
                             struct pst_setup *setup)
{
	const char *low = tls_version_names[conf->min_version];
	const char *high = tls_version_names[conf->max_version];

	if (conf->min_version == conf->max_version) {
		pst_explain(setup, "versions", "TLS %s only", low);
	} else {
		pst_explain(setup, "versions", "TLS %s to %s", low, high);
	}
}

void tls_conf_explain(const void *state, struct pst_setup *setup)
{
	const struct tls_conf *conf = state;

	explain_identity(conf, setup);
	explain_peer(conf, setup);
	explain_trust(conf, setup);
	explain_versions(conf, setup);
	explain_alpn(conf, setup);
}
