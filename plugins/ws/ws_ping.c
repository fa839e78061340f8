/* SPDX-License-Identifier: MIT */
/* Pings of our own, and what their answers tell. */
#include "ws.h"

#include "ws_close.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const uint16_t ws_rtt_bounds[WS_RTT_BUCKETS] = {
	1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};

static uint64_t half_of(uint64_t ms)
{
	return (ms + 1) / 2;
}

static uint64_t sooner(uint64_t next, uint64_t at, uint64_t now)
{
	return at > now && at < next ? at : next;
}

static void arm(struct pst_instance *me, uint64_t now)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	const struct ws_ping *p = st->ping;
	uint64_t next = UINT64_MAX;

	if (conf->inactivity_timeout != 0) {
		next = sooner(next,
		              p->heard_ms + half_of(conf->inactivity_timeout),
		              now);
		next = sooner(next, p->heard_ms + conf->inactivity_timeout,
		              now);
	}
	if (conf->ping_interval != 0) {
		uint64_t gone = (now - p->sent_ms) / conf->ping_interval;

		next = sooner(next,
		              p->sent_ms + (gone + 1) * conf->ping_interval,
		              now);
	}
	if (conf->ping_timeout != 0 && p->unheard) {
		next = sooner(next, p->sent_ms + conf->ping_timeout, now);
	}
	if (next != UINT64_MAX) {
		pst_timer(me, WS_TIMER_ALIVE, next - now);
	}
}

int ws_ping_open(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;

	if (conf->inactivity_timeout == 0 && conf->ping_interval == 0) {
		return PST_OK;
	}
	st->ping = calloc(1, sizeof(*st->ping));
	return st->ping != NULL ? PST_OK : PST_MEMORY;
}

void ws_ping_begin(struct pst_instance *me)
{
	struct ws_state *st = me->state;
	uint64_t now = pst_now_ms(me);

	if (st->ping != NULL) {
		st->ping->heard_ms = st->ping->sent_ms = now;
		arm(me, now);
	}
}

void ws_ping_heard(struct pst_instance *me)
{
	struct ws_state *st = me->state;
	struct ws_ping *p = st->ping;

	if (p == NULL) {
		return;
	}
	p->heard_ms = pst_now_ms(me);
	if (p->unheard) {
		p->unheard = false;
		if (!st->close_sent) {
			arm(me, p->heard_ms);
		}
	}
}

static void note_rtt(struct pst_instance *me, uint64_t ms)
{
	char text[24];
	int length =
		snprintf(text, sizeof(text), "%llu", (unsigned long long)ms);
	uint32_t i;

	pst_count(me, WS_METRIC_RTT_COUNT, 1);
	pst_count(me, WS_METRIC_RTT_SUM, (int64_t)ms);
	for (i = 0; i < WS_RTT_BUCKETS; i++) {
		if (ms <= ws_rtt_bounds[i]) {
			pst_count(me, WS_METRIC_RTT_LE + i, 1);
		}
	}
	(void)pst_attribute_set(me, "ws.rtt_ms", text, (size_t)length,
	                        PST_PROVEN);
}

void ws_ping_answered(struct pst_instance *me, const uint8_t *payload,
                      size_t length)
{
	struct ws_state *st = me->state;
	struct ws_ping *p = st->ping;

	if (p != NULL && p->timed && length == sizeof(p->payload) &&
	    memcmp(payload, p->payload, length) == 0) {
		p->timed = false;
		note_rtt(me, pst_now_ms(me) - p->sent_ms);
	}
}

static enum pst_step ping(struct pst_instance *me, struct pst_io *io,
                          uint64_t now)
{
	struct ws_state *st = me->state;
	struct ws_ping *p = st->ping;
	const size_t size = sizeof(p->payload);

	if (getrandom(p->payload, size, 0) != (ssize_t)size ||
	    ws_send_control(me, io, WS_PING, p->payload, size) != PST_OK) {
		return ws_fail_memory(me, io);
	}
	pst_count(me, WS_METRIC_PINGS_SENT, 1);
	p->sent_ms = now;
	p->timed = p->unheard = true;
	return PST_STEP_OK;
}

/* One that is not answered is followed by others only where they keep the
 * path open and nothing else, and there is room. */
static bool ping_is_due(struct pst_instance *me, struct pst_io *io,
                        uint64_t now)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	const struct ws_ping *p = st->ping;
	bool each = conf->ping_interval != 0 &&
	            now - p->sent_ms >= conf->ping_interval;

	if (p->unheard) {
		return each && conf->ping_timeout == 0 &&
		       !ws_full(me, io->tx_out);
	}
	return each || (conf->inactivity_timeout != 0 &&
	                now - p->heard_ms >= half_of(conf->inactivity_timeout));
}

static bool we_do_not_read(struct pst_instance *me, struct pst_io *io)
{
	return io->rx_in->first != NULL || ws_full(me, io->rx_out);
}

enum pst_step ws_ping_due(struct pst_instance *me, struct pst_io *io)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	struct ws_ping *p = st->ping;
	uint64_t now = pst_now_ms(me);
	bool deaf = we_do_not_read(me, io);
	enum pst_step step = PST_STEP_OK;

	if (st->close_sent) {
		return PST_STEP_OK;
	}
	if (deaf) {
		p->heard_ms = now;
		p->unheard = false;
	}
	if (conf->inactivity_timeout != 0 &&
	    now - p->heard_ms >= conf->inactivity_timeout) {
		return ws_fail(me, io, WS_CODE_GOING_AWAY, PST_CLASS_TIMEOUT,
		               "inactive");
	}
	if (conf->ping_timeout != 0 && p->unheard &&
	    now - p->sent_ms >= conf->ping_timeout) {
		return ws_fail(me, io, WS_CODE_GOING_AWAY, PST_CLASS_TIMEOUT,
		               "no answer to a ping");
	}
	if (!deaf && ping_is_due(me, io, now)) {
		step = ping(me, io, now);
	}
	if (step == PST_STEP_OK) {
		arm(me, now);
	}
	return step;
}
