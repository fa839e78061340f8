/* SPDX-License-Identifier: MIT */
/* Identities: certificates with their keys, where they come from, by which names
 * they are found, and what is built of them. The resource `identities`. */
#ifndef TLS_IDENTITY_H
#define TLS_IDENTITY_H

#include "tls_keystore.h"

#include <gnutls/abstract.h>
#include <penstock/resource.h>
#include <penstock/signer.h>

/** Keys by what may be signed with them. Bits, for what a peer takes. */
enum tls_kind {
	TLS_KIND_NONE = 0, /* a key that no TLS peer takes */
	TLS_KIND_RSA = 1,
	TLS_KIND_RSA_PSS = 2, /* the key says that it is for PSS only */
	TLS_KIND_P256 = 4,
	TLS_KIND_P384 = 8,
	TLS_KIND_P521 = 16,
	TLS_KIND_ED25519 = 32,
	TLS_KIND_ED448 = 64,

	TLS_KINDS_RSA = TLS_KIND_RSA | TLS_KIND_RSA_PSS,
	TLS_KINDS_ECDSA = TLS_KIND_P256 | TLS_KIND_P384 | TLS_KIND_P521,
	TLS_KINDS_EDDSA = TLS_KIND_ED25519 | TLS_KIND_ED448
};

/** One certificate with its key, and what was seen of it when the configuration
 *  was read. Files are borrowed from the identity's settings. */
struct tls_pair {
	const struct pst_file *certificate; /* or the keystore */
	const struct pst_file *chain;       /* data NULL: none apart */
	const struct pst_file *key;         /* may be `certificate` */
	int64_t from, until;                /* of the certificate */
	uint32_t kind;                      /* enum tls_kind */
	uint32_t first_name;     /* its offset; see tls_identity_name */
	struct tls_built *built; /* the shelf's */
};

/** A name of a certificate, lower case; an address as inet_ntop writes it. */
struct tls_named {
	uint32_t name; /* offset in the names */
	uint32_t pair;
};

struct tls_shelf;

/** Settings, and what is derived from them. Zero: nothing is configured. */
struct tls_identity {
	struct pst_file certificate;
	struct pst_file chain;
	struct pst_file private_key;
	struct pst_file keystore;
	struct pst_file password_file;
	struct pst_files directory;
	const char *signer;

	struct tls_pair *pairs; /* owned */
	size_t pair_count;
	struct tls_named *index; /* owned; sorted by name, then pair */
	size_t name_count;
	char *names; /* owned; terminated texts, one behind the other */
	const struct pst_signer *external; /* NULL: GnuTLS signs */
	uint32_t kinds;                    /* of all pairs */
	struct tls_shelf *shelf;           /* owned */
};

extern const struct pst_resource tls_identity_resource;

/** True when any of the settings is made. */
bool tls_identity_is_set(const struct tls_identity *id);

/** Find the pairs, look at them, and check them unless a checker has. Reports
 *  at the settings by their names. Returns 0 or PST_CONFIG; tls_identity_finish
 *  frees also after that. */
PST_MUST_CHECK int tls_identity_init(struct tls_identity *id,
                                     struct pst_setup *setup);
void tls_identity_finish(struct tls_identity *id);

/** Tell about up to `most` pairs. */
void tls_identity_explain(const struct tls_identity *id,
                          struct pst_setup *setup, size_t most);

/** The n-th name of all, sorted. */
static inline const char *tls_identity_name(const struct tls_identity *id,
                                            size_t n)
{
	return id->names + id->index[n].name;
}

/**
 * Find a name exactly as it stands in a certificate.
 *
 * at_out   the first that has it in the index
 * Returns  how many pairs have it
 */
size_t tls_identity_find(const struct tls_identity *id, const char *name,
                         size_t *at_out);

/* -- tls_identity_pairs.c: which files belong together -------------------- */

PST_MUST_CHECK int tls_pairs_find(struct tls_identity *id,
                                  struct pst_setup *setup);

/* -- tls_identity_look.c: what the certificates say ----------------------- */

/** Look at the certificate of each pair, and make the index. */
PST_MUST_CHECK int tls_pairs_look(struct tls_identity *id,
                                  struct pst_setup *setup);

/* -- tls_identity_load.c: files to certificates and keys ------------------ */

/** What a pair's files hold. */
struct tls_material {
	struct tls_chain chain;    /* leaf first */
	gnutls_x509_privkey_t key; /* NULL: not asked for */
};

/** Read a pair's files. Returns 0, or PST_CONFIG with `fault` written and
 *  nothing owned. */
PST_MUST_CHECK int tls_pair_load(struct tls_material *material,
                                 const struct tls_identity *id,
                                 const struct tls_pair *pair,
                                 struct tls_fault *fault);
/** Likewise the certificates alone. */
PST_MUST_CHECK int tls_pair_load_chain(struct tls_material *material,
                                       const struct tls_identity *id,
                                       const struct tls_pair *pair,
                                       struct tls_fault *fault);
void tls_material_finish(struct tls_material *material);

/** The setting that named the pair's certificate, or its key. */
const char *tls_pair_option(const struct tls_identity *id,
                            const struct tls_pair *pair);
const char *tls_pair_key_option(const struct tls_identity *id,
                                const struct tls_pair *pair);

/* -- tls_identity_check.c: is it fit to be shown? ------------------------- */

/** Check every pair, and say when it ends. */
PST_MUST_CHECK int tls_pairs_check(const struct tls_identity *id,
                                   struct pst_setup *setup);

/* -- tls_identity_build.c: what GnuTLS shows, built at first use ----------- */

/** Ready to be shown. Any number of handshakes may use one at a time. */
struct tls_built {
	gnutls_pcert_st *chain;
	unsigned count;
	gnutls_privkey_t key;    /* signs by the identity's signer */
	gnutls_privkey_t plain;  /* GnuTLS's own; may be `key` */
	gnutls_datum_t *issuers; /* of each in the chain, DER */

	struct tls_shelf *shelf;
	struct tls_pair *pair; /* NULL: no longer on the shelf */
	struct tls_built *newer, *older;
	uint32_t refs;
};

PST_MUST_CHECK int tls_shelf_create(struct tls_shelf **shelf_out);
void tls_shelf_destroy(struct tls_shelf *shelf);

/** Take a pair's built form, building it if need be. On any thread. Returns 0
 *  with *built_out owned until tls_built_drop, or PST_CONFIG with `fault`. */
PST_MUST_CHECK int tls_built_take(const struct tls_identity *id, size_t pair,
                                  struct tls_built **built_out,
                                  struct tls_fault *fault);
/** NULL is accepted. */
void tls_built_drop(struct tls_built *built);

/* -- tls_identity_sign.c: keys that others sign with ----------------------- */

/** Find the signer that the settings ask for. */
PST_MUST_CHECK int tls_signer_find(struct tls_identity *id,
                                   struct pst_setup *setup);
/** True when keys of this kind are signed with by that signer. */
bool tls_signer_takes(const struct tls_identity *id, uint32_t kind);
/** Make a private key that signs with `signer`. Owned. Returns 0 or what GnuTLS
 *  says. */
PST_MUST_CHECK int tls_signer_key(const struct pst_signer *signer,
                                  gnutls_x509_privkey_t key,
                                  gnutls_privkey_t *key_out);

#endif
