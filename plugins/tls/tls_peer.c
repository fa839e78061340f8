/* SPDX-License-Identifier: MIT */
/* Who the peer must be: checked and explained. */
#include "tls_peer.h"

#include "tls_conf.h"
#include "tls_peer_globs.h"

#include <ctype.h>
#include <string.h>

/* What is said of clients although nobody is asked who it is. */
static int check_nobody_asked(const struct tls_conf *conf,
                              struct pst_setup *setup)
{
	const struct {
		const char *name;
		bool is_set;
	} settings[] = {
		{"client_trust", conf->trust.front.count != 0},
		{"client_names", conf->peer.client_names.count != 0},
		{"client_fingerprints",
	         conf->peer.client_fingerprints.count != 0},
		{"peer_certificate", conf->peer.peer_certificate},
		{"weak_certificates", conf->peer.weak_certificates},
	};
	int failed = PST_OK;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (settings[i].is_set) {
			pst_error(setup, settings[i].name,
			          "nobody is asked for a certificate; set "
			          "client_auth to \"request\" or \"require\"");
			failed = PST_CONFIG;
		}
	}
	return failed;
}

static int check_client_names(const struct pst_list *names,
                              struct pst_setup *setup)
{
	int failed = PST_OK;
	size_t i;

	for (i = 0; i < names->count; i++) {
		const char *why = tls_glob_fault(names->item[i]);

		if (why != NULL) {
			pst_error(setup, "client_names",
			          "\"%s\" %s; write a DNS name, "
			          "email:ADDRESS or uri:URI, with * for a part",
			          names->item[i], why);
			failed = PST_CONFIG;
		}
	}
	return failed;
}

static int check_clients(struct tls_conf *conf, struct pst_setup *setup)
{
	int failed;

	if (conf->peer.client_auth == TLS_AUTH_NONE) {
		return check_nobody_asked(conf, setup);
	}
	failed = check_client_names(&conf->peer.client_names, setup);
	failed |= tls_hashes_parse(&conf->peer.prints,
	                           &conf->peer.client_fingerprints, setup,
	                           "client_fingerprints");
	if (conf->trust.front.count == 0) {
		pst_error(setup, "client_auth",
		          "set client_trust: who may issue the certificates "
		          "of clients");
		failed = PST_CONFIG;
	}
	return failed;
}

/* RFC 5890: international names are looked up and certified as A-labels. The
 * mapping drops what cannot be in a name, so that is looked for before. */
static int parse_international(const char *text, struct tls_name *name_out,
                               const char **why_out)
{
	gnutls_datum_t ascii = {NULL, 0};
	const char *p;
	int ret;

	*why_out = "is no international host name (IDNA 2008)";
	for (p = text; *p != '\0'; p++) {
		if ((*p & 0x80) == 0 && isalnum((unsigned char)*p) == 0 &&
		    *p != '-' && *p != '.') {
			return PST_INVALID;
		}
	}
	if (gnutls_idna_map(text, (unsigned)strlen(text), &ascii, 0) != 0) {
		return PST_INVALID;
	}
	ret = tls_name_parse((const char *)ascii.data, name_out, why_out);
	gnutls_free(ascii.data);
	return ret;
}

static int parse_name(const char *text, struct tls_name *name_out,
                      struct pst_setup *setup, const char *option)
{
	const char *why = NULL, *p = text;
	int ret;

	while (*p != '\0' && (*p & 0x80) == 0) {
		p++;
	}
	ret = *p == '\0' ? tls_name_parse(text, name_out, &why)
	                 : parse_international(text, name_out, &why);
	if (ret != PST_OK) {
		pst_error(setup, option, "\"%s\" %s", text, why);
		return PST_CONFIG;
	}
	return PST_OK;
}

static bool is_named(const char *name)
{
	return name != NULL && name[0] != '\0';
}

/* Who the back-end must be. */
static int find_names(struct tls_conf *conf, struct pst_setup *setup)
{
	struct tls_peer_rules *peer = &conf->peer;
	const char *host = setup->url == NULL ? NULL : setup->url->host;
	const char *sni = peer->server_name != NULL ? peer->server_name : host;
	const char *name = peer->verify_name != NULL ? peer->verify_name : sni;
	int failed = 0;

	if (peer->server_name != NULL || is_named(sni)) {
		failed |= parse_name(sni, &peer->sni, setup, "server_name");
	}
	if (peer->verify_name != NULL || is_named(name)) {
		failed |= parse_name(name, &peer->name, setup,
		                     peer->verify_name != NULL ? "verify_name"
		                                               : "server_name");
	} else if (peer->verify == TLS_VERIFY_ON) {
		pst_error(setup, "server_name",
		          "no URL names the back-end; set the name that its "
		          "certificate must have");
		failed = PST_CONFIG;
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

static int check_pins(struct tls_conf *conf, struct pst_setup *setup)
{
	bool given = conf->peer.pins.count != 0;

	if (conf->peer.verify == TLS_VERIFY_PINS && !given) {
		pst_error(setup, "verify",
		          "\"pins\" needs pins: the keys that the back-end "
		          "may have");
		return PST_CONFIG;
	}
	if (conf->peer.verify == TLS_VERIFY_OFF && given) {
		pst_error(setup, "pins",
		          "nothing is looked at, since verify is \"off\"; set "
		          "it to \"pins\" to look at the key alone");
		return PST_CONFIG;
	}
	return tls_hashes_parse(&conf->peer.pinned, &conf->peer.pins, setup,
	                        "pins");
}

/* The default, the system's store, is no setting of the user's. */
static bool has_trust(const struct tls_conf *conf)
{
	const struct pst_refs *refs = &conf->trust.back;

	return refs->count > 1 ||
	       (refs->count == 1 && !tls_trust_is_word(tls_trust_at(refs, 0)));
}

static void check_verify(const struct tls_conf *conf, struct pst_setup *setup)
{
	uint32_t verify = conf->peer.verify;

	if (verify == TLS_VERIFY_OFF) {
		pst_warning(setup, "verify",
		            "off: whoever answers is taken for the back-end");
	}
	if (verify != TLS_VERIFY_ON && has_trust(conf)) {
		pst_warning(setup, "trust",
		            "is not used, since verify is \"%s\"",
		            verify == TLS_VERIFY_OFF ? "off" : "pins");
	}
	if (verify != TLS_VERIFY_ON && conf->peer.common_name) {
		pst_warning(setup, "common_name",
		            "is not used, since verify is \"%s\"",
		            verify == TLS_VERIFY_OFF ? "off" : "pins");
	}
	if (verify != TLS_VERIFY_ON && conf->peer.verify_name != NULL) {
		pst_warning(setup, "verify_name",
		            "is not used, since verify is \"%s\"",
		            verify == TLS_VERIFY_OFF ? "off" : "pins");
	}
}

int tls_peer_init(struct tls_conf *conf, struct pst_setup *setup)
{
	int failed;

	if (setup->role == PST_ACCEPT) {
		failed = check_clients(conf, setup);
	} else {
		failed = find_names(conf, setup);
		failed |= check_pins(conf, setup);
		check_verify(conf, setup);
	}
	if (conf->peer.weak_certificates) {
		pst_warning(setup, "weak_certificates",
		            "signatures with SHA-1 and RSA keys of 1024 bits "
		            "are accepted, and can be forged");
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_peer_finish(struct tls_peer_rules *peer)
{
	tls_hashes_finish(&peer->pinned);
	tls_hashes_finish(&peer->prints);
}

static void explain_list(struct pst_setup *setup, const char *key,
                         const struct pst_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		pst_explain(setup, key, "%s", list->item[i]);
	}
}

static void explain_clients(const struct tls_conf *conf,
                            struct pst_setup *setup)
{
	static const char *const clients[] = {
		[TLS_AUTH_NONE] = "are not asked for a certificate",
		[TLS_AUTH_REQUEST] = "may show a certificate, which is checked",
		[TLS_AUTH_REQUIRE] = "must show a certificate",
	};

	pst_explain(setup, "clients", "%s", clients[conf->peer.client_auth]);
	explain_list(setup, "client name", &conf->peer.client_names);
	explain_list(setup, "client fingerprint",
	             &conf->peer.client_fingerprints);
}

void tls_peer_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	if (setup->role == PST_ACCEPT) {
		explain_clients(conf, setup);
		return;
	}
	switch ((enum tls_verify_how)conf->peer.verify) {
	case TLS_VERIFY_OFF:
		pst_explain(setup, "verify",
		            "off: whoever answers is taken "
		            "for the back-end");
		break;
	case TLS_VERIFY_ON:
		pst_explain(setup, "verify", "chain, and the name %s%s%s",
		            conf->peer.name.text,
		            conf->peer.common_name ? " (common name too)" : "",
		            conf->peer.pinned.count != 0 ? ", and pins" : "");
		break;
	case TLS_VERIFY_PINS:
		pst_explain(setup, "verify",
		            "pins alone: neither chain nor name nor dates");
		break;
	}
	explain_list(setup, "pin", &conf->peer.pins);
}
