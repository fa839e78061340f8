/* SPDX-License-Identifier: MIT */
/* The resource `trusts`: read once, when it is first needed, and shared. */
#include "tls_trust_files.h"

#include "tls_names.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct tls_trust, member)

enum {
	DN_TEXT = 256,
	DATE_TEXT = 32,
	PATHS_TOLD = 3,
	EXPLAINED_MAX = 8 /* authorities of one resource */
};

struct tls_trust_store {
	pthread_mutex_t lock;
	bool is_read;
	struct tls_trusted trusted;
};

static const char *const overdues[] = {"refuse", "accept", NULL};

static const struct pst_option options[] = {
	{
		.name = "certificates",
		.type = PST_OPTION_FILES,
		.offset = AT(certificates),
		.help = "Certificates of authorities, PEM or DER, files and "
			"folders. One that is no authority's is trusted as "
			"itself alone.",
	},
	{
		.name = "crl",
		.type = PST_OPTION_FILES,
		.offset = AT(crl),
		.help = "Lists of revoked certificates, PEM or DER, files and "
			"folders, each signed by a certificate that is trusted "
			"here.",
	},
	{
		.name = "crl_overdue",
		.type = PST_OPTION_ENUM,
		.offset = AT(crl_overdue),
		.choices = overdues,
		.initial = "refuse",
		.help = "What happens to peers whose issuer's list should "
			"have been renewed by now.",
	},
	{
		.name = "keystore",
		.type = PST_OPTION_FILE,
		.offset = AT(keystore),
		.help = "A truststore in PKCS#12 whose certificates are "
			"trusted.",
	},
	{
		.name = "password_file",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_SECRET,
		.offset = AT(password_file),
		.help = "A file whose first line opens the keystore.",
	},
	{
		.name = "system",
		.type = PST_OPTION_BOOL,
		.offset = AT(system),
		.initial = "false",
		.help = "Trust what the system trusts as well.",
	},
	{
		.name = "truststore",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use keystore for PKCS#12, certificates for PEM",
	},
	{
		.name = "ca_certs",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use certificates",
	},
	{
		.name = "ca_certificates",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use certificates",
	},
	{
		.name = "file",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "use certificates",
	},
	{
		.name = "disable_system_ca_pool",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ELSEWHERE,
		.help = "leave it out: the system's store is trusted only "
			"where system = true says so",
	},
	{.name = NULL},
};

static bool is_lone(gnutls_x509_crt_t crt)
{
	return gnutls_x509_crt_get_version(crt) >= 3 &&
	       gnutls_x509_crt_get_ca_status(crt, NULL) <= 0;
}

static void check_dates(const struct tls_anchor *a, struct pst_setup *setup)
{
	time_t until = gnutls_x509_crt_get_expiration_time(a->crt);
	char subject[DN_TEXT], date[DATE_TEXT];

	tls_subject(a->crt, subject, sizeof(subject));
	if (until < (time_t)setup->now) {
		tls_date(until, date, sizeof(date));
		pst_warning(setup, "certificates",
		            "%s: %s expired on %s; nobody is accepted by it",
		            a->path, subject, date);
		return; /* bundles of authorities have old ones in them */
	}
	pst_expires(setup, until, "trusted certificate %s (%s)", a->path,
	            subject);
}

/* Trust in what a list revokes ends, however long its file stays. */
static void drop_revoked(struct tls_anchors *anchors,
                         const struct tls_crls *crls, struct pst_setup *setup)
{
	const struct tls_crl *which;
	char subject[DN_TEXT];
	unsigned i, kept = 0;

	for (i = 0; i < anchors->count; i++) {
		struct tls_anchor *a = &anchors->item[i];

		if (tls_crls_ask(crls, a->crt, (time_t)setup->now, &which) !=
		    TLS_CRL_REVOKED) {
			anchors->item[kept++] = *a;
			continue;
		}
		tls_subject(a->crt, subject, sizeof(subject));
		pst_warning(setup, "certificates",
		            "%s: %s is revoked by %s and not trusted", a->path,
		            subject, which == NULL ? "crl" : which->path);
		gnutls_x509_crt_deinit(a->crt);
	}
	anchors->count = kept;
}

static int by_print(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* Move what is left into the list. */
static int keep(struct tls_trusted *t, struct tls_anchors *anchors)
{
	unsigned i;

	t->prints = calloc(anchors->count + 1u, sizeof(t->prints[0]));
	if (t->prints == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < anchors->count; i++) {
		struct tls_anchor *a = &anchors->item[i];

		memcpy(t->prints[i], a->print, sizeof(a->print));
		t->lone += is_lone(a->crt) ? 1 : 0;
		/* takes ownership */
		if (gnutls_x509_trust_list_add_cas(t->list, &a->crt, 1, 0) !=
		    1) {
			return PST_MEMORY;
		}
		a->crt = NULL;
		t->count++;
	}
	qsort(t->prints, t->count, sizeof(t->prints[0]), by_print);
	return PST_OK;
}

static int load_lists(struct tls_trusted *t, const struct tls_trust *trust,
                      struct tls_anchors *anchors, struct pst_setup *setup)
{
	gnutls_x509_crt_t *by;
	unsigned i;
	int ret;

	if (trust->crl.count == 0) {
		return PST_OK;
	}
	by = calloc(anchors->count + 1u, sizeof(by[0]));
	if (by == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < anchors->count; i++) {
		by[i] = anchors->item[i].crt;
	}
	ret = tls_crls_load(&t->crls, setup, &trust->crl, by, anchors->count,
	                    trust->system ? t->list : NULL);
	free(by);
	if (ret == PST_OK) {
		drop_revoked(anchors, &t->crls, setup);
	}
	return ret;
}

static int load(struct tls_trusted *t, const struct tls_trust *trust,
                struct tls_anchors *anchors, struct pst_setup *setup)
{
	int failed = tls_anchors_load(anchors, trust, setup), n;
	unsigned i;

	if (gnutls_x509_trust_list_init(&t->list, 0) != 0) {
		t->list = NULL;
		return PST_MEMORY;
	}
	if (trust->system) {
		n = gnutls_x509_trust_list_add_system_trust(t->list, 0, 0);
		t->system = n < 0 ? 0 : (unsigned)n;
	}
	for (i = 0; i < anchors->count; i++) {
		check_dates(&anchors->item[i], setup);
	}
	if (failed == 0) {
		failed = load_lists(t, trust, anchors, setup);
	}
	return failed != 0 ? failed : keep(t, anchors);
}

static int read_store(const struct tls_trust *trust, struct pst_setup *setup)
{
	struct tls_trusted *t = &trust->store->trusted;
	struct tls_anchors anchors = {NULL, 0, 0};
	int ret = load(t, trust, &anchors, setup);

	if (ret == PST_MEMORY) {
		pst_error(setup, NULL, "memory ran out");
	}
	if (ret != PST_OK && t->list != NULL) {
		gnutls_x509_trust_list_deinit(t->list, 1);
		t->list = NULL; /* nothing, rather than a part */
	}
	tls_anchors_finish(&anchors);
	trust->store->is_read = true;
	return ret == PST_OK ? PST_OK : PST_CONFIG;
}

static void say_nothing(struct pst_setup *setup, enum pst_log_level level,
                        const char *option, const char *fmt, va_list ap)
{
	(void)setup;
	(void)level;
	(void)option;
	(void)fmt;
	(void)ap;
}

static void note_nothing(struct pst_setup *setup, int64_t when, const char *fmt,
                         va_list ap)
{
	(void)setup;
	(void)when;
	(void)fmt;
	(void)ap;
}

/* For reading once more: whoever checked these files has said it all. */
static const struct pst_core silent = {
	.diagnose = say_nothing,
	.expires = note_nothing,
};

const struct tls_trusted *tls_trust_get(const struct tls_trust *trust)
{
	struct pst_setup setup = {.core = &silent, .now = time(NULL)};
	struct tls_trust_store *store = trust->store;

	pthread_mutex_lock(&store->lock);
	if (!store->is_read) {
		(void)read_store(trust, &setup);
	}
	pthread_mutex_unlock(&store->lock);
	return &store->trusted;
}

bool tls_trust_has(const struct tls_trusted *trusted, gnutls_x509_crt_t crt)
{
	uint8_t print[32];
	size_t length = sizeof(print);

	return trusted->count != 0 &&
	       gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, print,
	                                       &length) == 0 &&
	       bsearch(print, trusted->prints, trusted->count,
	               sizeof(trusted->prints[0]), by_print) != NULL;
}

static int check_settings(const struct tls_trust *trust,
                          struct pst_setup *setup)
{
	int failed = PST_OK;

	if (trust->certificates.count == 0 && trust->keystore.data == NULL &&
	    !trust->system) {
		pst_error(setup, "certificates",
		          "nobody is trusted: set certificates, keystore or "
		          "system, and leave no folder empty");
		failed = PST_CONFIG;
	}
	if (trust->password_file.data != NULL && trust->keystore.data == NULL) {
		pst_error(setup, "password_file",
		          "there is no keystore that it could open");
		failed = PST_CONFIG;
	}
	return failed;
}

static int init(void *conf, struct pst_setup *setup)
{
	struct tls_trust *trust = conf;

	trust->store = calloc(1, sizeof(*trust->store));
	if (trust->store == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	pthread_mutex_init(&trust->store->lock, NULL);
	if (check_settings(trust, setup) != PST_OK) {
		return PST_CONFIG;
	}
	/* the system's store alone is read when somebody needs it */
	if ((setup->flags & PST_SETUP_CHECKED) != 0 ||
	    tls_trust_is_word(trust)) {
		return PST_OK;
	}
	if (read_store(trust, setup) != PST_OK) {
		return PST_CONFIG;
	}
	if (trust->store->trusted.count == 0 && !trust->system) {
		pst_error(setup, "certificates",
		          "nobody is trusted: crl revokes every certificate");
		return PST_CONFIG;
	}
	return PST_OK;
}

static void finish(void *conf)
{
	struct tls_trust *trust = conf;
	struct tls_trusted *t;

	if (trust->store == NULL) {
		return;
	}
	t = &trust->store->trusted;
	if (t->list != NULL) {
		gnutls_x509_trust_list_deinit(t->list, 1);
	}
	tls_crls_finish(&t->crls);
	free(t->prints);
	pthread_mutex_destroy(&trust->store->lock);
	free(trust->store);
	trust->store = NULL;
}

static size_t add_word(char *out, size_t size, size_t used, const char *word,
                       bool last)
{
	int n = 0;

	if (used < size) {
		n = snprintf(out + used, size - used, "%s%s",
		             used == 0 ? ""
		             : last    ? " and "
		                       : ", ",
		             word);
	}
	return n < 0 ? used : used + (size_t)n;
}

void tls_trust_words(const struct tls_trust *trust, char *out, size_t size)
{
	const struct pst_files *files = &trust->certificates;
	bool store = trust->keystore.data != NULL;
	size_t used = 0, i;
	char more[40];

	out[0] = '\0';
	for (i = 0; i < files->count && i < PATHS_TOLD; i++) {
		used = add_word(out, size, used, files->item[i].path,
		                i != 0 && i + 1 == files->count && !store &&
		                        !trust->system);
	}
	if (i < files->count) {
		snprintf(more, sizeof(more), "%zu more", files->count - i);
		used = add_word(out, size, used, more,
		                !store && !trust->system);
	}
	if (store) {
		used = add_word(out, size, used, trust->keystore.path,
		                !trust->system);
	}
	if (trust->system) {
		add_word(out, size, used, "the system's store", true);
	}
}

static void explain_anchor(const struct tls_trusted *t,
                           const struct tls_anchor *a, struct pst_setup *setup)
{
	time_t until = gnutls_x509_crt_get_expiration_time(a->crt);
	char subject[DN_TEXT], date[DATE_TEXT];

	tls_subject(a->crt, subject, sizeof(subject));
	tls_date(until, date, sizeof(date));
	pst_explain(setup, is_lone(a->crt) ? "trusted peer" : "authority",
	            "%s, %s %s, in %s%s", subject,
	            until < (time_t)setup->now ? "EXPIRED on" : "until", date,
	            a->path,
	            tls_trust_has(t, a->crt) ? "" : ", REVOKED: not trusted");
}

/* The trust list has no order and no files; they are read once more. */
static void explain_anchors(const struct tls_trust *trust,
                            const struct tls_trusted *t,
                            struct pst_setup *setup)
{
	struct pst_setup quiet = {.core = &silent, .now = setup->now};
	struct tls_anchors anchors = {NULL, 0, 0};
	unsigned i, shown = 0;

	if (tls_anchors_load(&anchors, trust, &quiet) == PST_OK) {
		shown = anchors.count < EXPLAINED_MAX ? anchors.count
		                                      : EXPLAINED_MAX;
	}
	for (i = 0; i < shown; i++) {
		explain_anchor(t, &anchors.item[i], setup);
	}
	if (shown < anchors.count) {
		pst_explain(setup, "authorities",
		            "%u in all; these are the first %u", anchors.count,
		            shown);
	}
	tls_anchors_finish(&anchors);
}

static void explain(const void *conf, struct pst_setup *setup)
{
	const struct tls_trust *trust = conf;
	const struct tls_trusted *t = tls_trust_get(trust);
	char words[500];
	size_t listed = 0, i;

	tls_trust_words(trust, words, sizeof(words));
	pst_explain(setup, "trusted", "%s: %u certificate%s", words,
	            t->count + t->system, t->count + t->system == 1 ? "" : "s");
	explain_anchors(trust, t, setup);
	if (t->lone != 0) {
		pst_explain(setup, "trusted as itself",
		            "%u of them, no authorit%s", t->lone,
		            t->lone == 1 ? "y" : "ies");
	}
	for (i = 0; i < t->crls.count; i++) {
		listed += t->crls.list[i].count;
	}
	if (t->crls.count != 0) {
		pst_explain(setup, "revoked",
		            "%zu certificates in %zu lists; %s", listed,
		            t->crls.count,
		            trust->crl_overdue == TLS_CRL_OVERDUE_REFUSE
		                    ? "overdue lists refuse everybody whom "
		                      "they are about"
		                    : "overdue lists go on to be used");
	}
}

const struct pst_resource tls_trust_resource = {
	.size = sizeof(struct pst_resource),
	.conf_size = sizeof(struct tls_trust),
	.id = "trusts",
	.help = "Whom to trust: certificates of authorities, and which of "
		"theirs are revoked.",
	.path_option = "certificates",
	.word_option = "system",
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = init,
	.conf_finish = finish,
	.conf_explain = explain,
};
