/* SPDX-License-Identifier: MIT */
/* Who the peer must be: its name, its key, and whether clients must prove who
 * they are. */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include "tls_names.h"
#include "tls_pins.h"

#include <penstock/option.h>
#include <penstock/setup.h>

struct tls_conf;

enum tls_verify_how {
	TLS_VERIFY_OFF,
	TLS_VERIFY_ON,  /* chain and name, and pins where there are any */
	TLS_VERIFY_PINS /* pins alone */
};
enum tls_client_auth {
	TLS_AUTH_NONE,
	TLS_AUTH_REQUEST,
	TLS_AUTH_REQUIRE
};

/** Settings, and what is derived from them. */
struct tls_peer_rules {
	const char *server_name;
	const char *verify_name;
	uint32_t verify;      /* enum tls_verify_how */
	uint32_t client_auth; /* enum tls_client_auth */
	struct pst_list pins;
	struct pst_list client_names;
	struct pst_list client_fingerprints;
	bool common_name;
	bool weak_certificates;
	bool peer_certificate;

	struct tls_name sni;  /* connect: who is asked for; "" nobody */
	struct tls_name name; /* connect: who must answer; "" nobody named */
	struct tls_hashes pinned; /* pins */
	struct tls_hashes prints; /* client_fingerprints */
};

/** Check the settings. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_peer_init(struct tls_conf *conf,
                                 struct pst_setup *setup);
void tls_peer_finish(struct tls_peer_rules *peer);
void tls_peer_explain(const struct tls_conf *conf, struct pst_setup *setup);

#endif
