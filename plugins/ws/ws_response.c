/* SPDX-License-Identifier: MIT */
/* The connecting end's check of a response (RFC 6455 4.1). */
#include "ws_handshake.h"

#include "ws_list.h"

static int wrong(struct ws_refusal *refusal_out, const char *text)
{
	return ws_refuse(refusal_out, 101, PST_CLASS_PROTOCOL, text);
}

static int check_accept(const struct pst_head *h,
                        const uint8_t nonce[WS_NONCE_LENGTH],
                        struct ws_refusal *refusal_out)
{
	const struct pst_field *field =
		ws_only_field(h, "Sec-WebSocket-Accept");
	char key[WS_KEY_LENGTH], want[WS_ACCEPT_LENGTH];

	if (field == NULL) {
		return wrong(refusal_out,
		             "Sec-WebSocket-Accept is not there exactly once");
	}
	ws_key_of_nonce(nonce, key);
	ws_accept_of_key(key, want);
	if (field->value.length != WS_ACCEPT_LENGTH ||
	    memcmp(pst_head_text(h, field->value), want, sizeof(want)) != 0) {
		return wrong(refusal_out,
		             "Sec-WebSocket-Accept is not the answer to our "
		             "key");
	}
	return PST_OK;
}

static int check_protocol(const struct pst_head *h,
                          const struct pst_list *offered,
                          const char **protocol_out,
                          struct ws_refusal *refusal_out)
{
	const struct pst_field *field;
	struct ws_item item;

	*protocol_out = NULL;
	if (pst_head_count(h, "Sec-WebSocket-Protocol") > 1) {
		return wrong(refusal_out,
		             "Sec-WebSocket-Protocol is there twice");
	}
	field = ws_only_field(h, "Sec-WebSocket-Protocol");
	if (field == NULL) {
		return PST_OK;
	}
	item = (struct ws_item){pst_head_text(h, field->value),
	                        field->value.length};
	*protocol_out = ws_find_name(offered, &item);
	return *protocol_out != NULL
	               ? PST_OK
	               : wrong(refusal_out,
	                       "Sec-WebSocket-Protocol names a subprotocol "
	                       "that was not offered");
}

int ws_response_check(const struct pst_head *response,
                      const uint8_t nonce[WS_NONCE_LENGTH],
                      const struct ws_offer *offered, const char **protocol_out,
                      struct ws_deflate *agreed_out,
                      struct ws_refusal *refusal_out)
{
	const char *why;
	int r;

	memset(agreed_out, 0, sizeof(*agreed_out));

	if (response->status != 101) {
		return ws_refuse(refusal_out, response->status,
		                 PST_CLASS_REFUSED,
		                 "the server did not switch to WebSocket");
	}
	if (response->upgrade_by != PST_UPGRADE_FIELD ||
	    !pst_head_is(response, response->upgrade, "websocket")) {
		return wrong(refusal_out, "Upgrade does not say websocket");
	}
	r = check_accept(response, nonce, refusal_out);
	if (r != PST_OK) {
		return r;
	}
	if (ws_deflate_confirm(response, offered->deflate, agreed_out, &why) <
	    0) {
		return wrong(refusal_out, why);
	}
	return check_protocol(response, offered->subprotocols, protocol_out,
	                      refusal_out);
}
