/* SPDX-License-Identifier: MIT */
/* Connections that wait until they have said which node they want. */
#include "acceptor.h"
#include "fake_route.h"
#include "machine.h"
#include "machine_parts.h"
#include "pst_test.h"
#include "session.h"
#include "worker_generation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	NODES = 4
};

/* -- a layer ---------------------------------------------------------- */

/* Puts its conf's letter in front, so that a client sees who serves it. */
static enum pst_step mark_step(struct pst_instance *me, struct pst_io *io)
{
	bool *up = me->state;

	if (!*up) {
		*up = true;
		(void)!pst_write(me, io->tx_out, me->conf, 1, 0);
		return PST_STEP_UP;
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_OK;
}

static const struct pst_layer mark = {
	.size = sizeof(mark),
	.roles = PST_ACCEPT,
	.id = "mark",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = mark_step,
};

/* -- a listener with nodes --------------------------------------------- */

/* a speaks x, b speaks y, both are "one"; c is "two"; d is "*.wild". */
static struct world {
	struct machine m;
	struct machine_hop hops[NODES];
	struct sni_node nodes[NODES];
	struct sni_node *of[NODES];
	struct listener_name names[3];
	struct placed_layer *looks[2];
	struct pst_setup setup;
} w;

static struct sni_node *by_name[NODES];

static void add_node(unsigned n, const char *const *protocols)
{
	static char letters[] = "abcd";
	struct machine_hop *hop = &w.hops[n];

	*hop = w.m.front;
	hop->pipeline.layers = hop->layers;
	hop->layers[hop->pipeline.count - 1].conf = &letters[n];
	w.nodes[n].lower = &hop->pipeline;
	w.nodes[n].protocols = protocols;
	w.nodes[n].protocol_count = protocols == NULL ? 0 : 1;
	by_name[n] = &w.nodes[n];
}

static void start(bool stripped, const char *fallback)
{
	static const struct pst_layer *const plain[] = {&sort_layer, &mark,
	                                                NULL};
	static const struct pst_layer *const two[] = {&strip_layer, &sort_layer,
	                                              &mark, NULL};
	static const char *const x[] = {"x"}, *const y[] = {"y"};
	const struct machine_setup setup = {.service = &machine_echo,
	                                    .front = stripped ? two : plain};
	struct listener *l = &w.m.listener;
	unsigned i;

	memset(&w, 0, sizeof(w));
	machine_start(&w.m, &setup);
	w.m.front.layers[1].route = stripped ? &strip_route : &sort_route;
	w.m.front.layers[2].route = stripped ? &sort_route : NULL;
	add_node(0, x);
	add_node(1, y);
	add_node(2, NULL);
	add_node(3, NULL);
	w.names[0] = (struct listener_name){"*.wild", 1, &by_name[3]};
	w.names[1] = (struct listener_name){"one", 2, &by_name[0]};
	w.names[2] = (struct listener_name){"two", 1, &by_name[2]};
	w.looks[0] = &w.hops[0].layers[1];
	w.looks[1] = &w.hops[0].layers[2];
	l->nodes = w.nodes;
	l->node_count = NODES;
	l->names = w.names;
	l->name_count = 3;
	for (i = 0; fallback != NULL && i < 3; i++) {
		if (strcmp(w.names[i].name, fallback) == 0) {
			l->fallback = &w.names[i];
		}
	}
	l->looks = w.looks;
	l->look_count = stripped ? 2 : 1;
	l->lookahead = 64;
	l->how = "sort.names";
}

static void stop(void)
{
	machine_stop(&w.m);
}

/* -- clients ----------------------------------------------------------- */

static void say(int fd, const char *text)
{
	machine_say(fd, text);
	machine_turn(&w.m);
}

struct hearing {
	int fd;
	char text[256];
	size_t have, want;
	bool ended;
	int error;
};

static bool hear(void *arg)
{
	struct hearing *h = arg;
	ssize_t n = recv(h->fd, h->text + h->have,
	                 sizeof(h->text) - 1 - h->have, 0);

	if (n > 0) {
		h->have += (size_t)n;
	} else if (n == 0) {
		h->ended = true;
	} else if (errno != EAGAIN) {
		h->error = errno;
	}
	return h->ended || h->error != 0 ||
	       (h->want != 0 && h->have >= h->want);
}

/* What comes until there are `want` bytes (0: until the end), with "." for an
 * end and "!" for a reset behind it. */
static const char *heard(int fd, size_t want)
{
	static struct hearing h;

	memset(&h, 0, sizeof(h));
	h.fd = fd;
	h.want = want;
	CHECK(machine_until(&w.m, hear, &h));
	if (h.ended || h.error != 0) {
		h.text[h.have++] = h.ended ? '.' : '!';
	}
	h.text[h.have] = '\0';
	return h.text;
}

static int64_t gauge(void)
{
	return counters_sum(w.m.counters, w.m.worker->doors.waiting);
}

static int64_t refused(void)
{
	return counters_sum(w.m.counters, w.m.worker->doors.refused);
}

static bool nobody_connected(void *arg)
{
	(void)arg;
	return *worker_open_count(&w.m.listener) == 0;
}

/* A client that says `text` and hears `answer` and its own words. */
static void served(const char *text, char letter)
{
	int fd = machine_client(&w.m);
	char want[128];

	say(fd, text);
	snprintf(want, sizeof(want), "%c%s", letter, text);
	CHECK_STR(heard(fd, strlen(want)), want);
	close(fd);
}

/* -- tests ------------------------------------------------------------- */

static void the_first_bytes_choose_the_node_and_are_kept(void)
{
	start(false, NULL);
	served("two\n", 'c');
	served("TWO\nmore\n", 'c');
	served("x.Wild\n", 'd');
	served("one/y\n", 'b');
	served("one/q,y,x\n", 'a');
	served("one\n", 'a');
	CHECK_INT(gauge(), 0);
	CHECK(machine_until(&w.m, nobody_connected, NULL));
	stop();
}

static void bytes_may_come_one_at_a_time(void)
{
	static const char text[] = "one/q,y\n";
	char one[2] = "";
	unsigned i;
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	for (i = 0; i < sizeof(text) - 1; i++) {
		CHECK(w.m.worker->sessions == NULL);
		one[0] = text[i];
		say(fd, one);
	}
	CHECK_STR(heard(fd, 9), "bone/q,y\n");
	/* the door's low water must not stay: one byte is seen */
	say(fd, "z");
	CHECK_STR(heard(fd, 1), "z");
	close(fd);
	stop();
}

/* A connection whose both ends are ours. */
static void tcp_pair(int pair[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint16_t port;
	struct pollfd p = {.fd = machine_listen(&port), .events = POLLIN};

	a.sin_port = htons(port);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_INT(connect(pair[0], (struct sockaddr *)&a, sizeof(a)), 0);
	CHECK_INT(poll(&p, 1, 60000), 1);
	pair[1] = accept4(p.fd, NULL, NULL, SOCK_NONBLOCK);
	CHECK(pair[1] >= 0);
	CHECK_INT(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	close(p.fd);
}

static void waiting_does_not_spin(void)
{
	struct pollfd p = {.events = POLLIN};
	int pair[2];

	start(false, NULL);
	tcp_pair(pair);
	acceptor_take(w.m.worker, &w.m.listener, pair[1], "tcp");
	say(pair[0], "tw");
	CHECK_INT(gauge(), 1);
	p.fd = pair[1];
	CHECK_INT(poll(&p, 1, 0), 0);
	CHECK(timers_wait_ms(&w.m.worker->timers, w.m.worker->clock.now_ms) >
	      900);
	say(pair[0], "o\n");
	CHECK_STR(heard(pair[0], 5), "ctwo\n");
	close(pair[0]);
	stop();
}

static void an_unknown_name_gets_last_words(void)
{
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	say(fd, "nobody\nand a lot that nobody reads");
	CHECK_STR(heard(fd, 0), "who?.");
	close(fd);
	CHECK_INT(refused(), 1);
	fd = machine_client(&w.m);
	say(fd, "\n");
	CHECK_STR(heard(fd, 0), "who?.");
	close(fd);
	fd = machine_client(&w.m);
	say(fd, "?");
	CHECK_STR(heard(fd, 0), "who?.");
	CHECK_INT(refused(), 3);
	close(fd);
	CHECK(machine_until(&w.m, nobody_connected, NULL));
	CHECK_INT(gauge(), 0);
	stop();
}

static void last_words_do_not_wait_for_ever(void)
{
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	say(fd, "nobody\n");
	CHECK_STR(heard(fd, 0), "who?.");
	CHECK_INT(*worker_open_count(&w.m.listener), 1);
	machine_advance(&w.m, 2001);
	CHECK_INT(*worker_open_count(&w.m.listener), 0);
	close(fd);
	stop();
}

static void an_unknown_protocol_gets_its_own(void)
{
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	say(fd, "one/q,z\n");
	CHECK_STR(heard(fd, 0), "in which tongue?.");
	CHECK_INT(refused(), 1);
	close(fd);
	stop();
}

static void the_default_takes_the_rest(void)
{
	start(false, "two");
	served("nobody\n", 'c');
	served("\n", 'c');
	served("?what", 'c');
	served("one/x\n", 'a');
	CHECK_INT(refused(), 0);
	stop();
}

static void who_says_too_much_is_the_defaults(void)
{
	static const char text[] = "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789";

	start(false, "two");
	served(text, 'c');
	stop();
}

static void who_ends_early_is_not_waited_for(void)
{
	int fd;

	start(false, "two");
	fd = machine_client(&w.m);
	say(fd, "on");
	CHECK_INT(gauge(), 1);
	shutdown(fd, SHUT_WR);
	CHECK_STR(heard(fd, 0), "con.");
	close(fd);
	fd = machine_client(&w.m);
	machine_turn(&w.m);
	CHECK_INT(gauge(), 1);
	shutdown(fd, SHUT_WR);
	CHECK_STR(heard(fd, 0), ".");
	close(fd);
	CHECK(machine_until(&w.m, nobody_connected, NULL));
	stop();
}

static void who_resets_is_gone(void)
{
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	say(fd, "on");
	CHECK_INT(gauge(), 1);
	machine_reset(&fd);
	CHECK(machine_until(&w.m, nobody_connected, NULL));
	CHECK_INT(gauge(), 0);
	stop();
}

static void waiting_is_part_of_the_opening(void)
{
	int fd, other;

	start(false, NULL);
	w.hops[0].pipeline.limits.opening_timeout = 1000;
	fd = machine_client(&w.m);
	machine_turn(&w.m);
	machine_advance(&w.m, 600);
	say(fd, "on");
	other = machine_client(&w.m);
	machine_turn(&w.m);
	CHECK_INT(gauge(), 2);
	machine_advance(&w.m, 401);
	CHECK_INT(gauge(), 1);
	CHECK_STR(heard(fd, 0), "!");
	machine_advance(&w.m, 600);
	CHECK_STR(heard(other, 0), ".");
	CHECK_INT(*worker_open_count(&w.m.listener), 0);
	close(fd);
	close(other);
	stop();
}

static void the_opening_goes_on_behind_the_door(void)
{
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	machine_turn(&w.m);
	machine_advance(&w.m, 700);
	say(fd, "two\n");
	CHECK_STR(heard(fd, 5), "ctwo\n");
	CHECK(w.m.worker->sessions != NULL);
	CHECK_INT(w.m.worker->clock.now_ms - w.m.worker->sessions->began_ms,
	          700);
	close(fd);
	stop();
}

static void many_may_wait(void)
{
	static int fds[300];
	unsigned i;

	start(false, NULL);
	for (i = 0; i < 300; i++) {
		fds[i] = machine_client(&w.m);
		machine_turn(&w.m);
		say(fds[i], "t");
	}
	CHECK_INT(gauge(), 300);
	CHECK_INT(*worker_open_count(&w.m.listener), 300);
	CHECK(w.m.worker->sessions == NULL);
	for (i = 0; i < 300; i += 2) {
		say(fds[i], "wo\n");
		CHECK_STR(heard(fds[i], 5), "ctwo\n");
	}
	CHECK_INT(gauge(), 150);
	for (i = 0; i < 300; i++) {
		close(fds[i]);
	}
	CHECK(machine_until(&w.m, nobody_connected, NULL));
	CHECK_INT(gauge(), 0);
	stop();
}

static void who_waits_counts_as_a_connection(void)
{
	int first, second;

	start(false, NULL);
	w.hops[0].pipeline.limits.max_connections = 1;
	first = machine_client(&w.m);
	machine_turn(&w.m);
	second = machine_client(&w.m);
	say(second, "two\n");
	CHECK_INT(*worker_open_count(&w.m.listener), 1);
	CHECK_INT(gauge(), 1);
	close(first);
	CHECK(machine_until(&w.m, nobody_connected, NULL));
	machine_advance(&w.m, 101);
	CHECK_STR(heard(second, 5), "ctwo\n");
	close(second);
	stop();
}

static void layers_that_skip_are_looked_through(void)
{
	int fd;

	start(true, NULL);
	served("#abctwo\n", 'c');
	served("two\n", 'c');
	fd = machine_client(&w.m);
	say(fd, "#a");
	CHECK_INT(gauge(), 1);
	say(fd, "bct");
	CHECK_INT(gauge(), 1);
	say(fd, "wo\n");
	CHECK_STR(heard(fd, 9), "c#abctwo\n");
	close(fd);
	stop();
}

static void unix_sockets_are_asked_again(void)
{
	int pair[2];
	unsigned i;

	start(false, NULL);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	acceptor_take(w.m.worker, &w.m.listener, pair[0], "unix");
	say(pair[1], "tw");
	CHECK_INT(gauge(), 1);
	/* nothing that is ready keeps the loop busy */
	CHECK_INT(timers_wait_ms(&w.m.worker->timers, w.m.worker->clock.now_ms),
	          10);
	for (i = 0; i < 8; i++) {
		machine_advance(&w.m, 400);
	}
	CHECK_INT(gauge(), 1);
	CHECK(timers_wait_ms(&w.m.worker->timers, w.m.worker->clock.now_ms) >=
	      100);
	say(pair[1], "o\n");
	machine_advance(&w.m, 400);
	CHECK_STR(heard(pair[1], 5), "ctwo\n");
	close(pair[1]);
	stop();
}

static void a_drain_waits_for_who_is_at_the_door(void)
{
	int fd, late;

	start(false, NULL);
	fd = machine_client(&w.m);
	late = machine_client(&w.m);
	machine_turn(&w.m);
	CHECK_INT(gauge(), 2);
	worker_drain(w.m.worker);
	machine_turn(&w.m);
	CHECK_INT(gauge(), 2);
	say(fd, "two\n");
	CHECK_STR(heard(fd, 5), "ctwo\n");
	machine_advance(&w.m, 30001);
	CHECK_INT(gauge(), 0);
	CHECK_STR(heard(late, 0), ".");
	close(fd);
	close(late);
	stop();
}

static void after_a_reload_the_new_tree_serves(void)
{
	struct listener other;
	int fd, second;

	start(false, NULL);
	fd = machine_client(&w.m);
	machine_turn(&w.m);
	say(fd, "thr");
	second = machine_client(&w.m);
	machine_turn(&w.m);
	other = w.m.listener;
	w.names[2].name = "three";
	doors_follow(w.m.worker, &w.m.listener, &other);
	CHECK_INT(*worker_open_count(&w.m.listener), 2);
	say(fd, "ee\n");
	CHECK_STR(heard(fd, 7), "cthree\n");
	other.node_count = 1; /* nothing to tell apart any more */
	doors_follow(w.m.worker, &other, &other);
	CHECK_INT(gauge(), 0);
	CHECK_STR(heard(second, 1), "a");
	close(fd);
	close(second);
	stop();
}

static void the_end_of_the_worker_closes_all(void)
{
	int fd;

	start(false, NULL);
	fd = machine_client(&w.m);
	say(fd, "t");
	CHECK_INT(gauge(), 1);
	stop();
	close(fd);
}

static CU_TestInfo tests[] = {
	TEST(the_first_bytes_choose_the_node_and_are_kept),
	TEST(bytes_may_come_one_at_a_time),
	TEST(waiting_does_not_spin),
	TEST(an_unknown_name_gets_last_words),
	TEST(last_words_do_not_wait_for_ever),
	TEST(an_unknown_protocol_gets_its_own),
	TEST(the_default_takes_the_rest),
	TEST(who_says_too_much_is_the_defaults),
	TEST(who_ends_early_is_not_waited_for),
	TEST(who_resets_is_gone),
	TEST(waiting_is_part_of_the_opening),
	TEST(the_opening_goes_on_behind_the_door),
	TEST(many_may_wait),
	TEST(who_waits_counts_as_a_connection),
	TEST(layers_that_skip_are_looked_through),
	TEST(unix_sockets_are_asked_again),
	TEST(a_drain_waits_for_who_is_at_the_door),
	TEST(after_a_reload_the_new_tree_serves),
	TEST(the_end_of_the_worker_closes_all),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
