/* SPDX-License-Identifier: MIT */
/* A ClientHello in one record or many, seen and left where it is. */
#include "tls_hello.h"
#include "tls_route.h"

#include <string.h>

enum {
	MESSAGE_HEADER = 4, /* RFC 8446 4: type and length */
	CLIENT_HELLO = 1,
	FRAGMENT_MAX = 16384, /* RFC 8446 5.1 */
	MESSAGE_MAX = TLS_ROUTE_LOOKAHEAD - TLS_RECORD_HEADER
};

/* A handshake message, put together from its records. */
struct message {
	const uint8_t *data; /* in the first record, or `whole` */
	size_t length;       /* so far, with its header */
	size_t want;         /* its length; 0: not known yet */
	uint8_t whole[MESSAGE_MAX];
};

static bool is_first_byte_ours(const uint8_t *data, size_t length)
{
	return (length < 1 || data[0] == TLS_RECORD_HANDSHAKE) &&
	       (length < 2 || data[1] == 3);
}

static void add(struct message *m, const uint8_t *data, size_t length)
{
	if (m->length == 0) {
		m->data = data;
		m->length = length;
		return;
	}
	if (m->data != m->whole) {
		memcpy(m->whole, m->data, m->length);
		m->data = m->whole;
	}
	memcpy(m->whole + m->length, data, length);
	m->length += length;
}

/* Returns false when it is no ClientHello, or a longer one than is looked at. */
static bool measure(struct message *m)
{
	if (m->length >= 1 && m->data[0] != CLIENT_HELLO) {
		return false;
	}
	if (m->want == 0 && m->length >= MESSAGE_HEADER) {
		m->want =
			MESSAGE_HEADER + ((size_t)m->data[1] << 16 |
		                          (size_t)m->data[2] << 8 | m->data[3]);
	}
	return m->want <= MESSAGE_MAX;
}

/* Gather the first message. KEY: it is whole. */
static enum pst_peek gather(struct message *m, const uint8_t *data,
                            size_t length)
{
	while (m->want == 0 || m->length < m->want) {
		size_t here, size;

		if (!is_first_byte_ours(data, length)) {
			return m->data == NULL ? PST_PEEK_FOREIGN
			                       : PST_PEEK_NONE;
		}
		if (length < TLS_RECORD_HEADER) {
			return PST_PEEK_MORE;
		}
		size = (size_t)data[3] << 8 | data[4];
		if (size == 0 || size > FRAGMENT_MAX) {
			return PST_PEEK_NONE;
		}
		data += TLS_RECORD_HEADER;
		length -= TLS_RECORD_HEADER;
		here = size < length ? size : length;
		add(m, data, here);
		if (!measure(m)) {
			return PST_PEEK_NONE;
		}
		if (here < size && (m->want == 0 || m->length < m->want)) {
			return PST_PEEK_MORE;
		}
		data += here;
		length -= here;
	}
	return PST_PEEK_KEY;
}

/* Where a piece of the message can be seen after the peek. NULL: no room. */
static const char *keep(const struct message *m, struct pst_route_key *key,
                        size_t *used_io, const char *text, size_t length)
{
	char *copy = key->joined + *used_io;

	if (m->data != m->whole) {
		return text;
	}
	if (length == 0) {
		return copy;
	}
	if (length > sizeof(key->joined) - *used_io) {
		return NULL;
	}
	memcpy(copy, text, length);
	*used_io += length;
	return copy;
}

static void list_protocols(const struct message *m, struct pst_route_key *key,
                           size_t used, const struct tls_text *list)
{
	size_t at = 0;

	while (at < list->length &&
	       key->protocol_count < PST_ROUTE_PROTOCOLS_MAX) {
		size_t n = (uint8_t)list->data[at++];
		const char *name;

		if (n > list->length - at) {
			return;
		}
		name = keep(m, key, &used, list->data + at, n);
		if (name == NULL) {
			return;
		}
		key->protocol[key->protocol_count].name = name;
		key->protocol[key->protocol_count].length = n;
		key->protocol_count++;
		at += n;
	}
}

static enum pst_peek read_key(const struct message *m,
                              struct pst_route_key *key_out)
{
	struct tls_text sni, alpn;
	size_t used = 0;

	if (tls_client_asks(m->data + MESSAGE_HEADER, m->want - MESSAGE_HEADER,
	                    &sni, &alpn) != PST_OK ||
	    sni.length > PST_ROUTE_NAME_MAX) {
		return PST_PEEK_NONE;
	}
	key_out->name = keep(m, key_out, &used, sni.data, sni.length);
	key_out->name_length = sni.length;
	list_protocols(m, key_out, used, &alpn);
	return PST_PEEK_KEY;
}

enum pst_peek tls_route_peek(const uint8_t *data, size_t length,
                             struct pst_route_key *key_out)
{
	struct message m;
	enum pst_peek found;

	key_out->name = NULL;
	key_out->name_length = 0;
	key_out->skip = 0;
	key_out->protocol_count = 0;
	m.data = NULL;
	m.length = 0;
	m.want = 0;
	length = length < TLS_ROUTE_LOOKAHEAD ? length : TLS_ROUTE_LOOKAHEAD;
	found = gather(&m, data, length);
	if (found == PST_PEEK_KEY) {
		return read_key(&m, key_out);
	}
	/* what is still not whole will not be */
	return found == PST_PEEK_MORE && length == TLS_ROUTE_LOOKAHEAD
	               ? PST_PEEK_NONE
	               : found;
}
