/* SPDX-License-Identifier: MIT */
/* Who the peer must be: checked and explained. */
#include "tls_peer.h"

#include "tls_conf.h"

static int check_client_auth(const struct tls_conf *conf,
                             struct pst_setup *setup)
{
	bool trust = conf->trust.client_file.data != NULL;

	if (setup->role != PST_ACCEPT) {
		return PST_OK;
	}
	if (conf->peer.client_auth != TLS_AUTH_NONE && !trust) {
		pst_error(setup, "client_auth",
		          "set client_trust: who may issue the certificates "
		          "of clients");
		return PST_CONFIG;
	}
	if (conf->peer.client_auth == TLS_AUTH_NONE && trust) {
		pst_error(setup, "client_trust",
		          "nobody is asked for a certificate; set client_auth "
		          "to \"request\" or \"require\"");
		return PST_CONFIG;
	}
	return PST_OK;
}

/* Who the back-end must be. */
static int find_peer(struct tls_conf *conf, struct pst_setup *setup)
{
	const char *name = conf->peer.server_name;
	const char *why;

	if (setup->role != PST_CONNECT) {
		return PST_OK;
	}
	if (name == NULL && setup->url != NULL) {
		name = setup->url->host;
	}
	if (name == NULL ||
	    (name[0] == '\0' && conf->peer.server_name == NULL)) {
		if (conf->peer.verify == TLS_OFF) {
			return PST_OK;
		}
		pst_error(setup, "server_name",
		          "no URL names the back-end; set the name that its "
		          "certificate must have");
		return PST_CONFIG;
	}
	if (tls_name_parse(name, &conf->peer.name, &why) != PST_OK) {
		pst_error(setup, "server_name", "\"%s\" %s", name, why);
		return PST_CONFIG;
	}
	return PST_OK;
}

static void check_verify(const struct tls_conf *conf, struct pst_setup *setup)
{
	if (setup->role != PST_CONNECT || conf->peer.verify == TLS_ON) {
		return;
	}
	pst_warning(setup, "verify",
	            "off: whoever answers is taken for the back-end");
	if (conf->trust.file.data != NULL || conf->trust.system) {
		pst_warning(setup,
		            conf->trust.file.data != NULL ? "trust"
		                                          : "trust_system",
		            "is not used, since verify is off");
	}
}

int tls_peer_init(struct tls_conf *conf, struct pst_setup *setup)
{
	int failed = check_client_auth(conf, setup);

	failed |= find_peer(conf, setup);
	check_verify(conf, setup);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_peer_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	static const char *const clients[] = {
		[TLS_AUTH_NONE] = "are not asked for a certificate",
		[TLS_AUTH_REQUEST] = "may show a certificate, which is checked",
		[TLS_AUTH_REQUIRE] = "must show a certificate",
	};

	if (setup->role == PST_ACCEPT) {
		pst_explain(setup, "clients", "%s",
		            clients[conf->peer.client_auth]);
	} else if (conf->peer.verify == TLS_OFF) {
		pst_explain(setup, "verify",
		            "off: whoever answers is taken "
		            "for the back-end");
	} else {
		pst_explain(setup, "verify", "chain, and the name %s",
		            conf->peer.name.text);
	}
}
