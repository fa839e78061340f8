/* SPDX-License-Identifier: MIT */
/* The layer `chaos`: passes bytes on as badly as the contract allows. */
#include "chaos.h"

#include <penstock/plugin.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

static uint64_t at_most(uint64_t n, uint64_t limit)
{
	return limit != 0 && n > limit ? limit : n;
}

/** Bytes to go to `mark`; 0: it is not ahead. */
static uint64_t until(int64_t mark, uint64_t passed)
{
	return mark > 0 && (uint64_t)mark > passed ? (uint64_t)mark - passed
	                                           : 0;
}

static bool at(int64_t mark, const struct chaos_way *w)
{
	return mark >= 0 && w->passed == (uint64_t)mark;
}

/** Bytes of the next slice: up to each mark that something happens at. */
static uint64_t part(struct chaos *st, const struct chaos_conf *c,
                     const struct chaos_way *w, uint64_t left)
{
	uint64_t n = at_most(left, c->chunk);

	if (c->seed != 0) {
		st->random ^= st->random << 13;
		st->random ^= st->random >> 17;
		st->random ^= st->random << 5;
		n = at_most(n, 1 + st->random % c->chunk);
	}
	if (c->stall_every != 0) {
		n = at_most(n, c->stall_every - w->passed % c->stall_every);
	}
	n = at_most(n, until(c->error_at, w->passed));
	n = at_most(n, until(c->cut_at, w->passed));
	return n;
}

/** What is due where w->passed bytes are through. False: the layer fails. */
static bool happen(struct pst_instance *me, struct chaos_way *w,
                   struct pst_queue *to)
{
	const struct chaos_conf *c = me->conf;

	if (at(c->error_at, w)) {
		pst_fail(me, PST_CLASS_INTERNAL, 0,
		         "an error at byte %lld, as configured",
		         (long long)c->error_at);
		return false;
	}
	if (at(c->cut_at, w) && !w->cut) {
		pst_end(me, to, PST_END_CUT, PST_CLASS_TRUNCATED);
		w->cut = true;
	}
	return true;
}

static bool disturbed(const struct chaos_conf *c, int way)
{
	switch ((enum chaos_direction)c->direction) {
	case CHAOS_BOTH:
		return true;
	case CHAOS_RX:
		return way == CHAOS_WAY_RX;
	case CHAOS_TX:
		return way == CHAOS_WAY_TX;
	}
	return false;
}

static bool can_move(struct pst_instance *me, int way, struct pst_queue *to,
                     const struct pst_queue *from)
{
	const struct chaos *st = me->state;
	const struct chaos_way *w = &st->way[way];

	return pst_peek(from) != NULL && !w->stalled && !w->stall_due &&
	       (w->cut || pst_room(me, to) != 0);
}

static enum pst_step disturb(struct pst_instance *me, int way,
                             struct pst_queue *to, struct pst_queue *from,
                             uint32_t budget)
{
	const struct chaos_conf *c = me->conf;
	struct chaos *st = me->state;
	struct chaos_way *w = &st->way[way];
	uint64_t most = c->max_per_step != 0 ? c->max_per_step : c->chunk;
	uint64_t left = at_most(budget, most);

	if (!happen(me, w, to)) {
		return PST_STEP_ERROR;
	}
	while (left != 0 && !w->cut && can_move(me, way, to, from)) {
		struct pst_slice *s =
			pst_cut(me, from, (size_t)part(st, c, w, left));

		if (s == NULL) {
			pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
			return PST_STEP_ERROR;
		}
		w->passed += s->length;
		left -= s->length;
		w->stall_due =
			c->stall_every != 0 && w->passed % c->stall_every == 0;
		pst_put(me, to, s);
		if (!happen(me, w, to)) {
			return PST_STEP_ERROR;
		}
	}
	if (w->cut) {
		pst_consume(me, from, from->bytes);
	}
	return w->stall_due || can_move(me, way, to, from) ? PST_STEP_MORE
	                                                   : PST_STEP_OK;
}

static enum pst_step pass(struct pst_instance *me, int way,
                          struct pst_queue *to, struct pst_queue *from,
                          uint32_t budget)
{
	enum pst_step result = PST_STEP_OK;

	if (!disturbed(me->conf, way)) {
		pst_pass(me, to, from);
		return PST_STEP_OK;
	}
	result = disturb(me, way, to, from, budget);
	if (result == PST_STEP_OK && pst_ended(from)) {
		pst_pass(me, to, from);
	}
	return result;
}

/* Timers belong to the loop: a pause that became due on the helper begins in
 * the next step. */
static void begin_stalls(struct pst_instance *me)
{
	const struct chaos_conf *c = me->conf;
	struct chaos *st = me->state;
	uint32_t i;

	for (i = 0; i < CHAOS_WAYS; i++) {
		if (st->way[i].stall_due) {
			st->way[i].stall_due = false;
			st->way[i].stalled = true;
			pst_timer(me, i, (uint64_t)c->stall_ms);
		}
	}
}

static bool something_to_move(struct pst_instance *me, const struct pst_io *io)
{
	return can_move(me, CHAOS_WAY_RX, io->rx_out, io->rx_in) ||
	       can_move(me, CHAOS_WAY_TX, io->tx_out, io->tx_in);
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct chaos_conf *c = me->conf;
	struct chaos *st = me->state;
	bool helper = (io->flags & PST_IO_HELPER) != 0;
	enum pst_step rx, tx;

	if (!st->up) {
		st->up = true;
		return PST_STEP_UP;
	}
	if (!helper) {
		begin_stalls(me);
		if (c->heavy && something_to_move(me, io)) {
			return PST_STEP_HEAVY;
		}
	}
	rx = pass(me, CHAOS_WAY_RX, io->rx_out, io->rx_in, io->budget);
	if (rx == PST_STEP_ERROR) {
		return rx;
	}
	tx = pass(me, CHAOS_WAY_TX, io->tx_out, io->tx_in, io->budget);
	return tx == PST_STEP_OK ? rx : tx;
}

static int open_chaos(struct pst_instance *me)
{
	const struct chaos_conf *c = me->conf;
	struct chaos *st = me->state;

	st->random = (uint32_t)c->seed;
	return PST_OK;
}

static void timeout(struct pst_instance *me, uint32_t id)
{
	struct chaos *st = me->state;

	st->way[id].stalled = false;
}

static const struct pst_layer chaos = {
	.size = sizeof(chaos),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "chaos",
	.help = "Disturbs a byte stream on purpose, for tests.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct chaos),
	.conf_size = sizeof(struct chaos_conf),
	.options = chaos_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = chaos_conf_init,
	.open = open_chaos,
	.step = step,
	.timeout = timeout,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0 ? &chaos
	                                                             : NULL;
}

PST_PLUGIN_NOTE("layer:chaos");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "chaos",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
