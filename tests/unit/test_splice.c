/* SPDX-License-Identifier: MIT */
/* Splicing between bare wires: when, how it ends, what it holds. */
#include "machine.h"
#include "pst_test.h"
#include "session.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	KIB = 1024,
	MIB = 1024 * KIB,
	A_PIPE = 1 * MIB
};

static int offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0);
}

static int back(struct pst_instance *me, uint32_t index, enum pst_back what)
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
	.shapes = PST_SHAPE_BYTES,
	.offer = offer,
	.back = back,
};

static enum pst_step pass_step(struct pst_instance *me, struct pst_io *io)
{
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_UP;
}

static const struct pst_layer pass = {
	.size = sizeof(pass),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "pass",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.step = pass_step,
};

static enum pst_step leave_step(struct pst_instance *me, struct pst_io *io)
{
	(void)me;
	return io->rx_in->first != NULL ? PST_STEP_TRANSPARENT : PST_STEP_UP;
}

static const struct pst_layer leave = {
	.size = sizeof(leave),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "leave",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.step = leave_step,
};

/* -- a session under way -------------------------------------------------- */

struct world {
	struct machine m;
	int listening;
	int client, server;
	size_t sent, received; /* client to server */
	size_t goal;
	uint32_t errors;
	bool ended, reset;
};

static bool accepted(void *arg)
{
	struct world *w = arg;

	w->server = accept4(w->listening, NULL, NULL, SOCK_NONBLOCK);
	return w->server >= 0;
}

static bool no_sessions(void *arg)
{
	return ((struct world *)arg)->m.worker->sessions == NULL;
}

static void start(struct world *w, struct machine_setup *setup)
{
	setup->service = &proxy;
	setup->back_count = 1;
	memset(w, 0, sizeof(*w));
	w->listening = machine_listen(&setup->back_port[0]);
	machine_start(&w->m, setup);
	w->client = machine_client(&w->m);
	CHECK(machine_until(&w->m, accepted, w));
}

static void start_spliced(struct world *w)
{
	struct machine_setup setup = {.splice = true};

	start(w, &setup);
}

static void stop(struct world *w)
{
	if (w->client >= 0) {
		close(w->client);
	}
	if (w->server >= 0) {
		close(w->server);
	}
	CHECK(machine_until(&w->m, no_sessions, w));
	/* whatever happened: nobody kept a pipe */
	CHECK_INT(w->m.worker->splice.count, w->m.worker->splice.kept);
	close(w->listening);
	machine_stop(&w->m);
}

static const struct session *session_of(const struct world *w)
{
	return w->m.worker->sessions;
}

/* Bytes on their way to the back-end that wait in a pipe. */
static size_t piped(const struct world *w)
{
	const struct wire *wire = wire_of(session_of(w)->line.back->bottom);

	return wire != NULL && wire->pipe != NULL ? wire->pipe->held : 0;
}

static uint8_t pattern(size_t at)
{
	return (uint8_t)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

static void send_more(struct world *w, int fd)
{
	static uint8_t block[256 * KIB];
	size_t i, want = w->goal - w->sent;
	ssize_t n;

	want = want < sizeof(block) ? want : sizeof(block);
	for (i = 0; i < want; i++) {
		block[i] = pattern(w->sent + i);
	}
	n = send(fd, block, want, MSG_NOSIGNAL);
	w->sent += n > 0 ? (size_t)n : 0;
}

static void receive_more(struct world *w, int fd)
{
	static uint8_t block[256 * KIB];
	ssize_t n = recv(fd, block, sizeof(block), 0);
	ssize_t i;

	for (i = 0; i < n; i++) {
		w->errors += block[i] != pattern(w->received + (size_t)i);
	}
	if (n > 0) {
		w->received += (size_t)n;
	} else if (n == 0) {
		w->ended = true;
	} else if (errno != EAGAIN) {
		w->reset = true;
	}
}

static bool moved_up(void *arg)
{
	struct world *w = arg;

	send_more(w, w->client);
	receive_more(w, w->server);
	return w->received == w->goal;
}

static bool moved_down(void *arg)
{
	struct world *w = arg;

	send_more(w, w->server);
	receive_more(w, w->client);
	return w->received == w->goal;
}

static void move(struct world *w, bool (*moved)(void *), size_t size)
{
	w->sent = w->received = 0;
	w->goal = size;
	CHECK(machine_until(&w->m, moved, w));
	CHECK_INT(w->errors, 0);
}

static bool server_hears_end(void *arg)
{
	struct world *w = arg;

	receive_more(w, w->server);
	return w->ended || w->reset;
}

static bool client_hears_end(void *arg)
{
	struct world *w = arg;

	receive_more(w, w->client);
	return w->ended || w->reset;
}

/* Until nothing goes on, since nobody reads at the back-end. */
static void fill(struct world *w)
{
	const int small = 64 * KIB;
	size_t before;
	unsigned i, still = 0;

	setsockopt(w->server, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	w->goal = SIZE_MAX;
	for (i = 0; i < 4000 && still < 50; i++) {
		before = w->sent;
		send_more(w, w->client);
		machine_turn(&w->m);
		still = w->sent == before ? still + 1 : 0;
	}
	CHECK_INT(still, 50);
	w->goal = w->sent;
}

static void reset(int *fd)
{
	const struct linger now = {1, 0};

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(*fd);
	*fd = -1;
}

/* -- when ------------------------------------------------------------------ */

static void bulk_is_spliced_and_counted_to_the_byte(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_up, 16 * MIB + 77);
	move(&w, moved_down, 16 * MIB + 99);
	CHECK(w.m.worker->splice.count > 0);
	CHECK_INT(session_of(&w)->bytes_in, 16 * MIB + 77);
	CHECK_INT(session_of(&w)->bytes_out, 16 * MIB + 99);
	CHECK_INT(session_of(&w)->up->held, 0);
	stop(&w);
}

static void an_idle_connection_holds_no_pipe(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_up, 8 * MIB);
	machine_turn(&w.m);
	CHECK(w.m.worker->splice.count > 0);
	CHECK_INT(w.m.worker->splice.kept, w.m.worker->splice.count);
	stop(&w);
}

static void small_messages_are_copied(void)
{
	struct world w;
	unsigned i;

	start_spliced(&w);
	for (i = 0; i < 200; i++) {
		move(&w, moved_up, 1000);
		move(&w, moved_down, 1000);
	}
	CHECK_INT(w.m.worker->splice.count, 0);
	stop(&w);
}

static void never_spliced(struct machine_setup *setup)
{
	struct world w;

	start(&w, setup);
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.m.worker->splice.count, 0);
	stop(&w);
}

static void the_option_forbids_it(void)
{
	struct machine_setup setup = {.splice = false};

	never_spliced(&setup);
}

static void either_hop_forbids_it(void)
{
	struct machine_setup setup = {.splice = true};
	struct world w;

	start(&w, &setup);
	w.m.back[0].pipeline.limits.splice = false;
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.m.worker->splice.count, 0);
	w.m.back[0].pipeline.limits.splice = true;
	w.m.front.pipeline.limits.splice = false;
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.m.worker->splice.count, 0);
	stop(&w);
}

static void a_layer_on_either_side_prevents_it(void)
{
	const struct pst_layer *const layers[] = {&pass, NULL};
	struct machine_setup front = {.splice = true, .front = layers};
	struct machine_setup behind = {.splice = true, .back = {layers}};

	never_spliced(&front);
	never_spliced(&behind);
}

static void a_layer_that_left_does_not(void)
{
	const struct pst_layer *const layers[] = {&leave, NULL};
	struct machine_setup setup = {.splice = true, .front = layers};
	struct world w;

	start(&w, &setup);
	move(&w, moved_up, 8 * MIB);
	CHECK(w.m.worker->splice.count > 0);
	stop(&w);
}

static void more_high_water_than_a_pipe_has_prevents_it(void)
{
	struct machine_setup setup = {.splice = true, .high_water = A_PIPE + 1};

	never_spliced(&setup);
}

/* -- without pipes ----------------------------------------------------------- */

static void without_descriptors_bytes_are_copied(void)
{
	struct rlimit all, few;
	struct world w;
	int highest;

	start_spliced(&w);
	highest = dup(0);
	close(highest);
	getrlimit(RLIMIT_NOFILE, &all);
	few = all;
	few.rlim_cur = (rlim_t)highest;
	setrlimit(RLIMIT_NOFILE, &few);
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.m.worker->splice.count, 0);
	setrlimit(RLIMIT_NOFILE, &all);
	/* it does not ask again at once, but later */
	move(&w, moved_up, 2 * MIB);
	CHECK_INT(w.m.worker->splice.count, 0);
	machine_advance(&w.m, 1000);
	move(&w, moved_up, 8 * MIB);
	CHECK(w.m.worker->splice.count > 0);
	stop(&w);
}

static void where_the_kernel_cannot_bytes_are_copied(void)
{
	struct world w;

	start_spliced(&w);
	w.m.worker->splice.useless = true;
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.m.worker->splice.count, 0);
	stop(&w);
}

/* -- slow readers -------------------------------------------------------------- */

static void a_slow_reader_holds_one_pipe_and_gets_all(void)
{
	struct world w;

	start_spliced(&w);
	fill(&w);
	CHECK(piped(&w) > 0);
	CHECK(piped(&w) <= A_PIPE);
	CHECK_INT(session_of(&w)->up->held, 0);
	CHECK(machine_until(&w.m, moved_up, &w));
	CHECK_INT(w.errors, 0);
	/* what comes next goes on in order */
	w.goal += 3 * MIB;
	CHECK(machine_until(&w.m, moved_up, &w));
	CHECK_INT(w.errors, 0);
	CHECK_INT(session_of(&w)->bytes_in, w.goal);
	stop(&w);
}

static void the_other_direction_flows_meanwhile(void)
{
	struct world w;
	size_t sent;

	start_spliced(&w);
	fill(&w);
	sent = w.sent;
	move(&w, moved_down, 8 * MIB);
	w.sent = w.goal = sent;
	w.received = 0;
	CHECK(machine_until(&w.m, moved_up, &w));
	CHECK_INT(w.errors, 0);
	stop(&w);
}

/* -- ends ------------------------------------------------------------------------ */

static void an_end_comes_behind_what_the_pipe_held(void)
{
	struct world w;

	start_spliced(&w);
	fill(&w);
	CHECK(piped(&w) > 0);
	shutdown(w.client, SHUT_WR);
	machine_turn(&w.m);
	CHECK(machine_until(&w.m, server_hears_end, &w));
	CHECK(w.ended);
	CHECK_INT(w.errors, 0);
	CHECK_INT(w.received, w.sent);
	w.ended = false;
	move(&w, moved_down, 4 * MIB);
	shutdown(w.server, SHUT_WR);
	CHECK(machine_until(&w.m, client_hears_end, &w));
	CHECK(w.ended);
	stop(&w);
}

static void half_a_close_from_behind_leaves_the_rest_open(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_down, 4 * MIB);
	shutdown(w.server, SHUT_WR);
	CHECK(machine_until(&w.m, client_hears_end, &w));
	CHECK(w.ended);
	w.ended = false;
	move(&w, moved_up, 4 * MIB);
	CHECK(w.m.worker->splice.count > 0);
	stop(&w);
}

static void a_reset_never_looks_like_an_end(void)
{
	struct world w;

	start_spliced(&w);
	fill(&w);
	CHECK(piped(&w) > 0);
	reset(&w.client);
	/* the loop says nothing while nothing is read: the heartbeat looks */
	machine_advance(&w.m, 1000);
	CHECK(machine_until(&w.m, server_hears_end, &w));
	CHECK(w.reset);
	CHECK_INT(w.errors, 0);
	CHECK(w.received < w.sent);
	stop(&w);
}

static void resets_from_behind(bool splice)
{
	struct machine_setup setup = {.splice = splice};
	struct world w;

	start(&w, &setup);
	fill(&w);
	CHECK_INT(piped(&w) > 0, splice);
	reset(&w.server);
	CHECK(machine_until(&w.m, client_hears_end, &w));
	CHECK(w.reset);
	stop(&w);
}

static void a_reset_from_behind_reaches_the_client(void)
{
	resets_from_behind(true);
	/* it is a write that hears of it: no end, though read returns 0 */
	resets_from_behind(false);
}

static void an_aborted_session_resets_both_and_frees_its_pipe(void)
{
	struct world w;

	start_spliced(&w);
	w.m.front.pipeline.limits.lifetime = 5000;
	fill(&w);
	CHECK(piped(&w) > 0);
	machine_advance(&w.m, 3600000);
	machine_advance(&w.m, 2000);
	CHECK(machine_until(&w.m, no_sessions, &w));
	CHECK(machine_until(&w.m, server_hears_end, &w));
	CHECK(w.reset);
	w.reset = false;
	CHECK(machine_until(&w.m, client_hears_end, &w));
	CHECK(w.reset);
	stop(&w);
}

static void what_is_spliced_keeps_a_session_from_idling(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_up, 4 * MIB);
	machine_advance(&w.m, 3599000);
	move(&w, moved_up, 4 * MIB);
	CHECK_INT(session_of(&w)->active_ms, w.m.worker->clock.now_ms);
	machine_advance(&w.m, 3599000);
	CHECK(w.m.worker->sessions != NULL);
	machine_advance(&w.m, 2000);
	CHECK(machine_until(&w.m, no_sessions, &w));
	stop(&w);
}

static CU_TestInfo tests[] = {
	TEST(bulk_is_spliced_and_counted_to_the_byte),
	TEST(an_idle_connection_holds_no_pipe),
	TEST(small_messages_are_copied),
	TEST(the_option_forbids_it),
	TEST(either_hop_forbids_it),
	TEST(a_layer_on_either_side_prevents_it),
	TEST(a_layer_that_left_does_not),
	TEST(more_high_water_than_a_pipe_has_prevents_it),
	TEST(without_descriptors_bytes_are_copied),
	TEST(where_the_kernel_cannot_bytes_are_copied),
	TEST(a_slow_reader_holds_one_pipe_and_gets_all),
	TEST(the_other_direction_flows_meanwhile),
	TEST(an_end_comes_behind_what_the_pipe_held),
	TEST(half_a_close_from_behind_leaves_the_rest_open),
	TEST(a_reset_never_looks_like_an_end),
	TEST(a_reset_from_behind_reaches_the_client),
	TEST(an_aborted_session_resets_both_and_frees_its_pipe),
	TEST(what_is_spliced_keeps_a_session_from_idling),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
