/* SPDX-License-Identifier: MIT */
/* A join of bytes and messages with real sockets: time, drain, ends. */
#include "machine_pair.h"
#include "machine_parts.h"
#include "pst_test.h"
#include "session.h"

#include <penstock/control.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- messages that can be read on a socket ------------------------------- */

static void put_text(struct pst_instance *me, struct pst_queue *q,
                     const char *text)
{
	CHECK_INT(pst_write(me, q, text, strlen(text), 0), 0);
}

static void show_close(struct pst_instance *me, struct pst_queue *q,
                       const struct pst_slice *s)
{
	const struct pst_control *c = (const void *)s->data;
	char text[200];

	snprintf(text, sizeof(text), "close %u %.*s|", (unsigned)c->code,
	         (int)c->text_length, c->text);
	put_text(me, q, text);
}

/* Messages are written as "t:text|" and "b:bytes|"; what comes is one. */
static enum pst_step marks_step(struct pst_instance *me, struct pst_io *io)
{
	struct {
		bool up, within;
	} *st = me->state;
	struct pst_slice *s;

	while ((s = pst_take(me, io->tx_in)) != NULL) {
		bool last = (s->flags & PST_EOM) != 0;

		if ((s->flags & PST_CONTROL) != 0) {
			show_close(me, io->tx_out, s);
			pst_slice_free(me, s);
			continue;
		}
		if (!st->within) {
			put_text(me, io->tx_out,
			         (s->flags & PST_TEXT) != 0 ? "t:" : "b:");
		}
		s->flags = 0;
		pst_put(me, io->tx_out, s);
		if (last) {
			put_text(me, io->tx_out, "|");
		}
		st->within = !last;
	}
	while ((s = pst_take(me, io->rx_in)) != NULL) {
		s->flags |= PST_TEXT | PST_EOM;
		pst_put(me, io->rx_out, s);
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	if (!st->up) {
		st->up = true;
		return PST_STEP_UP;
	}
	return PST_STEP_OK;
}

static const struct pst_layer marks = {
	.size = sizeof(marks),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "marks",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_MESSAGES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = 2 * sizeof(bool),
	.step = marks_step,
};

/* -- a client of bytes, a server of messages ------------------------------ */

static bool joined(void *arg)
{
	const struct machine_pair *p = arg;

	return p->m.worker->sessions->state == SESSION_JOINED;
}

static void pair_start(struct machine_pair *p, const struct hop_bridge *rule,
                       bool at_front)
{
	static const struct pst_layer *const layers[] = {&marks, NULL};
	struct machine_setup setup = {.service = &machine_joins};

	setup.front = at_front ? layers : NULL;
	setup.back[0] = at_front ? NULL : layers;
	machine_pair_start(p, &setup);
	p->m.front.pipeline.bridge = *rule;
	p->m.back[0].pipeline.bridge = *rule;
	machine_pair_accept(p);
	CHECK(machine_until(&p->m, joined, p));
	machine_pair_listen_at(p, p->server);
}

static bool has_taken(void *arg)
{
	const struct machine_pair *p = arg;

	return p->m.worker->sessions->bytes_in >= 2;
}

static struct bridge_mark mark(const char *text)
{
	struct bridge_mark m;

	CHECK_INT(bridge_mark_parse(text, &m), 0);
	return m;
}

/* -- tests ---------------------------------------------------------------- */

static void a_message_leaves_when_its_time_is_over(void)
{
	const struct hop_bridge rule = {.flush_time = 500};
	struct machine_pair p;

	pair_start(&p, &rule, false);
	machine_say(p.client, "ab");
	CHECK(machine_until(&p.m, has_taken, &p));
	machine_advance(&p.m, 499);
	machine_pair_look(&p);
	CHECK_STR(p.got, "");
	machine_say(p.client, "cd");
	machine_turn(&p.m);
	machine_advance(&p.m, 1);
	machine_pair_gets(&p, "b:abcd|");
	machine_advance(&p.m, 5000);
	machine_say(p.client, "ef");
	machine_turn(&p.m);
	machine_advance(&p.m, 499);
	machine_pair_look(&p);
	CHECK_STR(p.got, "b:abcd|");
	machine_advance(&p.m, 1);
	machine_pair_gets(&p, "b:abcd|b:ef|");
	machine_pair_stop(&p);
}

static void the_time_begins_anew_with_each_message(void)
{
	const struct bridge_mark m = mark("\\n");
	const struct hop_bridge rule = {.flush_time = 500, .delimiter = &m};
	struct machine_pair p;

	pair_start(&p, &rule, false);
	machine_say(p.client, "ab");
	CHECK(machine_until(&p.m, has_taken, &p));
	machine_advance(&p.m, 400);
	machine_say(p.client, "\ncd");
	machine_pair_gets(&p, "b:ab\n|");
	machine_advance(&p.m, 400);
	machine_pair_look(&p);
	CHECK_STR(p.got, "b:ab\n|");
	machine_advance(&p.m, 100);
	machine_pair_gets(&p, "b:ab\n|b:cd|");
	machine_pair_stop(&p);
}

static void half_an_end_flushes(void)
{
	const struct hop_bridge rule = {.flush_size = 1000,
	                                .bytes_as = BRIDGE_TEXT};
	struct machine_pair p;

	pair_start(&p, &rule, false);
	machine_say(p.client, "ab");
	shutdown(p.client, SHUT_WR);
	machine_pair_gets(&p, "t:ab|");
	machine_pair_listen_at(&p, p.client);
	machine_say(p.server, "yes");
	machine_pair_gets(&p, "yes");
	machine_pair_stop(&p);
}

static void a_drain_flushes(void)
{
	const struct hop_bridge rule = {.flush_size = 1000};
	struct machine_pair p;

	pair_start(&p, &rule, true);
	machine_say(p.server, "ab");
	machine_turn(&p.m);
	machine_pair_listen_at(&p, p.client);
	machine_pair_look(&p);
	CHECK_STR(p.got, "");
	worker_drain(p.m.worker);
	machine_pair_gets(&p, "b:ab|");
	machine_say(p.server, "cd");
	machine_pair_gets(&p, "b:ab|b:cd|");
	machine_pair_stop(&p);
}

static void what_is_no_text_is_told_and_ends(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};
	struct machine_pair p;

	pair_start(&p, &rule, false);
	machine_say(p.client, "ab");
	machine_pair_gets(&p, "t:ab|");
	machine_say(p.client, "\xFF");
	machine_pair_gets(&p, "t:ab|close 1007 not UTF-8|");
	machine_pair_listen_at(&p, p.client);
	machine_pair_hears_the_end(&p);
	machine_pair_stop(&p);
}

static void half_a_character_at_the_end_is_no_text(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};
	struct machine_pair p;

	pair_start(&p, &rule, false);
	machine_say(p.client, "ab\xE2\x82");
	shutdown(p.client, SHUT_WR);
	machine_pair_gets(&p, "t:ab|close 1007 not UTF-8|");
	machine_pair_stop(&p);
}

static void messages_become_bytes_with_what_is_appended(void)
{
	const struct bridge_mark m = mark("\\n");
	const struct hop_bridge rule = {.append = &m};
	struct machine_pair p;

	pair_start(&p, &rule, true);
	machine_say(p.client, "ab");
	machine_pair_gets(&p, "ab\n");
	machine_say(p.client, "cd");
	machine_pair_gets(&p, "ab\ncd\n");
	machine_pair_listen_at(&p, p.client);
	machine_say(p.server, "back");
	machine_pair_gets(&p, "b:back|");
	machine_pair_stop(&p);
}

static void a_reset_drops_what_is_held(void)
{
	const struct hop_bridge rule = {.flush_size = 1000};
	struct machine_pair p;

	pair_start(&p, &rule, false);
	machine_say(p.client, "ab");
	CHECK(machine_until(&p.m, has_taken, &p));
	machine_reset(&p.client);
	machine_pair_hears_the_end(&p);
	CHECK_STR(p.got, "");
	machine_pair_stop(&p);
}

static CU_TestInfo tests[] = {
	TEST(a_message_leaves_when_its_time_is_over),
	TEST(the_time_begins_anew_with_each_message),
	TEST(half_an_end_flushes),
	TEST(a_drain_flushes),
	TEST(what_is_no_text_is_told_and_ends),
	TEST(half_a_character_at_the_end_is_no_text),
	TEST(messages_become_bytes_with_what_is_appended),
	TEST(a_reset_drops_what_is_held),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
