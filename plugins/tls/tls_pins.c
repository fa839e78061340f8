/* SPDX-License-Identifier: MIT */
/* SHA-256 values in settings: parsed, made, compared. */
#include "tls_pins.h"

#include <penstock/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOW                                                           \
	"write sha256:HEX with 64 digits, or sha256//BASE64 with 44 " \
	"characters"

/* Returns the bytes read; 0: it is not hexadecimal or too long. */
static size_t from_hex(const char *text, size_t length,
                       uint8_t out[TLS_HASH_BYTES])
{
	size_t n = 0, i = 0;

	while (i < length) {
		if (n != 0 && text[i] == ':') {
			i++;
		}
		if (i + 2 > length || n == TLS_HASH_BYTES ||
		    pst_hex_digit(text[i]) < 0 || pst_hex_digit(text[i + 1]) < 0) {
			return 0;
		}
		out[n++] = (uint8_t)(pst_hex_digit(text[i]) << 4 | pst_hex_digit(text[i + 1]));
		i += 2;
	}
	return n;
}

static size_t from_base64(const char *text, size_t length,
                          uint8_t out[TLS_HASH_BYTES])
{
	gnutls_datum_t in = {(unsigned char *)(uintptr_t)text,
	                     (unsigned)length};
	gnutls_datum_t raw = {NULL, 0};
	size_t n = 0;

	/* GnuTLS would skip what does not belong to base64 */
	if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                 "0123456789+/=") < length ||
	    length != 44 || gnutls_base64_decode2(&in, &raw) != 0) {
		return 0;
	}
	if (raw.size == TLS_HASH_BYTES) {
		n = raw.size;
		memcpy(out, raw.data, n);
	}
	gnutls_free(raw.data);
	return n;
}

/* NULL, or what is wrong. */
static const char *parse(const char *text, size_t length,
                         uint8_t out[TLS_HASH_BYTES])
{
	size_t n;

	if (length > 8 && memcmp(text, "sha256//", 8) == 0) {
		n = from_base64(text + 8, length - 8, out);
		return n == TLS_HASH_BYTES ? NULL : "is no SHA-256 in base64";
	}
	if (length > 7 && strncasecmp(text, "sha256:", 7) == 0) {
		text += 7;
		length -= 7;
	}
	n = from_hex(text, length, out);
	if (n == TLS_HASH_BYTES) {
		return NULL;
	}
	return n == 20   ? "is a SHA-1 value, which is too weak"
	       : n == 16 ? "is an MD5 value, which is too weak"
	                 : "is no SHA-256";
}

static int add(struct tls_hashes *hashes, struct pst_setup *setup,
               const char *option, const char *text, size_t length)
{
	uint8_t hash[TLS_HASH_BYTES] = {0};
	const char *why = parse(text, length, hash);
	void *bigger;

	if (why != NULL) {
		pst_error(setup, option, "\"%.*s\" %s; %s", (int)length, text,
		          why, HOW);
		return PST_CONFIG;
	}
	bigger = realloc(hashes->item,
	                 (hashes->count + 1) * sizeof(hashes->item[0]));
	if (bigger == NULL) {
		pst_error(setup, option, "memory ran out");
		return PST_CONFIG;
	}
	hashes->item = bigger;
	memcpy(hashes->item[hashes->count++], hash, sizeof(hash));
	return PST_OK;
}

int tls_hashes_parse(struct tls_hashes *hashes, const struct pst_list *list,
                     struct pst_setup *setup, const char *option)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const char *at = list->item[i];

		for (;;) {
			size_t length = strcspn(at, ";");

			failed |= add(hashes, setup, option, at, length);
			if (at[length] == '\0') {
				break;
			}
			at += length + 1;
		}
	}
	if (failed != 0) {
		tls_hashes_finish(hashes);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_hashes_finish(struct tls_hashes *hashes)
{
	free(hashes->item);
	hashes->item = NULL;
	hashes->count = 0;
}

bool tls_hashes_have(const struct tls_hashes *hashes,
                     const uint8_t hash[TLS_HASH_BYTES])
{
	size_t i;

	for (i = 0; i < hashes->count; i++) {
		if (memcmp(hashes->item[i], hash, TLS_HASH_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

bool tls_pin_of(gnutls_x509_crt_t crt, uint8_t out[TLS_HASH_BYTES])
{
	size_t length = TLS_HASH_BYTES;

	return gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, out,
	                                  &length) == 0 &&
	       length == TLS_HASH_BYTES;
}

bool tls_print_of(gnutls_x509_crt_t crt, uint8_t out[TLS_HASH_BYTES])
{
	size_t length = TLS_HASH_BYTES;

	return gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, out,
	                                       &length) == 0;
}

void tls_pin_text(const uint8_t hash[TLS_HASH_BYTES], char *out, size_t size)
{
	gnutls_datum_t in = {(unsigned char *)(uintptr_t)hash, TLS_HASH_BYTES};
	gnutls_datum_t text = {NULL, 0};

	out[0] = '\0';
	if (gnutls_base64_encode2(&in, &text) == 0) {
		snprintf(out, size, "sha256//%.*s", (int)text.size,
		         (const char *)text.data);
		gnutls_free(text.data);
	}
}
