/* SPDX-License-Identifier: MIT */
/* The layer `ws` in a test kit: openings, frames in and frames out. */
#ifndef WS_KIT_H
#define WS_KIT_H

#include "pst_test.h"
#include "ws.h"
#include "ws_close.h"
#include "ws_mask.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define WS_TEST_KEY "dGhlIHNhbXBsZSBub25jZQ=="

extern const struct pst_plugin PST_PLUGIN_SYMBOL;

static const struct pst_url ws_test_url = {
	.scheme = "ws",
	.host = "back.example",
	.path = "/chat",
	.query = "",
	.text = "ws://back.example/chat",
	.port = 80,
};

static inline struct pst_kit *ws_kit(enum pst_role role,
                                     const char *const *options)
{
	const struct pst_kit_params params = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.role = role,
		.options = options,
		.url = &ws_test_url,
	};

	return pst_kit_create(&params);
}

static inline struct pst_kit_head ws_request(const char *const *fields)
{
	return (struct pst_kit_head){
		.kind = PST_HEAD_REQUEST,
		.version = 11,
		.method = "GET",
		.authority = "front.example",
		.path = "/chat",
		.upgrade_by = PST_UPGRADE_FIELD,
		.upgrade = "websocket",
		.fields = fields,
	};
}

static inline void ws_feed_request(struct pst_kit *k, const char *const *extra)
{
	const char *fields[32] = {"Sec-WebSocket-Version", "13",
	                          "Sec-WebSocket-Key", WS_TEST_KEY};
	const struct pst_kit_head h = ws_request(fields);
	size_t i;

	for (i = 0; extra != NULL && extra[i] != NULL && i < 26; i++) {
		fields[4 + i] = extra[i];
	}
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &h, PST_EOM), 0);
}

static inline void ws_drop_slice(struct pst_kit_port *p)
{
	struct pst_slice *s = pst_kit_take(p);

	if (CHECK(s != NULL)) {
		pst_kit_free(s);
	}
}

/* An accepting end behind its 101. */
static inline struct pst_kit *ws_accepted(const char *const *options)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, options);

	CHECK(pst_kit_ready(k));
	ws_feed_request(k, NULL);
	pst_kit_run(k);
	CHECK_INT(pst_kit_offers(k), 1);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	ws_drop_slice(pst_kit_tx_out(k));
	return k;
}

/* Answer the request that stands in tx_out, and take it. */
static inline void ws_feed_response(struct pst_kit *k, const char *const *extra)
{
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *request = s != NULL ? pst_kit_head_of(s) : NULL;
	const struct pst_field *key;
	char accept[WS_ACCEPT_LENGTH + 1] = "";
	const char *fields[32] = {"Sec-WebSocket-Accept", accept};
	const struct pst_kit_head h = {
		.kind = PST_HEAD_RESPONSE,
		.version = 11,
		.status = 101,
		.upgrade_by = PST_UPGRADE_FIELD,
		.upgrade = "websocket",
		.fields = fields,
	};
	size_t i;

	if (!CHECK(request != NULL)) {
		return;
	}
	key = ws_only_field(request, "Sec-WebSocket-Key");
	if (CHECK(key != NULL)) {
		ws_accept_of_key(pst_head_text(request, key->value), accept);
	}
	pst_kit_free(s);
	for (i = 0; extra != NULL && extra[i] != NULL && i < 28; i++) {
		fields[2 + i] = extra[i];
	}
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &h, 0), 0);
}

/* A connecting end behind its 101. */
static inline struct pst_kit *ws_connected(const char *const *options)
{
	struct pst_kit *k = ws_kit(PST_CONNECT, options);

	CHECK(pst_kit_ready(k));
	pst_kit_run(k);
	ws_feed_response(k, NULL);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	return k;
}

static inline struct pst_kit *ws_open(enum pst_role role,
                                      const char *const *options)
{
	return role == PST_ACCEPT ? ws_accepted(options)
	                          : ws_connected(options);
}

/* Write a frame as the peer of `role` would. Returns its size. */
static inline size_t ws_frame_to(enum pst_role role, uint8_t *out,
                                 uint8_t first, const void *payload,
                                 size_t length)
{
	struct ws_frame f = {
		.length = length,
		.key = 0x5a17c3e9,
		.opcode = first & 15,
		.fin = (first & 128) != 0,
		.masked = role == PST_ACCEPT,
	};
	size_t size = ws_frame_build(&f, out);

	out[0] = first; /* reserved bits too */
	if (length != 0) {
		memcpy(out + size, payload, length);
	}
	if (f.masked) {
		ws_mask(out + size, length, f.key);
	}
	return size + length;
}

static inline void ws_feed_frame(struct pst_kit *k, uint8_t first,
                                 const void *payload, size_t length)
{
	enum pst_role role = (enum pst_role)pst_kit_instance(k)->role;
	uint8_t *frame = malloc(length + WS_HEADER_MAX);
	size_t size = ws_frame_to(role, frame, first, payload, length);

	pst_kit_feed(pst_kit_rx_in(k), frame, size);
	free(frame);
}

/* One frame taken from what the layer sent, unmasked. */
struct ws_sent {
	struct ws_frame frame;
	uint8_t payload[256];
	size_t length;
};

static inline bool ws_take_frame(struct pst_kit *k, struct ws_sent *out)
{
	struct pst_kit_port *p = pst_kit_tx_out(k);
	bool masked = pst_kit_instance(k)->role == PST_CONNECT;
	uint8_t header[WS_HEADER_MAX];
	size_t have = 0;
	const char *why;
	int size;

	do {
		if (have == sizeof(header) ||
		    pst_kit_read(p, header + have, 1) != 1) {
			return false;
		}
		have++;
		size = ws_frame_parse(header, have,
		                      (masked ? (unsigned)WS_FRAME_MASKED : 0) |
		                              (unsigned)WS_FRAME_COMPRESSED,
		                      &out->frame, &why);
	} while (size == PST_AGAIN);
	if (!CHECK(size > 0) ||
	    !CHECK(out->frame.length <= sizeof(out->payload))) {
		return false;
	}
	out->length = (size_t)out->frame.length;
	if (!CHECK_INT(pst_kit_read(p, out->payload, out->length),
	               out->length)) {
		return false;
	}
	if (masked) {
		ws_mask(out->payload, out->length, out->frame.key);
	}
	return true;
}

static inline void ws_expect_frame(struct pst_kit *k, uint8_t first,
                                   const void *payload, size_t length)
{
	struct ws_sent sent;

	if (CHECK(ws_take_frame(k, &sent))) {
		CHECK_INT((sent.frame.fin ? 128 : 0) |
		                  (sent.frame.compressed ? 64 : 0) |
		                  sent.frame.opcode,
		          first);
		CHECK_INT(sent.length, length);
		CHECK(length != sent.length ||
		      memcmp(sent.payload, payload, length) == 0);
	}
}

/* code 0: a Close frame without a body; text NULL: any. */
static inline void ws_expect_close(struct pst_kit *k, uint16_t code,
                                   const char *text)
{
	struct ws_sent sent;
	struct ws_close c;

	if (!CHECK(ws_take_frame(k, &sent))) {
		return;
	}
	CHECK_INT(sent.frame.opcode, WS_CLOSE);
	CHECK_INT(ws_close_parse(sent.payload, sent.length, &c), 0);
	CHECK_INT(c.code, code);
	if (text != NULL) {
		CHECK_INT(c.length, strlen(text));
		CHECK(c.length == 0 || c.length != strlen(text) ||
		      memcmp(c.text, text, c.length) == 0);
	}
}

/* A ping of the layer's own; `payload_out` may be NULL. */
static inline void ws_expect_ping(struct pst_kit *k,
                                  uint8_t payload_out[WS_PING_SIZE])
{
	struct ws_sent sent;

	if (CHECK(ws_take_frame(k, &sent))) {
		CHECK_INT(sent.frame.opcode, WS_PING);
		CHECK_INT(sent.length, WS_PING_SIZE);
		if (payload_out != NULL) {
			memcpy(payload_out, sent.payload, WS_PING_SIZE);
		}
	}
}

static inline void ws_expect_silence(struct pst_kit *k)
{
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 0);
}

/* Take one whole message. Returns its length, or -1 when none is complete. */
static inline long ws_take_message(struct pst_kit *k, uint32_t type,
                                   void *buffer, size_t capacity)
{
	struct pst_slice *s;
	size_t have = 0;
	bool eom = false;

	while (!eom) {
		s = pst_kit_peek(pst_kit_rx_out(k));
		if (s == NULL || (s->flags & PST_CONTROL) != 0) {
			return -1;
		}
		s = pst_kit_take(pst_kit_rx_out(k));
		CHECK_INT(s->flags & (PST_TEXT | PST_BINARY), type);
		eom = (s->flags & PST_EOM) != 0;
		if (CHECK(s->length <= capacity - have)) {
			memcpy((uint8_t *)buffer + have, s->data, s->length);
			have += s->length;
		}
		pst_kit_free(s);
	}
	return (long)have;
}

static inline void ws_expect_message(struct pst_kit *k, uint32_t type,
                                     const void *data, size_t length)
{
	uint8_t *buffer = malloc(length + 1);

	if (CHECK_INT(ws_take_message(k, type, buffer, length + 1), length)) {
		CHECK(length == 0 || memcmp(buffer, data, length) == 0);
	}
	free(buffer);
}

/* The Close that was passed up. */
static inline void ws_expect_told(struct pst_kit *k, uint16_t code,
                                  enum pst_class why, const char *text)
{
	struct pst_slice *s = pst_kit_take(pst_kit_rx_out(k));
	const struct pst_control *c = s != NULL ? pst_kit_control_of(s) : NULL;

	if (CHECK(c != NULL)) {
		CHECK_INT(c->kind, PST_CONTROL_CLOSE);
		CHECK_INT(c->code, code);
		CHECK_INT(c->reason, why);
		CHECK_INT(c->text_length, strlen(text));
		CHECK(c->text_length != strlen(text) ||
		      memcmp(c->text, text, c->text_length) == 0);
	}
	pst_kit_free(s);
}

static inline void ws_expect_end(struct pst_kit_port *p, enum pst_end end)
{
	CHECK_INT(pst_kit_ended(p), end);
}

static inline void ws_done(struct pst_kit *k)
{
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* A connecting end and the accepting one that it reached, both up. */
struct ws_pair {
	struct pst_kit *front, *back;
};

static inline void ws_pair_run(struct ws_pair *p)
{
	struct pst_kit *both[] = {p->front, p->back};

	pst_kit_run_all(both, 2);
}

static inline void ws_pair_open(struct ws_pair *p, const char *const *front,
                                const char *const *back)
{
	p->front = ws_kit(PST_CONNECT, front);
	p->back = ws_kit(PST_ACCEPT, back);
	pst_kit_pair(p->front, p->back);
	ws_pair_run(p);
	CHECK_INT(pst_kit_offers(p->back), 1);
	pst_kit_feed_control(pst_kit_tx_in(p->back), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	ws_pair_run(p);
	CHECK_INT(pst_kit_ups(p->front), 1);
	CHECK_INT(pst_kit_ups(p->back), 1);
}

static inline void ws_pair_done(struct ws_pair *p)
{
	ws_done(p->front);
	ws_done(p->back);
}

#endif
