/* SPDX-License-Identifier: MIT */
/* The commands that make something: self-signed, ca, request, issue. */
#include "cert/cert_authority.h"
#include "cert/cert_pair.h"
#include "cert/cert_print.h"
#include "tls_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	LEAF_DAYS = 397, /* with the hour for late clocks within 398 days */
	CA_DAYS = 3650
};

/* -- what is told ------------------------------------------------------ */

static void tell_pair(const struct cert_pair *pair, gnutls_x509_crt_t crt)
{
	char until[32], print[CERT_PRINT_SIZE];

	tls_date(gnutls_x509_crt_get_expiration_time(crt), until,
	         sizeof(until));
	printf("%s\n", pair->pem.path);
	cert_print_names("  names      ", crt);
	printf("  valid      until %s\n", until);
	cert_print_fingerprint(crt, print);
	printf("  sha256     %s\n", print);
	if (pair->made_key) {
		printf("%s\n  private key, mode 0600%s: keep it here, and "
		       "nowhere else\n",
		       pair->key.path,
		       pair->password.given ? ", encrypted" : "");
	}
}

static void tell_server(const struct cert_pair *pair)
{
	const char *key = pair->made_key ? pair->key.path : pair->own.key_path;

	printf("in the accept hop:\n"
	       "  tls = { certificate = \"%s\"; private_key = \"%s\"; };\n",
	       pair->pem.path, key == NULL ? "its key" : key);
}

static void tell_client(const struct cert_pair *pair)
{
	const char *key = pair->made_key ? pair->key.path : pair->own.key_path;

	printf("the client shows it, for example:\n"
	       "  curl --cert %s --key %s https://...\n",
	       pair->pem.path, key == NULL ? "its-key" : key);
}

/* -- the common steps -------------------------------------------------- */

static int export_chain(gnutls_x509_crt_t crt, const struct cert_items *above,
                        gnutls_datum_t *out)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	unsigned i;
	int code = CERT_GOOD;

	if (file == NULL) {
		return cert_bad("memory ran out");
	}
	code = cert_print_pem(file, crt);
	for (i = 0; above != NULL && i < above->count; i++) {
		/* a root adds nothing: who trusts it has it */
		if (gnutls_x509_crt_check_issuer(above->crt[i],
		                                 above->crt[i]) == 0) {
			code = cert_print_pem(file, above->crt[i]) | code;
		}
	}
	if (fclose(file) != 0 || text == NULL) {
		code = cert_bad("memory ran out");
	}
	if (code != CERT_GOOD) {
		free(text);
		return code;
	}
	out->data = (unsigned char *)text;
	out->size = (unsigned)length;
	return CERT_GOOD;
}

static int write_certificate(struct cert_pair *pair, gnutls_x509_crt_t crt,
                             const struct cert_items *above)
{
	gnutls_datum_t pem;
	int code = export_chain(crt, above, &pem);

	if (code == CERT_GOOD) {
		code = cert_pair_write(pair, &pem);
		free(pem.data);
	}
	if (code == CERT_GOOD) {
		tell_pair(pair, crt);
	}
	return code;
}

/* A certificate that vouches for itself: a server's or an authority's. */
static int make_root(struct cert_pair *pair, gnutls_x509_crt_t *crt)
{
	struct cert_issuer self = {NULL, NULL};
	int code = cert_pair_key(pair);

	if (code != CERT_GOOD) {
		return code;
	}
	self.key = pair->own.key;
	code = cert_make(&pair->wish, pair->own.key, NULL, &self, crt);
	if (code != CERT_GOOD) {
		return code;
	}
	code = write_certificate(pair, *crt, NULL);
	gnutls_x509_crt_deinit(*crt);
	return code;
}

int cert_self_signed(const struct cert_line *line)
{
	struct cert_pair pair = {0};
	gnutls_x509_crt_t crt;
	int code = cert_pair_open(&pair, line, "pem", LEAF_DAYS);

	if (code == CERT_GOOD) {
		code = make_root(&pair, &crt);
	}
	if (code == CERT_GOOD && pair.wish.server) {
		tell_server(&pair);
		printf("clients must be given %s to trust it, and can compare "
		       "its sha256:\n"
		       "  curl --cacert %s https://...\n",
		       pair.pem.path, pair.pem.path);
	} else if (code == CERT_GOOD) {
		tell_client(&pair);
	}
	cert_pair_close(&pair);
	return code;
}

int cert_ca(const struct cert_line *line)
{
	struct cert_pair pair = {0};
	gnutls_x509_crt_t crt;
	int code;

	pair.wish.ca_name = line->operand[0];
	code = cert_pair_open(&pair, line, "pem", CA_DAYS);
	if (code == CERT_GOOD) {
		code = make_root(&pair, &crt);
	}
	if (code == CERT_GOOD) {
		printf("issue with it:\n"
		       "  penstock-cert issue --ca %s gateway.example.com\n",
		       pair.pem.path);
	}
	cert_pair_close(&pair);
	return code;
}

static int write_request(struct cert_pair *pair)
{
	gnutls_x509_crq_t crq;
	gnutls_datum_t pem;
	int code = cert_pair_key(pair), ret;

	if (code == CERT_GOOD) {
		code = cert_make_request(&pair->wish, pair->own.key, &crq);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	ret = gnutls_x509_crq_export2(crq, GNUTLS_X509_FMT_PEM, &pem);
	gnutls_x509_crq_deinit(crq);
	if (ret < 0) {
		return cert_bad("the request: %s", gnutls_strerror(ret));
	}
	code = cert_pair_write(pair, &pem);
	gnutls_free(pem.data);
	return code;
}

int cert_request(const struct cert_line *line)
{
	struct cert_pair pair = {0};
	size_t i;
	int code = cert_pair_open(&pair, line, "csr", LEAF_DAYS);

	if (code == CERT_GOOD) {
		code = write_request(&pair);
	}
	if (code == CERT_GOOD) {
		printf("%s\n  asks for  ", pair.pem.path);
		for (i = 0; i < pair.wish.name_count; i++) {
			printf(" %s", pair.wish.names[i].text);
		}
		printf("\n");
		if (pair.made_key) {
			printf("%s\n  private key, mode 0600%s: keep it here, "
			       "and nowhere else\n",
			       pair.key.path,
			       pair.password.given ? ", encrypted" : "");
		}
		printf("give the .csr to your authority; put what comes back, "
		       "with all intermediates,\ninto one .pem, and look at "
		       "it with: penstock-cert verify FILE.pem %s\n",
		       pair.made_key ? pair.key.path
		                     : line->value[CERT_KEY_FILE]);
	}
	cert_pair_close(&pair);
	return code;
}

/* -- issue ------------------------------------------------------------- */

/* RFC 2986 3: the signature proves that who asks has the key. */
static int load_request(const struct cert_line *line, struct cert_pair *pair)
{
	const char *path = line->value[CERT_REQUEST];
	int code, ret;

	if (path == NULL) {
		return line->operand_count == 0
		               ? cert_usage(line, "needs a NAME or --request")
		               : CERT_GOOD;
	}
	if (cert_given(line, CERT_KEY) || cert_given(line, CERT_KEY_FILE)) {
		return cert_usage(line, "a request has its own key: --key and "
		                        "--key-file say nothing here");
	}
	code = cert_items_load(&pair->own, path, NULL);
	if (code == CERT_GOOD && pair->own.crq == NULL) {
		return cert_bad("%s: holds no certificate request", path);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	ret = gnutls_x509_crq_verify(pair->own.crq, 0);
	return ret >= 0 ? CERT_GOOD
	                : cert_bad("%s: its signature is wrong: who made it "
	                           "does not have the key, or it was changed",
	                           path);
}

/* RFC 5280 7.1: names are compared without case and encoding. */
static bool names_itself(gnutls_x509_crt_t crt)
{
	char subject[256], issuer[256];

	tls_subject(crt, subject, sizeof(subject));
	tls_issuer(crt, issuer, sizeof(issuer));
	return strcasecmp(subject, issuer) == 0;
}

/* What nobody would accept is not given away: a name that the authority must
 * not issue for, a weak key, a subject that is the authority's own. */
static int would_be_accepted(gnutls_x509_crt_t crt, gnutls_x509_crt_t ca)
{
	gnutls_x509_trust_list_t list;
	gnutls_datum_t words = {NULL, 0};
	unsigned status = 0;
	int ret = gnutls_x509_trust_list_init(&list, 0);

	if (ret == 0 && names_itself(crt)) {
		gnutls_x509_trust_list_deinit(list, 0);
		return cert_bad("the subject would be the authority's own; "
		                "give another with --subject");
	}
	if (ret == 0) {
		ret = gnutls_x509_trust_list_add_cas(list, &ca, 1, 0);
		if (ret >= 0) {
			ret = gnutls_x509_trust_list_verify_crt2(
				list, &crt, 1, NULL, 0, 0, &status, NULL);
		}
		gnutls_x509_trust_list_deinit(list, 0);
	}
	if (ret < 0) {
		return cert_bad("the new certificate: %s",
		                gnutls_strerror(ret));
	}
	if (status == 0) {
		return CERT_GOOD;
	}
	gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509,
	                                             &words, 0);
	cert_bad("nobody would accept the new certificate: %s",
	         words.data == NULL ? "it fails verification"
	                            : (const char *)words.data);
	gnutls_free(words.data);
	return CERT_BAD;
}

static int issue(struct cert_pair *pair, const struct cert_items *ca)
{
	struct cert_issuer issuer = {ca->crt[0], ca->key};
	gnutls_x509_crt_t crt;
	int code = pair->own.crq == NULL ? cert_pair_key(pair) : CERT_GOOD;

	if (code == CERT_GOOD) {
		code = cert_make(&pair->wish, pair->own.key, pair->own.crq,
		                 &issuer, &crt);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	code = would_be_accepted(crt, ca->crt[0]);
	if (code == CERT_GOOD) {
		code = write_certificate(pair, crt, ca);
	}
	gnutls_x509_crt_deinit(crt);
	return code;
}

int cert_issue(const struct cert_line *line)
{
	struct cert_pair pair = {0};
	struct cert_items ca = {0};
	char key_path[CERT_PATH_MAX];
	int code = load_request(line, &pair);

	if (code == CERT_GOOD) {
		code = cert_authority_load(line, &ca, key_path);
	}
	if (code == CERT_GOOD) {
		code = cert_pair_open(&pair, line, "pem", LEAF_DAYS);
	}
	if (code == CERT_GOOD) {
		code = issue(&pair, &ca);
	}
	if (code == CERT_GOOD && pair.made_key) {
		if (pair.wish.server) {
			tell_server(&pair);
		} else {
			tell_client(&pair);
		}
		printf("whoever checks it trusts %s\n", line->value[CERT_CA]);
	}
	cert_items_finish(&ca);
	cert_pair_close(&pair);
	return code;
}
