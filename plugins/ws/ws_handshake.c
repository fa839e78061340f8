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

	return pst_head_count(h, name) == 1 ? pst_head_find(h, name, &at)
	                                    : NULL;
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
