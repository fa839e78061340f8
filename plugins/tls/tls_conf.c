/* SPDX-License-Identifier: MIT */
/* Check the settings of one place, and derive what connections share. */
#include "tls_conf.h"

#include "tls_dh.h"

enum {
	LIFETIME_MS = 6 * 60 * 60 * 1000 /* ticket_lifetime's row says so */
};

/* A list that was given, with nothing in it, would allow everything or nothing,
 * and nobody can tell which of them was meant. */
static int refuse_empty(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_refs *trust = &conf->trust.back;
	const struct {
		const char *name;
		const struct pst_list *list;
	} lists[] = {
		{"ciphers", &conf->spoken.ciphers},
		{"groups", &conf->spoken.groups},
		{"signature_algorithms", &conf->spoken.signatures},
		{"pins", &conf->peer.pins},
		{"client_names", &conf->peer.client_names},
		{"client_fingerprints", &conf->peer.client_fingerprints},
	};
	int failed = PST_OK;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].list->item != NULL && lists[i].list->count == 0) {
			pst_error(setup, lists[i].name,
			          "is an empty list; name what is allowed, "
			          "or leave it out");
			failed = PST_CONFIG;
		}
	}
	if (trust->item != NULL && trust->count == 0) {
		pst_error(setup, "trust",
		          "is an empty list: no back-end would be believed; "
		          "name an authority, or leave it out");
		failed = PST_CONFIG;
	}
	return failed;
}

/* It may come from `defaults`, for other hops. */
static void warn_unused(const struct tls_conf *conf, struct pst_setup *setup)
{
	if (setup->role == PST_ACCEPT && conf->ticket.count == 0 &&
	    conf->ticket.lifetime != LIFETIME_MS) {
		pst_warning(setup, "ticket_lifetime",
		            "is not used, since tickets is 0");
	}
}

int tls_conf_init(void *state, struct pst_setup *setup)
{
	struct tls_conf *conf = state;
	int failed = 0;
	int ret;

	if (tls_is_offloaded(conf)) {
		return tls_mode_init(conf, setup);
	}
	ret = gnutls_certificate_allocate_credentials(&conf->credentials);
	if (ret != 0) {
		conf->credentials = NULL;
		pst_error(setup, NULL, "%s", gnutls_strerror(ret));
		return PST_CONFIG;
	}
	conf->path = setup->path;
	failed |= refuse_empty(conf, setup);
	failed |= tls_spoken_init(&conf->spoken, setup);
	failed |= tls_alpn_init(&conf->alpn, setup);
	failed |= tls_route_init(conf, setup);
	failed |= tls_peer_init(conf, setup);
	failed |= tls_own_init(conf, setup);
	failed |= tls_trust_init(conf, setup);
	failed |= tls_dh_apply(conf->spoken.dh, conf->credentials, setup);
	if (failed == 0 && setup->role == PST_ACCEPT) {
		failed = tls_spoken_fit_keys(
			&conf->spoken, (conf->own.kinds & TLS_KINDS_RSA) != 0,
			(conf->own.kinds & ~(uint32_t)TLS_KINDS_RSA) != 0,
			setup);
	}
	failed |= tls_resume_init(conf, setup);
	failed |= tls_ticket_init(conf, setup);
	warn_unused(conf, setup);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_conf_finish(void *state)
{
	struct tls_conf *conf = state;

	if (conf->credentials != NULL) {
		gnutls_certificate_free_credentials(conf->credentials);
		conf->credentials = NULL;
	}
	tls_own_finish(&conf->own);
	tls_spoken_finish(&conf->spoken);
	tls_trust_finish(&conf->trust);
	tls_peer_finish(&conf->peer);
	tls_route_finish(&conf->route);
	tls_resume_finish(&conf->resume);
	tls_ticket_finish(&conf->ticket);
}

uint32_t tls_conf_provides(const void *state, enum pst_role role)
{
	const struct tls_conf *conf = state;
	bool named = role == PST_ACCEPT
	                     ? conf->peer.client_auth == TLS_AUTH_REQUIRE
	                     : conf->peer.verify != TLS_VERIFY_OFF;

	if (tls_is_offloaded(conf)) {
		return PST_PROVIDES_CLAIMED | PST_PROVIDES_HALF_CLOSE;
	}
	return PST_PROVIDES_SECURE | PST_PROVIDES_HALF_CLOSE |
	       (named ? (uint32_t)PST_PROVIDES_AUTHENTICATED : 0);
}

void tls_conf_explain(const void *state, struct pst_setup *setup)
{
	const struct tls_conf *conf = state;

	tls_mode_explain(conf, setup);
	if (tls_is_offloaded(conf)) {
		return;
	}
	tls_own_explain(conf, setup);
	tls_peer_explain(conf, setup);
	tls_trust_explain(conf, setup);
	tls_spoken_explain(&conf->spoken, setup);
	tls_alpn_explain(&conf->alpn, setup);
	tls_route_explain(conf, setup);
	tls_ticket_explain(conf, setup);
	tls_resume_explain(conf, setup);
}
