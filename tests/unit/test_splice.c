/* SPDX-License-Identifier: MIT */
/* Splicing between bare wires: when, how it ends, what it holds. */
#include "machine_pair.h"
#include "machine_parts.h"
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

/* -- a session under way -------------------------------------------------- */

struct world {
	struct machine_pair p;
	size_t sent, received; /* client to server */
	size_t goal;
	uint32_t errors;
	bool ended, reset;
};

static void start(struct world *w, struct machine_setup *setup)
{
	memset(w, 0, sizeof(*w));
	setup->service = &machine_joins;
	machine_pair_start(&w->p, setup);
	machine_pair_accept(&w->p);
}

static void start_spliced(struct world *w)
{
	struct machine_setup setup = {.splice = true};

	start(w, &setup);
}

static void stop(struct world *w)
{
	machine_pair_leave(&w->p);
	/* whatever happened: nobody kept a pipe */
	CHECK_INT(w->p.m.worker->splice.count, w->p.m.worker->splice.kept);
	machine_pair_stop(&w->p);
}

static const struct session *session_of(const struct world *w)
{
	return w->p.m.worker->sessions;
}

/* Bytes on their way to the back-end that wait in a pipe. */
static size_t piped(const struct world *w)
{
	const struct wire *wire = wire_of(session_of(w)->line.back->bottom);

	return wire != NULL && wire->pipe != NULL ? wire->pipe->held : 0;
}

static void send_more(struct world *w, int fd)
{
	static uint8_t block[256 * KIB];
	size_t i, want = w->goal - w->sent;
	ssize_t n;

	want = want < sizeof(block) ? want : sizeof(block);
	for (i = 0; i < want; i++) {
		block[i] = machine_pattern(w->sent + i);
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
		w->errors +=
			block[i] != machine_pattern(w->received + (size_t)i);
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

	send_more(w, w->p.client);
	receive_more(w, w->p.server);
	return w->received == w->goal;
}

static bool moved_down(void *arg)
{
	struct world *w = arg;

	send_more(w, w->p.server);
	receive_more(w, w->p.client);
	return w->received == w->goal;
}

static void move(struct world *w, bool (*moved)(void *), size_t size)
{
	w->sent = w->received = 0;
	w->goal = size;
	CHECK(machine_until(&w->p.m, moved, w));
	CHECK_INT(w->errors, 0);
}

static bool server_hears_end(void *arg)
{
	struct world *w = arg;

	receive_more(w, w->p.server);
	return w->ended || w->reset;
}

static bool client_hears_end(void *arg)
{
	struct world *w = arg;

	receive_more(w, w->p.client);
	return w->ended || w->reset;
}

/* Until nothing goes on, since nobody reads at the back-end. */
static void fill(struct world *w)
{
	const int small = 64 * KIB;
	size_t before;
	unsigned i, still = 0;

	setsockopt(w->p.server, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	w->goal = SIZE_MAX;
	for (i = 0; i < 4000 && still < 50; i++) {
		before = w->sent;
		send_more(w, w->p.client);
		machine_turn(&w->p.m);
		still = w->sent == before ? still + 1 : 0;
	}
	CHECK_INT(still, 50);
	w->goal = w->sent;
}

/* -- when ------------------------------------------------------------------ */

static void bulk_is_spliced_and_counted_to_the_byte(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_up, 16 * MIB + 77);
	move(&w, moved_down, 16 * MIB + 99);
	CHECK(w.p.m.worker->splice.count > 0);
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
	machine_turn(&w.p.m);
	CHECK(w.p.m.worker->splice.count > 0);
	CHECK_INT(w.p.m.worker->splice.kept, w.p.m.worker->splice.count);
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
	CHECK_INT(w.p.m.worker->splice.count, 0);
	stop(&w);
}

static void never_spliced(struct machine_setup *setup)
{
	struct world w;

	start(&w, setup);
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.p.m.worker->splice.count, 0);
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
	w.p.m.back[0].pipeline.limits.splice = false;
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.p.m.worker->splice.count, 0);
	w.p.m.back[0].pipeline.limits.splice = true;
	w.p.m.front.pipeline.limits.splice = false;
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.p.m.worker->splice.count, 0);
	stop(&w);
}

static void a_layer_on_either_side_prevents_it(void)
{
	const struct pst_layer *const layers[] = {&machine_pass, NULL};
	struct machine_setup front = {.splice = true, .front = layers};
	struct machine_setup behind = {.splice = true, .back = {layers}};

	never_spliced(&front);
	never_spliced(&behind);
}

static void a_layer_that_left_does_not(void)
{
	const struct pst_layer *const layers[] = {&machine_leave, NULL};
	struct machine_setup setup = {.splice = true, .front = layers};
	struct world w;

	start(&w, &setup);
	move(&w, moved_up, 8 * MIB);
	CHECK(w.p.m.worker->splice.count > 0);
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
	CHECK_INT(w.p.m.worker->splice.count, 0);
	setrlimit(RLIMIT_NOFILE, &all);
	/* it does not ask again at once, but later */
	move(&w, moved_up, 2 * MIB);
	CHECK_INT(w.p.m.worker->splice.count, 0);
	machine_advance(&w.p.m, 1000);
	move(&w, moved_up, 8 * MIB);
	CHECK(w.p.m.worker->splice.count > 0);
	stop(&w);
}

static void where_the_kernel_cannot_bytes_are_copied(void)
{
	struct world w;

	start_spliced(&w);
	w.p.m.worker->splice.useless = true;
	move(&w, moved_up, 8 * MIB);
	CHECK_INT(w.p.m.worker->splice.count, 0);
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
	CHECK(machine_until(&w.p.m, moved_up, &w));
	CHECK_INT(w.errors, 0);
	/* what comes next goes on in order */
	w.goal += 3 * MIB;
	CHECK(machine_until(&w.p.m, moved_up, &w));
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
	CHECK(machine_until(&w.p.m, moved_up, &w));
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
	shutdown(w.p.client, SHUT_WR);
	machine_turn(&w.p.m);
	CHECK(machine_until(&w.p.m, server_hears_end, &w));
	CHECK(w.ended);
	CHECK_INT(w.errors, 0);
	CHECK_INT(w.received, w.sent);
	w.ended = false;
	move(&w, moved_down, 4 * MIB);
	shutdown(w.p.server, SHUT_WR);
	CHECK(machine_until(&w.p.m, client_hears_end, &w));
	CHECK(w.ended);
	stop(&w);
}

static void half_a_close_from_behind_leaves_the_rest_open(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_down, 4 * MIB);
	shutdown(w.p.server, SHUT_WR);
	CHECK(machine_until(&w.p.m, client_hears_end, &w));
	CHECK(w.ended);
	w.ended = false;
	move(&w, moved_up, 4 * MIB);
	CHECK(w.p.m.worker->splice.count > 0);
	stop(&w);
}

static void a_reset_never_looks_like_an_end(void)
{
	struct world w;

	start_spliced(&w);
	fill(&w);
	CHECK(piped(&w) > 0);
	machine_reset(&w.p.client);
	/* the loop says nothing while nothing is read: the heartbeat looks */
	machine_advance(&w.p.m, 1000);
	CHECK(machine_until(&w.p.m, server_hears_end, &w));
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
	machine_reset(&w.p.server);
	CHECK(machine_until(&w.p.m, client_hears_end, &w));
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
	w.p.m.front.pipeline.limits.lifetime = 5000;
	fill(&w);
	CHECK(piped(&w) > 0);
	machine_advance(&w.p.m, 3600000);
	machine_advance(&w.p.m, 2000);
	CHECK(machine_idle(&w.p.m));
	CHECK(machine_until(&w.p.m, server_hears_end, &w));
	CHECK(w.reset);
	w.reset = false;
	CHECK(machine_until(&w.p.m, client_hears_end, &w));
	CHECK(w.reset);
	stop(&w);
}

static void what_is_spliced_keeps_a_session_from_idling(void)
{
	struct world w;

	start_spliced(&w);
	move(&w, moved_up, 4 * MIB);
	machine_advance(&w.p.m, 3599000);
	move(&w, moved_up, 4 * MIB);
	CHECK_INT(session_of(&w)->active_ms, w.p.m.worker->clock.now_ms);
	machine_advance(&w.p.m, 3599000);
	CHECK(w.p.m.worker->sessions != NULL);
	machine_advance(&w.p.m, 2000);
	CHECK(machine_idle(&w.p.m));
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
