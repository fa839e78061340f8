/* SPDX-License-Identifier: MIT */
/* Fuzz target: a ClientHello is looked at in full and in every part, and cut into
 * records; what is found lies where it may. The first byte sizes the records. */
#include "fuzz.h"
#include "tls_route.h"

enum {
	PIECES_MAX = 4096
};

static bool lies_in(const char *view, size_t length, const void *from,
                    size_t size)
{
	uintptr_t v = (uintptr_t)view, f = (uintptr_t)from;

	return v >= f && v - f <= size && length <= size - (v - f);
}

static void check_view(const struct pst_route_key *key, const char *view,
                       size_t length, const uint8_t *data, size_t size)
{
	must(length == 0 || lies_in(view, length, data, size) ||
	     lies_in(view, length, key->joined, sizeof(key->joined)));
}

static enum pst_peek look(const uint8_t *data, size_t size,
                          struct pst_route_key *key_out)
{
	enum pst_peek found = tls_route_peek(data, size, key_out);
	uint32_t i;

	must(found != PST_PEEK_SKIP);
	must(found != PST_PEEK_MORE || size < TLS_ROUTE_LOOKAHEAD);
	if (found != PST_PEEK_KEY) {
		return found;
	}
	must(key_out->name_length <= PST_ROUTE_NAME_MAX);
	must(key_out->protocol_count <= PST_ROUTE_PROTOCOLS_MAX);
	check_view(key_out, key_out->name, key_out->name_length, data, size);
	for (i = 0; i < key_out->protocol_count; i++) {
		check_view(key_out, key_out->protocol[i].name,
		           key_out->protocol[i].length, data, size);
	}
	return found;
}

/* What was told stays told when more comes. */
static void parts(const uint8_t *data, size_t size)
{
	struct pst_route_key key;
	enum pst_peek found = PST_PEEK_MORE;
	size_t n;

	for (n = 0; n <= size && n < PIECES_MAX; n++) {
		enum pst_peek now = look(data, n, &key);

		must(found == PST_PEEK_MORE || found == now);
		found = now;
	}
}

/* The same message in other records asks for the same. */
static void pieces(const uint8_t *data, size_t size, size_t piece,
                   const struct pst_route_key *key)
{
	static uint8_t cut[PIECES_MAX * 6];
	struct pst_route_key again;
	size_t used = 0, at;

	if (size < 5 || size > PIECES_MAX ||
	    ((size_t)data[3] << 8 | data[4]) != size - 5) {
		return;
	}
	for (at = 5; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		uint8_t head[5] = {22, 3, 1, 0, (uint8_t)n};

		memcpy(cut + used, head, sizeof(head));
		memcpy(cut + used + 5, data + at, n);
		used += 5 + n;
	}
	if (used > TLS_ROUTE_LOOKAHEAD) {
		return;
	}
	must(look(cut, used, &again) == PST_PEEK_KEY);
	must(again.name_length == key->name_length);
	must(key->name_length == 0 ||
	     memcmp(again.name, key->name, key->name_length) == 0);
	must(again.protocol_count <= key->protocol_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pst_route_key key;

	if (size < 1) {
		return 0;
	}
	parts(data + 1, size - 1);
	if (look(data + 1, size - 1, &key) == PST_PEEK_KEY) {
		pieces(data + 1, size - 1, data[0] % 64 + 1u, &key);
	}
	return 0;
}
