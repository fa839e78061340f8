/* SPDX-License-Identifier: MIT */
/* Whom a hop believes: checked, asked for, explained. */
#include "tls_trust.h"

#include "tls_conf.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORDS = 300
};

/* Whether the credentials name the authorities by now. */
struct tls_asked {
	pthread_mutex_t lock;
	bool done;
};

static const char *option_of(uint8_t role)
{
	return role == PST_ACCEPT ? "client_trust" : "trust";
}

static int check_one(const struct tls_trust *trust, struct pst_setup *setup)
{
	const struct tls_trusted *t;

	if (!trust->system || (setup->flags & PST_SETUP_CHECKED) != 0) {
		return PST_OK;
	}
	t = tls_trust_get(trust);
	if (t->system == 0) {
		pst_error(setup, option_of(setup->role),
		          "the system's store has no certificate in it; "
		          "install ca-certificates, or name a file");
		return PST_CONFIG;
	}
	if (setup->role == PST_ACCEPT) {
		pst_warning(setup, "client_trust",
		            "system: everybody who has a certificate from one "
		            "of %u public authorities may come in; name your "
		            "own authority",
		            t->system);
	}
	return PST_OK;
}

int tls_trust_init(struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_refs *refs = tls_trust_refs(&conf->trust, setup->role);
	int failed = 0;
	size_t i;

	if (!tls_checks_chain(conf, setup->role)) {
		return PST_OK;
	}
	for (i = 0; i < refs->count; i++) {
		failed |= check_one(tls_trust_at(refs, i), setup);
	}
	if (setup->role == PST_ACCEPT) {
		conf->trust.asked = calloc(1, sizeof(*conf->trust.asked));
		if (conf->trust.asked == NULL) {
			pst_error(setup, NULL, "memory ran out");
			return PST_CONFIG;
		}
		pthread_mutex_init(&conf->trust.asked->lock, NULL);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_trust_finish(struct tls_trust_of_hop *trust)
{
	if (trust->asked != NULL) {
		pthread_mutex_destroy(&trust->asked->lock);
		free(trust->asked);
		trust->asked = NULL;
	}
}

/* What is not named is verified all the same, so the many names of a system's
 * store are left out. */
static void name_all(const struct tls_conf *conf, const struct tls_trust *trust)
{
	const struct tls_trusted *t = tls_trust_get(trust);
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t crt;

	while (t->list != NULL && t->system == 0 &&
	       gnutls_x509_trust_list_iter_get_ca(t->list, &iter, &crt) == 0) {
		(void)gnutls_certificate_set_x509_trust(conf->credentials, &crt,
		                                        1);
		gnutls_x509_crt_deinit(crt);
	}
	gnutls_x509_trust_list_iter_deinit(iter);
}

void tls_trust_ask(const struct tls_conf *conf)
{
	struct tls_asked *asked = conf->trust.asked;
	size_t i;

	if (asked == NULL) {
		return;
	}
	pthread_mutex_lock(&asked->lock);
	for (i = 0; !asked->done && i < conf->trust.front.count; i++) {
		name_all(conf, tls_trust_at(&conf->trust.front, i));
	}
	asked->done = true;
	pthread_mutex_unlock(&asked->lock);
}

void tls_trust_text(const struct tls_conf *conf, uint8_t role, char *out,
                    size_t size)
{
	const struct pst_refs *refs = tls_trust_refs(&conf->trust, role);
	size_t used = 0, i;

	snprintf(out, size, "nobody");
	for (i = 0; i < refs->count && used < size; i++) {
		const char *name = refs->item[i].name;
		char words[WORDS];
		int n;

		tls_trust_words(tls_trust_at(refs, i), words, sizeof(words));
		n = snprintf(out + used, size - used,
		             name == NULL ? "%s%s%s%s" : "%s%s (%s)%s",
		             used == 0              ? ""
		             : i + 1 == refs->count ? " and "
		                                    : ", ",
		             name == NULL ? "" : name, words, "");
		used += n < 0 ? 0 : (size_t)n;
	}
}

void tls_trust_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_refs *refs = tls_trust_refs(&conf->trust, setup->role);
	unsigned count = 0;
	char text[2 * WORDS];
	size_t i;

	if (!tls_checks_chain(conf, setup->role)) {
		return;
	}
	for (i = 0; i < refs->count; i++) {
		const struct tls_trusted *t =
			tls_trust_get(tls_trust_at(refs, i));

		count += t->count + t->system;
	}
	tls_trust_text(conf, setup->role, text, sizeof(text));
	pst_explain(setup, "trust", "%s, %u certificate%s", text, count,
	            count == 1 ? "" : "s");
}
