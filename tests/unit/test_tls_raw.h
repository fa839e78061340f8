/* SPDX-License-Identifier: MIT */
/* A bare GnuTLS session that faces a kit, for what our own layer never does. */
#ifndef TEST_TLS_RAW_H
#define TEST_TLS_RAW_H

#include "test_tls_world.h"

#include <gnutls/gnutls.h>

struct raw {
	struct pst_kit *kit; /* the layer on the other side; owned */
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
};

/**
 * A session opposite a kit of `role` that is set up as world_pair does it.
 *
 * priority  of the session, "NORMAL:-VERS-ALL:+VERS-TLS1.2"
 * flags     for gnutls_init besides its end
 * options   for the kit, on top; NULL: none
 */
void raw_open(struct raw *r, enum pst_role role, const char *priority,
              unsigned flags, const char *const *options);
/** Shake hands until both are up or one failed. Returns GnuTLS's last word. */
int raw_shake(struct raw *r);
/** Let both run until gnutls_record_recv has nothing more; returns bytes. */
size_t raw_receive(struct raw *r, void *out, size_t size);
/** Send all of data[length], running the kit. */
void raw_send(struct raw *r, const void *data, size_t length);
/** Destroy both, and check that the kit kept the contract. */
void raw_close(struct raw *r);

#endif
