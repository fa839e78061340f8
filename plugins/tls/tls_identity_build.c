/* SPDX-License-Identifier: MIT */
/* What GnuTLS shows of an identity: built at first use, kept while there is
 * room. */
#include "tls_identity.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	KEPT_MAX = 1024 /* of one resource, about 10 KiB each */
};

/** The built ones, newest use first. Of any thread. */
struct tls_shelf {
	pthread_mutex_t lock;
	struct tls_built *newest, *oldest;
	uint32_t count;
};

int tls_shelf_create(struct tls_shelf **shelf_out)
{
	struct tls_shelf *shelf = calloc(1, sizeof(*shelf));

	*shelf_out = shelf;
	if (shelf == NULL) {
		return PST_MEMORY;
	}
	pthread_mutex_init(&shelf->lock, NULL);
	return PST_OK;
}

/* -- building -------------------------------------------------------------- */

static void destroy(struct tls_built *b)
{
	unsigned i;

	for (i = 0; i < b->count; i++) {
		gnutls_pcert_deinit(&b->chain[i]);
		gnutls_free(b->issuers[i].data);
	}
	if (b->plain != NULL && b->plain != b->key) {
		gnutls_privkey_deinit(b->plain);
	}
	if (b->key != NULL) {
		gnutls_privkey_deinit(b->key);
	}
	free(b->issuers);
	free(b->chain);
	free(b);
}

static int build_chain(struct tls_built *b, const struct tls_chain *chain)
{
	unsigned i;

	b->chain = calloc(chain->count, sizeof(b->chain[0]));
	b->issuers = calloc(chain->count, sizeof(b->issuers[0]));
	if (b->chain == NULL || b->issuers == NULL) {
		return GNUTLS_E_MEMORY_ERROR;
	}
	for (i = 0; i < chain->count; i++) {
		int ret = gnutls_x509_crt_get_raw_issuer_dn(chain->crt[i],
		                                            &b->issuers[i]);

		if (ret == 0) {
			ret = gnutls_pcert_import_x509(&b->chain[i],
			                               chain->crt[i], 0);
		}
		if (ret != 0) {
			gnutls_free(b->issuers[i].data);
			return ret;
		}
		b->count++;
	}
	return 0;
}

static int build_key(struct tls_built *b, const struct tls_identity *id,
                     uint32_t kind, gnutls_x509_privkey_t key)
{
	int ret = gnutls_privkey_init(&b->plain);

	if (ret != 0) {
		b->plain = NULL;
		return ret;
	}
	ret = gnutls_privkey_import_x509(b->plain, key,
	                                 GNUTLS_PRIVKEY_IMPORT_COPY);
	if (ret != 0) {
		return ret;
	}
	if (tls_signer_takes(id, kind)) {
		return tls_signer_key(id->external, key, &b->key);
	}
	b->key = b->plain;
	return 0;
}

static int build(const struct tls_identity *id, struct tls_pair *pair,
                 struct tls_built **built_out, struct tls_fault *fault)
{
	struct tls_built *b = calloc(1, sizeof(*b));
	struct tls_material material;
	int ret;

	if (b == NULL) {
		return tls_fault(fault, NULL, "memory ran out");
	}
	if (tls_pair_load(&material, id, pair, fault) != PST_OK) {
		free(b);
		return PST_CONFIG;
	}
	b->shelf = id->shelf;
	b->refs = 1;
	ret = build_chain(b, &material.chain);
	if (ret == 0) {
		ret = build_key(b, id, pair->kind, material.key);
	}
	tls_material_finish(&material);
	if (ret != 0) {
		destroy(b);
		return tls_fault(fault, NULL, "%s cannot be used: %s",
		                 pair->certificate->path, gnutls_strerror(ret));
	}
	*built_out = b;
	return PST_OK;
}

/* -- the shelf ------------------------------------------------------------- */

static void unlink_built(struct tls_shelf *shelf, struct tls_built *b)
{
	if (b->newer != NULL) {
		b->newer->older = b->older;
	} else {
		shelf->newest = b->older;
	}
	if (b->older != NULL) {
		b->older->newer = b->newer;
	} else {
		shelf->oldest = b->newer;
	}
	b->newer = NULL;
	b->older = NULL;
}

static void link_newest(struct tls_shelf *shelf, struct tls_built *b)
{
	b->older = shelf->newest;
	b->newer = NULL;
	if (shelf->newest != NULL) {
		shelf->newest->newer = b;
	} else {
		shelf->oldest = b;
	}
	shelf->newest = b;
}

/* Take it off. Returns it when nobody else uses it. */
static struct tls_built *remove_built(struct tls_shelf *shelf,
                                      struct tls_built *b)
{
	unlink_built(shelf, b);
	shelf->count--;
	b->pair->built = NULL;
	b->pair = NULL;
	return --b->refs == 0 ? b : NULL;
}

static struct tls_built *lookup(struct tls_shelf *shelf, struct tls_pair *pair)
{
	struct tls_built *b = pair->built;

	if (b != NULL) {
		unlink_built(shelf, b);
		link_newest(shelf, b);
		b->refs++;
	}
	return b;
}

/* Keep `b`. Returns what has to go for it. */
static struct tls_built *keep(struct tls_shelf *shelf, struct tls_pair *pair,
                              struct tls_built *b)
{
	pair->built = b;
	b->pair = pair;
	b->refs++;
	link_newest(shelf, b);
	shelf->count++;
	return shelf->count > KEPT_MAX && shelf->oldest != NULL
	               ? remove_built(shelf, shelf->oldest)
	               : NULL;
}

int tls_built_take(const struct tls_identity *id, size_t pair,
                   struct tls_built **built_out, struct tls_fault *fault)
{
	struct tls_shelf *shelf = id->shelf;
	struct tls_pair *of = &id->pairs[pair];
	struct tls_built *b, *made = NULL, *gone = NULL;

	pthread_mutex_lock(&shelf->lock);
	b = lookup(shelf, of);
	pthread_mutex_unlock(&shelf->lock);
	if (b != NULL) {
		*built_out = b;
		return PST_OK;
	}
	if (build(id, of, &made, fault) != PST_OK || made == NULL) {
		return PST_CONFIG;
	}
	pthread_mutex_lock(&shelf->lock);
	b = lookup(shelf, of); /* another thread may have been faster */
	if (b == NULL) {
		gone = keep(shelf, of, made);
		b = made;
		made = NULL;
	}
	pthread_mutex_unlock(&shelf->lock);
	if (made != NULL) {
		destroy(made);
	}
	if (gone != NULL) {
		destroy(gone);
	}
	*built_out = b;
	return PST_OK;
}

void tls_built_drop(struct tls_built *built)
{
	bool last;

	if (built == NULL) {
		return;
	}
	pthread_mutex_lock(&built->shelf->lock);
	last = --built->refs == 0;
	pthread_mutex_unlock(&built->shelf->lock);
	if (last) {
		destroy(built);
	}
}

void tls_shelf_destroy(struct tls_shelf *shelf)
{
	if (shelf == NULL) {
		return;
	}
	while (shelf->newest != NULL) {
		struct tls_built *b = remove_built(shelf, shelf->newest);

		if (b != NULL) {
			destroy(b);
		}
	}
	pthread_mutex_destroy(&shelf->lock);
	free(shelf);
}
