/* SPDX-License-Identifier: MIT */
/* Who the peer must be: its name, and whether clients must prove who they are. */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include "tls_names.h"

#include <penstock/option.h>
#include <penstock/setup.h>

struct tls_conf;

enum tls_switch {
	TLS_OFF,
	TLS_ON
};
enum tls_client_auth {
	TLS_AUTH_NONE,
	TLS_AUTH_REQUEST,
	TLS_AUTH_REQUIRE
};

/** Settings, and what is derived from them. */
struct tls_peer_rules {
	const char *server_name;
	uint32_t verify;      /* enum tls_switch */
	uint32_t client_auth; /* enum tls_client_auth */
	struct tls_name name; /* connect: who must answer; "" nobody named */
};

/** Check the settings. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_peer_init(struct tls_conf *conf,
                                 struct pst_setup *setup);
void tls_peer_explain(const struct tls_conf *conf, struct pst_setup *setup);

#endif
