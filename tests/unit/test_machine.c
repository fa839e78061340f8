/* SPDX-License-Identifier: MIT */
/* The machine with real sockets and layers made for the test. */
#include "machine_pair.h"
#include "machine_parts.h"
#include "pst_test.h"
#include "session.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- layers ------------------------------------------------------------------ */

static enum pst_step flip_step(struct pst_instance *me, struct pst_io *io)
{
	bool *up = me->state;
	struct pst_slice *s;
	uint32_t i;

	while ((s = pst_take(me, io->rx_in)) != NULL) {
		for (i = 0; i < s->length; i++) {
			s->data[i] ^= 0x20;
		}
		pst_put(me, io->rx_out, s);
	}
	while ((s = pst_take(me, io->tx_in)) != NULL) {
		for (i = 0; i < s->length; i++) {
			s->data[i] ^= 0x20;
		}
		pst_put(me, io->tx_out, s);
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	if (!*up) {
		*up = true;
		return PST_STEP_UP;
	}
	return PST_STEP_OK;
}

static const struct pst_layer flip = {
	.size = sizeof(flip),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "flip",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = flip_step,
};

static enum pst_step heavy_step(struct pst_instance *me, struct pst_io *io)
{
	if ((io->flags & PST_IO_HELPER) == 0 &&
	    (io->rx_in->first != NULL || io->tx_in->first != NULL)) {
		return PST_STEP_HEAVY;
	}
	return flip_step(me, io);
}

static const struct pst_layer heavy = {
	.size = sizeof(heavy),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "heavy",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = heavy_step,
};

static unsigned busy_steps;

static enum pst_step busy_step(struct pst_instance *me, struct pst_io *io)
{
	enum pst_step result = flip_step(me, io);

	busy_steps++;
	return result == PST_STEP_OK ? PST_STEP_MORE : result;
}

static const struct pst_layer busy = {
	.size = sizeof(busy),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "busy",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = busy_step,
};

static enum pst_step fail_step(struct pst_instance *me, struct pst_io *io)
{
	if (io->rx_in->first == NULL) {
		return PST_STEP_OK;
	}
	(void)!pst_write(me, io->tx_out, "last words", 10, 0);
	pst_fail(me, PST_CLASS_PROTOCOL, 7, "it said something");
	return PST_STEP_ERROR;
}

static const struct pst_layer failing = {
	.size = sizeof(failing),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "failing",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.step = fail_step,
};

static enum pst_step refuse_step(struct pst_instance *me, struct pst_io *io)
{
	(void)!pst_write(me, io->tx_out, "busy", 4, 0);
	pst_fail(me, PST_CLASS_OVERLOAD, 0, "too many");
	return PST_STEP_ERROR;
}

static const struct pst_layer refusing = {
	.size = sizeof(refusing),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "refusing",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.step = refuse_step,
};

static unsigned slices_seen;
static size_t bytes_seen;

static enum pst_step look_step(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *s;

	for (s = io->rx_in->first; s != NULL; s = s->next) {
		slices_seen++;
		bytes_seen += s->length;
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_UP;
}

static const struct pst_layer look = {
	.size = sizeof(look),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "look",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.step = look_step,
};

/* -- sockets --------------------------------------------------------------------- */

struct reader {
	int fd;
	uint8_t *data;
	size_t size, have;
	bool ended, reset;
};

static bool read_all(void *arg)
{
	struct reader *r = arg;
	ssize_t n = recv(r->fd, r->data + r->have, r->size - r->have, 0);
	char spare;

	if (r->have == r->size) {
		n = recv(r->fd, &spare, 1, 0);
	}
	if (n > 0) {
		r->have += (size_t)n;
		return r->have > r->size;
	}
	r->ended = n == 0 && r->size != r->have;
	if (n == 0) {
		r->ended = true;
	}
	r->reset = n < 0 && errno == ECONNRESET;
	return r->ended || r->reset;
}

static bool read_some(void *arg)
{
	struct reader *r = arg;

	(void)read_all(r);
	return r->have == r->size || r->ended || r->reset;
}

/* -- tests ------------------------------------------------------------------------ */

static void echoes_through(const struct pst_layer *const *layers)
{
	const struct machine_setup setup = {.service = &machine_echo,
	                                    .front = layers};
	struct machine m;
	uint8_t got[5] = {0};
	struct reader r = {.data = got, .size = 5};

	machine_start(&m, &setup);
	r.fd = machine_client(&m);
	CHECK_INT(send(r.fd, "hello", 5, 0), 5);
	CHECK(machine_until(&m, read_some, &r));
	CHECK_MEM(got, "hello", 5);
	shutdown(r.fd, SHUT_WR);
	CHECK(machine_until(&m, read_all, &r));
	CHECK(r.ended);
	CHECK(machine_idle(&m));
	close(r.fd);
	machine_stop(&m);
}

static void bytes_come_back_and_the_end_after_them(void)
{
	echoes_through(NULL);
}

static void layers_see_bytes_both_ways(void)
{
	const struct pst_layer *const layers[] = {&flip, &flip, &flip, NULL};

	echoes_through(layers);
}

static void heavy_steps_run_on_the_helper(void)
{
	const struct pst_layer *const layers[] = {&flip, &heavy, NULL};

	echoes_through(layers);
}

static void a_transparent_layer_leaves_its_bytes_in_order(void)
{
	const struct pst_layer *const layers[] = {&flip, &machine_leave, &flip,
	                                          NULL};

	echoes_through(layers);
}

static void last_words_reach_the_peer(void)
{
	const struct pst_layer *const layers[] = {&flip, &failing, NULL};
	const struct machine_setup setup = {.service = &machine_echo,
	                                    .front = layers};
	struct machine m;
	uint8_t got[10] = {0};
	uint8_t want[10];
	struct reader r = {.data = got, .size = 10};
	int i;

	for (i = 0; i < 10; i++) {
		want[i] = (uint8_t)("last words"[i] ^ 0x20);
	}
	machine_start(&m, &setup);
	r.fd = machine_client(&m);
	CHECK_INT(send(r.fd, "x", 1, 0), 1);
	CHECK(machine_until(&m, read_some, &r));
	CHECK_MEM(got, want, 10);
	CHECK(machine_until(&m, read_all, &r));
	CHECK(r.ended);
	close(r.fd);
	CHECK(machine_idle(&m));
	machine_stop(&m);
}

static void pair_start(struct machine_pair *p,
                       const struct pst_layer *const *front,
                       const struct pst_layer *const *back)
{
	struct machine_setup setup = {
		.service = &machine_joins, .front = front, .back = {back}};

	machine_pair_start(p, &setup);
	machine_pair_accept(p);
}

struct transfer {
	int from, to;
	size_t sent, received, size;
	uint32_t errors;
};

static bool transferred(void *arg)
{
	struct transfer *t = arg;
	uint8_t block[9000];
	size_t i;
	ssize_t n;

	if (t->sent < t->size) {
		size_t want = t->size - t->sent;

		want = want < sizeof(block) ? want : sizeof(block);
		for (i = 0; i < want; i++) {
			block[i] = machine_pattern(t->sent + i);
		}
		n = send(t->from, block, want, MSG_NOSIGNAL);
		t->sent += n > 0 ? (size_t)n : 0;
	}
	n = recv(t->to, block, sizeof(block), 0);
	for (i = 0; n > 0 && i < (size_t)n; i++) {
		t->errors += block[i] != machine_pattern(t->received + i);
	}
	t->received += n > 0 ? (size_t)n : 0;
	return t->received == t->size;
}

static void moves_four_mebibytes(const struct pst_layer *const *front,
                                 const struct pst_layer *const *back)
{
	struct transfer up = {.size = 4 << 20}, down = {.size = 4 << 20};
	struct machine_pair p;

	pair_start(&p, front, back);
	up.from = p.client;
	up.to = p.server;
	down.from = p.server;
	down.to = p.client;
	CHECK(machine_until(&p.m, transferred, &up));
	CHECK(machine_until(&p.m, transferred, &down));
	CHECK_INT(up.errors, 0);
	CHECK_INT(down.errors, 0);
	machine_pair_stop(&p);
}

static void a_proxy_moves_everything_both_ways(void)
{
	const struct pst_layer *const layers[] = {&flip, &flip, NULL};

	moves_four_mebibytes(layers, NULL);
	moves_four_mebibytes(layers, layers);
}

static void a_proxy_with_heavy_layers_moves_everything(void)
{
	const struct pst_layer *const front[] = {&heavy, &flip, NULL};
	const struct pst_layer *const back[] = {&flip, &heavy, NULL};

	moves_four_mebibytes(front, back);
}

static void half_close_leaves_the_other_direction_open(void)
{
	uint8_t got[3];
	struct reader server = {.data = got, .size = 0};
	struct reader client = {.data = got, .size = 3};
	struct machine_pair p;

	pair_start(&p, NULL, NULL);
	server.fd = p.server;
	client.fd = p.client;
	shutdown(p.client, SHUT_WR);
	CHECK(machine_until(&p.m, read_all, &server));
	CHECK(server.ended);
	machine_advance(&p.m, 3000000);
	CHECK_INT(send(p.server, "yes", 3, 0), 3);
	CHECK(machine_until(&p.m, read_some, &client));
	CHECK_INT(client.have, 3);
	machine_pair_stop(&p);
}

static unsigned segments_to(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	CHECK_INT(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
	return info.tcpi_segs_in;
}

static void last_words_and_the_end_are_one_segment(void)
{
	const struct pst_layer *const layers[] = {&refusing, NULL};
	const struct machine_setup setup = {.service = &machine_echo,
	                                    .front = layers};
	uint8_t got[4];
	struct reader r = {.data = got, .size = 4};
	struct machine m;
	unsigned before;

	machine_start(&m, &setup);
	r.fd = machine_client(&m);
	before = segments_to(r.fd);
	CHECK(machine_until(&m, read_all, &r));
	CHECK_INT(r.have, 4);
	CHECK(r.ended);
	CHECK_INT(segments_to(r.fd) - before, 1);
	close(r.fd);
	CHECK(machine_idle(&m));
	machine_stop(&m);
}

static void a_reset_crosses_the_join(void)
{
	uint8_t got[3];
	struct reader server = {.data = got, .size = 3};
	struct machine_pair p;

	pair_start(&p, NULL, NULL);
	server.fd = p.server;
	machine_reset(&p.client);
	CHECK(machine_until(&p.m, read_all, &server));
	CHECK(server.reset);
	machine_pair_stop(&p);
}

static void a_dead_back_end_resets_the_client(void)
{
	struct machine_setup setup = {.service = &machine_joins,
	                              .back_count = 1};
	struct machine m;
	uint8_t got[3];
	struct reader r = {.data = got, .size = 3};

	close(machine_listen(&setup.back_port[0]));
	machine_start(&m, &setup);
	r.fd = machine_client(&m);
	CHECK(machine_until(&m, read_all, &r));
	CHECK(r.reset);
	CHECK(machine_idle(&m));
	close(r.fd);
	machine_stop(&m);
}

static void idle_sessions_end(void)
{
	uint8_t got[3];
	struct reader r = {.data = got, .size = 3};
	struct machine_pair p;

	pair_start(&p, NULL, NULL);
	machine_advance(&p.m, 3599999);
	CHECK(p.m.worker->sessions != NULL);
	machine_advance(&p.m, 1);
	r.fd = p.client;
	CHECK(machine_until(&p.m, read_all, &r));
	CHECK(r.reset);
	machine_pair_stop(&p);
}

static void a_stalled_receiver_holds_little_memory(void)
{
	static const uint8_t byte = 'x';
	const size_t limit = 65536 + 2 * 16384 + 8192;
	struct machine_pair p;
	unsigned i;

	pair_start(&p, NULL, NULL);
	for (i = 0; i < 200000; i++) {
		if (send(p.client, &byte, 1, MSG_NOSIGNAL) != 1 && i > 100000) {
			break;
		}
		loop_run_once(p.m.worker->loop, false);
		if (p.m.worker->sessions->up->held > limit) {
			break;
		}
	}
	CHECK(p.m.worker->sessions->up->held <= limit);
	machine_pair_stop(&p);
}

static bool all_seen(void *arg)
{
	return bytes_seen == *(size_t *)arg;
}

/* In how many slices the fourth of some messages of `size` bytes arrives. */
static unsigned slices_of_a_message(size_t size)
{
	static uint8_t message[20000], back[20000];
	const struct pst_layer *const layers[] = {&look, NULL};
	const struct machine_setup setup = {.service = &machine_echo,
	                                    .front = layers};
	struct reader r = {.data = back};
	struct machine m;
	unsigned i;

	machine_start(&m, &setup);
	r.fd = machine_client(&m);
	for (i = 0; i < 4; i++) {
		slices_seen = 0;
		bytes_seen = 0;
		CHECK_INT(send(r.fd, message, size, 0), size);
		CHECK(machine_until(&m, all_seen, &size));
		r.have = 0;
		r.size = size;
		CHECK(machine_until(&m, read_some, &r));
	}
	close(r.fd);
	CHECK(machine_idle(&m));
	machine_stop(&m);
	return slices_seen;
}

static void messages_of_one_size_are_soon_read_at_once(void)
{
	CHECK_INT(slices_of_a_message(64), 1);
	CHECK_INT(slices_of_a_message(1600), 1);
	/* 16 KiB in a WebSocket frame in TLS records */
	CHECK_INT(slices_of_a_message(16384 + 8 + 2 * 22), 1);
}

/* Events are looked at between any four runs of eight sweeps. */
static void lines_that_always_have_more_to_do_take_turns(void)
{
	const struct pst_layer *const layers[] = {&busy, NULL};
	const struct machine_setup setup = {.service = &machine_echo,
	                                    .front = layers};
	enum {
		CLIENTS = 10
	};
	struct machine m;
	int fd[CLIENTS], i;

	machine_start(&m, &setup);
	for (i = 0; i < CLIENTS; i++) {
		fd[i] = machine_client(&m);
		machine_say(fd[i], "a");
		machine_turn(&m);
	}
	for (i = 0; i < CLIENTS; i++) {
		busy_steps = 0;
		loop_run_once(m.worker->loop, false);
		CHECK_INT(busy_steps, 4 * 8);
	}
	for (i = 0; i < CLIENTS; i++) {
		close(fd[i]);
	}
	CHECK(machine_idle(&m));
	machine_stop(&m);
}

/* Time stands still here, so it is no timer that says so. */
static void a_long_turn_is_a_sign_of_life(void)
{
	const struct machine_setup setup = {.service = &machine_echo};
	enum {
		CLIENTS = 40
	};
	struct machine m;
	int fd[CLIENTS], i;

	machine_start(&m, &setup);
	for (i = 0; i < CLIENTS; i++) {
		fd[i] = machine_client(&m);
		machine_turn(&m);
	}
	atomic_store(&m.worker->slot->heartbeat_ms, 0);
	machine_say(fd[0], "a");
	machine_turn(&m);
	CHECK_INT(atomic_load(&m.worker->slot->heartbeat_ms), 0);
	for (i = 0; i < CLIENTS; i++) {
		machine_say(fd[i], "a");
	}
	machine_turn(&m);
	CHECK_INT(atomic_load(&m.worker->slot->heartbeat_ms),
	          m.worker->clock.now_ms);
	for (i = 0; i < CLIENTS; i++) {
		close(fd[i]);
	}
	CHECK(machine_idle(&m));
	machine_stop(&m);
}

static CU_TestInfo tests[] = {
	TEST(bytes_come_back_and_the_end_after_them),
	TEST(layers_see_bytes_both_ways),
	TEST(heavy_steps_run_on_the_helper),
	TEST(a_transparent_layer_leaves_its_bytes_in_order),
	TEST(last_words_reach_the_peer),
	TEST(a_proxy_moves_everything_both_ways),
	TEST(a_proxy_with_heavy_layers_moves_everything),
	TEST(half_close_leaves_the_other_direction_open),
	TEST(last_words_and_the_end_are_one_segment),
	TEST(a_reset_crosses_the_join),
	TEST(a_dead_back_end_resets_the_client),
	TEST(idle_sessions_end),
	TEST(a_stalled_receiver_holds_little_memory),
	TEST(messages_of_one_size_are_soon_read_at_once),
	TEST(lines_that_always_have_more_to_do_take_turns),
	TEST(a_long_turn_is_a_sign_of_life),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
