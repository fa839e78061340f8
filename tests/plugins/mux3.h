/* SPDX-License-Identifier: MIT */
/* A mux for tests: three streams of bytes over one trunk.
 *
 * A frame is one byte of stream number 0..2, two bytes of length, high byte
 * first, and the payload. Length 0 ends the stream's direction; with 0x80
 * added to the number it resets it. The front opens all three streams at
 * once when the first byte arrives; the back takes as many as it is asked
 * for. */
#ifndef MUX3_H
#define MUX3_H

#include <penstock/mux.h>

enum {
	MUX3_STREAMS = 3,
	MUX3_HEADER = 3,
	MUX3_PAYLOAD_MAX = 16384, /* bytes that it sends per frame */
	MUX3_RESET = 0x80
};

struct mux3_conf {
	const char *host;
	const char *path;
};

/** One stream, as the trunk remembers it after it is gone. */
struct mux3_lane {
	struct pst_stream *stream; /* NULL: not open */
	bool used;                 /* something was received for it */
	bool rx_ended;             /* the peer ended its direction */
	bool tx_ended;             /* we ended ours */
	bool gone; /* the upper side left before our end: reset is due */
};

struct mux3 {
	struct mux3_lane lane[MUX3_STREAMS];
	bool up, opened, trunk_ended;
	uint8_t current; /* lane that the rest of the frame is for */
	uint32_t left;   /* bytes of the frame still to come */
};

/** Received: frames into lanes. Each returns a step's result. */
enum pst_step mux3_receive(struct pst_instance *me, struct pst_io *io);
/** To be sent: lanes into frames. */
enum pst_step mux3_send(struct pst_instance *me, struct pst_io *io);

/** The lane is finished when both directions are. */
void mux3_settle_lane(struct pst_instance *me, struct mux3_lane *l);

enum pst_step mux3_no_memory(struct pst_instance *me);

#endif
