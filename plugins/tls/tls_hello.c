/* SPDX-License-Identifier: MIT */
/* First bytes, records and hellos: pure functions. */
#include "tls_hello.h"

#include <ctype.h>
#include <string.h>

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_GROUPS = 10,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_PSK = 41,
	EXTENSION_VERSIONS = 43,
	EXTENSION_PSK_MODES = 45,
	EXTENSION_SHARES = 51,
	SUITE_RENEGOTIATION_INFO = 0x00ff,
	SUITE_FALLBACK = 0x5600,
	EXTENSIONS_COMPARED = 64
};

/* RFC 9110 9.3 and RFC 5789; "PRI" begins HTTP/2, "HTTP" an answer. */
static const char *const http_words[] = {
	"GET ",     "HEAD ",  "POST ",  "PUT ", "DELETE ", "CONNECT ",
	"OPTIONS ", "TRACE ", "PATCH ", "PRI ", "HTTP/",
};

/* "GET /", "HTTP/1.1 400", "PRI * HTTP/2.0"; or other text. */
static enum tls_first judge_text(const uint8_t *data, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(http_words) / sizeof(http_words[0]); i++) {
		size_t n = strlen(http_words[i]);

		if (memcmp(data, http_words[i], n < length ? n : length) == 0) {
			return n <= length ? TLS_FIRST_HTTP : TLS_FIRST_MORE;
		}
	}
	return TLS_FIRST_TEXT;
}

bool tls_first_is_request(const uint8_t *data, size_t length, bool *head_out)
{
	*head_out = length >= 4 && memcmp(data, "HEAD", 4) == 0;
	return judge_text(data, length) == TLS_FIRST_HTTP &&
	       memcmp(data, "HTTP", 4) != 0 && memcmp(data, "PRI ", 4) != 0;
}

enum tls_first tls_first_bytes(const uint8_t *data, size_t length)
{
	if (length == 0) {
		return TLS_FIRST_MORE;
	}
	if (data[0] == TLS_RECORD_HANDSHAKE || data[0] == TLS_RECORD_ALERT) {
		if (length == 1) {
			return TLS_FIRST_MORE;
		}
		return data[1] == 3 ? TLS_FIRST_TLS : TLS_FIRST_OTHER;
	}
	if (data[0] >= 0x80) {
		if (length < 3) {
			return TLS_FIRST_MORE;
		}
		return data[2] == 1 ? TLS_FIRST_SSL2 : TLS_FIRST_OTHER;
	}
	if (data[0] >= ' ' && data[0] <= '~') {
		return judge_text(data, length);
	}
	return TLS_FIRST_OTHER;
}

size_t tls_prefix(const struct pst_queue *q, uint8_t *out, size_t size)
{
	const struct pst_slice *s;
	size_t have = 0;

	for (s = pst_peek(q); s != NULL && have < size; s = s->next) {
		size_t n = s->length < size - have ? s->length : size - have;

		if (n != 0) {
			memcpy(out + have, s->data, n);
		}
		have += n;
	}
	return have;
}

int tls_record_peek(const struct pst_queue *q, struct tls_record *record_out)
{
	uint8_t front[TLS_RECORD_HEADER + 2] = {0};
	size_t have = tls_prefix(q, front, sizeof(front));
	size_t length = (size_t)front[3] << 8 | front[4];

	memset(record_out, 0, sizeof(*record_out));
	if (have < TLS_RECORD_HEADER) {
		return PST_OK;
	}
	if (length > TLS_RECORD_MAX) {
		return PST_PROTO;
	}
	length += TLS_RECORD_HEADER;
	if (q->bytes >= length) {
		record_out->length = length;
		record_out->type = front[0];
		memcpy(record_out->body, front + TLS_RECORD_HEADER, 2);
	}
	return PST_OK;
}

/* A message being read. `bad` sticks; reads behind the end yield 0. */
struct reader {
	const uint8_t *data;
	size_t length;
	bool bad;
};

static uint32_t read_number(struct reader *r, size_t size)
{
	uint32_t value = 0;
	size_t i;

	if (r->length < size) {
		r->bad = true;
		r->length = 0;
		return 0;
	}
	for (i = 0; i < size; i++) {
		value = value << 8 | r->data[i];
	}
	r->data += size;
	r->length -= size;
	return value;
}

/* The bytes behind a length of `size` bytes. */
static struct reader read_vector(struct reader *r, size_t size)
{
	size_t n = read_number(r, size);
	struct reader inner = {.data = r->data, .length = n};

	if (n > r->length) {
		r->bad = true;
		n = r->length;
		inner.length = 0;
		inner.bad = true;
	}
	r->data += n;
	r->length -= n;
	return inner;
}

static void keep(struct tls_codes *list, uint32_t code)
{
	bool grease = (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);

	if (grease || code == SUITE_RENEGOTIATION_INFO ||
	    code == SUITE_FALLBACK) {
		return;
	}
	if (list->count < TLS_LIST_KEPT) {
		list->kept[list->count] = (uint16_t)code;
	}
	if (list->count < UINT16_MAX) {
		list->count++;
	}
}

bool tls_codes_have(const struct tls_codes *list, uint16_t code)
{
	size_t i;

	for (i = 0; i < list->count && i < TLS_LIST_KEPT; i++) {
		if (list->kept[i] == code) {
			return true;
		}
	}
	return false;
}

static void read_codes(struct reader list, struct tls_codes *out)
{
	while (list.length >= 2) {
		keep(out, read_number(&list, 2));
	}
}

/* RFC 6066 3. Returns true when there are two of a kind. */
static bool read_server_name(struct reader body, struct tls_text *sni_out)
{
	struct reader list = read_vector(&body, 2);
	size_t count = 0;

	while (list.length != 0 && !list.bad) {
		uint32_t type = read_number(&list, 1);
		struct reader name = read_vector(&list, 2);

		if (type == 0 && !name.bad && sni_out->length == 0) {
			sni_out->data = (const char *)name.data;
			sni_out->length = name.length;
		}
		count += type == 0 && !list.bad ? 1 : 0;
	}
	return count > 1;
}

/* RFC 7301 3.1. Returns true when something is empty. */
static bool read_protocols(struct reader body, char *out)
{
	struct reader list = read_vector(&body, 2);
	bool empty = list.length == 0;
	size_t used = 0, i;

	while (list.length != 0 && !list.bad) {
		struct reader name = read_vector(&list, 1);

		empty = empty || name.length == 0;
		if (used != 0 && used + 2 < TLS_ALPN_KEPT) {
			out[used++] = ',';
			out[used++] = ' ';
		}
		for (i = 0; i < name.length && used + 1 < TLS_ALPN_KEPT; i++) {
			int c = name.data[i];

			out[used++] = (char)(isgraph(c) && c != '"' ? c : '?');
		}
	}
	out[used] = '\0';
	return empty;
}

/* A list of codes behind its length in `size` bytes; the mark when it is empty. */
static uint16_t read_list(struct reader body, size_t size,
                          struct tls_codes *out)
{
	struct reader list = read_vector(&body, size);

	memset(out, 0, sizeof(*out));
	read_codes(list, out);
	return list.length == 0 ? TLS_HELLO_EMPTY : 0;
}

/* Returns marks. */
static unsigned read_extension(uint32_t type, struct reader body,
                               struct tls_hello *out, struct tls_text *sni_out)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		return read_server_name(body, sni_out) ? TLS_HELLO_TWO_NAMES
		                                       : 0;
	case EXTENSION_GROUPS:
		return TLS_HELLO_GROUPS | read_list(body, 2, &out->groups);
	case EXTENSION_SIGNATURES:
		return TLS_HELLO_SIGNATURES |
		       read_list(body, 2, &out->signatures);
	case EXTENSION_VERSIONS:
		return read_list(body, 1, &out->versions);
	case EXTENSION_ALPN:
		return read_protocols(body, out->alpn) ? TLS_HELLO_EMPTY : 0;
	case EXTENSION_SHARES:
		return TLS_HELLO_SHARES;
	case EXTENSION_PSK:
		return TLS_HELLO_PSK;
	case EXTENSION_PSK_MODES:
		return TLS_HELLO_PSK_MODES;
	default:
		return 0;
	}
}

/* Has `type` one before `end`, where its own begins? */
static bool came_before(struct reader list, const uint8_t *end, uint32_t type)
{
	while (list.data < end) {
		if (read_number(&list, 2) == type) {
			return true;
		}
		(void)read_vector(&list, 2);
	}
	return false;
}

static void read_extensions(struct reader *r, struct tls_hello *hello_out,
                            struct tls_text *sni_out)
{
	struct reader list = read_vector(r, 2);
	const struct reader all = list;
	unsigned marks = hello_out->marks;
	size_t count;

	/* more than there are would cost too much to compare */
	for (count = 0; list.length != 0 && !list.bad; count++) {
		const uint8_t *at = list.data;
		uint32_t type = read_number(&list, 2);
		struct reader body = read_vector(&list, 2);

		if (!body.bad) {
			marks |= read_extension(type, body, hello_out, sni_out);
		}
		if (count < EXTENSIONS_COMPARED && came_before(all, at, type)) {
			marks |= TLS_HELLO_TWICE;
		}
	}
	hello_out->marks = (uint16_t)marks;
	r->bad = r->bad || list.bad;
}

/* RFC 8446 4.1.2: 1.3 allows "null" alone. */
static bool has_compression(struct reader methods)
{
	while (methods.length != 0) {
		if (read_number(&methods, 1) != 0) {
			return true;
		}
	}
	return false;
}

int tls_client_hello(const uint8_t *msg, size_t length,
                     struct tls_hello *hello_out, struct tls_text *sni_out)
{
	struct reader r = {.data = msg, .length = length};

	memset(hello_out, 0, sizeof(*hello_out));
	memset(sni_out, 0, sizeof(*sni_out));
	keep(&hello_out->versions, read_number(&r, 2));
	read_number(&r, 16); /* random */
	read_number(&r, 16);
	(void)read_vector(&r, 1); /* session id */
	read_codes(read_vector(&r, 2), &hello_out->suites);
	hello_out->marks =
		has_compression(read_vector(&r, 1)) ? TLS_HELLO_PACKED : 0;
	if (!r.bad && r.length != 0) {
		read_extensions(&r, hello_out, sni_out);
	}
	return r.bad ? PST_PROTO : PST_OK;
}

/* Up to the extensions: RFC 8446 4.1.2. */
static void skip_to_extensions(struct reader *r)
{
	read_number(r, 2);
	read_number(r, 16); /* random */
	read_number(r, 16);
	(void)read_vector(r, 1); /* session id */
	(void)read_vector(r, 2); /* suites */
	(void)read_vector(r, 1); /* compression methods */
}

int tls_client_asks(const uint8_t *msg, size_t length, struct tls_text *sni_out,
                    struct tls_text *alpn_out)
{
	struct reader r = {.data = msg, .length = length}, list;

	memset(sni_out, 0, sizeof(*sni_out));
	memset(alpn_out, 0, sizeof(*alpn_out));
	skip_to_extensions(&r);
	if (r.bad || r.length == 0) {
		return r.bad ? PST_PROTO : PST_OK;
	}
	list = read_vector(&r, 2);
	while (list.length != 0 && !list.bad) {
		uint32_t type = read_number(&list, 2);
		struct reader body = read_vector(&list, 2);

		if (type == EXTENSION_SERVER_NAME) {
			read_server_name(body, sni_out);
		} else if (type == EXTENSION_ALPN) {
			struct reader names = read_vector(&body, 2);

			alpn_out->data = (const char *)names.data;
			alpn_out->length = names.length;
		}
	}
	return r.bad || list.bad ? PST_PROTO : PST_OK;
}

int tls_server_hello(const uint8_t *msg, size_t length,
                     struct tls_hello *hello_out)
{
	struct reader r = {.data = msg, .length = length};

	memset(hello_out, 0, sizeof(*hello_out));
	keep(&hello_out->versions, read_number(&r, 2));
	read_number(&r, 16); /* random */
	read_number(&r, 16);
	(void)read_vector(&r, 1); /* session id */
	keep(&hello_out->suites, read_number(&r, 2));
	return r.bad ? PST_PROTO : PST_OK;
}
