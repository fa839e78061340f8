/* SPDX-License-Identifier: MIT */
/* The plugin `ws`: its layer, its scheme, and the step that drives them. */
#include "ws.h"

#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <stdlib.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

void ws_discard(struct pst_instance *me, struct pst_queue *q)
{
	struct pst_slice *s;

	while ((s = pst_take(me, q)) != NULL) {
		pst_slice_free(me, s);
	}
}

enum pst_step ws_opened(struct pst_instance *me)
{
	struct ws_state *st = me->state;

	st->phase = WS_OPEN;
	st->mask_count = 0;
	st->protocol = NULL;
	ws_opening_destroy(st->opening);
	st->opening = NULL;
	ws_ping_begin(me);
	ws_rate_begin(me);
	pst_wake(me); /* what is queued behind the opening */
	return PST_STEP_UP;
}

enum pst_step ws_call_off(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	enum pst_class why = (enum pst_class)io->tx_in->end_class;

	if (io->tx_in->end == PST_END_CLEAN) {
		why = PST_CLASS_GOING_AWAY;
	}
	st->phase = WS_OVER;
	pst_end(me, io->tx_out, PST_END_RESET, why);
	pst_end(me, io->rx_out, PST_END_RESET, why);
	ws_discard(me, io->tx_in);
	ws_discard(me, io->rx_in);
	return PST_STEP_OK;
}

/* Nothing came from below, and nothing waits here to be passed up. */
static bool is_silent(const struct ws_state *st, const struct pst_queue *rx)
{
	return pst_peek(rx) == NULL && rx->end == PST_END_OPEN &&
	       !st->rx_in_frame && !st->close_received && st->packing == NULL;
}

/* Nothing came from above, and nothing of our own is due. */
static bool is_sent(const struct ws_state *st, const struct pst_io *io)
{
	return pst_peek(io->tx_in) == NULL && io->tx_in->end == PST_END_OPEN &&
	       st->pong == NULL && !st->close_received &&
	       (io->flags & PST_IO_DRAIN) == 0;
}

static enum pst_step run(struct pst_instance *me, struct pst_io *io)
{
	struct ws_state *st = me->state;
	enum pst_step rx = ws_timers(me, io), tx = PST_STEP_OK;

	if (rx == PST_STEP_OK && !is_silent(st, io->rx_in)) {
		rx = ws_receive(me, io);
	}
	if (rx == PST_STEP_ERROR) {
		return rx;
	}
	if (!is_sent(st, io)) {
		tx = ws_send(me, io);
	}
	if (tx == PST_STEP_ERROR) {
		return tx;
	}
	if (st->close_sent && st->close_received) {
		ws_finish(me, io);
	}
	return rx == PST_STEP_MORE ? rx : tx;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_state *st = me->state;

	switch ((enum ws_phase)st->phase) {
	case WS_START:
	case WS_WAITING:
		return me->role == PST_ACCEPT ? ws_accept_step(me, io)
		                              : ws_connect_step(me, io);
	case WS_OPEN:
		return run(me, io);
	case WS_OVER:
		ws_discard(me, io->rx_in);
		ws_discard(me, io->tx_in);
		break;
	}
	return PST_STEP_OK;
}

static void timeout(struct pst_instance *me, uint32_t id)
{
	struct ws_state *st = me->state;

	st->due |= (uint8_t)(1u << id);
}

static int open_layer(struct pst_instance *me)
{
	if (ws_ping_open(me) != PST_OK || ws_rate_open(me) != PST_OK) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "memory ran out");
		return PST_MEMORY;
	}
	return PST_OK;
}

static void close_layer(struct pst_instance *me, enum pst_close why)
{
	struct ws_state *st = me->state;

	(void)why;
	pst_slice_free(me, st->pong);
	ws_packing_end(me);
	ws_opening_destroy(st->opening);
	free(st->ping);
	free(st->rate);
}

#define RTT_AT_MOST(name, time)                           \
	{                                                 \
		"rtt_le_" name, 0, 0,                     \
			"Of them at most " time " long, " \
			"shorter ones too."               \
	}

static const struct pst_metric metrics[] = {
	[WS_METRIC_PINGS_RECEIVED] = {"pings_received", 0, 0,
                                      "Ping frames that peers sent."},
	[WS_METRIC_PINGS_SENT] = {"pings_sent", 0, 0,
                                  "Ping frames that were sent."},
	[WS_METRIC_PONGS_RECEIVED] = {"pongs_received", 0, 0,
                                      "Pong frames that peers sent."},
	[WS_METRIC_RTT_COUNT] = {"rtt_count", 0, 0,
                                 "Round-trip times that were measured: pings "
                                 "whose own pong came."},
	[WS_METRIC_RTT_SUM] = {"rtt_sum_ms", 0, 0,
                               "Their sum in milliseconds."},
	[WS_METRIC_RTT_LE] = RTT_AT_MOST("1ms", "1 ms"),
	RTT_AT_MOST("2ms", "2 ms"),
	RTT_AT_MOST("5ms", "5 ms"),
	RTT_AT_MOST("10ms", "10 ms"),
	RTT_AT_MOST("20ms", "20 ms"),
	RTT_AT_MOST("50ms", "50 ms"),
	RTT_AT_MOST("100ms", "100 ms"),
	RTT_AT_MOST("200ms", "200 ms"),
	RTT_AT_MOST("500ms", "500 ms"),
	RTT_AT_MOST("1s", "1 s"),
	RTT_AT_MOST("2s", "2 s"),
	RTT_AT_MOST("5s", "5 s"),
	RTT_AT_MOST("10s", "10 s"),
	{NULL, 0, 0, NULL},
};

static const struct pst_attribute attributes[] = {
	{"ws.subprotocol", PST_ATTRIBUTE_LOG, 0,
         "The subprotocol that both ends agreed on."},
	{"ws.origin", PST_ATTRIBUTE_LOG, 0, "The client's Origin, as it says."},
	{"ws.rtt_ms", PST_ATTRIBUTE_LOG, 0,
         "Milliseconds from our last answered ping to its pong."},
	{NULL, 0, 0, NULL},
};

static const struct pst_layer layer = {
	.size = sizeof(layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "ws",
	.help = "WebSocket messages (RFC 6455).",
	.below = PST_SHAPE_EXCHANGES,
	.above = PST_SHAPE_MESSAGES,
	.provides = PST_PROVIDES_OFFER,
	.headroom = WS_HEADER_MAX,
	.lookahead = WS_HEADER_MAX + WS_CONTROL_MAX,
	.state_size = sizeof(struct ws_state),
	.conf_size = sizeof(struct ws_conf),
	.options = ws_options,
	.metrics = metrics,
	.attributes = attributes,
	.option_stride = sizeof(struct pst_option),
	.metric_stride = sizeof(struct pst_metric),
	.attribute_stride = sizeof(struct pst_attribute),
	.conf_init = ws_conf_init,
	.conf_finish = ws_conf_finish,
	.conf_explain = ws_conf_explain,
	.open = open_layer,
	.step = step,
	.timeout = timeout,
	.close = close_layer,
};

static const char *const layers[] = {"tcp", "http", "ws", NULL};

static const struct pst_scheme scheme = {
	.size = sizeof(scheme),
	.name = "ws",
	.layers = layers,
	.default_port = 80,
	.help = "WebSocket (RFC 6455): ws://host[:port]/path.",
};

static const void *get(const char *extension, uint32_t n)
{
	if (n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0) {
		return &layer;
	}
	if (n == 0 && strcmp(extension, PST_EXTENSION_SCHEME) == 0) {
		return &scheme;
	}
	return NULL;
}

PST_PLUGIN_NOTE("layer:ws scheme:ws");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "ws",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
