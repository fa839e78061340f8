/* SPDX-License-Identifier: MIT */
/* The table of cipher suites, and sets of them. */
#include "tls_suites.h"

#include "tls_near.h"

#include <ctype.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const tls_kx_names[TLS_KX_COUNT] = {
	[TLS_KX_ANY] = NULL,
	[TLS_KX_ECDHE_ECDSA] = "ECDHE-ECDSA",
	[TLS_KX_ECDHE_RSA] = "ECDHE-RSA",
	[TLS_KX_DHE_RSA] = "DHE-RSA",
	[TLS_KX_RSA] = "RSA",
};
const char *const tls_cipher_names[TLS_CIPHER_COUNT] = {
	[TLS_CIPHER_AES_128_GCM] = "AES-128-GCM",
	[TLS_CIPHER_AES_256_GCM] = "AES-256-GCM",
	[TLS_CIPHER_CHACHA20_POLY1305] = "CHACHA20-POLY1305",
	[TLS_CIPHER_AES_128_CCM] = "AES-128-CCM",
	[TLS_CIPHER_AES_256_CCM] = "AES-256-CCM",
	[TLS_CIPHER_AES_128_CCM_8] = "AES-128-CCM-8",
	[TLS_CIPHER_AES_256_CCM_8] = "AES-256-CCM-8",
	[TLS_CIPHER_AES_128_CBC] = "AES-128-CBC",
	[TLS_CIPHER_AES_256_CBC] = "AES-256-CBC",
};
const char *const tls_mac_names[TLS_MAC_COUNT] = {
	[TLS_MAC_AEAD] = "AEAD",
	[TLS_MAC_SHA1] = "SHA1",
	[TLS_MAC_SHA256] = "SHA256",
	[TLS_MAC_SHA384] = "SHA384",
};

/* IANA's registry "TLS Cipher Suites", and the names in ciphers(1). */
static const struct tls_suite suites[] = {
	{0x1301, TLS_KX_ANY, TLS_CIPHER_AES_128_GCM, TLS_MAC_AEAD,
         "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
	{0x1302, TLS_KX_ANY, TLS_CIPHER_AES_256_GCM, TLS_MAC_AEAD,
         "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
	{0x1303, TLS_KX_ANY, TLS_CIPHER_CHACHA20_POLY1305, TLS_MAC_AEAD,
         "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
	{0x1304, TLS_KX_ANY, TLS_CIPHER_AES_128_CCM, TLS_MAC_AEAD,
         "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
	{0x1305, TLS_KX_ANY, TLS_CIPHER_AES_128_CCM_8, TLS_MAC_AEAD,
         "TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256"},
	{0x002f, TLS_KX_RSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA1,
         "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
	{0x0035, TLS_KX_RSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA1,
         "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
	{0x003c, TLS_KX_RSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA256,
         "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"},
	{0x003d, TLS_KX_RSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA256,
         "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256"},
	{0x009c, TLS_KX_RSA, TLS_CIPHER_AES_128_GCM, TLS_MAC_AEAD,
         "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
	{0x009d, TLS_KX_RSA, TLS_CIPHER_AES_256_GCM, TLS_MAC_AEAD,
         "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
	{0xc09c, TLS_KX_RSA, TLS_CIPHER_AES_128_CCM, TLS_MAC_AEAD,
         "TLS_RSA_WITH_AES_128_CCM", "AES128-CCM"},
	{0xc09d, TLS_KX_RSA, TLS_CIPHER_AES_256_CCM, TLS_MAC_AEAD,
         "TLS_RSA_WITH_AES_256_CCM", "AES256-CCM"},
	{0xc0a0, TLS_KX_RSA, TLS_CIPHER_AES_128_CCM_8, TLS_MAC_AEAD,
         "TLS_RSA_WITH_AES_128_CCM_8", "AES128-CCM8"},
	{0xc0a1, TLS_KX_RSA, TLS_CIPHER_AES_256_CCM_8, TLS_MAC_AEAD,
         "TLS_RSA_WITH_AES_256_CCM_8", "AES256-CCM8"},
	{0x0033, TLS_KX_DHE_RSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA1,
         "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA"},
	{0x0039, TLS_KX_DHE_RSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA1,
         "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA"},
	{0x0067, TLS_KX_DHE_RSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA256,
         "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256"},
	{0x006b, TLS_KX_DHE_RSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA256,
         "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"},
	{0x009e, TLS_KX_DHE_RSA, TLS_CIPHER_AES_128_GCM, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"},
	{0x009f, TLS_KX_DHE_RSA, TLS_CIPHER_AES_256_GCM, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"},
	{0xccaa, TLS_KX_DHE_RSA, TLS_CIPHER_CHACHA20_POLY1305, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
         "DHE-RSA-CHACHA20-POLY1305"},
	{0xc09e, TLS_KX_DHE_RSA, TLS_CIPHER_AES_128_CCM, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_AES_128_CCM", "DHE-RSA-AES128-CCM"},
	{0xc09f, TLS_KX_DHE_RSA, TLS_CIPHER_AES_256_CCM, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_AES_256_CCM", "DHE-RSA-AES256-CCM"},
	{0xc0a2, TLS_KX_DHE_RSA, TLS_CIPHER_AES_128_CCM_8, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_AES_128_CCM_8", "DHE-RSA-AES128-CCM8"},
	{0xc0a3, TLS_KX_DHE_RSA, TLS_CIPHER_AES_256_CCM_8, TLS_MAC_AEAD,
         "TLS_DHE_RSA_WITH_AES_256_CCM_8", "DHE-RSA-AES256-CCM8"},
	{0xc013, TLS_KX_ECDHE_RSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA1,
         "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
	{0xc014, TLS_KX_ECDHE_RSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA1,
         "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
	{0xc028, TLS_KX_ECDHE_RSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA384,
         "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"},
	{0xc009, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA1,
         "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
	{0xc00a, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA1,
         "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
	{0xc023, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA256,
         "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
         "ECDHE-ECDSA-AES128-SHA256"},
	{0xc027, TLS_KX_ECDHE_RSA, TLS_CIPHER_AES_128_CBC, TLS_MAC_SHA256,
         "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"},
	{0xc02b, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_128_GCM, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
         "ECDHE-ECDSA-AES128-GCM-SHA256"},
	{0xc02c, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_256_GCM, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
         "ECDHE-ECDSA-AES256-GCM-SHA384"},
	{0xc02f, TLS_KX_ECDHE_RSA, TLS_CIPHER_AES_128_GCM, TLS_MAC_AEAD,
         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
         "ECDHE-RSA-AES128-GCM-SHA256"},
	{0xc030, TLS_KX_ECDHE_RSA, TLS_CIPHER_AES_256_GCM, TLS_MAC_AEAD,
         "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
         "ECDHE-RSA-AES256-GCM-SHA384"},
	{0xc024, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_256_CBC, TLS_MAC_SHA384,
         "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
         "ECDHE-ECDSA-AES256-SHA384"},
	{0xcca8, TLS_KX_ECDHE_RSA, TLS_CIPHER_CHACHA20_POLY1305, TLS_MAC_AEAD,
         "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
         "ECDHE-RSA-CHACHA20-POLY1305"},
	{0xcca9, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_CHACHA20_POLY1305, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
         "ECDHE-ECDSA-CHACHA20-POLY1305"},
	{0xc0ac, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_128_CCM, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"},
	{0xc0ad, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_256_CCM, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM"},
	{0xc0ae, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_128_CCM_8, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"},
	{0xc0af, TLS_KX_ECDHE_ECDSA, TLS_CIPHER_AES_256_CCM_8, TLS_MAC_AEAD,
         "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8"},
};

enum {
	SUITE_COUNT = sizeof(suites) / sizeof(suites[0]),
	NAME_ROOM = 96
};

/* Names by which users may know what is not spoken. The first that is in a
 * name says why. */
static const struct {
	const char *part;
	const char *why;
} refused[] = {
	{"NULL", "encrypts nothing"},
	{"EXP", "is weakened for export"},
	{"RC4", "uses RC4, which is broken"},
	{"ARCFOUR", "uses RC4, which is broken"},
	{"3DES", "uses 3DES, whose blocks are too short (CVE-2016-2183)"},
	{"DES-CBC", "uses DES, which is broken"},
	{"DES_CBC", "uses DES, which is broken"},
	{"ANON", "proves nobody's name"},
	{"ADH", "proves nobody's name"},
	{"AECDH", "proves nobody's name"},
	{"MD5", "uses MD5, which is broken"},
	{"PSK", "needs keys that both ends share, which are not supported"},
	{"SRP", "needs passwords in TLS, which are not supported"},
	{"KRB5", "needs Kerberos in TLS, which is not supported"},
	{"DSS", "needs DSA certificates, which are not supported"},
	{"ECDH_", "has no forward secrecy, and GnuTLS does not have it"},
	{"ECDH-", "has no forward secrecy, and GnuTLS does not have it"},
	{"ARIA", "is not in GnuTLS"},
	{"SEED", "is not in GnuTLS"},
	{"IDEA", "is not in GnuTLS"},
	{"GOST", "is not supported"},
	{"CAMELLIA", "is not supported; AES stands in for it"},
	{"DHE-DSS", "needs DSA certificates, which are not supported"},
};

const struct tls_suite *tls_suite_by_code(unsigned code)
{
	size_t i;

	for (i = 0; i < SUITE_COUNT; i++) {
		if (suites[i].code == code) {
			return &suites[i];
		}
	}
	return NULL;
}

/* Capital letters; GnuTLS leaves out "_WITH", and says SHA1 for SHA. */
static void normalize(const char *text, char *out)
{
	size_t used = 0;

	while (*text != '\0' && used < NAME_ROOM - 1) {
		if (strncasecmp(text, "_WITH", 5) == 0) {
			text += 5;
			continue;
		}
		out[used++] = (char)toupper((unsigned char)*text++);
	}
	out[used] = '\0';
	if (used > 5 && strcmp(out + used - 5, "_SHA1") == 0) {
		out[used - 1] = '\0';
	}
}

static bool is_called(const struct tls_suite *s, const char *wanted)
{
	static const char tail[] = "_SHA256";
	char name[NAME_ROOM];
	size_t length = strlen(wanted);

	normalize(s->name, name);
	if (strcmp(name, wanted) == 0 || strcasecmp(s->openssl, wanted) == 0) {
		return true;
	}
	/* also known without the hash, which RFC 7905 has in the name */
	return s->cipher == TLS_CIPHER_CHACHA20_POLY1305 &&
	       strncmp(name, wanted, length) == 0 &&
	       strcmp(name + length, tail) == 0;
}

/* What GnuTLS calls a suite that is none of ours. */
static const char *foreign_name(unsigned code)
{
	const char *name;
	uint8_t id[2];
	size_t i;

	for (i = 0; (name = gnutls_cipher_suite_info(i, id, NULL, NULL, NULL,
	                                             NULL)) != NULL;
	     i++) {
		if ((unsigned)(id[0] << 8 | id[1]) == code) {
			return name;
		}
	}
	return NULL;
}

static bool explain_refused(const char *name, char *why_out, size_t size)
{
	char upper[NAME_ROOM];
	size_t i;

	normalize(name, upper);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strstr(upper, refused[i].part) != NULL) {
			snprintf(why_out, size, "%s", refused[i].why);
			return true;
		}
	}
	return false;
}

static const struct tls_suite *find_number(const char *text, char *why_out,
                                           size_t size)
{
	unsigned long code = strtoul(text, NULL, 0);
	const struct tls_suite *s =
		code > UINT16_MAX ? NULL : tls_suite_by_code((unsigned)code);
	const char *name;
	char why[160];

	if (s != NULL) {
		return s;
	}
	name = code > UINT16_MAX ? NULL : foreign_name((unsigned)code);
	if (name != NULL && explain_refused(name, why, sizeof(why))) {
		snprintf(why_out, size, "(%s) %s", name, why);
	} else {
		snprintf(why_out, size,
		         "is not the number of a cipher suite that GnuTLS has");
	}
	return NULL;
}

static void say_unknown(const char *text, char *why_out, size_t size)
{
	struct tls_near near;
	char hint[80];
	size_t i;

	tls_near_init(&near, text);
	for (i = 0; i < SUITE_COUNT; i++) {
		tls_near_try(&near, suites[i].name);
		tls_near_try(&near, suites[i].openssl);
	}
	if (strpbrk(text, "+!@") != NULL || strcasecmp(text, "HIGH") == 0 ||
	    strcasecmp(text, "MEDIUM") == 0 ||
	    strcasecmp(text, "DEFAULT") == 0 || strcasecmp(text, "ALL") == 0) {
		snprintf(
			why_out, size,
			"is an expression of OpenSSL; name the suites (openssl "
			"ciphers -s prints what it stands for), or leave "
			"ciphers out");
		return;
	}
	snprintf(why_out, size, "is not the name of a cipher suite%s",
	         tls_near_hint(&near, hint, sizeof(hint)));
}

const struct tls_suite *tls_suite_find(const char *text, char *why_out,
                                       size_t size)
{
	char wanted[NAME_ROOM];
	size_t i;

	if (text[0] != '\0' &&
	    (text[strspn(text, "0123456789")] == '\0' ||
	     (strncasecmp(text, "0x", 2) == 0 && text[2] != '\0' &&
	      text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0'))) {
		return find_number(text, why_out, size);
	}
	normalize(text, wanted);
	for (i = 0; i < SUITE_COUNT; i++) {
		if (is_called(&suites[i], wanted)) {
			return &suites[i];
		}
	}
	if (strpbrk(text, "+!@") != NULL ||
	    !explain_refused(text, why_out, size)) {
		say_unknown(text, why_out, size);
	}
	return NULL;
}

bool tls_suite_is_1_3(const struct tls_suite *suite)
{
	return suite->kx == TLS_KX_ANY;
}

unsigned tls_suite_since(const struct tls_suite *suite)
{
	if (tls_suite_is_1_3(suite)) {
		return 4;
	}
	return suite->mac == TLS_MAC_SHA1 ? 1 : 3;
}

const char *tls_suite_weakness(const struct tls_suite *suite)
{
	if (suite->kx == TLS_KX_RSA) {
		return "has no forward secrecy";
	}
	if (suite->mac != TLS_MAC_AEAD) {
		return "has no authenticated encryption (CBC)";
	}
	if (suite->cipher == TLS_CIPHER_AES_128_CCM_8 ||
	    suite->cipher == TLS_CIPHER_AES_256_CCM_8) {
		return "authenticates with 64 bits only (CCM_8)";
	}
	return NULL;
}

bool tls_suites_have(const struct tls_suite_list *list,
                     const struct tls_suite *suite)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->item[i] == suite) {
			return true;
		}
	}
	return false;
}

bool tls_suites_use(const struct tls_suite_list *list, enum tls_kx kx)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->item[i]->kx == kx) {
			return true;
		}
	}
	return false;
}

void tls_suites_add(struct tls_suite_list *list, const struct tls_suite *suite)
{
	if (!tls_suites_have(list, suite)) {
		list->item[list->count++] = suite;
	}
}

/* What a list uses of each kind, in order of first use. */
struct axes {
	uint8_t kx[TLS_KX_COUNT], cipher[TLS_CIPHER_COUNT], mac[TLS_MAC_COUNT];
	size_t kx_count, cipher_count, mac_count;
};

static void use(uint8_t *used, size_t *count_io, uint8_t what)
{
	if (memchr(used, what, *count_io) == NULL) {
		used[(*count_io)++] = what;
	}
}

static void find_axes(const struct tls_suite_list *list, struct axes *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	/* GnuTLS lists those of TLS 1.3 first */
	use(out->kx, &out->kx_count, TLS_KX_ANY);
	for (i = 0; i < list->count; i++) {
		use(out->kx, &out->kx_count, list->item[i]->kx);
		use(out->cipher, &out->cipher_count, list->item[i]->cipher);
		use(out->mac, &out->mac_count, list->item[i]->mac);
	}
}

static void add_cell(struct tls_suite_list *out, unsigned low, unsigned high,
                     const uint8_t cell[3])
{
	size_t i;

	for (i = 0; i < SUITE_COUNT; i++) {
		const struct tls_suite *s = &suites[i];

		if (s->kx == cell[0] && s->cipher == cell[1] &&
		    s->mac == cell[2] && tls_suite_since(s) <= high &&
		    (!tls_suite_is_1_3(s) ? low < 4 : true)) {
			tls_suites_add(out, s);
		}
	}
}

void tls_suites_product(const struct tls_suite_list *list, unsigned low,
                        unsigned high, struct tls_suite_list *product_out)
{
	struct axes a;
	size_t k, c, m;

	find_axes(list, &a);
	product_out->count = 0;
	for (k = 0; k < a.kx_count; k++) {
		for (c = 0; c < a.cipher_count; c++) {
			for (m = 0; m < a.mac_count; m++) {
				const uint8_t cell[3] = {a.kx[k], a.cipher[c],
				                         a.mac[m]};

				add_cell(product_out, low, high, cell);
			}
		}
	}
}

void tls_suites_minus(const struct tls_suite_list *a,
                      const struct tls_suite_list *b,
                      struct tls_suite_list *out)
{
	size_t i;

	out->count = 0;
	for (i = 0; i < a->count; i++) {
		if (!tls_suites_have(b, a->item[i])) {
			tls_suites_add(out, a->item[i]);
		}
	}
}

void tls_suites_text(const struct tls_suite_list *list, size_t most, char *out,
                     size_t size)
{
	size_t used = 0, i;

	snprintf(out, size, "none");
	for (i = 0; i < list->count && i < most && used < size; i++) {
		const char *join = i == 0                 ? ""
		                   : i + 1 == list->count ? " and "
		                                          : ", ";
		int n = snprintf(out + used, size - used, "%s%s", join,
		                 list->item[i]->name);

		used += n < 0 ? 0 : (size_t)n;
	}
	if (list->count > most && used < size) {
		snprintf(out + used, size - used, " and %zu more",
		         list->count - most);
	}
}
