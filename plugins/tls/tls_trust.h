/* SPDX-License-Identifier: MIT */
/* Whom this end believes: the certificates that a peer's must come from. */
#ifndef TLS_TRUST_H
#define TLS_TRUST_H

#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

struct tls_conf;

/** Settings, and what is derived from them. */
struct tls_trust_of_hop {
	struct pst_file file;        /* trust, for back-ends */
	struct pst_file client_file; /* client_trust */
	bool system;                 /* trust_system */
	uint32_t count;              /* certificates trusted */
	bool has_file;
	bool has_system;
};

/** Put the role's trust into conf->credentials. Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int tls_trust_init(struct tls_conf *conf,
                                  struct pst_setup *setup);
void tls_trust_explain(const struct tls_conf *conf, struct pst_setup *setup);
/** Where trust comes from, for sentences: "ca.pem and the system's store". */
void tls_trust_text(const struct tls_conf *conf, uint8_t role, char *out,
                    size_t size);

#endif
