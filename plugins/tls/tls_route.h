/* SPDX-License-Identifier: MIT */
/* Services on one address told apart by a ClientHello, before a handshake:
 * server name (RFC 6066 3) and protocols (RFC 7301). */
#ifndef TLS_ROUTE_H
#define TLS_ROUTE_H

#include <penstock/option.h>
#include <penstock/route.h>
#include <penstock/setup.h>

struct tls_conf;

enum {
	/* one record's worth: a hello with post-quantum key shares takes 2 KiB */
	TLS_ROUTE_LOOKAHEAD = 5 + 16384
};

/** Settings, and what is derived from them. */
struct tls_route {
	struct pst_list sni;
	bool is_default;
	char **names; /* owned: lower case; none: every name */
	uint32_t name_count;
};

/** The record that the plugin offers for the layer. */
extern const struct pst_route tls_route_record;

/** Check the settings, and find the names. Returns 0, PST_CONFIG. */
PST_MUST_CHECK int tls_route_init(struct tls_conf *conf,
                                  struct pst_setup *setup);
void tls_route_finish(struct tls_route *route);
void tls_route_explain(const struct tls_conf *conf, struct pst_setup *setup);

/** Look at data[length] for a ClientHello: struct pst_route's peek. Pure. */
enum pst_peek tls_route_peek(const uint8_t *data, size_t length,
                             struct pst_route_key *key_out);

#endif
