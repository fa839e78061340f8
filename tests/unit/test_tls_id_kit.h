/* SPDX-License-Identifier: MIT */
/* Identities of many sorts, and kits of `tls` that use them. */
#ifndef TEST_TLS_ID_KIT_H
#define TEST_TLS_ID_KIT_H

#include "pst_test.h"
#include "tinyca.h"

#include <penstock/plugin.h>
#include <penstock/signer.h>
#include <penstock/testkit.h>

enum id_cert {
	ID_CA,
	ID_CA2,     /* another authority */
	ID_MIDDLE,  /* issued by ID_CA, issues ID_LEAF */
	ID_LEAF,    /* "leaf": leaf.example.com */
	ID_A,       /* "a": a.example.com, P-256 */
	ID_A_RSA,   /* "a-rsa": the same name, RSA */
	ID_A_ED,    /* "a-ed": the same name, Ed25519 */
	ID_B,       /* "b": b.example.com, 192.0.2.9, P-384 */
	ID_WILD,    /* "wild": *.example.com, P-256 */
	ID_OLD,     /* "old": a.example.com, expired */
	ID_NAMELESS, /* "nameless": no names at all */
	ID_ALICE,   /* "alice": by ID_CA, P-256 */
	ID_BOB,     /* "bob": by ID_CA2, P-256 */
	ID_CAROL,   /* "carol": by ID_CA2, RSA */
	ID_COUNT
};

/** Make all; id_finish at the end. Files are NAME.pem and NAME.key. */
void id_make(void);
void id_finish(void);
const struct tinyca_cert *id_cert(enum id_cert which);

/** Add or replace a file, borrowed. mode 0: 0600. */
void id_file(const char *name, const void *data, size_t length, uint32_t mode);
void id_text(const char *name, const char *text);
/** Remove the files that were added. */
void id_forget_files(void);

/** What the next kits get besides; zero it afterwards. */
struct id_more {
	const struct pst_kit_resource *resources;
	size_t resource_count;
	const struct pst_kit_offer *offers;
	size_t offer_count;
	uint32_t setup_flags;
	bool strict;
	const char *host; /* of the URL; NULL: no URL */
};
extern struct id_more id_more;

struct pst_kit *id_kit(enum pst_role role, const char *const *options);

#define LIST(...) ((const char *const[]){__VA_ARGS__, (const char *)NULL})
#define SERVES(name) \
	"certificate", name ".pem", "private_key", name ".key"

/** The kit is not ready, and says so at `option`. */
void id_refused(enum pst_role role, const char *const *options,
                const char *option, const char *text);
/** It is ready, and warns. */
void id_warned(const char *const *options, const char *option,
               const char *text);
/** It is ready, and silent. */
void id_fine(const char *const *options);

/** Shake hands between two kits that are destroyed afterwards. Returns the
 *  subject that `front` was seen to have, borrowed until the next call; "" when
 *  it failed. */
const char *id_shake(struct pst_kit *front, struct pst_kit *back);
/** Of the last id_shake: what the client of it showed, and the first failure. */
extern char id_client[200], id_failure[600];

#endif
