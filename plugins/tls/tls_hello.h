/* SPDX-License-Identifier: MIT */
/* What can be read of TLS before any key is known: the first bytes, records,
 * and the hellos (RFC 8446 4.1, 5.1). */
#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include <penstock/queue.h>
#include <penstock/result.h>

enum {
	TLS_RECORD_HEADER = 5,
	TLS_RECORD_MAX = 16384 + 2048, /* RFC 5246 6.2.3; 1.3 allows less */
	TLS_LIST_KEPT = 48,
	TLS_ALPN_KEPT = 64,
	TLS_PREFIX_MAX = 16 /* first bytes that suffice to judge */
};

/** What the first bytes of a peer are. */
enum tls_first {
	TLS_FIRST_MORE, /* too few to tell */
	TLS_FIRST_TLS,
	TLS_FIRST_HTTP, /* a request or a status line in the clear */
	TLS_FIRST_TEXT, /* some other protocol in the clear */
	TLS_FIRST_SSL2, /* a hello of SSL 2, also around one of SSL 3 */
	TLS_FIRST_OTHER
};

/** A list of 16-bit code points: the first few, and how many there were. */
struct tls_codes {
	uint16_t kept[TLS_LIST_KEPT];
	uint16_t count; /* without GREASE (RFC 8701) and signalling values */
};

/** What stands in a ClientHello besides. */
enum tls_hello_mark {
	TLS_HELLO_GROUPS = 1,      /* these extensions are there */
	TLS_HELLO_SIGNATURES = 2,
	TLS_HELLO_SHARES = 4,
	TLS_HELLO_PSK = 8,
	TLS_HELLO_PSK_MODES = 16,
	TLS_HELLO_TWICE = 32,      /* an extension is there more than once */
	TLS_HELLO_PACKED = 64,     /* compression is offered */
	TLS_HELLO_EMPTY = 128,     /* a list is empty that must not be */
	TLS_HELLO_TWO_NAMES = 256  /* more than one name of one kind */
};

/** What a ClientHello or ServerHello says. */
struct tls_hello {
	struct tls_codes versions; /* 0x0303: 1.2, 0x0304: 1.3 */
	struct tls_codes suites;
	struct tls_codes groups;
	struct tls_codes signatures;
	char alpn[TLS_ALPN_KEPT]; /* "h2, http/1.1", made fit for a log; "": none */
	uint16_t marks;           /* enum tls_hello_mark */
};

/** Bytes of a name within the parsed message; length 0: none. */
struct tls_text {
	const char *data;
	size_t length;
};

/** Judge data[length], length up to TLS_PREFIX_MAX. Pure. */
enum tls_first tls_first_bytes(const uint8_t *data, size_t length);

/** Is it a request that a page answers: "GET ..."? HEAD wants no body. */
bool tls_first_is_request(const uint8_t *data, size_t length, bool *head_out);

/** Is the code in the list, as far as it was kept? */
bool tls_codes_have(const struct tls_codes *list, uint16_t code);

/** Copy the first `size` bytes of `q`; returns how many there were. */
size_t tls_prefix(const struct pst_queue *q, uint8_t *out, size_t size);

/** The record at the front of a queue. */
struct tls_record {
	size_t length; /* with its header; 0: it is not complete */
	uint8_t type;
	uint8_t body[2]; /* of an alert in the clear: level and description */
};

enum {
	TLS_RECORD_ALERT = 21,
	TLS_RECORD_HANDSHAKE = 22
};

/**
 * Look at the record at the front of `q`.
 *
 * Errors  PST_PROTO  it says that it is longer than allowed
 */
PST_MUST_CHECK int tls_record_peek(const struct pst_queue *q,
                                   struct tls_record *record_out);

/**
 * Read a ClientHello, without its 4 bytes of handshake header.
 *
 * hello_out  filled as far as the message is well formed
 * sni_out    the host name asked for, borrowed from msg; as sent, any bytes
 * Errors     PST_PROTO  malformed
 */
PST_MUST_CHECK int tls_client_hello(const uint8_t *msg, size_t length,
                                    struct tls_hello *hello_out,
                                    struct tls_text *sni_out);

/**
 * Read what a ClientHello asks for: a host name, and the list of protocols, each
 * behind a byte with its length (RFC 7301 3.1). Views of msg, as sent.
 *
 * Errors  PST_PROTO  malformed
 */
PST_MUST_CHECK int tls_client_asks(const uint8_t *msg, size_t length,
                                   struct tls_text *sni_out,
                                   struct tls_text *alpn_out);

/** Read a ServerHello as tls_client_hello does: one version and one suite. */
PST_MUST_CHECK int tls_server_hello(const uint8_t *msg, size_t length,
                                    struct tls_hello *hello_out);

#endif
