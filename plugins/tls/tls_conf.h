/* SPDX-License-Identifier: MIT */
/* Settings of the layer `tls`, and what is derived from them. */
#ifndef TLS_CONF_H
#define TLS_CONF_H

#include "tls_names.h"

#include <gnutls/gnutls.h>
#include <penstock/layer.h>

enum tls_switch {
	TLS_OFF,
	TLS_ON
};
enum tls_client_auth {
	TLS_AUTH_NONE,
	TLS_AUTH_REQUEST,
	TLS_AUTH_REQUIRE
};
enum tls_version {
	TLS_VERSION_1_2,
	TLS_VERSION_1_3
};
enum tls_heavy {
	TLS_HEAVY_ALWAYS,
	TLS_HEAVY_RSA,
	TLS_HEAVY_NEVER
};

enum {
	TLS_ALPN_MAX = 8,      /* what GnuTLS takes */
	TLS_ALPN_NAME_MAX = 32 /* likewise, bytes */
};

/**
 * One place's settings: option rows first, then what conf_init derives.
 * Credentials and priorities are shared by all connections of the conf and
 * only read by them.
 */
struct tls_conf {
	struct pst_file certificate;
	struct pst_file private_key;
	struct pst_file password_file;
	struct pst_file trust;
	struct pst_file client_trust;
	struct pst_list alpn;
	const char *server_name;
	uint32_t verify;      /* enum tls_switch */
	uint32_t client_auth; /* enum tls_client_auth */
	uint32_t min_version; /* enum tls_version */
	uint32_t max_version; /* enum tls_version */
	uint32_t heavy;       /* enum tls_heavy */
	bool trust_system;

	gnutls_certificate_credentials_t credentials; /* owned */
	gnutls_priority_t priority;                   /* owned */
	gnutls_datum_t protocols[TLS_ALPN_MAX];       /* views of alpn */
	struct tls_name peer; /* connect: who must answer; "" nobody named */
	uint32_t trust_count; /* certificates trusted */
	bool has_trust_file;  /* of this role */
	bool has_system_trust;
	bool has_rsa_key; /* this end signs with RSA: a slow handshake */
};

extern const struct pst_option tls_options[];
extern const char *const tls_version_names[]; /* "1.2", "1.3" */

/** As pst_layer: check all settings, and build credentials and priorities. */
int tls_conf_init(void *conf, struct pst_setup *setup);
void tls_conf_finish(void *conf);
uint32_t tls_conf_provides(const void *conf, enum pst_role role);
void tls_conf_explain(const void *conf, struct pst_setup *setup);

/** The trust file of this role: whom the peer's certificate must come from. */
static inline const struct pst_file *tls_trust_of(const struct tls_conf *conf,
                                                  uint8_t role)
{
	return role == PST_ACCEPT ? &conf->client_trust : &conf->trust;
}

/** True when a peer's certificate is asked for and checked. */
static inline bool tls_checks_peer(const struct tls_conf *conf, uint8_t role)
{
	return role == PST_ACCEPT ? conf->client_auth != TLS_AUTH_NONE
	                          : conf->verify == TLS_ON;
}

#endif
