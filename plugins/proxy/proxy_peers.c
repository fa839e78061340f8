/* SPDX-License-Identifier: MIT */
/* Addresses of peers, and the list of those that are trusted. */
#include "proxy_peers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static unsigned bits_of(enum proxy_peer_kind kind)
{
	return kind == PROXY_PEER_IPV4 ? 32 : kind == PROXY_PEER_IPV6 ? 128 : 0;
}

/* Four numbers as inet_pton wants them, which needs a copy with an end, and
 * three times as long. */
static bool read_ipv4(const char *text, size_t length, uint8_t address[4])
{
	const char *at = text, *end = text + length;
	unsigned i, value;

	for (i = 0; i < 4; i++) {
		const char *first;

		if (i != 0 && (at == end || *at++ != '.')) {
			return false;
		}
		value = 0;
		for (first = at; at != end && *at >= '0' && *at <= '9'; at++) {
			value = value * 10 + (unsigned)(*at - '0');
			if (value > 255 || (at != first && *first == '0')) {
				return false;
			}
		}
		if (at == first) {
			return false;
		}
		address[i] = (uint8_t)value;
	}
	return at == end;
}

/* text[length], without brackets and port. */
static enum proxy_peer_kind read_address(const char *text, size_t length,
                                         uint8_t address[16])
{
	char copy[INET6_ADDRSTRLEN];

	memset(address, 0, 16);
	if (read_ipv4(text, length, address)) {
		return PROXY_PEER_IPV4;
	}
	memset(address, 0, 16);
	if (length >= sizeof(copy)) {
		return PROXY_PEER_UNKNOWN;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	return inet_pton(AF_INET6, copy, address) == 1 ? PROXY_PEER_IPV6
	                                               : PROXY_PEER_UNKNOWN;
}

static enum proxy_peer_kind unmap(enum proxy_peer_kind kind,
                                  uint8_t address[16])
{
	if (kind != PROXY_PEER_IPV6 ||
	    memcmp(address, mapped, sizeof(mapped)) != 0) {
		return kind;
	}
	memmove(address, address + 12, 4);
	memset(address + 4, 0, 12);
	return PROXY_PEER_IPV4;
}

/* The core writes addresses as one should; only a mapped one is made anew. */
static void write_text(struct proxy_peer *peer, const char *from, size_t length,
                       bool was_mapped)
{
	if (peer->kind != PROXY_PEER_IPV4 && peer->kind != PROXY_PEER_IPV6) {
		memcpy(peer->text, "unknown", sizeof("unknown"));
	} else if (was_mapped) {
		(void)inet_ntop(AF_INET, peer->address, peer->text,
		                sizeof(peer->text));
	} else {
		memcpy(peer->text, from, length);
		peer->text[length] = '\0';
	}
}

void proxy_peer_read(const char *text, struct proxy_peer *peer_out)
{
	const char *from = text, *end = strrchr(text, ':');
	enum proxy_peer_kind kind = PROXY_PEER_UNKNOWN;
	size_t length = 0;

	memset(peer_out, 0, sizeof(*peer_out));
	if (strncmp(text, "unix", 4) == 0) {
		kind = PROXY_PEER_UNIX;
	} else if (end != NULL) {
		if (text[0] == '[') {
			from++;
			end = text + strcspn(text, "]%");
		}
		length = (size_t)(end - from);
		kind = read_address(from, length, peer_out->address);
	}
	peer_out->kind = unmap(kind, peer_out->address);
	write_text(peer_out, from, length, peer_out->kind != kind);
}

/* The number behind "/"; -1: it is none. */
static int read_bits(const char *text)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9') {
		return -1;
	}
	n = strtol(text, &end, 10);
	return *end == '\0' && n <= 128 ? (int)n : -1;
}

static bool is_clean(const struct proxy_prefix *p)
{
	unsigned i;

	for (i = p->bits; i < bits_of(p->kind); i++) {
		if ((p->address[i / 8] & 0x80u >> i % 8) != 0) {
			return false;
		}
	}
	return true;
}

/* What is wrong with one item; NULL: nothing. */
static const char *parse(const char *text, struct proxy_prefix *p)
{
	size_t length = strcspn(text, "/");
	int bits;

	if (strcmp(text, "unix") == 0) {
		p->kind = PROXY_PEER_UNIX;
		return NULL;
	}
	p->kind = read_address(text, length, p->address);
	if (p->kind == PROXY_PEER_UNKNOWN) {
		return "is no address; write \"192.0.2.7\", \"192.0.2.0/24\", "
		       "\"2001:db8::/32\" or \"unix\"";
	}
	p->bits = bits_of(p->kind);
	if (text[length] == '/') {
		bits = read_bits(text + length + 1);
		if (bits < 0 || (unsigned)bits > p->bits) {
			return "has no valid number of bits behind the slash";
		}
		p->bits = (unsigned)bits;
	}
	if (unmap(p->kind, p->address) != p->kind) {
		return "is an IPv4 address in IPv6 form; write the IPv4 "
		       "address";
	}
	return is_clean(p) ? NULL
	                   : "has bits behind its prefix; write zeros there, "
	                     "or leave the slash out for one address";
}

int proxy_peers_make(struct proxy_peers *peers, const struct pst_list *list,
                     const char *option, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	if (list->count == 0) {
		return PST_OK;
	}
	peers->prefix = calloc(list->count, sizeof(*peers->prefix));
	if (peers->prefix == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < list->count; i++) {
		const char *why =
			parse(list->item[i], &peers->prefix[peers->count]);

		if (why == NULL) {
			peers->count++;
			continue;
		}
		pst_error(setup, option, "\"%s\" %s", list->item[i], why);
		result = PST_CONFIG;
	}
	return result;
}

void proxy_peers_finish(struct proxy_peers *peers)
{
	free(peers->prefix);
	memset(peers, 0, sizeof(*peers));
}

static bool covers(const struct proxy_prefix *p, const uint8_t *address)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	return memcmp(p->address, address, whole) == 0 &&
	       (rest == 0 || ((p->address[whole] ^ address[whole]) &
	                      (uint8_t)(0xff00u >> rest)) == 0);
}

bool proxy_peers_have(const struct proxy_peers *peers,
                      const struct proxy_peer *peer)
{
	size_t i;

	for (i = 0; i < peers->count; i++) {
		if (peers->prefix[i].kind == peer->kind &&
		    covers(&peers->prefix[i], peer->address)) {
			return true;
		}
	}
	return false;
}
