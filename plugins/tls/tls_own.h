/* SPDX-License-Identifier: MIT */
/* Who this end is: certificates and their keys. */
#ifndef TLS_OWN_H
#define TLS_OWN_H

#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

struct tls_conf;

/** Settings, and what is derived from them. */
struct tls_own {
	struct pst_file certificate;
	struct pst_file private_key;
	struct pst_file password_file;
	bool has_rsa_key; /* this end signs with RSA: a slow handshake */
};

/** Check and load this end's identities into conf->credentials. Returns 0 or
 *  PST_CONFIG. */
PST_MUST_CHECK int tls_own_init(struct tls_conf *conf, struct pst_setup *setup);
void tls_own_explain(const struct tls_conf *conf, struct pst_setup *setup);

#endif
