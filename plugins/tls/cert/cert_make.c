/* SPDX-License-Identifier: MIT */
/* Making keys, certificates and requests (RFC 5280, RFC 2986). */
#include "cert/cert_make.h"

#include "cert/cert_line.h"
#include "cert/cert_sans.h"
#include "tls_names.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

enum {
	DAY = 86400,
	SKEW = 3600,     /* clocks of peers may be this late */
	SERIAL = 16,     /* RFC 5280 4.1.2.2: at most 20, positive */
	COMMON_NAME = 64 /* RFC 5280 A.1: ub-common-name */
};

/* Stop at the first call that failed, with GnuTLS's own words. */
static int told(const char *what, int ret)
{
	return ret < 0 ? cert_bad("%s: %s", what, gnutls_strerror(ret))
	               : CERT_GOOD;
}

/* -- names ------------------------------------------------------------- */

static int server_refuses(const struct cert_name *name, const char *text)
{
	if (name->type == GNUTLS_SAN_RFC822NAME) {
		return cert_bad("\"%s\" is an e-mail address; those are for "
		                "--client",
		                text);
	}
	return cert_bad("\"%s\" is a URI; a server's certificate names hosts: "
	                "gateway.example.com, *.example.com, 192.0.2.1",
	                text);
}

static bool is_host(const struct cert_name *name)
{
	return name->type == GNUTLS_SAN_DNSNAME ||
	       name->type == GNUTLS_SAN_IPADDRESS;
}

static bool has_name(const struct cert_wish *wish, const char *text)
{
	size_t i;

	for (i = 0; i < wish->name_count; i++) {
		if (strcmp(wish->names[i].text, text) == 0) {
			return true;
		}
	}
	return false;
}

static int name_add(struct cert_wish *wish, const char *text)
{
	struct cert_name *name = &wish->names[wish->name_count];
	char why[CERT_WHY_MAX];

	if (wish->name_count == CERT_NAMES_MAX) {
		return cert_bad("more than %d names", CERT_NAMES_MAX);
	}
	if (cert_name_parse(text, name, why) != PST_OK) {
		return cert_bad("\"%s\" %s", text, why);
	}
	if (!is_host(name) && !wish->client) {
		return server_refuses(name, text);
	}
	wish->name_count += has_name(wish, name->text) ? 0 : 1;
	return CERT_GOOD;
}

int cert_wish_names(struct cert_wish *wish, const char *const *text,
                    size_t count)
{
	int code = CERT_GOOD;
	size_t i;

	for (i = 0; i < count && code == CERT_GOOD; i++) {
		code = name_add(wish, text[i]);
	}
	return code;
}

int cert_wish_request(struct cert_wish *wish, gnutls_x509_crq_t crq,
                      const char *path)
{
	struct cert_sans sans;
	char text[CERT_NAME_MAX + 1];
	unsigned i;
	int code = CERT_GOOD;

	if (!cert_sans_of_request(&sans, crq)) {
		return cert_bad("%s: asks for no names (subjectAltName); give "
		                "them behind --request",
		                path);
	}
	for (i = 0; code == CERT_GOOD && cert_sans_at(&sans, i); i++) {
		if (!cert_sans_name(&sans, text, sizeof(text))) {
			code = cert_bad("%s: asks for a name of a kind that is "
			                "not issued (%s)",
			                path, cert_sans_kind(&sans));
		} else {
			code = name_add(wish, text);
		}
	}
	cert_sans_finish(&sans);
	return code;
}

/* The extension as DER; owned by the caller. */
static int names_extension(const struct cert_wish *wish, gnutls_datum_t *der)
{
	gnutls_subject_alt_names_t sans;
	int ret = gnutls_subject_alt_names_init(&sans);
	size_t i;

	if (ret < 0) {
		return ret;
	}
	for (i = 0; i < wish->name_count && ret >= 0; i++) {
		const struct cert_name *name = &wish->names[i];
		gnutls_datum_t value = {(unsigned char *)(uintptr_t)name->text,
		                        (unsigned)strlen(name->text)};

		if (name->address_length != 0) {
			value.data = (unsigned char *)(uintptr_t)name->address;
			value.size = name->address_length;
		}
		ret = gnutls_subject_alt_names_set(sans, name->type, &value,
		                                   NULL);
	}
	if (ret >= 0) {
		ret = gnutls_x509_ext_export_subject_alt_names(sans, der);
	}
	gnutls_subject_alt_names_deinit(sans);
	return ret;
}

/* The common name, when the first name fits; else there is none. */
static const char *common_name(const struct cert_wish *wish)
{
	if (wish->ca_name != NULL) {
		return wish->ca_name;
	}
	return wish->name_count != 0 &&
	                       strlen(wish->names[0].text) <= COMMON_NAME
	               ? wish->names[0].text
	               : NULL;
}

/* -- keys -------------------------------------------------------------- */

int cert_key_make(const struct cert_key_kind *kind,
                  gnutls_x509_privkey_t *key_out)
{
	int ret = gnutls_x509_privkey_init(key_out);

	if (ret == 0) {
		ret = gnutls_x509_privkey_generate(*key_out, kind->algorithm,
		                                   kind->bits, 0);
		if (ret != 0) {
			gnutls_x509_privkey_deinit(*key_out);
		}
	}
	return told("no key could be made", ret);
}

gnutls_digest_algorithm_t cert_hash_for(gnutls_x509_privkey_t key)
{
	gnutls_digest_algorithm_t hash = GNUTLS_DIG_SHA256;
	gnutls_privkey_t any;
	gnutls_pubkey_t public;

	if (gnutls_privkey_init(&any) != 0) {
		return hash;
	}
	if (gnutls_pubkey_init(&public) == 0) {
		if (gnutls_privkey_import_x509(any, key, 0) == 0 &&
		    gnutls_pubkey_import_privkey(public, any, 0, 0) == 0) {
			gnutls_pubkey_get_preferred_hash_algorithm(public,
			                                           &hash, NULL);
		}
		gnutls_pubkey_deinit(public);
	}
	gnutls_privkey_deinit(any);
	return hash;
}

/* -- certificates ------------------------------------------------------ */

/* What came of setting --subject; `where` is what of it is wrong, or NULL. */
static int told_subject(const struct cert_wish *wish, int ret,
                        const char *where)
{
	return ret == 0
	               ? CERT_GOOD
	               : cert_bad("--subject \"%s\" is not of the form "
	                          "CN=Alice,O=Example: %s",
	                          wish->subject,
	                          where == NULL ? gnutls_strerror(ret) : where);
}

static int set_subject(const struct cert_wish *wish, gnutls_x509_crt_t crt)
{
	const char *where = NULL;
	const char *name = common_name(wish);
	int ret;

	if (wish->subject != NULL) {
		ret = gnutls_x509_crt_set_dn(crt, wish->subject, &where);
		return told_subject(wish, ret, where);
	}
	if (name == NULL) {
		return CERT_GOOD;
	}
	return told("the subject", gnutls_x509_crt_set_dn_by_oid(
					   crt, GNUTLS_OID_X520_COMMON_NAME, 0,
					   name, (unsigned)strlen(name)));
}

static int set_serial(gnutls_x509_crt_t crt)
{
	unsigned char serial[SERIAL];
	int ret = gnutls_rnd(GNUTLS_RND_RANDOM, serial, sizeof(serial));

	/* positive, and always of the same length */
	serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
	if (ret == 0) {
		ret = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	}
	return told("the serial number", ret);
}

static int set_times(const struct cert_wish *wish, gnutls_x509_crt_t crt,
                     gnutls_x509_crt_t issuer)
{
	time_t now = time(NULL), from = now - SKEW;
	time_t until = now + (time_t)wish->days * DAY - 1;
	char date[32];
	int ret;

	if (issuer != NULL) {
		time_t first = gnutls_x509_crt_get_activation_time(issuer);
		time_t last = gnutls_x509_crt_get_expiration_time(issuer);

		from = from < first ? first : from;
		if (until > last) {
			until = last;
			tls_date(last, date, sizeof(date));
			cert_warn("it ends with its authority, on %s, not in "
			          "%u days",
			          date, wish->days);
		}
	}
	ret = gnutls_x509_crt_set_activation_time(crt, from);
	if (ret == 0) {
		ret = gnutls_x509_crt_set_expiration_time(crt, until);
	}
	return told("the dates", ret);
}

/* RFC 5280 4.2.1.2: the id of a certificate's key is a hash of it. */
static int set_key_ids(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	unsigned char id[64];
	size_t length = sizeof(id);
	int ret = gnutls_x509_crt_get_key_id(crt, 0, id, &length);

	if (ret == 0) {
		ret = gnutls_x509_crt_set_subject_key_id(crt, id, length);
	}
	if (ret == 0 && issuer != NULL) {
		length = sizeof(id);
		ret = gnutls_x509_crt_get_subject_key_id(issuer, id, &length,
		                                         NULL);
		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			length = sizeof(id);
			ret = gnutls_x509_crt_get_key_id(issuer, 0, id,
			                                 &length);
		}
	}
	if (ret == 0) {
		ret = gnutls_x509_crt_set_authority_key_id(crt, id, length);
	}
	return told("the key ids", ret);
}

static unsigned usage_of(const struct cert_wish *wish, gnutls_x509_crt_t crt)
{
	unsigned bits;

	if (wish->ca_name != NULL) {
		return GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
	}
	if (wish->server &&
	    gnutls_x509_crt_get_pk_algorithm(crt, &bits) == GNUTLS_PK_RSA) {
		return GNUTLS_KEY_DIGITAL_SIGNATURE |
		       GNUTLS_KEY_KEY_ENCIPHERMENT;
	}
	return GNUTLS_KEY_DIGITAL_SIGNATURE;
}

static int set_uses(const struct cert_wish *wish, gnutls_x509_crt_t crt)
{
	bool ca = wish->ca_name != NULL;
	int ret = gnutls_x509_crt_set_basic_constraints(crt, ca ? 1 : 0,
	                                                ca ? 0 : -1);

	if (ret == 0) {
		ret = gnutls_x509_crt_set_key_usage(crt, usage_of(wish, crt));
	}
	if (ret == 0 && !ca && wish->server) {
		ret = gnutls_x509_crt_set_key_purpose_oid(
			crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	}
	if (ret == 0 && !ca && wish->client) {
		ret = gnutls_x509_crt_set_key_purpose_oid(
			crt, GNUTLS_KP_TLS_WWW_CLIENT, 0);
	}
	return told("the uses", ret);
}

static int set_names(const struct cert_wish *wish, gnutls_x509_crt_t crt)
{
	gnutls_datum_t der = {NULL, 0};
	/* RFC 5280 4.2.1.6: without a subject the names are critical */
	unsigned critical = common_name(wish) == NULL && wish->subject == NULL;
	int ret;

	if (wish->name_count == 0) {
		return CERT_GOOD;
	}
	ret = names_extension(wish, &der);
	if (ret >= 0) {
		ret = gnutls_x509_crt_set_extension_by_oid(
			crt, CERT_OID_NAMES, der.data, der.size, critical);
		gnutls_free(der.data);
	}
	return told("the names", ret);
}

static int set_key(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
                   gnutls_x509_crq_t crq)
{
	int ret;

	if (crq == NULL) {
		return told("the key", gnutls_x509_crt_set_key(crt, key));
	}
	ret = gnutls_x509_crt_set_crq(crt, crq);
	return told("the request", ret);
}

static int fill(const struct cert_wish *wish, gnutls_x509_crt_t crt,
                gnutls_x509_privkey_t key, gnutls_x509_crq_t crq,
                const struct cert_issuer *issuer)
{
	int code = told("the version", gnutls_x509_crt_set_version(crt, 3));

	if (code == CERT_GOOD) {
		code = set_key(crt, key, crq);
	}
	if (code == CERT_GOOD && (crq == NULL || wish->subject != NULL)) {
		code = set_subject(wish, crt);
	}
	if (code == CERT_GOOD) {
		code = set_serial(crt);
	}
	if (code == CERT_GOOD) {
		code = set_times(wish, crt, issuer->crt);
	}
	if (code == CERT_GOOD) {
		code = set_uses(wish, crt);
	}
	if (code == CERT_GOOD) {
		code = set_names(wish, crt);
	}
	return code == CERT_GOOD ? set_key_ids(crt, issuer->crt) : code;
}

int cert_make(const struct cert_wish *wish, gnutls_x509_privkey_t key,
              gnutls_x509_crq_t crq, const struct cert_issuer *issuer,
              gnutls_x509_crt_t *crt_out)
{
	gnutls_x509_crt_t crt;
	int code = told("a certificate", gnutls_x509_crt_init(&crt));

	if (code != CERT_GOOD) {
		return code;
	}
	code = fill(wish, crt, key, crq, issuer);
	if (code == CERT_GOOD) {
		gnutls_x509_crt_t by = issuer->crt == NULL ? crt : issuer->crt;

		code = told("signing", gnutls_x509_crt_sign2(
					       crt, by, issuer->key,
					       cert_hash_for(issuer->key), 0));
	}
	if (code == CERT_GOOD) {
		/* GnuTLS compares names only in what was read */
		*crt_out = cert_copy(crt);
		code = *crt_out == NULL ? cert_bad("memory ran out") : code;
	}
	gnutls_x509_crt_deinit(crt);
	return code;
}

/* -- requests ---------------------------------------------------------- */

static int request_subject(const struct cert_wish *wish, gnutls_x509_crq_t crq)
{
	const char *where = NULL, *name = common_name(wish);
	int ret;

	if (wish->subject != NULL) {
		ret = gnutls_x509_crq_set_dn(crq, wish->subject, &where);
		return told_subject(wish, ret, where);
	}
	if (name == NULL) {
		return CERT_GOOD;
	}
	return told("the subject", gnutls_x509_crq_set_dn_by_oid(
					   crq, GNUTLS_OID_X520_COMMON_NAME, 0,
					   name, (unsigned)strlen(name)));
}

static int request_extensions(const struct cert_wish *wish,
                              gnutls_x509_crq_t crq)
{
	gnutls_datum_t der = {NULL, 0};
	int ret = names_extension(wish, &der);

	if (ret >= 0) {
		ret = gnutls_x509_crq_set_extension_by_oid(
			crq, CERT_OID_NAMES, der.data, der.size, 0);
		gnutls_free(der.data);
	}
	if (ret >= 0) {
		ret = gnutls_x509_crq_set_key_usage(
			crq, GNUTLS_KEY_DIGITAL_SIGNATURE);
	}
	if (ret >= 0 && wish->server) {
		ret = gnutls_x509_crq_set_key_purpose_oid(
			crq, GNUTLS_KP_TLS_WWW_SERVER, 0);
	}
	if (ret >= 0 && wish->client) {
		ret = gnutls_x509_crq_set_key_purpose_oid(
			crq, GNUTLS_KP_TLS_WWW_CLIENT, 0);
	}
	return told("the names", ret);
}

int cert_make_request(const struct cert_wish *wish, gnutls_x509_privkey_t key,
                      gnutls_x509_crq_t *crq_out)
{
	gnutls_x509_crq_t crq;
	int code = told("a request", gnutls_x509_crq_init(&crq));

	if (code != CERT_GOOD) {
		return code;
	}
	code = told("the version", gnutls_x509_crq_set_version(crq, 1));
	if (code == CERT_GOOD) {
		code = told("the key", gnutls_x509_crq_set_key(crq, key));
	}
	if (code == CERT_GOOD) {
		code = request_subject(wish, crq);
	}
	if (code == CERT_GOOD) {
		code = request_extensions(wish, crq);
	}
	if (code == CERT_GOOD) {
		code = told(
			"signing",
			gnutls_x509_crq_sign2(crq, key, cert_hash_for(key), 0));
	}
	if (code != CERT_GOOD) {
		gnutls_x509_crq_deinit(crq);
		return code;
	}
	*crq_out = crq;
	return CERT_GOOD;
}
