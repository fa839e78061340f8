/* SPDX-License-Identifier: MIT */
/* Routing below the mux: services that share an address are told apart by what
 * a client says first, before any layer above has begun. Extension pst.route/1.
 */
#ifndef PENSTOCK_ROUTE_H
#define PENSTOCK_ROUTE_H

#include <penstock/setup.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_ROUTE "pst.route/1"

enum {
	PST_ROUTE_NAME_MAX = 255,   /* bytes */
	PST_ROUTE_PROTOCOLS_MAX = 16,
	PST_ROUTE_JOINED_MAX = 1024 /* bytes */
};

/** What a peek found. */
enum pst_peek {
	PST_PEEK_MORE, /* too few bytes to tell */
	PST_PEEK_KEY,  /* key_out is filled in */
	PST_PEEK_NONE, /* it says nothing that can be routed by: the default takes
	                * it, and without one it gets the last words */
	PST_PEEK_SKIP, /* the first key_out->skip bytes are this layer's and say
	                * nothing about the route: the layer above looks next */
	PST_PEEK_FOREIGN /* it is not of this protocol at all: the default, or
	                  * else the first, takes it, and its layer complains */
};

/** What a client asks for. Views are of the bytes that were peeked at, or of
 *  `joined`: use it where peek filled it, no copy. */
struct pst_route_key {
	const char *name; /* name[name_length]: as sent, any bytes; length 0: none */
	size_t name_length;
	uint32_t skip;
	uint32_t protocol_count;
	struct {
		const char *name;
		size_t length;
	} protocol[PST_ROUTE_PROTOCOLS_MAX];
	char joined[PST_ROUTE_JOINED_MAX]; /* peek's: what came in pieces */
};

/** Why a connection finds no service. */
enum pst_route_miss {
	PST_ROUTE_NO_NAME,     /* no service has this name, and none is default */
	PST_ROUTE_NO_PROTOCOL  /* the name's services speak other protocols */
};

/**
 * How connections of one layer are told apart. Static and constant in the
 * plugin; in its note it is "route:LAYER".
 *
 * A listener asks it when services on one address differ in names or
 * protocols: the name first, exactly and then with its first label as "*",
 * letters of any case; none and unknown ones take the default. Then the
 * protocol, in the order of the services; who names none takes what is left.
 */
struct pst_route {
	uint32_t size;
	uint32_t lookahead; /* bytes that peek may have to see */
	const char *layer;  /* the id of the layer whose confs these are */

	/** [M] The n-th name that a place answers to, lower case; NULL behind the
	 *  last. None at all: the place takes every name, and is the default. */
	const char *(*name)(const void *conf, struct pst_setup *setup,
			    uint32_t n);
	/** [M] The n-th protocol that a place speaks; NULL behind the last. */
	const char *(*protocol)(const void *conf, struct pst_setup *setup,
				uint32_t n);
	/** [M] Does it take connections that name none, or an unknown one? */
	bool (*is_default)(const void *conf, struct pst_setup *setup);
	/** [L] Look at the first data[length] of a connection; pure. */
	enum pst_peek (*peek)(const uint8_t *data, size_t length,
			      struct pst_route_key *key_out);
	/** [L] Write the last words for one that is not served into out[room].
	 *  Returns their length; 0: none. */
	size_t (*last_words)(enum pst_route_miss why, uint8_t *out,
			     size_t room);
};

#ifdef __cplusplus
}
#endif
#endif
