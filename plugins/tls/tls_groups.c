/* SPDX-License-Identifier: MIT */
/* The tables of groups (RFC 8446 4.2.7) and signatures (4.2.3). */
#include "tls_groups.h"

#include "tls_near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct tls_code_name groups[] = {
	{23, true, "P-256", {"secp256r1", "prime256v1"}, "+GROUP-SECP256R1:"},
	{24, true, "P-384", {"secp384r1"}, "+GROUP-SECP384R1:"},
	{25, true, "P-521", {"secp521r1"}, "+GROUP-SECP521R1:"},
	{29, true, "X25519", {"curve25519"}, "+GROUP-X25519:"},
	{30, true, "X448", {"curve448"}, "+GROUP-X448:"},
	{256, true, "ffdhe2048", {NULL}, "+GROUP-FFDHE2048:"},
	{257, true, "ffdhe3072", {NULL}, "+GROUP-FFDHE3072:"},
	{258, true, "ffdhe4096", {NULL}, "+GROUP-FFDHE4096:"},
	{259, true, "ffdhe6144", {NULL}, "+GROUP-FFDHE6144:"},
	{260, true, "ffdhe8192", {NULL}, "+GROUP-FFDHE8192:"},
	{19, false, "secp192r1", {"P-192", "prime192v1"}, NULL},
	{21, false, "secp224r1", {"P-224"}, NULL},
	{22, false, "secp256k1", {NULL}, NULL},
	{26, false, "brainpoolP256r1", {NULL}, NULL},
	{27, false, "brainpoolP384r1", {NULL}, NULL},
	{28, false, "brainpoolP512r1", {NULL}, NULL},
	{4587, false, "SecP256r1MLKEM768", {NULL}, NULL},
	{4588, false, "X25519MLKEM768", {NULL}, NULL},
	{25497, false, "X25519Kyber768Draft00", {NULL}, NULL},
};

/* TLS 1.2 and 1.3 share the codes of ECDSA, GnuTLS's names differ. */
static const struct tls_code_name signatures[] = {
	{0x0403,
         true,
         "ecdsa_secp256r1_sha256",
         {NULL},
         "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:"},
	{0x0503,
         true,
         "ecdsa_secp384r1_sha384",
         {NULL},
         "+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SHA384:"},
	{0x0603,
         true,
         "ecdsa_secp521r1_sha512",
         {NULL},
         "+SIGN-ECDSA-SECP521R1-SHA512:+SIGN-ECDSA-SHA512:"},
	{0x0807, true, "ed25519", {NULL}, "+SIGN-EDDSA-ED25519:"},
	{0x0808, true, "ed448", {NULL}, "+SIGN-EDDSA-ED448:"},
	{0x0804,
         true,
         "rsa_pss_rsae_sha256",
         {NULL},
         "+SIGN-RSA-PSS-RSAE-SHA256:"},
	{0x0805,
         true,
         "rsa_pss_rsae_sha384",
         {NULL},
         "+SIGN-RSA-PSS-RSAE-SHA384:"},
	{0x0806,
         true,
         "rsa_pss_rsae_sha512",
         {NULL},
         "+SIGN-RSA-PSS-RSAE-SHA512:"},
	{0x0809, true, "rsa_pss_pss_sha256", {NULL}, "+SIGN-RSA-PSS-SHA256:"},
	{0x080a, true, "rsa_pss_pss_sha384", {NULL}, "+SIGN-RSA-PSS-SHA384:"},
	{0x080b, true, "rsa_pss_pss_sha512", {NULL}, "+SIGN-RSA-PSS-SHA512:"},
	{0x0401, true, "rsa_pkcs1_sha256", {NULL}, "+SIGN-RSA-SHA256:"},
	{0x0501, true, "rsa_pkcs1_sha384", {NULL}, "+SIGN-RSA-SHA384:"},
	{0x0601, true, "rsa_pkcs1_sha512", {NULL}, "+SIGN-RSA-SHA512:"},
	{0x0201, false, "rsa_pkcs1_sha1", {NULL}, NULL},
	{0x0203, false, "ecdsa_sha1", {NULL}, NULL},
	{0x0202, false, "dsa_sha1", {NULL}, NULL},
	{0x0402, false, "dsa_sha256", {NULL}, NULL},
	{0x0301, false, "rsa_pkcs1_sha224", {NULL}, NULL},
	{0x0303, false, "ecdsa_sha224", {NULL}, NULL},
};

struct table {
	const struct tls_code_name *row;
	size_t count;
	const char *what;
};

static const struct table group_table = {
	groups, sizeof(groups) / sizeof(groups[0]), "a group"};
static const struct table signature_table = {
	signatures, sizeof(signatures) / sizeof(signatures[0]),
	"a signature scheme"};

static bool is_called(const struct tls_code_name *row, const char *text)
{
	return strcasecmp(row->name, text) == 0 ||
	       (row->other[0] != NULL &&
	        strcasecmp(row->other[0], text) == 0) ||
	       (row->other[1] != NULL && strcasecmp(row->other[1], text) == 0);
}

static const struct tls_code_name *by_code(const struct table *t,
                                           unsigned long code)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->row[i].code == code) {
			return &t->row[i];
		}
	}
	return NULL;
}

static const struct tls_code_name *by_text(const struct table *t,
                                           const char *text)
{
	size_t i;

	if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0') {
		return by_code(t, strtoul(text, NULL, 10));
	}
	for (i = 0; i < t->count; i++) {
		if (is_called(&t->row[i], text)) {
			return &t->row[i];
		}
	}
	return NULL;
}

static const struct tls_code_name *find(const struct table *t, const char *text,
                                        char *why_out, size_t size)
{
	const struct tls_code_name *row = by_text(t, text);
	struct tls_near near;
	char hint[80];
	size_t i;

	if (row != NULL && row->offered) {
		return row;
	}
	if (row != NULL) {
		snprintf(why_out, size, "(%s) is %s", row->name,
		         t == &signature_table ? "too weak, or not in GnuTLS"
		                               : "too small, or not in GnuTLS");
		return NULL;
	}
	tls_near_init(&near, text);
	for (i = 0; i < t->count; i++) {
		if (t->row[i].offered) {
			tls_near_try(&near, t->row[i].name);
		}
	}
	snprintf(why_out, size, "is not %s%s", t->what,
	         tls_near_hint(&near, hint, sizeof(hint)));
	return NULL;
}

const struct tls_code_name *tls_group_find(const char *text, char *why_out,
                                           size_t size)
{
	return find(&group_table, text, why_out, size);
}

const struct tls_code_name *tls_signature_find(const char *text, char *why_out,
                                               size_t size)
{
	return find(&signature_table, text, why_out, size);
}

static const char *name_of(const struct table *t, uint16_t code, char *spare,
                           size_t size)
{
	const struct tls_code_name *row = by_code(t, code);

	if (row != NULL) {
		return row->name;
	}
	snprintf(spare, size, "0x%04x", code);
	return spare;
}

const char *tls_group_name(uint16_t code, char *spare, size_t size)
{
	return name_of(&group_table, code, spare, size);
}

const char *tls_signature_name(uint16_t code, char *spare, size_t size)
{
	return name_of(&signature_table, code, spare, size);
}

/* Both names of ECDSA are in a row: "+SIGN-A:+SIGN-B:". */
uint16_t tls_signature_code(gnutls_sign_algorithm_t algorithm)
{
	const char *name = gnutls_sign_get_name(algorithm);
	char spelled[64];
	size_t i;

	if (name == NULL) {
		return 0;
	}
	snprintf(spelled, sizeof(spelled), "+SIGN-%s:", name);
	for (i = 0; i < signature_table.count; i++) {
		const char *ours = signatures[i].gnutls;

		if (ours != NULL && strcasestr(ours, spelled) != NULL) {
			return signatures[i].code;
		}
	}
	return 0;
}
