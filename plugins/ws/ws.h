/* SPDX-License-Identifier: MIT */
/* The layer `ws`: WebSocket messages (RFC 6455) over exchanges, both roles. */
#ifndef WS_H
#define WS_H

#include "ws_deflate.h"
#include "ws_frame.h"
#include "ws_handshake.h"
#include "ws_opening.h"
#include "ws_ping.h"
#include "ws_rate.h"
#include "ws_rules.h"
#include "ws_utf8.h"
#include "ws_zip.h"

#include <penstock/layer.h>

/*
 * The life of an instance:
 *
 *	accept                 connect
 *	START    no request    no request sent
 *	WAITING  offered       no response yet
 *	OPEN     the 101 is out, or came; from here on both roles are alike
 *	OVER     refused before it opened: what still comes is dropped
 *
 * In OPEN each direction ends by itself: close_sent and close_received. Once
 * both are set, an accepting end ends tx_out; a connecting one waits for the
 * server to close first (RFC 6455 7.1.1), but not past close_timeout.
 *
 * A frame is put into tx_out within one step, header and all of its payload,
 * so a control frame can go out between any two steps.
 */
enum ws_phase {
	WS_START = 0,
	WS_WAITING,
	WS_OPEN,
	WS_OVER
};

enum ws_timer {
	WS_TIMER_ALIVE = 0,
	WS_TIMER_CLOSE,
	WS_TIMER_RATE
};

enum ws_metric {
	WS_METRIC_PINGS_RECEIVED,
	WS_METRIC_PINGS_SENT,
	WS_METRIC_PONGS_RECEIVED,
	WS_METRIC_RTT_COUNT,
	WS_METRIC_RTT_SUM,
	WS_METRIC_RTT_LE, /* and WS_RTT_BUCKETS - 1 more */
	WS_METRIC_RTT_LE_LAST = WS_METRIC_RTT_LE + WS_RTT_BUCKETS - 1
};

struct ws_conf {
	struct pst_list subprotocols;
	struct pst_list origins;
	uint32_t subprotocol_choice; /* enum ws_choice */
	bool require_subprotocol;
	bool forward_subprotocols;
	bool forward_query;
	bool forward_host;
	struct pst_list subprotocol_map;
	struct pst_list forward_fields;
	struct pst_list forward_cookies;
	struct pst_list set_fields;
	struct pst_list return_fields;
	const char *forward_path;
	const char *host;
	const char *path;
	uint64_t max_message;
	uint64_t max_frame;
	uint64_t fragment_size;
	int64_t max_message_rate;
	uint64_t max_byte_rate;
	uint32_t rate_excess; /* enum ws_excess */
	uint64_t inactivity_timeout;
	uint64_t ping_interval;
	uint64_t ping_timeout;
	uint64_t close_timeout;
	bool deflate;
	bool deflate_context;      /* ours is kept from message to message */
	bool deflate_peer_context; /* likewise, the peer's */
	int64_t deflate_window_bits;
	int64_t deflate_peer_window_bits;
	int64_t deflate_level;
	int64_t deflate_memory_level;
	uint64_t deflate_memory;
	uint64_t deflate_min;
	int64_t deflate_ratio;

	struct ws_rules forward, back;  /* from the lists of the same names */
	struct ws_deflate deflate_want; /* from the above */
	struct ws_zip_effort deflate_effort;
	char *authority; /* connect: owned, Host of the request */
	char *target;    /* connect: owned, path and query of the request */
};

/** Compression on one connection: made when it was agreed on. */
struct ws_packing {
	struct ws_zip *zip;    /* owned */
	char *response;        /* owned, accept: until the 101 is out */
	struct pst_slice *in;  /* owned: unmasked, being inflated */
	struct pst_slice *out; /* owned: inflated, not yet full */
	uint64_t rx_wire;      /* bytes of the present message as received */
	bool rx_on, tx_on;     /* the present message is compressed */
	bool ending;           /* all of the message is in: flush it */
};

/** Per connection. No buffers: what is not complete stays queued below. */
struct ws_state {
	uint64_t rx_left;    /* payload bytes of the present frame to come */
	uint64_t rx_message; /* payload bytes of the present message so far */
	struct ws_ping *ping;       /* owned; NULL: nothing is timed */
	struct ws_rate *rate;       /* owned; NULL: no rate is limited */
	struct pst_slice *pong;     /* owned: waits for room in tx_out */
	struct ws_packing *packing; /* owned; NULL: no compression */
	struct ws_opening *opening; /* owned, until OPEN; may be NULL */
	const char *protocol; /* accept: chosen, of the conf or the opening */
	uint32_t rx_key;
	uint32_t flush; /* bytes to send in front of the Close echo */
	struct ws_utf8 utf8;    /* of the message that is received */
	struct ws_utf8 tx_utf8; /* of the one that is sent */
	uint16_t close_code; /* received */
	uint8_t phase;       /* enum ws_phase */
	uint8_t due;         /* timers, 1 << enum ws_timer */
	uint8_t rx_type;     /* PST_TEXT or PST_BINARY; 0: no message */
	bool rx_in_frame;
	bool rx_fin;
	bool rx_fragment; /* the present frame is not its whole message */
	bool tx_in_message;
	bool tx_text; /* the present message to be sent is text */
	bool close_sent;
	bool close_received;
	uint8_t mask_count; /* unused ones in opening.masks */
	union {
		uint8_t nonce[WS_NONCE_LENGTH]; /* connect, until OPEN */
		char key[WS_KEY_LENGTH];        /* accept, until OPEN */
		uint32_t masks[16];             /* connect, OPEN */
	} random;
};

extern const struct pst_option ws_options[];
int ws_conf_init(void *conf, struct pst_setup *setup);
void ws_conf_finish(void *conf);
void ws_conf_explain(const void *conf, struct pst_setup *setup);

/* ws_accept.c, ws_connect.c: until OPEN */
enum pst_step ws_accept_step(struct pst_instance *me, struct pst_io *io);
enum pst_step ws_connect_step(struct pst_instance *me, struct pst_io *io);
/** The opening is complete. Returns UP. */
enum pst_step ws_opened(struct pst_instance *me);
/** Nothing will open: end both outputs with the class that tx_in ended with,
 *  so that the layer below says it in its own way. Returns OK. */
enum pst_step ws_call_off(struct pst_instance *me, struct pst_io *io);
/** accept: tell the other hop what the client asked for. Returns 0 or
 *  PST_MEMORY. */
int ws_tell_request(struct pst_instance *me, const struct pst_head *request);
/** connect: the request, from the settings and what the client asked for.
 *  Owned; NULL when it makes no head, or memory ran out. */
struct pst_slice *ws_build_request(struct pst_instance *me);
/** connect: tell the other hop how the back-end answered; `body` follows a
 *  refusal. Returns 0 or a failure. */
int ws_tell_response(struct pst_instance *me, const struct pst_head *response,
                     const char *protocol, size_t body);
/** Drop everything that is queued. */
void ws_discard(struct pst_instance *me, struct pst_queue *q);

/* ws_receive.c */
/** Move what rx_in has, up to the budget. Returns OK, MORE or ERROR. */
enum pst_step ws_receive(struct pst_instance *me, struct pst_io *io);

/* ws_send.c */
/** Move what tx_in has, up to the budget, and end what has to end. Returns OK,
 *  MORE or ERROR. */
enum pst_step ws_send(struct pst_instance *me, struct pst_io *io);
/** Put a control frame into tx_out, in front of what tx_in has. Returns 0 or
 *  PST_MEMORY. */
int ws_send_control(struct pst_instance *me, struct pst_io *io,
                    enum ws_opcode opcode, const void *payload, size_t length);
/** Answer a ping: at once when tx_out has room, else when it has; then only
 *  the last one is answered (RFC 6455 5.5.3). Returns 0 or PST_MEMORY. */
int ws_send_pong(struct pst_instance *me, struct pst_io *io,
                 const void *payload, size_t length);
/** A copy of the slice, with its flags but PST_SHARED. Takes ownership; NULL
 *  when memory ran out. */
struct pst_slice *ws_copy(struct pst_instance *me, struct pst_slice *s);
/** The same slice, or a copy when it may not be written to. As ws_copy. */
struct pst_slice *ws_writable(struct pst_instance *me, struct pst_slice *s);

/** Put a frame's header and its first slice, which is owned from here on.
 *  Returns 0 or PST_MEMORY. */
int ws_put_first(struct pst_instance *me, struct pst_io *io,
                 const struct ws_frame *f, struct pst_slice *s);
/** Fill in a frame of this end, masked with a fresh key where it must be.
 *  Returns 0 or PST_MEMORY. */
int ws_frame_describe(struct pst_instance *me, uint8_t opcode, bool fin,
                      uint64_t length, struct ws_frame *frame_out);

/* ws_packing.c */
/** What was agreed: make the compressors. `response` is copied; NULL: none.
 *  Returns 0 or PST_MEMORY. */
int ws_packing_begin(struct pst_instance *me, const struct ws_deflate *agreed,
                     const char *response);
void ws_packing_end(struct pst_instance *me);
/** Inflate what is there, until rx_out has a slice more or the input is used.
 *  Returns 0; 1: the message is not what it should be, and *fail_out says how;
 *  PST_MEMORY. */
int ws_packing_inflate(struct pst_instance *me, struct pst_io *io,
                       struct ws_refusal *fail_out);
/** Take `length` bytes of tx_in and put one compressed frame. Returns 0 or
 *  PST_MEMORY. */
int ws_packing_send(struct pst_instance *me, struct pst_io *io, uint8_t opcode,
                    uint64_t length, bool fin);

/** Is a part of a message still to be inflated? */
static inline bool ws_is_inflating(const struct ws_state *st)
{
	return st->packing != NULL &&
	       (st->packing->in != NULL || st->packing->ending);
}

/** Does the present message arrive compressed? */
static inline bool ws_is_packed(const struct ws_state *st)
{
	return st->packing != NULL && st->packing->rx_on;
}

/* ws_end.c */
/** Send a Close frame unless one is out already. Returns 0 or PST_MEMORY. */
int ws_send_close(struct pst_instance *me, struct pst_io *io, uint16_t code,
                  const void *text, size_t length);
/** Fail the connection (RFC 6455 7.1.7): a last Close frame with code and
 *  text, then nothing. Returns ERROR. */
enum pst_step ws_fail(struct pst_instance *me, struct pst_io *io, uint16_t code,
                      enum pst_class why, const char *text);
/** Memory ran out. Returns ERROR. */
enum pst_step ws_fail_memory(struct pst_instance *me, struct pst_io *io);
/** Both Close frames have passed: end tx_out when it is our turn. */
void ws_finish(struct pst_instance *me, struct pst_io *io);
/** rx_in has ended and no Close frame came. Returns OK or ERROR. */
enum pst_step ws_peer_gone(struct pst_instance *me, struct pst_io *io);
/** Do what timers ask for. Returns OK or ERROR. */
enum pst_step ws_timers(struct pst_instance *me, struct pst_io *io);

/** True when `q` should take nothing more before its reader took some. What
 *  waits further up counts too: inflating adds to it. */
static inline bool ws_full(struct pst_instance *me, struct pst_queue *q)
{
	return pst_room(me, q) == 0;
}

#endif
