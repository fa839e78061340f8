/* SPDX-License-Identifier: MIT */
/* Settings of the layer `tls`: its parts, each with its own checks, and what is
 * derived from them. */
#ifndef TLS_CONF_H
#define TLS_CONF_H

#include "tls_alpn.h"
#include "tls_mode.h"
#include "tls_own.h"
#include "tls_peer.h"
#include "tls_priority.h"
#include "tls_resume.h"
#include "tls_route.h"
#include "tls_ticket.h"
#include "tls_trust.h"

#include <gnutls/gnutls.h>
#include <penstock/layer.h>

enum tls_heavy {
	TLS_HEAVY_ALWAYS,
	TLS_HEAVY_RSA,
	TLS_HEAVY_NEVER
};

/**
 * One place's settings: option rows fill members of the parts, conf_init derives
 * the rest. Credentials and priorities are shared by all connections of the conf
 * and only read by them.
 */
struct tls_conf {
	struct tls_own own;            /* who this end is */
	struct tls_trust_of_hop trust; /* whom it believes */
	struct tls_peer_rules peer;    /* who the other end must be */
	struct tls_spoken spoken;      /* versions, suites, groups */
	struct tls_alpn alpn;          /* what is spoken above */
	struct tls_route route;        /* which clients are its own */
	struct tls_ticket ticket;      /* how clients come back */
	struct tls_resume resume;      /* how it comes back to back-ends */
	uint32_t heavy;                /* enum tls_heavy */
	uint32_t mode;                 /* enum tls_mode */
	const char *path;              /* "services.x.accept.tls": borrowed */

	gnutls_certificate_credentials_t credentials; /* owned */
};

extern const struct pst_option tls_options[];

/** As pst_layer: check all settings, and build credentials and priorities. */
int tls_conf_init(void *conf, struct pst_setup *setup);
void tls_conf_finish(void *conf);
uint32_t tls_conf_provides(const void *conf, enum pst_role role);
void tls_conf_explain(const void *conf, struct pst_setup *setup);

/** True when what stands in front speaks TLS. */
static inline bool tls_is_offloaded(const struct tls_conf *conf)
{
	return conf->mode == TLS_MODE_OFFLOADED;
}

/** True when a peer's certificate is asked for and checked. */
static inline bool tls_checks_peer(const struct tls_conf *conf, uint8_t role)
{
	return role == PST_ACCEPT ? conf->peer.client_auth != TLS_AUTH_NONE
	                          : conf->peer.verify != TLS_VERIFY_OFF;
}

/** True when its chain is, too, and so it matters whom this end believes. */
static inline bool tls_checks_chain(const struct tls_conf *conf, uint8_t role)
{
	return role == PST_ACCEPT ? conf->peer.client_auth != TLS_AUTH_NONE
	                          : conf->peer.verify == TLS_VERIFY_ON;
}

#endif
