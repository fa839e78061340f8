/* SPDX-License-Identifier: MIT */
/* Who this end is: gathered from the settings of a hop, checked, explained. */
#include "tls_own.h"

#include "tls_conf.h"
#include "tls_select.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LISTED = 6,
	EXPLAINED_MAX = 8
};

/* -- what there is ---------------------------------------------------------- */

static void take(struct tls_own *own, const struct tls_identity *id)
{
	if (id == NULL || id->pair_count == 0) {
		return; /* its own conf_init reported it */
	}
	own->all[own->count++] = id;
	own->pair_count += id->pair_count;
	own->kinds |= id->kinds;
	own->is_slow |= (id->kinds & TLS_KINDS_RSA) != 0 ||
	                id->password_file.data != NULL;
}

static int gather(struct tls_own *own, struct pst_setup *setup)
{
	bool in_place = tls_identity_is_set(&own->in_place);
	int failed = PST_OK;
	size_t i;

	if (in_place) {
		failed = tls_identity_init(&own->in_place, setup);
	}
	own->all = calloc(own->identities.count + 1, sizeof(own->all[0]));
	if (own->all == NULL) {
		pst_error(setup, "identity", "memory ran out");
		return PST_CONFIG;
	}
	if (in_place) {
		take(own, &own->in_place);
	}
	for (i = 0; i < own->identities.count; i++) {
		take(own, own->identities.item[i].conf);
	}
	if (!in_place && own->identities.count == 0 &&
	    setup->role == PST_ACCEPT) {
		pst_error(setup, NULL,
		          "to accept TLS, set certificate and private_key, or "
		          "identity, keystore or directory");
		return PST_CONFIG;
	}
	return failed;
}

/* -- names ------------------------------------------------------------------ */

void tls_own_wildcard(const char *host, char out[TLS_PATTERN_MAX + 1])
{
	const char *rest = strchr(host, '.');

	/* RFC 9525 6.3: not directly above a last label */
	if (rest == NULL || rest == host || strchr(rest + 1, '.') == NULL) {
		out[0] = '\0';
	} else {
		snprintf(out, TLS_PATTERN_MAX + 1, "*%s", rest);
	}
}

static bool has(const struct tls_own *own, const char *name)
{
	size_t i, at;

	for (i = 0; name[0] != '\0' && i < own->count; i++) {
		if (tls_identity_find(own->all[i], name, &at) != 0) {
			return true;
		}
	}
	return false;
}

/* As the index spells it. */
static void spell(const struct tls_name *name, char out[TLS_PATTERN_MAX + 1])
{
	if (name->address_length == 0 ||
	    inet_ntop(name->address_length == 4 ? AF_INET : AF_INET6,
	              name->address, out, TLS_PATTERN_MAX + 1) == NULL) {
		snprintf(out, TLS_PATTERN_MAX + 1, "%s", name->text);
	}
}

bool tls_own_covers(const struct tls_own *own, const struct tls_name *name)
{
	char pattern[TLS_PATTERN_MAX + 1];

	spell(name, pattern);
	if (has(own, pattern)) {
		return true;
	}
	if (name->address_length != 0) {
		return false;
	}
	tls_own_wildcard(name->text, pattern);
	return has(own, pattern);
}

void tls_own_names(const struct tls_own *own, char *out, size_t size)
{
	size_t used = 0, listed = 0, total = 0, i, n;

	out[0] = '\0';
	for (i = 0; i < own->count; i++) {
		const char *name = own->all[i]->names + 1;

		total += own->all[i]->name_count;
		for (n = 0; n < own->all[i]->name_count && listed < LISTED;
		     n++, listed++, name += strlen(name) + 1) {
			used += (size_t)snprintf(out + used, size - used,
			                         "%s%.100s",
			                         listed == 0 ? "" : ", ", name);
			if (used >= size) {
				return;
			}
		}
	}
	if (total > listed) {
		snprintf(out + used, size - used, " and %zu more",
		         total - listed);
	} else if (total == 0) {
		snprintf(out, size, "none");
	}
}

/* Where the identities are named, for reports. */
static const char *option_of(const struct tls_own *own)
{
	if (own->count == 0 || own->all[0] != &own->in_place) {
		return "identity";
	}
	return tls_pair_option(&own->in_place, &own->in_place.pairs[0]);
}

/* Whether a certificate is for `host`; "*.name" takes one for just that. */
static bool is_for(const struct tls_own *own, const char *host)
{
	struct tls_name name;
	const char *why;

	if (strncmp(host, "*.", 2) == 0) {
		return has(own, host);
	}
	return tls_name_parse(host, &name, &why) == PST_OK &&
	       tls_own_covers(own, &name);
}

/* The name by which clients call must be in a certificate. */
static int check_url(const struct tls_own *own, struct pst_setup *setup)
{
	const char *host = setup->url == NULL ? "" : setup->url->host;
	bool one = own->pair_count == 1;
	char names[TLS_PATTERN_MAX * 3];

	if (host[0] == '\0' || own->pair_count == 0 || is_for(own, host)) {
		return PST_OK;
	}
	tls_own_names(own, names, sizeof(names));
	pst_error(setup, option_of(own),
	          "%s for %s, the host in %s; the names in %s "
	          "(subjectAltName) are: %s",
	          one ? "is not" : "no certificate is", host, setup->url->text,
	          one ? "it" : "them", names);
	return PST_CONFIG;
}

/* -- the default ------------------------------------------------------------ */

static int set_default(struct tls_own *own, struct pst_setup *setup)
{
	const char *asked = own->default_certificate;
	bool wild = strncmp(asked, "*.", 2) == 0;
	char names[TLS_PATTERN_MAX * 3];
	struct tls_name name;
	const char *why;

	if (tls_name_parse(wild ? asked + 2 : asked, &name, &why) != PST_OK) {
		pst_error(setup, "default_certificate", "\"%s\" %s", asked,
		          why);
		return PST_CONFIG;
	}
	spell(&name, own->default_name + (wild ? 2 : 0));
	memcpy(own->default_name, "*.", wild ? 2 : 0);
	own->default_from = "default_certificate";
	if (wild ? has(own, own->default_name) : tls_own_covers(own, &name)) {
		return PST_OK;
	}
	tls_own_names(own, names, sizeof(names));
	pst_error(setup, "default_certificate",
	          "no certificate is for %s; the names in them "
	          "(subjectAltName) are: %s",
	          asked, names);
	return PST_CONFIG;
}

static int find_default(struct tls_own *own, struct pst_setup *setup)
{
	const char *host = setup->url == NULL ? "" : setup->url->host;
	const struct tls_identity *first = own->all[0];
	struct tls_name name;
	const char *why;

	if (own->default_certificate != NULL) {
		return set_default(own, setup);
	}
	if (strncmp(host, "*.", 2) == 0) {
		snprintf(own->default_name, sizeof(own->default_name), "%s",
		         host);
		own->default_from = "the host in the URL";
		return PST_OK;
	}
	if (host[0] != '\0' && tls_name_parse(host, &name, &why) == PST_OK) {
		spell(&name, own->default_name);
		own->default_from = "the host in the URL";
		return PST_OK;
	}
	snprintf(own->default_name, sizeof(own->default_name), "%s",
	         first->names + first->pairs[0].first_name);
	own->default_from = "the first certificate";
	return PST_OK;
}

/* -- all together ----------------------------------------------------------- */

int tls_own_init(struct tls_conf *conf, struct pst_setup *setup)
{
	struct tls_own *own = &conf->own;
	const char *stranger;
	int failed = gather(own, setup);

	gnutls_certificate_set_retrieve_function3(conf->credentials,
	                                          tls_select);
	if (conf->spoken.priority != NULL) {
		tls_priority_suites(conf->spoken.priority, &own->suites,
		                    &stranger);
	}
	/* of what could not be read no names are known */
	if (setup->role == PST_ACCEPT && own->count != 0 && failed == 0) {
		failed |= check_url(own, setup);
		failed |= find_default(own, setup);
	}
	return failed != PST_OK ? PST_CONFIG : PST_OK;
}

void tls_own_finish(struct tls_own *own)
{
	tls_identity_finish(&own->in_place);
	free(own->all);
	own->all = NULL;
	own->count = 0;
}

static void explain_default(const struct tls_own *own, struct pst_setup *setup)
{
	pst_explain(setup, "default certificate", "%s, by %s",
	            own->default_name[0] != '\0' ? own->default_name
	                                         : "one without a name",
	            own->default_from);
}

static void explain_refs(const struct tls_own *own, struct pst_setup *setup)
{
	size_t i;

	for (i = 0; i < own->identities.count; i++) {
		const struct pst_ref *ref = &own->identities.item[i];
		const struct tls_identity *id = ref->conf;

		pst_explain(setup, "identity", "%s, %zu certificate%s",
		            ref->name == NULL ? "made in place" : ref->name,
		            id->pair_count, id->pair_count == 1 ? "" : "s");
	}
}

void tls_own_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct tls_own *own = &conf->own;

	if (own->count == 0) {
		pst_explain(setup, "certificate", "none is shown");
		return;
	}
	explain_refs(own, setup);
	if (setup->role == PST_ACCEPT && own->pair_count > 1) {
		explain_default(own, setup);
	}
	if (own->in_place.pair_count !=
	    0) { /* resources speak for themselves */
		tls_identity_explain(&own->in_place, setup, EXPLAINED_MAX);
	}
}
