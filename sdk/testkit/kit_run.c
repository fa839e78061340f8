/* SPDX-License-Identifier: MIT */
/* Stepping the instance of a test kit, judging the results, and carrying what
 * leaves it. */
#include "kit.h"

#include <stdlib.h>

static void deliver(struct pst_kit_port *to, const struct pst_slice *s)
{
	if (s->flags == 0) {
		pst_kit_feed(to, s->data, s->length);
	} else if (kit_is_payload(s) && (s->flags & PST_EOM) != 0) {
		pst_kit_feed_message(to, s->data, s->length, s->flags);
	} else {
		pst_kit_feed_slice(to, s->data, s->length, s->flags);
	}
}

static void drain_link(struct pst_kit_port *p)
{
	struct pst_kit_port *to = p->link;

	while (p->q->first != NULL && to->q->bytes < to->limit) {
		struct pst_slice *s = kit_unlink(p->q);

		deliver(to, s);
		kit_slice_drop(s);
		p->kit->passed++;
	}
	if (pst_ended(p->q) && !p->end_delivered) {
		pst_kit_end(to, (enum pst_end)p->q->end,
		            (enum pst_class)p->q->end_class);
		p->end_delivered = true;
		p->kit->passed++;
	}
}

static void drain_port(struct pst_kit_port *p)
{
	struct pst_slice *s;

	if (p->link != NULL) {
		drain_link(p);
		return;
	}
	while ((s = kit_unlink(p->q)) != NULL) {
		kit_append(&p->out, s);
	}
}

bool kit_drain_outputs(struct pst_kit *k)
{
	struct pst_kit_port *p;
	bool freed = false;

	for (p = k->ports; p != NULL; p = p->next) {
		uint32_t before = p->q->bytes;
		bool full = kit_room(p) == 0;

		if (!p->output || p->stalled) {
			continue;
		}
		drain_port(p);
		if (p->q->bytes != before) {
			freed = freed || full;
			if (p->stream != NULL) {
				p->stream->changed = true;
			}
		}
	}
	return freed;
}

/** Give a trunk's queue a new address, so that a kept pointer is found. */
static void relocate(struct pst_kit_port *p)
{
	struct pst_queue *fresh;

	if (p == NULL) {
		return;
	}
	fresh = kit_alloc(sizeof(*fresh));
	*fresh = *p->q;
	memset(p->q, 0xdd, sizeof(*p->q));
	free(p->q);
	p->q = fresh;
}

static void begin_step(struct pst_kit *k, struct pst_io *io_out)
{
	struct pst_kit_port *p;

	for (p = k->ports; p != NULL; p = p->next) {
		p->put = 0;
		p->taken = 0;
		p->room_at_step = kit_room(p);
	}
	memset(io_out, 0, sizeof(*io_out));
	io_out->rx_in = k->rx_in->q;
	io_out->tx_out = k->tx_out->q;
	io_out->rx_out = k->rx_out == NULL ? NULL : k->rx_out->q;
	io_out->tx_in = k->tx_in == NULL ? NULL : k->tx_in->q;
	io_out->budget = 65536;
	io_out->flags = (k->heavy_next ? (uint32_t)PST_IO_HELPER : 0u) |
	                (k->drain ? (uint32_t)PST_IO_DRAIN : 0u);
	k->on_helper = k->heavy_next;
	k->heavy_next = false;
}

static void end_step(struct pst_kit *k)
{
	relocate(k->rx_in);
	relocate(k->tx_out);
	relocate(k->rx_out);
	relocate(k->tx_in);
}

static void end_port(struct pst_kit *k, struct pst_kit_port *p,
                     enum pst_end end, enum pst_class why)
{
	if (p != NULL && p->q->end == PST_END_OPEN) {
		p->q->end = (uint8_t)end;
		p->q->end_class = (uint8_t)why;
		k->activity++;
	}
}

static void fall(struct pst_kit *k)
{
	enum pst_class why = k->has_failed ? k->fail_class : PST_CLASS_INTERNAL;
	unsigned i;

	if (!k->has_failed) {
		kit_violate(k, "ERROR without pst_fail");
	}
	k->phase = KIT_FAILED;
	end_port(k, k->rx_out, PST_END_RESET, why);
	for (i = 0; i < k->stream_count; i++) {
		end_port(k, k->streams[i]->rx_out, PST_END_RESET, why);
	}
	end_port(k, k->tx_out,
	         k->tx_out->q->first != NULL ? PST_END_CLEAN : PST_END_RESET,
	         why);
}

/** A mux that leaves makes trunk and stream one line. */
static struct kit_stream *last_stream(const struct pst_kit *k)
{
	struct kit_stream *found = NULL;
	unsigned i;

	for (i = 0; i < k->stream_count; i++) {
		struct kit_stream *s = k->streams[i];

		if (!s->done && !s->closed) {
			if (found != NULL) {
				return NULL;
			}
			found = s;
		}
	}
	return found;
}

static bool join_stream(struct pst_kit *k)
{
	struct kit_stream *s = last_stream(k);

	if (s == NULL) {
		return false;
	}
	k->rx_out = s->rx_out;
	k->tx_in = s->tx_in;
	s->rx_out->shape = PST_SHAPE_BYTES;
	s->rx_out->limit = SIZE_MAX;
	kit_stream_end(k, s);
	return true;
}

static void leave(struct pst_kit *k)
{
	unsigned i;

	if (k->params.layer == NULL ||
	    (k->params.mux != NULL && !join_stream(k))) {
		kit_violate(k, "TRANSPARENT: nothing to join");
		return;
	}
	if (k->ups == 0) {
		k->ups++;
	}
	for (i = 0; i < KIT_TIMERS; i++) {
		k->due[i] = UINT64_MAX;
	}
	k->phase = KIT_LEFT;
	if (k->params.layer->close != NULL) {
		k->params.layer->close(&k->me, PST_CLOSE_LEFT);
	}
}

static void judge(struct pst_kit *k, enum pst_step result, bool moved)
{
	switch (result) {
	case PST_STEP_OK:
	case PST_STEP_MORE:
		return;
	case PST_STEP_OFFER:
		if (k->me.role != PST_ACCEPT || ++k->offers > 1) {
			kit_violate(k, "OFFER: twice, or not on accept");
		}
		return;
	case PST_STEP_UP:
		if (++k->ups > 1) {
			kit_violate(k, "UP: twice");
		}
		return;
	case PST_STEP_HEAVY:
		k->heavies++;
		k->heavy_next = true;
		if (moved) {
			kit_violate(k, "HEAVY: after something was moved");
		}
		return;
	case PST_STEP_TRANSPARENT:
		leave(k);
		return;
	case PST_STEP_ERROR:
		fall(k);
		return;
	}
	kit_violate(k, "step: %d is no result", (int)result);
}

static bool steppable(const struct pst_kit *k)
{
	if (k->phase != KIT_OPEN) {
		return false;
	}
	if (k->params.layer != NULL) {
		return true;
	}
	return k->params.service->step != NULL && k->answered &&
	       k->answer.accept != 0 && !k->joined;
}

static enum pst_step step_instance(struct pst_kit *k)
{
	uint64_t before = k->activity;
	enum pst_step result;
	struct pst_io io;

	begin_step(k, &io);
	result = k->params.layer != NULL ? k->params.layer->step(&k->me, &io)
	                                 : k->params.service->step(&k->me, &io);
	k->on_helper = false;
	judge(k, result, k->activity != before);
	if (k->params.mux == NULL || k->phase != KIT_LEFT) {
		end_step(k);
	}
	return result;
}

enum pst_step pst_kit_step(struct pst_kit *k)
{
	enum pst_step result = PST_STEP_OK;

	if (steppable(k)) {
		result = step_instance(k);
	}
	if (k->phase == KIT_LEFT) {
		kit_splice(k, k->rx_out->q, k->rx_in->q);
		kit_splice(k, k->tx_out->q, k->tx_in->q);
	}
	k->quiet = !kit_drain_outputs(k);
	return result;
}

size_t pst_kit_run(struct pst_kit *k)
{
	bool rested = false;
	size_t turns, idle = 0;

	kit_drain_outputs(k);
	for (turns = 1; turns < KIT_TURNS && idle < 1000; turns++) {
		uint64_t before = k->activity;
		enum pst_step result;
		bool moved;

		k->woken = false;
		result = pst_kit_step(k);
		moved = k->activity != before;
		if (rested && moved && k->phase == KIT_OPEN) {
			kit_violate(k, "step: moved something when nothing "
			               "had changed since it returned OK");
		}
		if (result == PST_STEP_OK && !moved && !k->woken) {
			return turns;
		}
		idle = moved ? 0 : idle + 1;
		rested = result == PST_STEP_OK && !k->woken && k->quiet;
	}
	kit_violate(k, "step: never comes to rest");
	return turns;
}

void pst_kit_run_all(struct pst_kit *const *kits, size_t count)
{
	uint64_t before, after = 0;
	size_t i, turns = 0;

	do {
		before = after;
		after = 0;
		for (i = 0; i < count; i++) {
			pst_kit_run(kits[i]);
			after += kits[i]->passed;
		}
	} while (after != before && ++turns < KIT_TURNS);
}

static int next_timer(const struct pst_kit *k, uint64_t until)
{
	int i, best = -1;

	for (i = 0; i < KIT_TIMERS; i++) {
		if (k->due[i] <= until && k->due[i] != UINT64_MAX &&
		    (best < 0 || k->due[i] < k->due[best])) {
			best = i;
		}
	}
	return best;
}

void pst_kit_advance(struct pst_kit *k, uint64_t ms)
{
	uint64_t until = k->now_ms + ms;
	uint64_t start = k->now_ms / 1000;
	int id;

	while ((id = next_timer(k, until)) >= 0 && k->phase == KIT_OPEN) {
		k->now_ms = k->due[id];
		k->due[id] = UINT64_MAX;
		k->timeout(&k->me, (uint32_t)id);
		pst_kit_run(k);
	}
	k->now_ms = until;
	k->wall += (int64_t)(until / 1000 - start);
}

void pst_kit_link(struct pst_kit_port *from, struct pst_kit_port *to)
{
	from->link = to;
}

void pst_kit_pair(struct pst_kit *a, struct pst_kit *b)
{
	pst_kit_link(a->tx_out, b->rx_in);
	pst_kit_link(b->tx_out, a->rx_in);
}

int pst_kit_offer(struct pst_kit *k)
{
	struct pst_io io;
	int err;

	if (k->phase != KIT_OPEN || k->offered) {
		kit_violate(k, "the test offers twice, or to a dead kit");
		return PST_INVALID;
	}
	k->offered = true;
	begin_step(k, &io);
	err = k->params.service->offer(&k->me, &io);
	k->on_helper = false;
	end_step(k);
	if (err != 0) {
		fall(k);
	}
	return err;
}

void pst_kit_back(struct pst_kit *k, uint32_t index, enum pst_back what)
{
	int err = k->params.service->back(&k->me, index, what);

	if (err != 0) {
		fall(k);
	}
}

struct pst_slice *pst_kit_pass_head(struct pst_kit *k, enum pst_role from,
                                    const struct pst_kit_head *head)
{
	uint64_t memory[1024];
	int64_t size = pst_kit_build_head(head, memory, sizeof(memory));
	struct pst_slice *s, *out;

	if (size < 0) {
		kit_violate(k, "the test passes a head that cannot be built");
		return NULL;
	}
	s = kit_slice_make(k, 0, (size_t)size);
	memcpy(pst_slice_append(s, (uint32_t)size), memory, (size_t)size);
	s->flags |= PST_HEAD;
	k->hold = 0;
	k->may_respond = from == PST_CONNECT && head->kind == PST_HEAD_RESPONSE;
	out = k->params.service->head(&k->me, from, s);
	k->may_respond = false;
	if (out == NULL && k->response_head == NULL) {
		fall(k);
	} else if (out == NULL) {
		return NULL;
	} else if ((out->flags & PST_HEAD) == 0 ||
	           !pst_kit_head_ok(out->data, out->length)) {
		kit_violate(k, "head: what it returns is no head");
	}
	return out;
}

void pst_kit_lost(struct pst_kit *k, enum pst_class why)
{
	k->may_respond = true;
	k->params.service->lost(&k->me, why);
	k->may_respond = false;
}
