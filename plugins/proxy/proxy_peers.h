/* SPDX-License-Identifier: MIT */
/* Addresses of peers: read from what the core says of a socket, and looked up
 * in the list of those that are trusted. */
#ifndef PROXY_PEERS_H
#define PROXY_PEERS_H

#include <netinet/in.h>
#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

enum proxy_peer_kind {
	PROXY_PEER_UNKNOWN = 0, /* no address is known */
	PROXY_PEER_UNIX,
	PROXY_PEER_IPV4,
	PROXY_PEER_IPV6
};

/** Who is at the far end. An IPv4 address that came as an IPv6 one
 *  (::ffff:192.0.2.7) is an IPv4 address. */
struct proxy_peer {
	enum proxy_peer_kind kind;
	uint8_t address[16]; /* network order; 4 bytes of it for IPv4 */
	char text[INET6_ADDRSTRLEN]; /* without brackets and port; "unknown" */
};

/** Addresses that begin with the same `bits`. */
struct proxy_prefix {
	enum proxy_peer_kind kind;
	unsigned bits;
	uint8_t address[16];
};

struct proxy_peers {
	struct proxy_prefix *prefix; /* owned */
	size_t count;
};

/** Read "192.0.2.7:40001", "[2001:db8::7]:40001", "unix:..." or "". */
void proxy_peer_read(const char *text, struct proxy_peer *peer_out);

/** Make a list of addresses, "192.0.2.0/24" and "unix". Returns 0, PST_CONFIG
 *  (errors are reported at `option`) or PST_MEMORY. */
PST_MUST_CHECK int proxy_peers_make(struct proxy_peers *peers,
                                    const struct pst_list *list,
                                    const char *option,
                                    struct pst_setup *setup);
void proxy_peers_finish(struct proxy_peers *peers);
PST_MUST_CHECK bool proxy_peers_have(const struct proxy_peers *peers,
                                     const struct proxy_peer *peer);

#endif
