/* SPDX-License-Identifier: MIT */
/* How much a peer may send in a second. */
#include "ws.h"

#include <stdlib.h>

enum {
	THOUSAND = 1000,
	WAIT_MIN = 10 /* ms: waking for single tokens costs more than it is */
};

static void refill(struct ws_bucket *b, uint64_t rate, uint64_t now_ms)
{
	const int64_t full = (int64_t)rate * THOUSAND;
	uint64_t ms = now_ms - b->at_ms;

	b->at_ms = now_ms;
	/* rate tokens in a second are as many thousandths in a millisecond */
	while (ms != 0 && b->level < full) {
		uint64_t part = ms < THOUSAND ? ms : THOUSAND;

		b->level += (int64_t)(rate * part);
		ms -= part;
	}
	if (b->level > full) {
		b->level = full;
	}
}

void ws_bucket_init(struct ws_bucket *b, uint64_t rate, uint64_t now_ms)
{
	b->level = (int64_t)rate * THOUSAND;
	b->at_ms = now_ms;
}

bool ws_bucket_take(struct ws_bucket *b, uint64_t rate, uint64_t amount,
                    uint64_t now_ms)
{
	refill(b, rate, now_ms);
	b->level -= (int64_t)amount * THOUSAND;
	return b->level >= 0;
}

uint64_t ws_bucket_wait(struct ws_bucket *b, uint64_t rate, uint64_t now_ms)
{
	refill(b, rate, now_ms);
	if (b->level >= THOUSAND) {
		return 0;
	}
	return ((uint64_t)(THOUSAND - b->level) + rate - 1) / rate;
}

int ws_rate_open(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;

	if (conf->max_message_rate == 0 && conf->max_byte_rate == 0) {
		return PST_OK;
	}
	st->rate = calloc(1, sizeof(*st->rate));
	return st->rate != NULL ? PST_OK : PST_MEMORY;
}

void ws_rate_begin(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	struct ws_rate *r = st->rate;
	uint64_t now = pst_now_ms(me);

	if (r != NULL) {
		ws_bucket_init(&r->messages, (uint64_t)conf->max_message_rate,
		               now);
		ws_bucket_init(&r->bytes, conf->max_byte_rate, now);
	}
}

static bool take(struct pst_instance *me, struct ws_bucket *b, uint64_t rate,
                 uint64_t amount)
{
	const struct ws_conf *conf = me->conf;

	if (rate == 0 || amount == 0) {
		return true;
	}
	return ws_bucket_take(b, rate, amount, pst_now_ms(me)) ||
	       conf->rate_excess == WS_EXCESS_WAIT;
}

bool ws_rate_message(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	struct ws_rate *r = st->rate;

	return r == NULL ||
	       take(me, &r->messages, (uint64_t)conf->max_message_rate, 1);
}

bool ws_rate_bytes(struct pst_instance *me, uint32_t amount)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	struct ws_rate *r = st->rate;

	return r == NULL || take(me, &r->bytes, conf->max_byte_rate, amount);
}

static uint64_t wait_for(struct ws_bucket *b, uint64_t rate, uint64_t now)
{
	return rate == 0 ? 0 : ws_bucket_wait(b, rate, now);
}

bool ws_rate_waits(struct pst_instance *me, bool between)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	struct ws_rate *r = st->rate;
	uint64_t now, ms, more;

	if (r == NULL || conf->rate_excess != WS_EXCESS_WAIT) {
		return false;
	}
	now = pst_now_ms(me);
	ms = wait_for(&r->bytes, conf->max_byte_rate, now);
	more = !between ? 0
	                : wait_for(&r->messages,
	                           (uint64_t)conf->max_message_rate, now);
	ms = more > ms ? more : ms;
	if (ms != 0 && !r->timed) {
		r->timed = true;
		pst_timer(me, WS_TIMER_RATE, ms < WAIT_MIN ? WAIT_MIN : ms);
	}
	return ms != 0;
}

uint64_t ws_rate_part(const struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;

	return conf->max_byte_rate == 0 || conf->rate_excess != WS_EXCESS_WAIT
	               ? UINT64_MAX
	               : conf->max_byte_rate;
}
