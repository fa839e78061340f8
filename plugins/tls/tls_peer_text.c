/* SPDX-License-Identifier: MIT */
/* What a peer wrote into its certificate, made safe for logs and fields. */
#include "tls_peer_text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	SAN_MAX = 1024,
	SERIAL_MAX = 64
};

/* Where a text is being written. */
struct sink {
	char *text;
	size_t size;
	size_t used;
	bool cut;
};

static void put(struct sink *s, const char *text)
{
	size_t n = strlen(text);

	if (s->cut || s->size - s->used <= n) {
		s->cut = true;
		return;
	}
	memcpy(s->text + s->used, text, n + 1);
	s->used += n;
}

static void put_byte(struct sink *s, char escape, uint8_t byte, bool plain)
{
	char text[8];

	if (plain) {
		snprintf(text, sizeof(text), "%c", byte);
	} else {
		snprintf(text, sizeof(text), "%c%02X", escape, byte);
	}
	put(s, text);
}

bool tls_clean(char *out, size_t size, const void *data, size_t length)
{
	const uint8_t *p = data;
	struct sink s = {.text = out, .size = size};
	size_t i;

	out[0] = '\0';
	for (i = 0; i < length; i++) {
		put_byte(&s, '\\', p[i], p[i] >= ' ' && p[i] <= '~');
	}
	return !s.cut;
}

static void put_address(struct sink *s, const uint8_t *san, size_t length)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (length == 4 || length == 16) {
		inet_ntop(length == 4 ? AF_INET : AF_INET6, san, text,
		          sizeof(text));
	}
	put(s, "IP:");
	put(s, text);
}

static void put_san(struct sink *s, int type, const uint8_t *san, size_t length)
{
	const char *kind = NULL;
	size_t i;

	switch (type) {
	case GNUTLS_SAN_DNSNAME:
		kind = "DNS:";
		break;
	case GNUTLS_SAN_RFC822NAME:
		kind = "email:";
		break;
	case GNUTLS_SAN_URI:
		kind = "URI:";
		break;
	case GNUTLS_SAN_IPADDRESS:
		break;
	default:
		return;
	}
	if (s->used != 0) {
		put(s, ", ");
	}
	if (kind == NULL) {
		put_address(s, san, length);
		return;
	}
	put(s, kind);
	for (i = 0; i < length; i++) {
		put_byte(s, '%', san[i],
		         san[i] > ' ' && san[i] <= '~' && san[i] != ',');
	}
}

bool tls_san_text(gnutls_x509_crt_t crt, char *out, size_t size)
{
	struct sink s = {.text = out, .size = size};
	uint8_t san[SAN_MAX];
	unsigned at;

	out[0] = '\0';
	for (at = 0;; at++) {
		size_t length = sizeof(san);
		unsigned type;
		int ret = gnutls_x509_crt_get_subject_alt_name2(
			crt, at, san, &length, &type, NULL);

		if (ret == GNUTLS_E_SHORT_MEMORY_BUFFER) {
			s.cut = true;
		} else if (ret < 0) {
			return !s.cut;
		} else {
			put_san(&s, (int)type, san, length);
		}
	}
}

bool tls_serial_text(gnutls_x509_crt_t crt, char *out, size_t size)
{
	struct sink s = {.text = out, .size = size};
	uint8_t serial[SERIAL_MAX];
	size_t length = sizeof(serial), i;
	char hex[4];

	out[0] = '\0';
	if (gnutls_x509_crt_get_serial(crt, serial, &length) != 0) {
		return false;
	}
	for (i = 0; i < length; i++) {
		snprintf(hex, sizeof(hex), "%02x", serial[i]);
		put(&s, hex);
	}
	return !s.cut;
}

bool tls_time_text(time_t when, char *out, size_t size)
{
	struct tm tm;

	out[0] = '\0';
	return gmtime_r(&when, &tm) != NULL &&
	       strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) != 0;
}
