/* SPDX-License-Identifier: MIT */
/* Lists of revoked certificates: read, checked, asked. */
#include "tls_crl.h"

#include "tls_creds.h"
#include "tls_peer_text.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DN_TEXT = 256,
	DATE_TEXT = 32,
	SERIAL_MAX = 20, /* RFC 5280 5.2.3 */
	SERIAL_GIVEN = 256,
	DER_SEQUENCE = 0x30
};

/* Longer serials than the RFC allows are told apart by their hash. */
static void pack_serial(const uint8_t *data, size_t length, uint8_t out[21])
{
	uint8_t hash[32] = {0};

	memset(out, 0, 21);
	while (length != 0 && data[0] == 0) {
		data++;
		length--;
	}
	if (length <= SERIAL_MAX) {
		out[0] = (uint8_t)length;
		memcpy(out + 1, data, length);
		return;
	}
	gnutls_hash_fast(GNUTLS_DIG_SHA256, data, length, hash);
	out[0] = UINT8_MAX;
	memcpy(out + 1, hash, SERIAL_MAX);
}

static int by_serial(const void *a, const void *b)
{
	return memcmp(a, b, 21);
}

/* Returns a GnuTLS error. */
static int read_serials(gnutls_x509_crl_t crl, struct tls_crl *out)
{
	int count = gnutls_x509_crl_get_crt_count(crl);
	gnutls_x509_crl_iter_t iter = NULL;
	uint8_t serial[SERIAL_GIVEN];
	int i, ret = 0;

	if (count <= 0) {
		return count == GNUTLS_E_ASN1_ELEMENT_NOT_FOUND ? 0 : count;
	}
	out->serials = calloc((size_t)count, sizeof(out->serials[0]));
	if (out->serials == NULL) {
		return GNUTLS_E_MEMORY_ERROR;
	}
	for (i = 0; i < count && ret == 0; i++) {
		size_t length = sizeof(serial);

		ret = gnutls_x509_crl_iter_crt_serial(crl, &iter, serial,
		                                      &length, NULL);
		if (ret == 0) {
			pack_serial(serial, length, out->serials[i]);
		}
	}
	gnutls_x509_crl_iter_deinit(iter);
	if (ret == 0) {
		out->count = (size_t)count;
		qsort(out->serials, out->count, sizeof(out->serials[0]),
		      by_serial);
	}
	return ret;
}

static void issuer_text(gnutls_x509_crl_t crl, char *out, size_t size)
{
	gnutls_datum_t dn = {NULL, 0};

	snprintf(out, size, "(no name)");
	if (gnutls_x509_crl_get_issuer_dn3(crl, &dn, 0) == 0) {
		tls_clean(out, size, dn.data, dn.size);
		gnutls_free(dn.data);
	}
}

/* RFC 5280 5.2: a list with a critical extension that is not understood must
 * not be used. So delta lists and lists for a part are refused. */
static bool is_special(gnutls_x509_crl_t crl, char oid[64])
{
	unsigned i, critical;

	for (i = 0;; i++) {
		size_t size = 64;
		int ret = gnutls_x509_crl_get_extension_info(crl, i, oid, &size,
		                                             &critical);

		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			return false;
		}
		if (ret < 0) {
			snprintf(oid, 64, "(unreadable)");
			return true;
		}
		if (critical != 0) {
			return true;
		}
	}
}

/* Is the signature on the list one of `by`? Its dates are not looked at. */
static bool is_signed_by(gnutls_x509_crl_t crl, gnutls_x509_crt_t *by,
                         unsigned count)
{
	const unsigned dates = GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
	                       GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE;
	unsigned i, status;

	/* one at a time: authorities may share a name */
	for (i = 0; i < count; i++) {
		status = 0;
		if (gnutls_x509_crl_check_issuer(crl, by[i]) != 0 &&
		    gnutls_x509_crl_verify(crl, &by[i], 1, 0, &status) == 0 &&
		    (status & ~(dates | GNUTLS_CERT_INVALID)) == 0 &&
		    ((status & GNUTLS_CERT_INVALID) == 0 ||
		     (status & dates) != 0)) {
			return true;
		}
	}
	return false;
}

static bool is_signed_by_system(gnutls_x509_crl_t crl,
                                gnutls_x509_trust_list_t system)
{
	gnutls_datum_t dn = {NULL, 0};
	gnutls_x509_crt_t by;
	bool is;

	if (system == NULL || gnutls_x509_crl_get_raw_issuer_dn(crl, &dn) < 0) {
		return false;
	}
	if (gnutls_x509_trust_list_get_issuer_by_dn(system, &dn, &by,
	                                            GNUTLS_TL_GET_COPY) != 0) {
		gnutls_free(dn.data);
		return false;
	}
	is = is_signed_by(crl, &by, 1);
	gnutls_x509_crt_deinit(by);
	gnutls_free(dn.data);
	return is;
}

static void check_dates(const struct tls_crl *crl, struct pst_setup *setup,
                        const char *issuer)
{
	char date[DATE_TEXT];

	if (crl->from > (time_t)setup->now) {
		tls_date(crl->from, date, sizeof(date));
		pst_warning(setup, "crl", "%s: the list of %s begins on %s",
		            crl->path, issuer, date);
	}
	if (crl->until == (time_t)-1) {
		return;
	}
	if (crl->until < (time_t)setup->now) {
		tls_date(crl->until, date, sizeof(date));
		pst_warning(setup, "crl",
		            "%s: the list of %s was to be renewed by %s; "
		            "see crl_overdue",
		            crl->path, issuer, date);
		return; /* a newer list is welcome, even so */
	}
	pst_expires(setup, crl->until, "revocation list %s (%s)", crl->path,
	            issuer);
}

static int bad_list(struct pst_setup *setup, const struct pst_file *file,
                    int ret)
{
	if (tls_file_has(file, "BEGIN CERTIFICATE-----")) {
		pst_error(setup, "crl",
		          "%s holds a certificate and no revocation list; "
		          "whom to trust is set in certificates",
		          file->path);
	} else {
		pst_error(setup, "crl", "%s has no revocation list in it: %s",
		          file->path,
		          file->length == 0 ? "it is empty"
		                            : gnutls_strerror(ret));
	}
	return PST_CONFIG;
}

/* Judge one parsed list. */
static int check_list(gnutls_x509_crl_t crl, struct pst_setup *setup,
                      const char *path, const char *issuer, bool is_signed)
{
	char oid[64];

	if (is_special(crl, oid)) {
		pst_error(setup, "crl",
		          "%s: the list of %s has the critical extension %s; "
		          "only full lists are understood, no delta lists and "
		          "none for a part of the certificates",
		          path, issuer, oid);
		return PST_CONFIG;
	}
	if (!is_signed) {
		pst_error(setup, "crl",
		          "%s: no certificate that is trusted here signed the "
		          "list of %s; put the certificate of the authority "
		          "that did into certificates",
		          path, issuer);
		return PST_CONFIG;
	}
	return PST_OK;
}

/* Keep what is looked up of `crl`. */
static int add_list(struct tls_crls *crls, struct pst_setup *setup,
                    const char *path, gnutls_x509_crl_t crl, bool is_signed)
{
	struct tls_crl *bigger, *one;
	char issuer[DN_TEXT];
	int ret;

	issuer_text(crl, issuer, sizeof(issuer));
	if (check_list(crl, setup, path, issuer, is_signed) != PST_OK) {
		return PST_CONFIG;
	}
	bigger = realloc(crls->list, (crls->count + 1) * sizeof(*bigger));
	if (bigger == NULL) {
		pst_error(setup, "crl", "memory ran out");
		return PST_CONFIG;
	}
	crls->list = bigger;
	one = &bigger[crls->count++];
	memset(one, 0, sizeof(*one));
	one->path = path;
	one->from = gnutls_x509_crl_get_this_update(crl);
	one->until = gnutls_x509_crl_get_next_update(crl);
	ret = gnutls_x509_crl_get_raw_issuer_dn(crl, &one->issuer);
	ret = ret < 0 ? ret : read_serials(crl, one);
	if (ret < 0) {
		pst_error(setup, "crl", "%s cannot be read: %s", path,
		          gnutls_strerror(ret));
		return PST_CONFIG;
	}
	check_dates(one, setup, issuer);
	return PST_OK;
}

static int load_file(struct tls_crls *crls, struct pst_setup *setup,
                     const struct pst_file *file, gnutls_x509_crt_t *by,
                     unsigned by_count, gnutls_x509_trust_list_t system)
{
	bool der = file->length != 0 && file->data[0] == DER_SEQUENCE;
	gnutls_datum_t data = tls_datum(file->data, file->length);
	gnutls_x509_crl_t *list = NULL;
	unsigned count = 0, i;
	int failed = 0, ret;

	ret = gnutls_x509_crl_list_import2(
		&list, &count, &data,
		der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM, 0);
	if (ret < 0 || count == 0) {
		return bad_list(setup, file, ret);
	}
	for (i = 0; i < count; i++) {
		bool is = is_signed_by(list[i], by, by_count) ||
		          is_signed_by_system(list[i], system);

		failed |= add_list(crls, setup, file->path, list[i], is);
		gnutls_x509_crl_deinit(list[i]);
	}
	gnutls_free(list);
	return failed != 0 ? PST_CONFIG : PST_OK;
}

int tls_crls_load(struct tls_crls *crls, struct pst_setup *setup,
                  const struct pst_files *files, gnutls_x509_crt_t *by,
                  unsigned by_count, gnutls_x509_trust_list_t system)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < files->count; i++) {
		failed |= load_file(crls, setup, &files->item[i], by, by_count,
		                    system);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_crls_finish(struct tls_crls *crls)
{
	size_t i;

	for (i = 0; i < crls->count; i++) {
		gnutls_free(crls->list[i].issuer.data);
		free(crls->list[i].serials);
	}
	free(crls->list);
	crls->list = NULL;
	crls->count = 0;
}

static bool is_of(const struct tls_crl *crl, const gnutls_datum_t *issuer)
{
	return crl->issuer.size == issuer->size &&
	       memcmp(crl->issuer.data, issuer->data, issuer->size) == 0;
}

/* Has `newest` been overtaken by `crl`? */
static bool is_newer(const struct tls_crl *crl, const struct tls_crl *newest)
{
	return newest == NULL || crl->until == (time_t)-1 ||
	       (newest->until != (time_t)-1 && crl->until > newest->until);
}

static enum tls_crl_says ask(const struct tls_crls *crls,
                             const gnutls_datum_t *issuer,
                             const uint8_t serial[21], time_t now,
                             const struct tls_crl **which_out)
{
	const struct tls_crl *newest = NULL;
	size_t i;

	for (i = 0; i < crls->count; i++) {
		const struct tls_crl *crl = &crls->list[i];

		if (!is_of(crl, issuer)) {
			continue;
		}
		if (crl->count != 0 && bsearch(serial, crl->serials, crl->count,
		                               21, by_serial) != NULL) {
			*which_out = crl;
			return TLS_CRL_REVOKED;
		}
		newest = is_newer(crl, newest) ? crl : newest;
	}
	*which_out = newest;
	return newest != NULL && newest->until != (time_t)-1 &&
	                       newest->until < now
	               ? TLS_CRL_OVERDUE
	               : TLS_CRL_NOTHING;
}

enum tls_crl_says tls_crls_ask(const struct tls_crls *crls,
                               gnutls_x509_crt_t crt, time_t now,
                               const struct tls_crl **which_out)
{
	uint8_t serial[SERIAL_GIVEN], packed[21];
	gnutls_datum_t issuer = {NULL, 0};
	size_t length = sizeof(serial);
	enum tls_crl_says says;

	*which_out = NULL;
	if (crls->count == 0) {
		return TLS_CRL_NOTHING;
	}
	/* no list can speak for what cannot be read: see who calls */
	if (gnutls_x509_crt_get_serial(crt, serial, &length) != 0 ||
	    gnutls_x509_crt_get_raw_issuer_dn(crt, &issuer) != 0) {
		return TLS_CRL_REVOKED;
	}
	pack_serial(serial, length, packed);
	says = ask(crls, &issuer, packed, now, which_out);
	gnutls_free(issuer.data);
	return says;
}
