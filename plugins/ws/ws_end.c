/* SPDX-License-Identifier: MIT */
/* How a WebSocket ends (RFC 6455 section 7), and the timers that end it. */
#include "ws.h"

#include "ws_close.h"

#include <string.h>

int ws_send_close(struct pst_instance *me, struct pst_io *io, uint16_t code,
                  const void *text, size_t length)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	uint8_t payload[WS_CONTROL_MAX];
	size_t size = 0;

	if (st->close_sent) {
		return PST_OK;
	}
	if (code != WS_CODE_NONE) {
		payload[size++] = (uint8_t)(code >> 8);
		payload[size++] = (uint8_t)code;
		if (length > 0 && length <= sizeof(payload) - 2 &&
		    ws_utf8_valid(text, length)) {
			memcpy(payload + size, text, length);
			size += length;
		}
	}
	if (ws_send_control(me, io, WS_CLOSE, payload, size) != PST_OK) {
		return PST_MEMORY;
	}
	st->close_sent = true;
	pst_timer(me, WS_TIMER_ALIVE, 0);
	pst_timer(me, WS_TIMER_CLOSE, conf->close_timeout);
	if (st->close_received) {
		ws_finish(me, io);
	}
	return PST_OK;
}

void ws_finish(struct pst_instance *me, struct pst_io *io)
{
	if (me->role == PST_ACCEPT || io->rx_in->end != PST_END_OPEN) {
		pst_timer(me, WS_TIMER_CLOSE, 0);
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
}

enum pst_step ws_fail(struct pst_instance *me, struct pst_io *io, uint16_t code,
                      enum pst_class why, const char *text)
{
	const struct ws_state *st = me->state;

	if (st->phase == WS_OPEN && io->tx_out->end == PST_END_OPEN &&
	    ws_send_close(me, io, code, text, strlen(text)) == PST_OK) {
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	pst_fail(me, why, code, "%s", text);
	return PST_STEP_ERROR;
}

enum pst_step ws_fail_memory(struct pst_instance *me, struct pst_io *io)
{
	return ws_fail(me, io, WS_CODE_INTERNAL, PST_CLASS_INTERNAL,
	               "memory ran out");
}

enum pst_step ws_peer_gone(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	enum pst_end end = PST_END_CUT;
	enum pst_class why = PST_CLASS_TRUNCATED;

	if (io->rx_in->end == PST_END_RESET) {
		end = PST_END_RESET;
		why = (enum pst_class)io->rx_in->end_class;
	}
	ws_discard(me, io->rx_in);
	pst_end(me, io->rx_out, end, why);
	if (st->close_sent) {
		st->close_received = true; /* nothing more will come */
		ws_finish(me, io);
		return PST_STEP_OK;
	}
	pst_end(me, io->tx_out, PST_END_RESET, why);
	pst_fail(me, why, WS_CODE_ABNORMAL,
	         "the connection ended without a close frame");
	return PST_STEP_ERROR;
}

static enum pst_step close_is_due(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;

	if (st->close_received) {
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
		return PST_STEP_OK;
	}
	pst_fail(me, PST_CLASS_TIMEOUT, WS_CODE_ABNORMAL,
	         "no close frame came within close_timeout");
	return PST_STEP_ERROR;
}

enum pst_step ws_timers(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	uint8_t due = st->due;
	enum pst_step step = PST_STEP_OK;

	st->due = 0;
	if ((due & 1 << WS_TIMER_CLOSE) != 0) {
		step = close_is_due(me, io);
	}
	if (step == PST_STEP_OK && (due & 1 << WS_TIMER_ALIVE) != 0) {
		step = ws_ping_due(me, io);
	}
	if ((due & 1 << WS_TIMER_RATE) != 0) {
		st->rate->timed = false;
	}
	return step;
}
