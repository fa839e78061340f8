/* SPDX-License-Identifier: MIT */
/* The accepting end's check of a request (RFC 6455 4.2). */
#include "ws_handshake.h"

#include "ws_list.h"

#include <penstock/origin.h>

static const char base64_set[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 16 bytes are 21 characters, one more with 4 bits of zeros, and padding. */
static bool key_ok(const char *key, size_t length)
{
	const char *last;
	size_t i;

	if (length != WS_KEY_LENGTH || key[22] != '=' || key[23] != '=') {
		return false;
	}
	for (i = 0; i < 22; i++) {
		last = memchr(base64_set, key[i], sizeof(base64_set) - 1);
		if (last == NULL) {
			return false;
		}
	}
	return ((last - base64_set) & 15) == 0;
}

static bool offers_upgrade(const struct pst_head *h)
{
	struct ws_item item;
	uint32_t at = 0, i;

	if (h->upgrade_by != PST_UPGRADE_FIELD) {
		return false;
	}
	while (ws_text_next(pst_head_text(h, h->upgrade), h->upgrade.length,
	                    &at, &item)) {
		static const char token[] = "websocket";

		for (i = 0; i < item.length && i < sizeof(token) - 1; i++) {
			if (pst_ascii_lower((uint8_t)item.text[i]) !=
			    (uint8_t)token[i]) {
				break;
			}
		}
		if (i == item.length && i == sizeof(token) - 1) {
			return true;
		}
	}
	return false;
}

static int bad(struct ws_refusal *refusal_out, const char *text)
{
	return ws_refuse(refusal_out, 400, PST_CLASS_PROTOCOL, text);
}

static int check_upgrade(const struct pst_head *h,
                         struct ws_refusal *refusal_out)
{
	if (h->kind != PST_HEAD_REQUEST) {
		return bad(refusal_out, "not a request");
	}
	if (h->version != 0 && h->version < 11) {
		return bad(refusal_out, "a WebSocket opens with HTTP/1.1");
	}
	/* HTTP takes no upgrade beside a body: what was meant shows elsewhere */
	if (h->body != PST_BODY_NONE &&
	    pst_head_count(h, "Sec-WebSocket-Key") != 0) {
		return bad(refusal_out, "the request has a body");
	}
	if (!offers_upgrade(h)) {
		return ws_refuse(refusal_out, 426, PST_CLASS_PROTOCOL,
		                 "this resource speaks WebSocket only");
	}
	if (!(h->method.length == 3 &&
	      memcmp(pst_head_text(h, h->method), "GET", 3) == 0)) {
		return ws_refuse(refusal_out, 405, PST_CLASS_PROTOCOL,
		                 "a WebSocket opens with GET");
	}
	if (h->authority.length == 0) {
		return bad(refusal_out, "the request names no host");
	}
	return PST_OK;
}

static int check_fields(const struct pst_head *h, const char **key_out,
                        struct ws_refusal *refusal_out)
{
	const struct pst_field *version, *key;

	if (pst_head_count(h, "Sec-WebSocket-Version") > 1) {
		return bad(refusal_out, "Sec-WebSocket-Version is there twice");
	}
	version = ws_only_field(h, "Sec-WebSocket-Version");
	if (version == NULL || !pst_head_is(h, version->value, "13")) {
		return ws_refuse(refusal_out, 426, PST_CLASS_PROTOCOL,
		                 "only version 13 of WebSocket is spoken here");
	}
	key = ws_only_field(h, "Sec-WebSocket-Key");
	if (key == NULL) {
		return bad(refusal_out,
		           "Sec-WebSocket-Key must be there exactly once");
	}
	*key_out = pst_head_text(h, key->value);
	if (!key_ok(*key_out, key->value.length)) {
		return bad(refusal_out,
		           "Sec-WebSocket-Key is not 16 bytes in base64");
	}
	if (!ws_extensions_ok(h)) {
		return bad(refusal_out,
		           "Sec-WebSocket-Extensions is malformed");
	}
	return PST_OK;
}

/* RFC 6455 4.1: tokens, all different. Lists are short, so is this. */
static bool named_before(const struct pst_head *h, const struct ws_list *upto,
                         const struct ws_item *item)
{
	struct ws_list l = {.head = h, .name = upto->name};
	struct ws_item other;

	while (ws_list_next(&l, &other) && other.text != item->text) {
		if (other.length == item->length &&
		    memcmp(other.text, item->text, item->length) == 0) {
			return true;
		}
	}
	return false;
}

static int check_protocols(const struct pst_head *h, unsigned *count_out,
                           struct ws_refusal *refusal_out)
{
	enum {
		PROTOCOLS_MAX = 64
	};
	struct ws_list l = {.head = h, .name = "Sec-WebSocket-Protocol"};
	struct ws_item item;

	*count_out = 0;
	while (ws_list_next(&l, &item)) {
		if (!ws_is_token(item.text, item.length)) {
			return bad(refusal_out, "Sec-WebSocket-Protocol has "
			                        "a name that is no token");
		}
		if (++*count_out > PROTOCOLS_MAX) {
			return bad(refusal_out, "Sec-WebSocket-Protocol has "
			                        "too many names");
		}
		if (named_before(h, &l, &item)) {
			return bad(refusal_out, "Sec-WebSocket-Protocol has "
			                        "a name twice");
		}
	}
	if (*count_out == 0 &&
	    pst_head_count(h, "Sec-WebSocket-Protocol") != 0) {
		return bad(refusal_out, "Sec-WebSocket-Protocol is empty");
	}
	return PST_OK;
}

/* The place of a name in our list; its count when it is not there. */
static size_t place_of(const struct pst_list *known, const struct ws_item *item)
{
	size_t i = 0;

	while (i < known->count && !ws_item_is(item, known->item[i])) {
		i++;
	}
	return i;
}

static const char *choose(const struct pst_head *h,
                          const struct ws_terms *terms)
{
	struct ws_list l = {.head = h, .name = "Sec-WebSocket-Protocol"};
	const struct pst_list *known = terms->subprotocols;
	size_t best = known->count;
	struct ws_item item;

	if (terms->choice == WS_CHOICE_BACK) {
		return NULL;
	}
	while (best != 0 && ws_list_next(&l, &item)) {
		size_t at = place_of(known, &item);

		best = at < best ? at : best;
		if (best < known->count && terms->choice == WS_CHOICE_CLIENT) {
			break;
		}
	}
	return best < known->count ? known->item[best] : NULL;
}

static int choose_protocol(const struct pst_head *h,
                           const struct ws_terms *terms,
                           const char **protocol_out,
                           struct ws_refusal *refusal_out)
{
	unsigned count;
	int r = check_protocols(h, &count, refusal_out);

	if (r != PST_OK) {
		return r;
	}
	*protocol_out = choose(h, terms);
	if (terms->required && *protocol_out == NULL &&
	    (terms->choice != WS_CHOICE_BACK || count == 0)) {
		return bad(refusal_out,
		           "none of the subprotocols offered is spoken here");
	}
	return PST_OK;
}

static int check_origin(const struct pst_head *h,
                        const struct pst_list *allowed,
                        struct ws_refusal *refusal_out)
{
	const struct pst_field *field;
	const char *origin;

	if (pst_head_count(h, "Origin") > 1) {
		return bad(refusal_out, "Origin is there twice");
	}
	field = ws_only_field(h, "Origin");
	if (field == NULL || allowed->count == 0) {
		return PST_OK;
	}
	origin = pst_head_text(h, field->value);
	if (pst_origin_same(h, origin, field->value.length, false) ||
	    pst_origin_listed(origin, field->value.length, allowed)) {
		return PST_OK;
	}
	return ws_refuse(refusal_out, 403, PST_CLASS_POLICY,
	                 "this origin is not allowed");
}

int ws_request_check(const struct pst_head *request,
                     const struct ws_terms *terms, const char **key_out,
                     const char **protocol_out, struct ws_refusal *refusal_out)
{
	int r = check_upgrade(request, refusal_out);

	if (r == PST_OK) {
		r = check_fields(request, key_out, refusal_out);
	}
	if (r == PST_OK) {
		r = choose_protocol(request, terms, protocol_out, refusal_out);
	}
	return r != PST_OK ? r
	                   : check_origin(request, terms->origins, refusal_out);
}
