/* SPDX-License-Identifier: MIT */
/* What certificates say of themselves, and the index of their names. */
#include "tls_identity.h"
#include "tls_names.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* The names while they are gathered. */
struct gather {
	struct tls_identity *id;
	size_t index_room, names_room, names_used;
	uint32_t pair;
	bool no_memory;
};

static uint32_t kind_of(gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	if (pk == GNUTLS_PK_RSA) {
		return TLS_KIND_RSA;
	}
	if (pk == GNUTLS_PK_RSA_PSS) {
		return TLS_KIND_RSA_PSS;
	}
	if (pk == GNUTLS_PK_EDDSA_ED25519) {
		return TLS_KIND_ED25519;
	}
	if (pk == GNUTLS_PK_EDDSA_ED448) {
		return TLS_KIND_ED448;
	}
	if (pk != GNUTLS_PK_ECDSA) {
		return TLS_KIND_NONE;
	}
	switch (bits) {
	case 256:
		return TLS_KIND_P256;
	case 384:
		return TLS_KIND_P384;
	case 521:
		return TLS_KIND_P521;
	}
	return TLS_KIND_NONE;
}

/* Make room for one more name of `length`. */
static bool grow(struct gather *g, size_t length)
{
	struct tls_identity *id = g->id;
	size_t room;
	void *grown;

	if (id->name_count == g->index_room) {
		room = g->index_room * 2 + 16;
		grown = reallocarray(id->index, room, sizeof(id->index[0]));
		if (grown == NULL) {
			return false;
		}
		id->index = grown;
		g->index_room = room;
	}
	if (g->names_room - g->names_used <= length) {
		room = g->names_room * 2 + length + 256;
		grown = realloc(id->names, room);
		if (grown == NULL) {
			return false;
		}
		id->names = grown;
		g->names_room = room;
	}
	return g->names_used + length < UINT32_MAX;
}

static void add_name(struct gather *g, const char *name)
{
	struct tls_identity *id = g->id;
	size_t length = strlen(name);
	struct tls_named *entry;

	if (g->no_memory || !grow(g, length)) {
		g->no_memory = true;
		return;
	}
	entry = &id->index[id->name_count++];
	entry->name = (uint32_t)g->names_used;
	entry->pair = g->pair;
	if (id->pairs[g->pair].first_name == 0) {
		id->pairs[g->pair].first_name = entry->name;
	}
	memcpy(id->names + g->names_used, name, length + 1);
	g->names_used += length + 1;
}

/* A dNSName as it is looked for: "*." may begin it. Other stars stand for
 * nothing (RFC 9525 6.3). */
static void add_host(struct gather *g, char *san, size_t length)
{
	char pattern[TLS_HOST_MAX + 3] = "*.";
	bool wild = length > 2 && san[0] == '*' && san[1] == '.';
	struct tls_name name;
	const char *why;

	san[length] = '\0';
	if (strlen(san) != length ||
	    tls_name_parse(wild ? san + 2 : san, &name, &why) != PST_OK ||
	    name.address_length != 0) {
		return;
	}
	if (!wild) {
		add_name(g, name.text);
	} else if (strchr(name.text, '.') != NULL) {
		strcpy(pattern + 2, name.text);
		add_name(g, pattern);
	}
}

static void add_address(struct gather *g, const char *san, size_t length)
{
	char text[INET6_ADDRSTRLEN];

	if ((length == 4 || length == 16) &&
	    inet_ntop(length == 4 ? AF_INET : AF_INET6, san, text,
	              sizeof(text)) != NULL) {
		add_name(g, text);
	}
}

static void add_names(struct gather *g, gnutls_x509_crt_t crt)
{
	char san[1024];
	unsigned at;

	for (at = 0;; at++) {
		size_t length = sizeof(san) - 1;
		unsigned type;
		int ret = gnutls_x509_crt_get_subject_alt_name2(
			crt, at, san, &length, &type, NULL);

		if (ret == GNUTLS_E_SHORT_MEMORY_BUFFER) {
			continue;
		}
		if (ret < 0) {
			return;
		}
		if (type == GNUTLS_SAN_DNSNAME) {
			add_host(g, san, length);
		} else if (type == GNUTLS_SAN_IPADDRESS) {
			add_address(g, san, length);
		}
	}
}

/* The first certificate of a pair. Owned; NULL after an error. */
static gnutls_x509_crt_t leaf(const struct tls_identity *id,
                              const struct tls_pair *pair,
                              struct pst_setup *setup)
{
	gnutls_datum_t pem =
		tls_datum(pair->certificate->data, pair->certificate->length);
	struct tls_material material;
	struct tls_fault fault;
	gnutls_x509_crt_t crt;

	if (pair->certificate != &id->keystore &&
	    gnutls_x509_crt_init(&crt) == 0) {
		if (gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM) ==
		    0) {
			return crt;
		}
		gnutls_x509_crt_deinit(crt);
	}
	/* a keystore, or a file that is to be complained about */
	if (tls_pair_load_chain(&material, id, pair, &fault) != PST_OK) {
		pst_error(setup, fault.option, "%s", fault.text);
		return NULL;
	}
	crt = material.chain.crt[0];
	material.chain.crt[0] = material.chain.crt[--material.chain.count];
	tls_material_finish(&material);
	return crt;
}

static int look_at(struct gather *g, struct pst_setup *setup)
{
	struct tls_pair *pair = &g->id->pairs[g->pair];
	gnutls_x509_crt_t crt = leaf(g->id, pair, setup);

	if (crt == NULL) {
		return PST_CONFIG;
	}
	pair->from = gnutls_x509_crt_get_activation_time(crt);
	pair->until = gnutls_x509_crt_get_expiration_time(crt);
	pair->kind = kind_of(crt);
	g->id->kinds |= pair->kind;
	add_names(g, crt);
	gnutls_x509_crt_deinit(crt);
	return PST_OK;
}

static int by_name(const void *left, const void *right, void *names)
{
	const struct tls_named *a = left, *b = right;
	int order = strcmp((const char *)names + a->name,
	                   (const char *)names + b->name);

	if (order != 0) {
		return order;
	}
	return a->pair < b->pair ? -1 : a->pair > b->pair;
}

int tls_pairs_look(struct tls_identity *id, struct pst_setup *setup)
{
	struct gather g = {.id = id};
	int failed = PST_OK;

	/* offset 0 is the name of a pair that has none */
	if (!grow(&g, 0)) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	id->names[g.names_used++] = '\0';
	for (; g.pair < id->pair_count; g.pair++) {
		failed |= look_at(&g, setup);
	}
	if (g.no_memory) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	qsort_r(id->index, id->name_count, sizeof(id->index[0]), by_name,
	        id->names);
	return failed != PST_OK ? PST_CONFIG : PST_OK;
}

size_t tls_identity_find(const struct tls_identity *id, const char *name,
                         size_t *at_out)
{
	size_t low = 0, high = id->name_count, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(tls_identity_name(id, middle), name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	while (low + n < id->name_count &&
	       strcmp(tls_identity_name(id, low + n), name) == 0) {
		n++;
	}
	*at_out = low;
	return n;
}
