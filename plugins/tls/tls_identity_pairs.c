/* SPDX-License-Identifier: MIT */
/* Which files belong together: certificates and keys, one by one or by name. */
#include "tls_identity.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CERTIFICATE "BEGIN CERTIFICATE-----"
#define KEY         "PRIVATE KEY-----"

enum {
	FAULTS_MAX = 20 /* of a folder; the rest is counted */
};

/* A file of a folder. */
struct entry {
	const struct pst_file *file;
	size_t stem; /* length of the path without ".pem" */
	bool is_key; /* "NAME.key" */
};

static int no_memory(struct pst_setup *setup)
{
	pst_error(setup, NULL, "memory ran out");
	return PST_CONFIG;
}

static bool is_checked(const struct pst_setup *setup)
{
	return (setup->flags & PST_SETUP_CHECKED) != 0;
}

static int check_secret(struct pst_setup *setup, const char *option,
                        const struct pst_file *file)
{
	return is_checked(setup) ? PST_OK
	                         : pst_check_secret(setup, option, file);
}

/* -- one pair -------------------------------------------------------------- */

static int check_chain(const struct tls_identity *id, struct pst_setup *setup)
{
	if (id->chain.data != NULL && id->certificate.data == NULL) {
		pst_error(setup, "chain",
		          "%s has no certificate that it could complete; set "
		          "certificate",
		          id->chain.path);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_sources(const struct tls_identity *id, struct pst_setup *setup)
{
	bool certificate = id->certificate.data != NULL;
	bool keystore = id->keystore.data != NULL;
	bool directory = id->directory.count != 0;

	if (certificate + keystore + directory > 1) {
		pst_error(setup, keystore ? "keystore" : "directory",
		          "certificate, keystore and directory are three ways "
		          "to name an identity; set one, or make several "
		          "identities");
		return PST_CONFIG;
	}
	if (id->private_key.data != NULL && !certificate) {
		pst_error(setup, "private_key",
		          "%s has no certificate next to it",
		          id->private_key.path);
		return PST_CONFIG;
	}
	if (id->password_file.data != NULL && !certificate && !keystore &&
	    !directory) {
		pst_error(setup, "password_file",
		          "there is no private_key that it could open");
		return PST_CONFIG;
	}
	return check_chain(id, setup);
}

static struct tls_pair *add_pair(struct tls_identity *id)
{
	struct tls_pair *pair = &id->pairs[id->pair_count++];

	pair->chain = &id->chain;
	return pair;
}

static int find_single(struct tls_identity *id, struct pst_setup *setup)
{
	const struct pst_file *key = &id->private_key;
	struct tls_pair *pair;

	if (key->data == NULL && tls_file_has(&id->certificate, KEY)) {
		key = &id->certificate;
		if (check_secret(setup, "certificate", key) != PST_OK) {
			return PST_CONFIG;
		}
	}
	if (key->data == NULL) {
		pst_error(setup, "certificate",
		          "%s has no private_key next to it, nor a key in it",
		          id->certificate.path);
		return PST_CONFIG;
	}
	pair = add_pair(id);
	pair->certificate = &id->certificate;
	pair->key = key;
	return PST_OK;
}

static void find_keystore(struct tls_identity *id)
{
	struct tls_pair *pair = add_pair(id);

	pair->certificate = &id->keystore;
	pair->key = &id->keystore;
}

/* -- a folder of pairs ------------------------------------------------------ */

static const char *extension(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');

	return dot == NULL || (slash != NULL && dot < slash) ? "" : dot;
}

static bool is_one_of(const char *what, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcasecmp(what, *list) == 0) {
			return true;
		}
	}
	return false;
}

/* Note the file if its name is one of a pair's. */
static void note(struct pst_setup *setup, const struct pst_file *file,
                 struct entry *entries, size_t *count_io)
{
	static const char *const pem[] = {".pem", ".crt", ".cert",
	                                  ".cer", ".key", NULL};
	static const char *const stores[] = {".p12", ".pfx", ".jks", ".jceks",
	                                     NULL};
	const char *ext = extension(file->path);

	if (is_one_of(ext, stores) && !is_checked(setup)) {
		pst_warning(setup, "directory",
		            "%s is not looked at: folders hold PEM pairs; make "
		            "it an identity of its own with keystore",
		            file->path);
	}
	if (is_one_of(ext, pem)) {
		struct entry *e = &entries[(*count_io)++];

		e->file = file;
		e->stem = (size_t)(ext - file->path);
		e->is_key = strcasecmp(ext, ".key") == 0;
	}
}

static int by_stem(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	size_t n = a->stem < b->stem ? a->stem : b->stem;
	int order = memcmp(a->file->path, b->file->path, n);

	if (order == 0 && a->stem != b->stem) {
		order = a->stem < b->stem ? -1 : 1;
	}
	return order != 0 ? order : strcmp(a->file->path, b->file->path);
}

static bool same_stem(const struct entry *a, const struct entry *b)
{
	return a->stem == b->stem &&
	       memcmp(a->file->path, b->file->path, a->stem) == 0;
}

/* Files of one name, told apart. */
struct group {
	const struct pst_file *certificate, *key;
	const struct pst_file *twin, *extra; /* two of a sort */
	const char *sort;
};

static void sort_out(const struct entry *e, size_t n, struct group *g)
{
	size_t i;

	memset(g, 0, sizeof(*g));
	for (i = 0; i < n; i++) {
		const struct pst_file **slot = &g->certificate;

		if (e[i].is_key || (tls_file_has(e[i].file, KEY) &&
		                    !tls_file_has(e[i].file, CERTIFICATE))) {
			slot = &g->key;
		}
		if (*slot != NULL) {
			g->twin = *slot;
			g->extra = e[i].file;
			g->sort = slot == &g->key ? "key" : "certificate";
		} else {
			*slot = e[i].file;
		}
	}
	if (g->key == NULL && tls_file_has(g->certificate, KEY)) {
		g->key = g->certificate;
	}
}

static bool fault_in(const struct group *g, const struct entry *e,
                     struct pst_setup *setup)
{
	int stem = (int)e->stem;

	if (g->extra != NULL) {
		pst_error(setup, "directory",
		          "%s and %s are both the %s of one pair; leave one",
		          g->twin->path, g->extra->path, g->sort);
		return true;
	}
	if (g->certificate == NULL) {
		pst_error(setup, "directory",
		          "%s has no certificate; it should be in %.*s.pem, "
		          ".crt or .cert",
		          g->key->path, stem, e->file->path);
		return true;
	}
	if (g->key == NULL) {
		pst_error(
			setup, "directory",
			"%s has no private key, neither in it nor in %.*s.key, "
			"which is not among the files",
			g->certificate->path, stem, e->file->path);
		return true;
	}
	return check_secret(setup, "directory", g->key) != PST_OK;
}

static int take_groups(struct tls_identity *id, struct pst_setup *setup,
                       const struct entry *entries, size_t count)
{
	size_t at = 0, faults = 0;

	while (at < count) {
		size_t n = 1;
		struct group g;
		struct tls_pair *pair;

		while (at + n < count &&
		       same_stem(&entries[at], &entries[at + n])) {
			n++;
		}
		sort_out(&entries[at], n, &g);
		if (fault_in(&g, &entries[at], setup)) {
			if (++faults == FAULTS_MAX) {
				pst_error(setup, "directory",
				          "more files may be wrong; these come "
				          "first");
				break;
			}
		} else {
			pair = add_pair(id);
			pair->certificate = g.certificate;
			pair->key = g.key;
		}
		at += n;
	}
	return faults == 0 ? PST_OK : PST_CONFIG;
}

static int find_in_directory(struct tls_identity *id, struct pst_setup *setup)
{
	struct entry *entries =
		calloc(id->directory.count, sizeof(struct entry));
	size_t count = 0, i;
	int failed;

	if (entries == NULL) {
		return no_memory(setup);
	}
	for (i = 0; i < id->directory.count; i++) {
		note(setup, &id->directory.item[i], entries, &count);
	}
	qsort(entries, count, sizeof(entries[0]), by_stem);
	failed = take_groups(id, setup, entries, count);
	free(entries);
	if (failed == PST_OK && id->pair_count == 0) {
		pst_error(
			setup, "directory",
			"no certificate is in it: NAME.pem, NAME.crt or "
			"NAME.cert, with NAME.key or the key in the same file");
		failed = PST_CONFIG;
	}
	return failed;
}

int tls_pairs_find(struct tls_identity *id, struct pst_setup *setup)
{
	size_t most = id->directory.count + 1;

	if (check_sources(id, setup) != PST_OK) {
		return PST_CONFIG;
	}
	id->pairs = calloc(most, sizeof(id->pairs[0]));
	if (id->pairs == NULL) {
		return no_memory(setup);
	}
	if (id->certificate.data != NULL) {
		return find_single(id, setup);
	}
	if (id->keystore.data != NULL) {
		find_keystore(id);
		return PST_OK;
	}
	if (id->directory.count != 0) {
		return find_in_directory(id, setup);
	}
	pst_error(setup, NULL,
	          "nothing says who this is: set certificate and private_key, "
	          "or keystore, or directory");
	return PST_CONFIG;
}
