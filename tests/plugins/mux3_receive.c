/* SPDX-License-Identifier: MIT */
/* What mux3 receives: frames, and the end of the trunk. */
#include "mux3.h"

static enum pst_step wrong(struct pst_instance *me, const char *what)
{
	pst_fail(me, PST_CLASS_PROTOCOL, 0, "mux3: %s", what);
	return PST_STEP_ERROR;
}

static enum pst_step begin_frame(struct pst_instance *me, const uint8_t *h)
{
	struct mux3 *m = me->state;
	uint32_t length = (uint32_t)(h[1] << 8 | h[2]);
	uint8_t number = h[0] & (uint8_t)~MUX3_RESET;
	bool reset = (h[0] & MUX3_RESET) != 0;
	struct mux3_lane *l;

	if (number >= MUX3_STREAMS || (reset && length != 0)) {
		return wrong(me, "a frame for no stream");
	}
	l = &m->lane[number];
	if (l->rx_ended) {
		return wrong(me, "a frame after the stream's end");
	}
	l->used = true;
	m->current = number;
	m->left = length;
	if (length != 0) {
		return PST_STEP_OK;
	}
	l->rx_ended = true;
	if (l->stream != NULL) {
		pst_end(me, l->stream->rx_out,
		        reset ? PST_END_RESET : PST_END_CLEAN,
		        reset ? PST_CLASS_TRUNCATED : PST_CLASS_CLEAN);
	}
	mux3_settle_lane(me, l);
	return PST_STEP_OK;
}

/* PST_STEP_MORE: it went on; OK: it must wait. */
static enum pst_step payload(struct pst_instance *me, struct pst_io *io)
{
	struct mux3 *m = me->state;
	struct mux3_lane *l = &m->lane[m->current];
	struct pst_slice *s;

	if (pst_peek(io->rx_in) == NULL ||
	    (l->stream != NULL && pst_room(me, l->stream->rx_out) == 0)) {
		return PST_STEP_OK;
	}
	s = pst_cut(me, io->rx_in, m->left);
	if (s == NULL) {
		return mux3_no_memory(me);
	}
	m->left -= s->length;
	if (l->stream != NULL) {
		pst_put(me, l->stream->rx_out, s);
	} else {
		pst_slice_free(me, s);
	}
	return PST_STEP_MORE;
}

static enum pst_step header(struct pst_instance *me, struct pst_io *io)
{
	const uint8_t *h = pst_pullup(me, io->rx_in, MUX3_HEADER);
	enum pst_step result;

	if (h == NULL) {
		return io->rx_in->bytes < MUX3_HEADER ? PST_STEP_OK
		                                      : mux3_no_memory(me);
	}
	result = begin_frame(me, h);
	pst_consume(me, io->rx_in, MUX3_HEADER);
	return result == PST_STEP_OK ? PST_STEP_MORE : result;
}

/* The trunk is over: a stream that was in use was cut. */
static void end_lanes(struct pst_instance *me, const struct pst_io *io)
{
	struct mux3 *m = me->state;
	bool whole = io->rx_in->end == PST_END_CLEAN && m->left == 0;
	int i;

	if (m->trunk_ended) {
		return;
	}
	m->trunk_ended = true;
	for (i = 0; i < MUX3_STREAMS; i++) {
		struct mux3_lane *l = &m->lane[i];

		if (l->stream != NULL && !l->rx_ended) {
			bool unused = whole && !l->used;

			pst_end(me, l->stream->rx_out,
			        unused ? PST_END_CLEAN : PST_END_CUT,
			        unused ? PST_CLASS_CLEAN : PST_CLASS_TRUNCATED);
		}
		l->rx_ended = true;
		mux3_settle_lane(me, l);
	}
}

static bool over(const struct mux3 *m, const struct pst_io *io)
{
	return io->rx_in->end != PST_END_OPEN &&
	       (m->left != 0 ? io->rx_in->bytes == 0
	                     : io->rx_in->bytes < MUX3_HEADER);
}

enum pst_step mux3_receive(struct pst_instance *me, struct pst_io *io)
{
	const struct mux3 *m = me->state;
	uint32_t start = io->rx_in->bytes;
	enum pst_step result = PST_STEP_MORE;

	while (result == PST_STEP_MORE) {
		if (start - io->rx_in->bytes >= io->budget) {
			return PST_STEP_MORE;
		}
		result = m->left != 0 ? payload(me, io) : header(me, io);
	}
	if (result == PST_STEP_OK && over(m, io)) {
		pst_consume(me, io->rx_in, io->rx_in->bytes);
		end_lanes(me, io);
	}
	return result;
}
