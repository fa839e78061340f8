/* SPDX-License-Identifier: MIT */
/* Is the peer there, and how far away: pings of our own (RFC 6455 5.5.2). */
#ifndef WS_PING_H
#define WS_PING_H

#include <penstock/layer.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	WS_PING_SIZE = 8, /* bytes of our pings: random, so that nobody can
	                   * answer one that he has not seen */
	WS_RTT_BUCKETS = 13
};

/**
 * What is known of the peer's life.
 *
 * A ping goes out at half of inactivity_timeout, when the peer is silent, and
 * each ping_interval in any case. Whatever comes is an answer where it is about
 * life; only the pong of the last ping tells the round-trip time.
 *
 * While this end does not read (the layer above has no room, or a rate is
 * reached), the peer is not silent and no ping is sent.
 */
struct ws_ping {
	uint64_t heard_ms; /* the peer sent something */
	uint64_t sent_ms;  /* our last ping, at first the opening */
	uint8_t payload[WS_PING_SIZE];
	bool unheard; /* a ping is out, and nothing came since */
	bool timed;   /* its pong has not come */
};

/** Make room for it, where settings need it. Returns 0 or PST_MEMORY. */
int ws_ping_open(struct pst_instance *me);
/** The connection is open. */
void ws_ping_begin(struct pst_instance *me);
/** The peer sent something. */
void ws_ping_heard(struct pst_instance *me);
/** A pong came. */
void ws_ping_answered(struct pst_instance *me, const uint8_t *payload,
                      size_t length);
/** WS_TIMER_ALIVE is due. Returns OK, or ERROR after ws_fail. */
enum pst_step ws_ping_due(struct pst_instance *me, struct pst_io *io);

/** Upper bounds of the buckets of the histogram of round-trip times, ms. The
 *  counters "rtt_le_*" count each what is not above their bound, as Prometheus
 *  does; "rtt_count" counts all, "rtt_sum_ms" adds them up. */
extern const uint16_t ws_rtt_bounds[WS_RTT_BUCKETS];

#endif
