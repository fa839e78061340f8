/* SPDX-License-Identifier: MIT */
/* The resource `identities`: its settings, and one after the other what is done
 * with them. */
#include "tls_identity.h"
#include "tls_names.h"

#include <stdlib.h>

#define AT(member) offsetof(struct tls_identity, member)

enum {
	EXPLAINED_MAX = 8 /* pairs of one resource */
};

/* The hop's rows of the same names are in tls_options.c. */
static const struct pst_option options[] = {
	{
		.name = "certificate",
		.type = PST_OPTION_FILE,
		.offset = AT(certificate),
		.help = "The certificate and what issued it, PEM, in order; "
			"the private key may be in the same file.",
	},
	{
		.name = "chain",
		.type = PST_OPTION_FILE,
		.offset = AT(chain),
		.help = "What issued the certificate, PEM, in order, when it "
			"is in a file apart.",
	},
	{
		.name = "private_key",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_SECRET,
		.offset = AT(private_key),
		.help = "The certificate's private key, PEM, plain or "
			"encrypted.",
	},
	{
		.name = "keystore",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_SECRET,
		.offset = AT(keystore),
		.help = "A PKCS#12 keystore with one private key, its "
			"certificate and what issued it.",
	},
	{
		.name = "password_file",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_SECRET,
		.offset = AT(password_file),
		.help = "A file whose first line opens the private keys or "
			"the keystore.",
	},
	{
		.name = "directory",
		.type = PST_OPTION_FILES,
		.offset = AT(directory),
		.help = "Folders of pairs: NAME.pem, .crt or .cert with "
			"NAME.key, or both in one PEM file; or such files.",
	},
	{
		.name = "signer",
		.type = PST_OPTION_STRING,
		.offset = AT(signer),
		.initial = "auto",
		.help = "Who signs with the private keys: gnutls, the name of "
			"an installed signer, or auto, which is an installed "
			"one for RSA keys and else gnutls.",
	},
	{
		.name = "key",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use private_key",
	},
	{
		.name = "cert",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use certificate",
	},
	{
		.name = "public_key",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use certificate, which has the public key in it",
	},
	{
		.name = "type",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "leave it out: what a keystore is shows in its content",
	},
	{.name = NULL},
};

bool tls_identity_is_set(const struct tls_identity *id)
{
	return id->certificate.data != NULL || id->chain.data != NULL ||
	       id->private_key.data != NULL || id->keystore.data != NULL ||
	       id->password_file.data != NULL || id->directory.count != 0;
}

int tls_identity_init(struct tls_identity *id, struct pst_setup *setup)
{
	int failed = tls_signer_find(id, setup);

	if (tls_shelf_create(&id->shelf) != PST_OK) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	if (tls_pairs_find(id, setup) != PST_OK ||
	    tls_pairs_look(id, setup) != PST_OK) {
		return PST_CONFIG;
	}
	if ((setup->flags & PST_SETUP_CHECKED) == 0) {
		failed |= tls_pairs_check(id, setup);
	}
	return failed != PST_OK ? PST_CONFIG : PST_OK;
}

void tls_identity_finish(struct tls_identity *id)
{
	tls_shelf_destroy(id->shelf);
	free(id->pairs);
	free(id->index);
	free(id->names);
	id->shelf = NULL;
	id->pairs = NULL;
	id->pair_count = 0;
	id->index = NULL;
	id->name_count = 0;
	id->names = NULL;
}

/* -- explain --------------------------------------------------------------- */

static void explain_key(const struct tls_identity *id,
                        const struct tls_pair *pair, struct pst_setup *setup,
                        gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	pst_explain(setup, "key", "%s, %u bits, in %s, signed with by %s",
	            pk < 0 ? "unknown"
	                   : gnutls_pk_algorithm_get_name(
				     (gnutls_pk_algorithm_t)pk),
	            bits, pair->key->path,
	            tls_signer_takes(id, pair->kind) ? id->external->id
	                                             : "gnutls");
}

static void explain_certificate(struct pst_setup *setup, gnutls_x509_crt_t crt)
{
	char text[TLS_NAMES_TEXT], from[64];

	tls_subject(crt, text, sizeof(text));
	pst_explain(setup, "subject", "%s", text);
	tls_names_list(crt, text, sizeof(text));
	pst_explain(setup, "names", "%s", text);
	tls_issuer(crt, text, sizeof(text));
	pst_explain(setup, "issuer", "%s", text);
	tls_date(gnutls_x509_crt_get_activation_time(crt), from, sizeof(from));
	pst_explain(setup, "valid from", "%s", from);
	tls_date(gnutls_x509_crt_get_expiration_time(crt), text, sizeof(text));
	pst_explain(setup, "valid until", "%s", text);
	tls_fingerprint(crt, text, sizeof(text));
	pst_explain(setup, "fingerprint", "sha256:%s", text);
}

static void explain_pair(const struct tls_identity *id,
                         const struct tls_pair *pair, struct pst_setup *setup)
{
	bool apart = pair->chain->data != NULL;
	struct tls_material material;
	struct tls_fault fault;

	if (tls_pair_load_chain(&material, id, pair, &fault) != PST_OK) {
		return; /* conf_init reported it */
	}
	pst_explain(setup, "certificate", "%s%s%s, %u in the chain",
	            pair->certificate->path, apart ? " and " : "",
	            apart ? pair->chain->path : "", material.chain.count);
	explain_certificate(setup, material.chain.crt[0]);
	explain_key(id, pair, setup, material.chain.crt[0]);
	tls_material_finish(&material);
}

void tls_identity_explain(const struct tls_identity *id,
                          struct pst_setup *setup, size_t most)
{
	size_t i;

	for (i = 0; i < id->pair_count && i < most; i++) {
		explain_pair(id, &id->pairs[i], setup);
	}
	if (i < id->pair_count) {
		pst_explain(setup, "certificates",
		            "%zu in all, with %zu names; these are the first "
		            "%zu",
		            id->pair_count, id->name_count, i);
	}
}

/* -- the resource ---------------------------------------------------------- */

static int conf_init(void *conf, struct pst_setup *setup)
{
	return tls_identity_init(conf, setup);
}

static void conf_finish(void *conf)
{
	tls_identity_finish(conf);
}

static void conf_explain(const void *conf, struct pst_setup *setup)
{
	tls_identity_explain(conf, setup, EXPLAINED_MAX);
}

const struct pst_resource tls_identity_resource = {
	.size = sizeof(tls_identity_resource),
	.conf_size = sizeof(struct tls_identity),
	.id = "identities",
	.help = "Who this end is: certificates with their private keys.",
	.path_option = "directory",
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = conf_init,
	.conf_finish = conf_finish,
	.conf_explain = conf_explain,
};
