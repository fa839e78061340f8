/* SPDX-License-Identifier: MIT */
/* Trunks to back-ends that are used again, over a mux made for the test. */
#include "machine.h"
#include "machine_parts.h"
#include "pst_test.h"
#include "trunk.h"
#include "worker_generation.h"

#include <errno.h>
#include <penstock/mux.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- a mux: a line up, a line down, one stream after the other -------------- */

struct lines {
	struct pst_stream *stream;
	bool asked, used;
};

static uint32_t keep;   /* what conf_keep says */
static bool keeps;      /* whether requests may be repeated */
static bool opens_once; /* whether a trunk takes one stream only */
static unsigned opened; /* streams, over all trunks */
static unsigned again;  /* of them, with PST_STREAM_AGAIN */
static unsigned closed; /* streams */

static int lines_open(struct pst_instance *me, struct pst_stream *s)
{
	struct lines *t = me->state;

	if (t->stream != NULL || (t->used && opens_once)) {
		return PST_AGAIN;
	}
	t->stream = s;
	t->asked = false;
	opened++;
	again += (s->flags & PST_STREAM_AGAIN) != 0;
	return PST_OK;
}

static void lines_close(struct pst_instance *me, struct pst_stream *s)
{
	struct lines *t = me->state;

	closed++;
	if (t->stream == s) {
		t->stream = NULL;
	}
}

static uint32_t lines_keep(const void *conf)
{
	(void)conf;
	return keep;
}

static void ask(struct pst_instance *me, struct pst_io *io)
{
	struct lines *t = me->state;
	struct pst_slice *s = pst_peek(t->stream->tx_in);

	if (s == NULL) {
		return;
	}
	t->asked = true;
	(void)!pst_write(me, io->tx_out, s->data, s->length, 0);
	if (keeps) {
		t->stream->flags |= PST_STREAM_KEPT;
	} else {
		pst_slice_free(me, pst_take(me, t->stream->tx_in));
	}
}

static void answer(struct pst_instance *me, struct pst_io *io)
{
	struct lines *t = me->state;
	struct pst_stream *up = t->stream;
	const struct pst_slice *last;

	if (pst_peek(io->rx_in) == NULL) {
		return;
	}
	if ((up->flags & PST_STREAM_KEPT) != 0) {
		up->flags &= ~(uint32_t)PST_STREAM_KEPT;
		pst_slice_free(me, pst_take(me, up->tx_in));
	}
	last = io->rx_in->last;
	if (last->data[last->length - 1] == '\n') {
		(void)pst_move(me, up->rx_out, io->rx_in, SIZE_MAX);
		pst_end(me, up->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
		t->stream = NULL;
		t->used = true;
		pst_stream_done(me, up);
	}
}

static enum pst_step lines_step(struct pst_instance *me, struct pst_io *io)
{
	struct lines *t = me->state;

	while (pst_stream_next(me) != NULL) {
	}
	if (t->stream == NULL) {
		if (pst_peek(io->rx_in) != NULL ||
		    io->rx_in->end != PST_END_OPEN) {
			pst_consume(me, io->rx_in, io->rx_in->bytes);
			pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
		}
		return PST_STEP_OK;
	}
	if (!t->asked) {
		ask(me, io);
	}
	answer(me, io);
	if (t->stream != NULL && io->rx_in->end != PST_END_OPEN) {
		pst_fail(me, PST_CLASS_TRUNCATED, 0, "no answer");
		return PST_STEP_ERROR;
	}
	return PST_STEP_OK;
}

static const struct pst_layer lines = {
	.size = sizeof(lines),
	.roles = PST_CONNECT,
	.id = "lines",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_MUX,
	.state_size = sizeof(struct lines),
	.step = lines_step,
};

static const struct pst_mux lines_mux = {
	.size = sizeof(lines_mux),
	.id = "lines",
	.stream_open = lines_open,
	.stream_close = lines_close,
	.conf_keep = lines_keep,
};

/* -- the worker, its client, its back-end ----------------------------------------- */

struct world {
	struct machine m;
	int listening;
};

static void begin(struct world *x)
{
	static const struct pst_layer *const back[] = {&lines, NULL};
	struct machine_setup setup = {.service = &machine_joins,
	                              .back = {back},
	                              .back_mux = &lines_mux,
	                              .back_count = 1};

	keep = 2;
	keeps = false;
	opens_once = false;
	opened = again = closed = 0;
	x->listening = machine_listen(&setup.back_port[0]);
	machine_start(&x->m, &setup);
}

static bool is_idle(void *arg)
{
	const struct world *x = arg;
	const struct trunk *t;

	for (t = x->m.worker->trunks; t != NULL; t = t->next) {
		if (!t->idle) {
			return false;
		}
	}
	return x->m.worker->sessions == NULL;
}

static void end(struct world *x)
{
	close(x->listening);
	machine_stop(&x->m);
	CHECK_INT(opened, closed);
}

static unsigned trunks(const struct world *x)
{
	const struct trunk *t;
	unsigned n = 0;

	for (t = x->m.worker->trunks; t != NULL; t = t->next) {
		n++;
	}
	return n;
}

struct waiting {
	int fd;
	char text[16];
	ssize_t n;
};

static bool says(void *arg)
{
	struct waiting *w = arg;

	w->n = recv(w->fd, w->text, sizeof(w->text) - 1, MSG_DONTWAIT);
	return w->n >= 0 || errno == ECONNRESET;
}

static int back_end(struct world *x)
{
	int fd = machine_accept(&x->m, x->listening);

	CHECK(fd >= 0);
	return fd;
}

static bool nobody_came(const struct world *x)
{
	return accept4(x->listening, NULL, NULL, SOCK_NONBLOCK) < 0;
}

static bool reads(struct world *x, int fd, const char *text)
{
	struct waiting w = {.fd = fd};

	return machine_until(&x->m, says, &w) && w.n == (ssize_t)strlen(text) &&
	       memcmp(w.text, text, strlen(text)) == 0;
}

static bool ends(struct world *x, int fd)
{
	struct waiting w = {.fd = fd};

	return machine_until(&x->m, says, &w) && w.n <= 0;
}

static int client(struct world *x)
{
	int fd = machine_client(&x->m);

	machine_say(fd, "ask\n");
	return fd;
}

/* The back-end answers at `back`; the client is content and goes. */
static void serve(struct world *x, int fd, int back)
{
	CHECK(reads(x, back, "ask\n"));
	machine_say(back, "yes\n");
	CHECK(reads(x, fd, "yes\n"));
	close(fd);
	CHECK(machine_until(&x->m, is_idle, x));
}

/* A connection that served one stream. */
static int used(struct world *x)
{
	int fd = client(x);
	int back = back_end(x);

	serve(x, fd, back);
	return back;
}

/* -- tests ---------------------------------------------------------------------- */

static void a_trunk_serves_one_stream_after_another(void)
{
	struct world x;
	int back, i;

	begin(&x);
	back = used(&x);
	for (i = 0; i < 5; i++) {
		serve(&x, client(&x), back);
	}
	CHECK(nobody_came(&x));
	CHECK_INT(trunks(&x), 1);
	CHECK_INT(opened, 6);
	close(back);
	end(&x);
}

static void without_a_wish_none_is_kept(void)
{
	struct world x;
	int fd, back;

	begin(&x);
	keep = 0;
	fd = client(&x);
	back = back_end(&x);
	CHECK(reads(&x, back, "ask\n"));
	machine_say(back, "yes\n");
	CHECK(reads(&x, fd, "yes\n"));
	close(fd);
	CHECK(ends(&x, back));
	close(back);
	CHECK(machine_until(&x.m, is_idle, &x));
	CHECK_INT(trunks(&x), 0);
	end(&x);
}

static void streams_at_once_have_trunks_of_their_own(void)
{
	struct world x;
	int fd[3], back[3];
	unsigned i;

	begin(&x);
	for (i = 0; i < 3; i++) {
		fd[i] = client(&x);
		back[i] = back_end(&x);
	}
	for (i = 0; i < 3; i++) {
		CHECK(reads(&x, back[i], "ask\n"));
		machine_say(back[i], "yes\n");
		CHECK(reads(&x, fd[i], "yes\n"));
		close(fd[i]);
	}
	/* one too many: the one that waited longest */
	CHECK(ends(&x, back[0]));
	close(back[0]);
	CHECK(machine_until(&x.m, is_idle, &x));
	CHECK_INT(trunks(&x), 2);
	/* the one that was used last comes first */
	serve(&x, client(&x), back[2]);
	serve(&x, client(&x), back[2]);
	CHECK(nobody_came(&x));
	close(back[1]);
	close(back[2]);
	end(&x);
}

static void an_end_that_the_loop_did_not_see_is_seen(void)
{
	struct world x;
	int back, fd;

	begin(&x);
	back = used(&x);
	/* both wait for the loop: whose event is first is left open */
	close(back);
	fd = client(&x);
	back = back_end(&x);
	serve(&x, fd, back);
	CHECK_INT(opened, 2);
	close(back);
	end(&x);
}

static void bytes_that_nobody_asked_for_end_a_trunk(void)
{
	struct world x;
	int first, back, fd;

	begin(&x);
	first = used(&x);
	machine_say(first, "!");
	fd = client(&x);
	back = back_end(&x);
	CHECK(ends(&x, first));
	close(first);
	serve(&x, fd, back);
	close(back);
	end(&x);
}

static void a_mux_that_takes_no_more_gets_no_more(void)
{
	struct world x;
	int first, back, fd;

	begin(&x);
	opens_once = true;
	first = used(&x);
	fd = client(&x);
	back = back_end(&x);
	CHECK(ends(&x, first));
	close(first);
	serve(&x, fd, back);
	close(back);
	closed--; /* the one that was offered in vain */
	end(&x);
}

static void a_kept_stream_moves_to_a_fresh_trunk_once(void)
{
	struct world x;
	int back, fd;

	begin(&x);
	keeps = true;
	back = used(&x);
	fd = client(&x);
	CHECK(reads(&x, back, "ask\n"));
	close(back);
	back = back_end(&x);
	serve(&x, fd, back);
	CHECK_INT(again, 1);
	fd = client(&x);
	CHECK(reads(&x, back, "ask\n"));
	close(back);
	back = back_end(&x);
	CHECK(reads(&x, back, "ask\n"));
	close(back);
	CHECK(ends(&x, fd));
	close(fd);
	CHECK(machine_until(&x.m, is_idle, &x));
	CHECK(nobody_came(&x));
	CHECK_INT(again, 2);
	end(&x);
}

static void a_stream_that_is_not_kept_ends_with_its_trunk(void)
{
	struct world x;
	int back, fd, part;

	for (part = 0; part < 2; part++) {
		begin(&x);
		keeps = part == 1;
		back = used(&x);
		fd = client(&x);
		CHECK(reads(&x, back, "ask\n"));
		if (part == 1) {
			machine_say(back, "y"); /* an answer has begun */
		}
		close(back);
		CHECK(ends(&x, fd));
		close(fd);
		CHECK(machine_until(&x.m, is_idle, &x));
		CHECK(nobody_came(&x));
		CHECK_INT(again, 0);
		end(&x);
	}
}

static void a_drain_ends_what_waits(void)
{
	struct world x;
	int back;

	begin(&x);
	back = used(&x);
	/* this mux ignores PST_IO_DRAIN: the core must do without it */
	worker_drain(x.m.worker);
	machine_turn(&x.m);
	CHECK(ends(&x, back));
	close(back);
	end(&x);
}

static void another_generation_ends_what_waits(void)
{
	struct world x;
	struct worker_generation *g;
	struct service_conf service;
	struct service_conf *services[1] = {&service};
	struct gateway gateway;
	int back;

	begin(&x);
	back = used(&x);
	gateway = x.m.gateway;
	service = x.m.service;
	gateway.services = services;
	gateway.listener_count = 0;
	g = worker_generation_create(1, &gateway, NULL, x.m.counters);
	CHECK(g != NULL);
	CHECK_INT(worker_generation_add(x.m.worker, g), PST_OK);
	worker_generation_enter(x.m.worker, g);
	CHECK(ends(&x, back));
	close(back);
	CHECK(machine_until(&x.m, is_idle, &x));
	CHECK_INT(trunks(&x), 0);
	end(&x);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(a_trunk_serves_one_stream_after_another),
	TEST(without_a_wish_none_is_kept),
	TEST(streams_at_once_have_trunks_of_their_own),
	TEST(an_end_that_the_loop_did_not_see_is_seen),
	TEST(bytes_that_nobody_asked_for_end_a_trunk),
	TEST(a_mux_that_takes_no_more_gets_no_more),
	TEST(a_kept_stream_moves_to_a_fresh_trunk_once),
	TEST(a_stream_that_is_not_kept_ends_with_its_trunk),
	TEST(a_drain_ends_what_waits),
	TEST(another_generation_ends_what_waits),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
