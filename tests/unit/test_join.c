/* SPDX-License-Identifier: MIT */
/* A join of bytes and messages with real sockets: time, drain, ends. */
#include "machine.h"
#include "pst_test.h"
#include "session.h"

#include <errno.h>
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

static int proxy_offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0);
}

static int proxy_back(struct pst_instance *me, uint32_t index,
                      enum pst_back what)
{
	struct pst_answer answer = {.size = sizeof(answer)};

	(void)index;
	answer.accept = what == PST_BACK_UP;
	answer.reason = pst_reason(me, NULL);
	pst_service_answer(me, &answer);
	return answer.accept != 0 ? pst_service_join(me) : 0;
}

static const struct pst_service proxy = {
	.size = sizeof(proxy),
	.flags = PST_SERVICE_CONNECTS,
	.id = "proxy",
	.shapes = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES,
	.offer = proxy_offer,
	.back = proxy_back,
};

/* -- a client of bytes, a server of messages ------------------------------ */

struct pair {
	struct machine m;
	int listening, client, server;
	char got[256]; /* by the one that is read from */
	size_t have;
	int from;
	const char *wanted;
	bool ended;
};

static bool accepted(void *arg)
{
	struct pair *p = arg;

	p->server = accept4(p->listening, NULL, NULL, SOCK_NONBLOCK);
	return p->server >= 0;
}

static bool joined(void *arg)
{
	const struct pair *p = arg;

	return p->m.worker->sessions->state == SESSION_JOINED;
}

static void pair_start(struct pair *p, const struct hop_bridge *rule,
                       bool at_front)
{
	static const struct pst_layer *const layers[] = {&marks, NULL};
	struct machine_setup setup = {.service = &proxy, .back_count = 1};

	memset(p, 0, sizeof(*p));
	setup.front = at_front ? layers : NULL;
	setup.back[0] = at_front ? NULL : layers;
	p->listening = machine_listen(&setup.back_port[0]);
	machine_start(&p->m, &setup);
	p->m.front.pipeline.bridge = *rule;
	p->m.back[0].pipeline.bridge = *rule;
	p->client = machine_client(&p->m);
	CHECK(machine_until(&p->m, accepted, p));
	CHECK(machine_until(&p->m, joined, p));
	p->from = p->server;
}

static bool no_sessions(void *arg)
{
	const struct machine *m = arg;

	return m->worker->sessions == NULL && m->worker->trunks == NULL;
}

static void pair_stop(struct pair *p)
{
	close(p->client);
	close(p->server);
	CHECK(machine_until(&p->m, no_sessions, &p->m));
	close(p->listening);
	machine_stop(&p->m);
}

static bool look(void *arg)
{
	struct pair *p = arg;
	ssize_t n = recv(p->from, p->got + p->have,
	                 sizeof(p->got) - 1 - p->have, 0);

	p->have += n > 0 ? (size_t)n : 0;
	p->got[p->have] = '\0';
	p->ended |= n == 0 || (n < 0 && errno == ECONNRESET);
	return p->ended || strlen(p->wanted) <= p->have;
}

static void gets(struct pair *p, const char *wanted)
{
	p->wanted = wanted;
	CHECK(machine_until(&p->m, look, p));
	CHECK_STR(p->got, wanted);
}

static void says(int fd, const char *text)
{
	CHECK_INT(send(fd, text, strlen(text), 0), strlen(text));
}

static bool has_taken(void *arg)
{
	const struct pair *p = arg;

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
	struct pair p;

	pair_start(&p, &rule, false);
	says(p.client, "ab");
	CHECK(machine_until(&p.m, has_taken, &p));
	machine_advance(&p.m, 499);
	p.wanted = "";
	(void)look(&p);
	CHECK_STR(p.got, "");
	says(p.client, "cd");
	machine_turn(&p.m);
	machine_advance(&p.m, 1);
	gets(&p, "b:abcd|");
	machine_advance(&p.m, 5000);
	says(p.client, "ef");
	machine_turn(&p.m);
	machine_advance(&p.m, 499);
	(void)look(&p);
	CHECK_STR(p.got, "b:abcd|");
	machine_advance(&p.m, 1);
	gets(&p, "b:abcd|b:ef|");
	pair_stop(&p);
}

static void the_time_begins_anew_with_each_message(void)
{
	const struct bridge_mark m = mark("\\n");
	const struct hop_bridge rule = {.flush_time = 500, .delimiter = &m};
	struct pair p;

	pair_start(&p, &rule, false);
	says(p.client, "ab");
	CHECK(machine_until(&p.m, has_taken, &p));
	machine_advance(&p.m, 400);
	says(p.client, "\ncd");
	gets(&p, "b:ab\n|");
	machine_advance(&p.m, 400);
	(void)look(&p);
	CHECK_STR(p.got, "b:ab\n|");
	machine_advance(&p.m, 100);
	gets(&p, "b:ab\n|b:cd|");
	pair_stop(&p);
}

static void half_an_end_flushes(void)
{
	const struct hop_bridge rule = {.flush_size = 1000,
	                                .bytes_as = BRIDGE_TEXT};
	struct pair p;

	pair_start(&p, &rule, false);
	says(p.client, "ab");
	shutdown(p.client, SHUT_WR);
	gets(&p, "t:ab|");
	p.from = p.client;
	p.have = 0;
	says(p.server, "yes");
	gets(&p, "yes");
	pair_stop(&p);
}

static void a_drain_flushes(void)
{
	const struct hop_bridge rule = {.flush_size = 1000};
	struct pair p;

	pair_start(&p, &rule, true);
	says(p.server, "ab");
	machine_turn(&p.m);
	p.from = p.client;
	p.wanted = "";
	(void)look(&p);
	CHECK_STR(p.got, "");
	worker_drain(p.m.worker);
	gets(&p, "b:ab|");
	says(p.server, "cd");
	gets(&p, "b:ab|b:cd|");
	pair_stop(&p);
}

static void what_is_no_text_is_told_and_ends(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};
	struct pair p;

	pair_start(&p, &rule, false);
	says(p.client, "ab");
	gets(&p, "t:ab|");
	says(p.client, "\xFF");
	gets(&p, "t:ab|close 1007 not UTF-8|");
	p.from = p.client;
	p.wanted = "?";
	p.have = 0;
	CHECK(machine_until(&p.m, look, &p));
	CHECK(p.ended);
	pair_stop(&p);
}

static void half_a_character_at_the_end_is_no_text(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};
	struct pair p;

	pair_start(&p, &rule, false);
	says(p.client, "ab\xE2\x82");
	shutdown(p.client, SHUT_WR);
	gets(&p, "t:ab|close 1007 not UTF-8|");
	pair_stop(&p);
}

static void messages_become_bytes_with_what_is_appended(void)
{
	const struct bridge_mark m = mark("\\n");
	const struct hop_bridge rule = {.append = &m};
	struct pair p;

	pair_start(&p, &rule, true);
	says(p.client, "ab");
	gets(&p, "ab\n");
	says(p.client, "cd");
	gets(&p, "ab\ncd\n");
	p.from = p.client;
	p.have = 0;
	says(p.server, "back");
	gets(&p, "b:back|");
	pair_stop(&p);
}

static void a_reset_drops_what_is_held(void)
{
	const struct hop_bridge rule = {.flush_size = 1000};
	struct linger now = {1, 0};
	struct pair p;

	pair_start(&p, &rule, false);
	says(p.client, "ab");
	CHECK(machine_until(&p.m, has_taken, &p));
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(p.client);
	p.client = -1;
	p.wanted = "?";
	CHECK(machine_until(&p.m, look, &p));
	CHECK_STR(p.got, "");
	CHECK(p.ended);
	pair_stop(&p);
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
