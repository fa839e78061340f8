/* SPDX-License-Identifier: MIT */
/* Fuzz target: what a peer sends into an open WebSocket, in either role, whole
 * and in parts, and what is to be sent as text; both ways must come to the
 * same. */
#include "fuzz.h"
#include "ws.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

enum {
	OUTPUT_MAX = 1 << 16
};

struct outcome {
	bool failed;
	unsigned code;
	size_t received, sent;
	uint8_t rx[OUTPUT_MAX];
	uint8_t tx[OUTPUT_MAX];
};

static struct outcome whole, parts;

static const struct pst_url url = {
	.scheme = "ws",
	.host = "h",
	.path = "/",
	.query = "",
	.text = "ws://h/",
	.port = 80,
};

static void feed_opening(struct pst_kit *k, enum pst_role role)
{
	static const char *const request[] = {"Sec-WebSocket-Version", "13",
	                                      "Sec-WebSocket-Key",
	                                      "dGhlIHNhbXBsZSBub25jZQ==", NULL};
	struct ws_state *st = pst_kit_instance(k)->state;
	char key[WS_KEY_LENGTH], accept[WS_ACCEPT_LENGTH + 1] = "";
	const char *response[] = {"Sec-WebSocket-Accept", accept, NULL};
	struct pst_kit_head h = {
		.kind = PST_HEAD_REQUEST,
		.version = 11,
		.method = "GET",
		.authority = "h",
		.path = "/",
		.upgrade_by = PST_UPGRADE_FIELD,
		.upgrade = "websocket",
		.fields = request,
	};

	pst_kit_run(k);
	if (role == PST_CONNECT) {
		ws_key_of_nonce(st->random.nonce, key);
		ws_accept_of_key(key, accept);
		h.kind = PST_HEAD_RESPONSE;
		h.status = 101;
		h.method = h.authority = h.path = NULL;
		h.fields = response;
	}
	must(pst_kit_feed_kit_head(pst_kit_rx_in(k), &h, 0) == 0);
	pst_kit_run(k);
	if (role == PST_ACCEPT) {
		pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
		                     PST_CLASS_CLEAN, 0, NULL);
		pst_kit_run(k);
	}
	must(pst_kit_ups(k) == 1);
	pst_kit_discard(pst_kit_tx_out(k));
}

/* Payload in order, a byte for each mark between. */
static size_t collect(struct pst_kit_port *p, uint8_t *out)
{
	struct pst_slice *s;
	size_t n = 0, i;

	while ((s = pst_kit_take(p)) != NULL) {
		for (i = 0; i < s->length && n < OUTPUT_MAX - 2; i++) {
			out[n++] = s->data[i];
		}
		if ((s->flags & (PST_EOM | PST_CONTROL)) != 0 &&
		    n < OUTPUT_MAX) {
			out[n++] = (uint8_t)s->flags;
		}
		pst_kit_free(s);
	}
	return n;
}

static void run(enum pst_role role, const uint8_t *data, size_t size,
                size_t part, size_t text, struct outcome *out)
{
	static const char *const options[] = {
		"max_message",   "100000", "max_frame", "70000",
		"fragment_size", "3",      NULL};
	const struct pst_kit_params params = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.role = role,
		.options = options,
		.url = &url,
	};
	struct pst_kit *k = pst_kit_create(&params);

	feed_opening(k, role);
	pst_kit_feed_message(pst_kit_tx_in(k),
	                     text == 0 ? "x" : (const void *)data,
	                     text == 0 ? 1 : text, PST_TEXT);
	pst_kit_run(k);
	if (part == 0) {
		pst_kit_feed(pst_kit_rx_in(k), data, size);
		pst_kit_run(k);
	} else {
		pst_kit_drip(pst_kit_rx_in(k), data, size, part);
	}
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	out->failed = pst_kit_failed(k);
	out->code = pst_kit_fail_code(k);
	out->received = collect(pst_kit_rx_out(k), out->rx);
	out->sent = collect(pst_kit_tx_out(k), out->tx);
	must(pst_kit_ended(pst_kit_rx_out(k)) != PST_END_OPEN);
	must(pst_kit_ended(pst_kit_tx_out(k)) != PST_END_OPEN);
	must(pst_kit_destroy(k) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum pst_role role;
	size_t part, same, text;

	if (size < 2) {
		return 0;
	}
	role = (data[0] & 1) != 0 ? PST_CONNECT : PST_ACCEPT;
	part = 1 + data[0] % 11u;
	/* what comes also goes out, as text that may be none */
	text = (data[0] & 128) == 0 ? 0 : size - 1;
	run(role, data + 1, size - 1, 0, text, &whole);
	run(role, data + 1, size - 1, part, text, &parts);
	must(whole.failed == parts.failed && whole.code == parts.code);
	must(whole.sent == parts.sent);
	must(role == PST_CONNECT ||
	     memcmp(whole.tx, parts.tx, whole.sent) == 0);
	/* bytes in front of broken text may have been passed on already */
	must(whole.received <= parts.received);
	must(whole.failed || whole.received == parts.received);
	same = whole.received;
	must(memcmp(whole.rx, parts.rx, same) == 0);
	return 0;
}
