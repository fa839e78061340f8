/* SPDX-License-Identifier: MIT */
/* Certificates and kits that the tests of `tls` share. */
#ifndef TEST_TLS_WORLD_H
#define TEST_TLS_WORLD_H

#include "pst_test.h"
#include "tinyca.h"

#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <penstock/testkit.h>

/** The files that options may name: "ca", "gw", "gw.key", ... */
enum world_cert {
	WORLD_CA,      /* "ca": issued all others but those below */
	WORLD_GW,      /* "gw": gw.example.com, *.wild.example.com, 192.0.2.7 */
	WORLD_CLIENT,  /* "client": CN=alice, for clients only */
	WORLD_EXPIRED, /* "expired": gw.example.com, until yesterday */
	WORLD_FUTURE,  /* "future": gw.example.com, from tomorrow */
	WORLD_SOON,    /* "soon": gw.example.com, ends in ten days */
	WORLD_CN,      /* "cn": CN=gw.example.com and no subjectAltName */
	WORLD_OTHER,   /* "other": gw.example.com from another authority */
	WORLD_SELF,    /* "self": gw.example.com, self-signed */
	WORLD_RSA,     /* "rsa": gw.example.com with an RSA key */
	WORLD_OTHER_CA, /* "other-ca" */
	WORLD_COUNT
};

/** Make everything. Call once, first; world_finish at the end. */
void world_make(void);
void world_finish(void);
const struct tinyca_cert *world_cert(enum world_cert which);
/** Add a file of the test's own, borrowed; up to 24. */
void world_file(const char *name, const void *data, size_t length);

extern const struct pst_url world_url; /* tls://gw.example.com:9000 */

const struct pst_layer *world_layer(void);

/** Add a resource of the kind `trusts` of the test's own, borrowed; up to 16.
 *  Each certificate of the world is one already, by its name. */
void world_trust(const char *name, const char *const *options);
/** enum pst_setup_flag for kits made from now on. */
extern uint32_t world_setup_flags;

/** A kit for the layer with `options` (name, value, ..., NULL). */
struct pst_kit *world_kit(enum pst_role role, const char *const *options,
                          const struct pst_url *url);

/** An accept kit that serves "gw" and a connect kit that trusts "ca"; options
 *  (may be NULL) come on top. Linked with pst_kit_pair, not run. */
struct world_pair {
	struct pst_kit *front; /* accept */
	struct pst_kit *back;  /* connect */
};

void world_pair(struct world_pair *p, const char *const *front_options,
                const char *const *back_options);
void world_run(struct world_pair *p);
/** Destroy both, and check that they kept the contract. */
void world_part(struct world_pair *p);

#endif
