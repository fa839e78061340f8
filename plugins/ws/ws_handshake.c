/* SPDX-License-Identifier: MIT */
/* What both ends of the opening handshake need: the hash, fields, names. */
#include "ws_handshake.h"

#include "ws_list.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>

bool ws_is_token(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (!pst_is_token_char((uint8_t)text[i])) {
			return false;
		}
	}
	return length != 0;
}

/* The part of [*at_io, end) up to `sep`, which is skipped, without space. */
static struct ws_item next_part(const char **at_io, const char *end, char sep)
{
	const char *from = *at_io,
		   *to = memchr(from, sep, (size_t)(end - from));

	to = to == NULL ? end : to;
	*at_io = to == end ? end : to + 1;
	while (from < to && (*from == ' ' || *from == '\t')) {
		from++;
	}
	while (from < to && (to[-1] == ' ' || to[-1] == '\t')) {
		to--;
	}
	return (struct ws_item){from, (size_t)(to - from)};
}

/* RFC 6455 9.1: a token, which may stand in quotes. */
static bool is_value(struct ws_item v)
{
	size_t i;

	if (v.length < 3 || v.text[0] != '"' || v.text[v.length - 1] != '"') {
		return ws_is_token(v.text, v.length);
	}
	for (i = 1; i < v.length - 1; i++) {
		i += v.text[i] == '\\';
		if (!pst_is_token_char((uint8_t)v.text[i])) {
			return false; /* the last quote is none, either */
		}
	}
	return i == v.length - 1;
}

static bool is_parameter(struct ws_item p)
{
	const char *at = p.text, *end = p.text + p.length;
	struct ws_item name = next_part(&at, end, '=');

	if (!ws_is_token(name.text, name.length)) {
		return false;
	}
	return memchr(p.text, '=', p.length) == NULL ||
	       is_value(next_part(&at, end, '\0'));
}

static bool is_extension(const struct ws_item *item)
{
	const char *at = item->text, *end = item->text + item->length;
	struct ws_item name = next_part(&at, end, ';');

	if (!ws_is_token(name.text, name.length) || end[-1] == ';') {
		return false;
	}
	while (at < end) {
		if (!is_parameter(next_part(&at, end, ';'))) {
			return false;
		}
	}
	return true;
}

bool ws_extensions_ok(const struct pst_head *h)
{
	struct ws_list l = {.head = h, .name = "Sec-WebSocket-Extensions"};
	bool found = pst_head_count(h, l.name) == 0;
	struct ws_item item;

	while (ws_list_next(&l, &item)) {
		if (!is_extension(&item)) {
			return false;
		}
		found = true;
	}
	return found;
}

void ws_key_of_nonce(const uint8_t nonce[WS_NONCE_LENGTH], char *out)
{
	base64_encode_raw(out, WS_NONCE_LENGTH, nonce);
}

void ws_accept_of_key(const char *key, char *out)
{
	static const uint8_t guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha1;

	sha1_init(&sha1);
	sha1_update(&sha1, WS_KEY_LENGTH, (const uint8_t *)key);
	sha1_update(&sha1, sizeof(guid) - 1, guid);
	sha1_digest(&sha1, sizeof(digest), digest);
	base64_encode_raw(out, sizeof(digest), digest);
}

const struct pst_field *ws_only_field(const struct pst_head *h,
                                      const char *name)
{
	uint32_t at = 0;
	const struct pst_field *f = pst_head_find(h, name, &at);

	return f != NULL && pst_head_find(h, name, &at) == NULL ? f : NULL;
}

int ws_refuse(struct ws_refusal *refusal_out, uint16_t status,
              enum pst_class reason, const char *text)
{
	refusal_out->status = status;
	refusal_out->reason = (uint8_t)reason;
	refusal_out->text = text;
	return PST_PROTO;
}

const char *ws_find_name(const struct pst_list *list,
                         const struct ws_item *item)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (ws_item_is(item, list->item[i])) {
			return list->item[i];
		}
	}
	return NULL;
}
