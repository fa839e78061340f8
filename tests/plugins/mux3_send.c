/* SPDX-License-Identifier: MIT */
/* What mux3 sends: each stream's slices as frames, in turn. */
#include "mux3.h"

static void write_header(uint8_t *h, unsigned number, uint32_t length)
{
	h[0] = (uint8_t)number;
	h[1] = (uint8_t)(length >> 8);
	h[2] = (uint8_t)length;
}

static int put_header(struct pst_instance *me, struct pst_queue *to,
                      unsigned number, uint32_t length)
{
	uint8_t h[MUX3_HEADER];

	write_header(h, number, length);
	return pst_write(me, to, h, sizeof(h), 0);
}

/* Takes ownership. */
static int put_frame(struct pst_instance *me, struct pst_queue *to,
                     unsigned number, struct pst_slice *s)
{
	uint32_t length = s->length;
	uint8_t *h = pst_slice_prepend(s, MUX3_HEADER);

	if (h != NULL) {
		write_header(h, number, length);
	} else if (put_header(me, to, number, length) != PST_OK) {
		pst_slice_free(me, s);
		return PST_MEMORY;
	}
	pst_put(me, to, s);
	return PST_OK;
}

static int put_end(struct pst_instance *me, struct pst_queue *to,
                   unsigned number)
{
	struct mux3 *m = me->state;
	struct mux3_lane *l = &m->lane[number];
	bool reset = l->gone || l->stream->tx_in->end != PST_END_CLEAN;
	int result =
		put_header(me, to, reset ? number | MUX3_RESET : number, 0);

	if (result == PST_OK) {
		l->tx_ended = true;
		mux3_settle_lane(me, l);
	}
	return result;
}

/* One frame of a lane. 1: sent; 0: there is none; negative: memory. */
static int send_one(struct pst_instance *me, struct pst_queue *to,
                    unsigned number)
{
	struct mux3 *m = me->state;
	struct mux3_lane *l = &m->lane[number];
	struct pst_slice *s;
	int result;

	if (l->tx_ended || (l->stream == NULL && !l->gone)) {
		return 0;
	}
	if (l->gone || pst_ended(l->stream->tx_in)) {
		result = put_end(me, to, number);
		return result == PST_OK ? 1 : result;
	}
	if (pst_peek(l->stream->tx_in) == NULL) {
		return 0;
	}
	s = pst_cut(me, l->stream->tx_in, MUX3_PAYLOAD_MAX);
	if (s == NULL) {
		return PST_MEMORY;
	}
	result = put_frame(me, to, number, s);
	return result == PST_OK ? 1 : result;
}

static bool all_over(const struct mux3 *m)
{
	unsigned i, over = 0;

	for (i = 0; i < MUX3_STREAMS; i++) {
		const struct mux3_lane *l = &m->lane[i];

		over += l->stream == NULL && l->rx_ended &&
		        (l->tx_ended || !l->gone);
	}
	return over == MUX3_STREAMS;
}

enum pst_step mux3_send(struct pst_instance *me, struct pst_io *io)
{
	struct mux3 *m = me->state;
	uint32_t start = io->tx_out->bytes;
	unsigned i, sent;

	do {
		sent = 0;
		for (i = 0; i < MUX3_STREAMS; i++) {
			int result = 0;

			if (pst_room(me, io->tx_out) != 0) {
				result = send_one(me, io->tx_out, i);
			}
			if (result < 0) {
				return mux3_no_memory(me);
			}
			sent += (unsigned)result;
		}
		if (io->tx_out->bytes - start >= io->budget) {
			return PST_STEP_MORE;
		}
	} while (sent != 0);
	if (all_over(m)) {
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return PST_STEP_OK;
}
