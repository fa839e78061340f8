/* SPDX-License-Identifier: MIT */
/* Which keys a peer can check signatures of. */
#include "tls_select.h"
#include "tls_wire.h"

#include <stdio.h>
#include <string.h>

enum {
	SUITES_READ = 512,     /* of a hello that lists more */
	HELLO_RANDOM_END = 34, /* version and random */
	EXTENSION_GROUPS = 10
};

/* -- TLS 1.2 and before: suites and groups ----------------------------------- */

/* RFC 8422 5.1.1: of the curves that a client lists */
static int note_group(void *ctx, unsigned id, const unsigned char *data,
                      unsigned size)
{
	uint32_t *curves = ctx;
	unsigned i;

	if (id != EXTENSION_GROUPS || size < 2) {
		return 0;
	}
	*curves = 0;
	for (i = 2; i + 1 < size; i += 2) {
		unsigned code = (unsigned)data[i] << 8 | data[i + 1];

		*curves |= code == 23   ? TLS_KIND_P256
		           : code == 24 ? TLS_KIND_P384
		           : code == 25 ? TLS_KIND_P521
		                        : 0u;
	}
	return 0;
}

static void note_suite(struct tls_offer *offer, const struct tls_own *own,
                       unsigned code)
{
	const struct tls_suite *suite = tls_suite_by_code(code);

	if (suite == NULL || !tls_suites_have(&own->suites, suite)) {
		return;
	}
	switch ((enum tls_kx)suite->kx) {
	case TLS_KX_ECDHE_ECDSA:
		offer->kinds |= TLS_KINDS_ECDSA | TLS_KINDS_EDDSA;
		return;
	case TLS_KX_ECDHE_RSA:
	case TLS_KX_DHE_RSA:
		offer->kinds |= TLS_KINDS_RSA;
		return;
	case TLS_KX_RSA:
		offer->static_rsa = true;
		return;
	case TLS_KX_ANY:
	case TLS_KX_COUNT:
		return;
	}
}

void tls_offer_read(struct tls_offer *offer_out, const struct tls_own *own,
                    const gnutls_datum_t *message)
{
	const uint8_t *at = message->data + HELLO_RANDOM_END;
	size_t left = message->size, length, i;

	memset(offer_out, 0, sizeof(*offer_out));
	offer_out->curves = TLS_KINDS_ECDSA;
	if (left <= HELLO_RANDOM_END) {
		return;
	}
	left -= HELLO_RANDOM_END;
	if (left < (size_t)at[0] + 3) {
		return;
	}
	left -= (size_t)at[0] + 3;
	at += at[0] + 1;
	length = (size_t)at[0] << 8 | at[1];
	at += 2;
	if (length > left) {
		return;
	}
	/* a hello without extensions is an error to it, and lists no curves */
	(void)gnutls_ext_raw_parse(&offer_out->curves, note_group, message,
	                           GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO);
	length = length > 2 * SUITES_READ ? 2 * SUITES_READ : length;
	for (i = 0; i + 1 < length; i += 2) {
		note_suite(offer_out, own, (unsigned)at[i] << 8 | at[i + 1]);
	}
}

/* -- signature algorithms ----------------------------------------------------- */

static const struct {
	gnutls_sign_algorithm_t algorithm;
	uint32_t in_1_2, in_1_3; /* RFC 8446 4.2.3 */
} signs[] = {
	{GNUTLS_SIGN_RSA_SHA1, TLS_KIND_RSA, 0},
	{GNUTLS_SIGN_RSA_SHA256, TLS_KIND_RSA, 0},
	{GNUTLS_SIGN_RSA_SHA384, TLS_KIND_RSA, 0},
	{GNUTLS_SIGN_RSA_SHA512, TLS_KIND_RSA, 0},
	{GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, TLS_KIND_RSA, TLS_KIND_RSA},
	{GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, TLS_KIND_RSA, TLS_KIND_RSA},
	{GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, TLS_KIND_RSA, TLS_KIND_RSA},
	{GNUTLS_SIGN_RSA_PSS_SHA256, TLS_KIND_RSA_PSS, TLS_KIND_RSA_PSS},
	{GNUTLS_SIGN_RSA_PSS_SHA384, TLS_KIND_RSA_PSS, TLS_KIND_RSA_PSS},
	{GNUTLS_SIGN_RSA_PSS_SHA512, TLS_KIND_RSA_PSS, TLS_KIND_RSA_PSS},
	{GNUTLS_SIGN_ECDSA_SHA1, TLS_KINDS_ECDSA, 0},
	{GNUTLS_SIGN_ECDSA_SHA256, TLS_KINDS_ECDSA, 0},
	{GNUTLS_SIGN_ECDSA_SHA384, TLS_KINDS_ECDSA, 0},
	{GNUTLS_SIGN_ECDSA_SHA512, TLS_KINDS_ECDSA, 0},
	{GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, TLS_KINDS_ECDSA, TLS_KIND_P256},
	{GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_KINDS_ECDSA, TLS_KIND_P384},
	{GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, TLS_KINDS_ECDSA, TLS_KIND_P521},
	{GNUTLS_SIGN_EDDSA_ED25519, TLS_KIND_ED25519, TLS_KIND_ED25519},
	{GNUTLS_SIGN_EDDSA_ED448, TLS_KIND_ED448, TLS_KIND_ED448},
};

static uint32_t kinds_of(gnutls_sign_algorithm_t algorithm, bool is_1_3)
{
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (signs[i].algorithm == algorithm) {
			return is_1_3 ? signs[i].in_1_3 : signs[i].in_1_2;
		}
	}
	return 0;
}

/* Does this end make such signatures? */
static bool is_ours(const struct tls_conf *conf,
                    gnutls_sign_algorithm_t algorithm)
{
	const unsigned *list;
	int n = gnutls_priority_sign_list(conf->spoken.priority, &list);
	int i;

	for (i = 0; i < n; i++) {
		if (list[i] == (unsigned)algorithm) {
			return true;
		}
	}
	return false;
}

static uint32_t signed_kinds(gnutls_session_t session,
                             const struct tls_conf *conf, bool is_1_3)
{
	gnutls_sign_algorithm_t algorithm;
	uint32_t kinds = 0;
	size_t i;

	for (i = 0;
	     gnutls_sign_algorithm_get_requested(session, i, &algorithm) == 0;
	     i++) {
		if (is_ours(conf, algorithm)) {
			kinds |= kinds_of(algorithm, is_1_3);
		}
	}
	if (i == 0) { /* RFC 5246 7.4.1.4.1: not listed is SHA-1 */
		kinds |=
			is_ours(conf, GNUTLS_SIGN_RSA_SHA1) ? TLS_KIND_RSA : 0u;
		kinds |= is_ours(conf, GNUTLS_SIGN_ECDSA_SHA1)
		                 ? (uint32_t)TLS_KINDS_ECDSA
		                 : 0u;
	}
	return kinds;
}

uint32_t tls_offer_takes(gnutls_session_t session, const struct tls_conf *conf)
{
	const struct tls_wire *w = gnutls_session_get_ptr(session);
	const struct tls_offer *offer = &w->state->offer;
	gnutls_protocol_t version = gnutls_protocol_get_version(session);
	uint32_t kinds;

	if (version == GNUTLS_TLS1_3) {
		return signed_kinds(session, conf, true);
	}
	kinds = version == GNUTLS_TLS1_2
	                ? signed_kinds(session, conf, false)
	                : (uint32_t)TLS_KIND_RSA | TLS_KINDS_ECDSA;
	if (w->me->role == PST_ACCEPT) {
		kinds &= offer->kinds;
		kinds |= offer->static_rsa ? TLS_KIND_RSA : 0u;
	}
	return kinds;
}

void tls_kinds_text(uint32_t kinds, char *out, size_t size)
{
	static const struct {
		uint32_t kind;
		const char *name;
	} names[] = {
		{TLS_KIND_P256, "ECDSA P-256"}, {TLS_KIND_P384, "ECDSA P-384"},
		{TLS_KIND_P521, "ECDSA P-521"}, {TLS_KIND_ED25519, "Ed25519"},
		{TLS_KIND_ED448, "Ed448"},      {TLS_KIND_RSA, "RSA"},
		{TLS_KIND_RSA_PSS, "RSA-PSS"},
	};
	size_t i, used = 0;

	snprintf(out, size, "none");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((kinds & names[i].kind) != 0 && used < size) {
			used += (size_t)snprintf(out + used, size - used,
			                         "%s%s", used == 0 ? "" : ", ",
			                         names[i].name);
		}
	}
}
