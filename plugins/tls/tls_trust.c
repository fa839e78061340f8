/* SPDX-License-Identifier: MIT */
/* Whom this end believes: loaded and explained. */
#include "tls_trust.h"

#include "tls_creds.h"

#include <stdio.h>

static const struct pst_file *file_of(const struct tls_conf *conf, uint8_t role)
{
	return role == PST_ACCEPT ? &conf->trust.client_file
	                          : &conf->trust.file;
}

static int load_trust_file(struct tls_conf *conf, struct pst_setup *setup,
                           const char *option, const struct pst_file *file)
{
	struct tls_chain chain;
	int ret;

	if (tls_chain_load(&chain, setup, option, file) != PST_OK) {
		return PST_CONFIG;
	}
	ret = gnutls_certificate_set_x509_trust(conf->credentials, chain.crt,
	                                        (int)chain.count);
	conf->trust.count += chain.count;
	conf->trust.has_file = true;
	tls_chain_finish(&chain);
	if (ret <= 0) {
		pst_error(setup, option, "%s cannot be used as trust: %s",
		          file->path, gnutls_strerror(ret));
		return PST_CONFIG;
	}
	return PST_OK;
}

static int load_system_trust(struct tls_conf *conf, struct pst_setup *setup)
{
	int ret = gnutls_certificate_set_x509_system_trust(conf->credentials);

	if (ret <= 0) {
		pst_error(setup, "trust",
		          "the system's store has no certificate in it; "
		          "install ca-certificates, or set trust");
		return PST_CONFIG;
	}
	conf->trust.count += (uint32_t)ret;
	conf->trust.has_system = true;
	return PST_OK;
}

int tls_trust_init(struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_file *file = file_of(conf, setup->role);
	bool connect = setup->role == PST_CONNECT;
	int failed = 0;

	if (!tls_checks_peer(conf, setup->role)) {
		return PST_OK;
	}
	if (file->data != NULL) {
		failed |= load_trust_file(
			conf, setup, connect ? "trust" : "client_trust", file);
	}
	if (connect && (conf->trust.system || file->data == NULL)) {
		failed |= load_system_trust(conf, setup);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_trust_text(const struct tls_conf *conf, uint8_t role, char *out,
                    size_t size)
{
	snprintf(out, size, "%s%s%s",
	         conf->trust.has_file ? file_of(conf, role)->path : "",
	         conf->trust.has_file && conf->trust.has_system ? " and " : "",
	         conf->trust.has_system ? "the system's store" : "");
}

void tls_trust_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	char text[300];

	if (!tls_checks_peer(conf, setup->role)) {
		return;
	}
	tls_trust_text(conf, setup->role, text, sizeof(text));
	pst_explain(setup, "trust", "%s, %u certificate%s", text,
	            conf->trust.count, conf->trust.count == 1 ? "" : "s");
}
