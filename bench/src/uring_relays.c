/* SPDX-License-Identifier: MIT */
/* The relays that uring.c compares. */
#define _GNU_SOURCE
#include "uring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	RING_SIZE = 512,
	BUFFER_SIZE = 2048,
	BUFFER_COUNT = 512,
	BUFFER_GROUP = 1
};

/* What an operation is, in its user_data beside the index. */
enum operation {
	RECEIVE,
	SEND
};

struct ring {
	int fd;
	int enter_fd; /* the same, or its number among registered rings */
	unsigned enter_flags;
	unsigned char sqe_flags;
	unsigned *sq_tail, *cq_head, *cq_tail;
	unsigned sq_mask, cq_mask;
	unsigned queued; /* not yet submitted */
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	struct io_uring_buf_ring *pool; /* of received bytes */
};

static char buffers[BUFFER_COUNT][BUFFER_SIZE] __attribute__((aligned(4096)));

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What a gateway does with a message between its two calls. */
static void work(const struct relay *r)
{
	int64_t end;

	if (r->work == 0) {
		return;
	}
	end = now() + r->work;
	while (now() < end) {
	}
}

/* -- by epoll ---------------------------------------------------------- */

static void expect_message(ssize_t n)
{
	if (n == 0) {
		exit(0);
	}
	if (n != MESSAGE_SIZE) {
		errno = n < 0 ? (int)-n : EMSGSIZE;
		die("a relay's message");
	}
}

static size_t receive(int fd, char *buffer)
{
	ssize_t n = recv(fd, buffer, BUFFER_SIZE, MSG_DONTWAIT);

	expect_message(n < 0 ? -errno : n);
	return (size_t)n;
}

static void run_epoll(struct relay *r)
{
	struct epoll_event ready[MOST_SOCKETS];
	int ep = epoll_of(r->sockets, r->socket_count,
	                  EPOLLIN | (r->variant->edge ? EPOLLET : 0));

	for (;;) {
		int i, n = epoll_wait(ep, ready, MOST_SOCKETS, -1);

		for (i = 0; i < n; i++) {
			unsigned at = ready[i].data.u32;
			size_t size = receive(r->sockets[at], buffers[0]);

			work(r);
			if (send(r->sockets[at ^ 1], buffers[0], size,
			         MSG_NOSIGNAL | MSG_DONTWAIT) != MESSAGE_SIZE) {
				die("send");
			}
		}
		r->counts->turns++;
		r->counts->calls += 1 + 2 * (uint64_t)n;
		r->counts->messages += (uint64_t)n;
	}
}

/* Whom the first send wakes is still awake for the others. */
static void run_late(struct relay *r)
{
	struct epoll_event ready[MOST_SOCKETS];
	int ep = epoll_of(r->sockets, r->socket_count, EPOLLIN);

	for (;;) {
		int i, n = epoll_wait(ep, ready, MOST_SOCKETS, -1);

		for (i = 0; i < n; i++) {
			(void)receive(r->sockets[ready[i].data.u32],
			              buffers[i]);
			work(r);
		}
		for (i = 0; i < n; i++) {
			if (send(r->sockets[ready[i].data.u32 ^ 1], buffers[i],
			         MESSAGE_SIZE,
			         MSG_NOSIGNAL | MSG_DONTWAIT) != MESSAGE_SIZE) {
				die("send");
			}
		}
		r->counts->turns++;
		r->counts->calls += 1 + 2 * (uint64_t)n;
		r->counts->messages += (uint64_t)n;
	}
}

/* -- the ring ---------------------------------------------------------- */

static void *map(size_t size, int fd, uint64_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	               MAP_SHARED | MAP_POPULATE, fd, (off_t)offset);

	if (p == MAP_FAILED) {
		die("mmap of a ring");
	}
	return p;
}

static void ring_register(struct ring *g, unsigned op, void *arg, unsigned n)
{
	if (syscall(SYS_io_uring_register, g->fd, op, arg, n) < 0) {
		die("io_uring_register");
	}
}

static void ring_fix(struct ring *g, const struct relay *r)
{
	struct io_uring_rsrc_update own = {.offset = UINT32_MAX,
	                                   .data = (uint32_t)g->fd};

	ring_register(g, IORING_REGISTER_FILES, (void *)(uintptr_t)r->sockets,
	              (unsigned)r->socket_count);
	ring_register(g, IORING_REGISTER_RING_FDS, &own, 1);
	g->enter_fd = (int)own.offset;
	g->enter_flags = IORING_ENTER_REGISTERED_RING;
	g->sqe_flags = IOSQE_FIXED_FILE;
}

static void ring_open(struct ring *g, const struct relay *r)
{
	struct io_uring_params p = {.flags = r->variant->setup};
	size_t sq_size, cq_size;
	unsigned *array, i;
	char *rings;

	*g = (struct ring){0};
	g->fd = (int)syscall(SYS_io_uring_setup, RING_SIZE, &p);
	if (g->fd < 0) {
		die("io_uring_setup");
	}
	g->enter_fd = g->fd;
	sq_size = p.sq_off.array + p.sq_entries * sizeof(*array);
	cq_size = p.cq_off.cqes + p.cq_entries * sizeof(*g->cqes);
	rings = map(sq_size > cq_size ? sq_size : cq_size, g->fd,
	            IORING_OFF_SQ_RING);
	g->sqes = map(p.sq_entries * sizeof(*g->sqes), g->fd, IORING_OFF_SQES);
	g->sq_tail = (void *)(rings + p.sq_off.tail);
	g->cq_head = (void *)(rings + p.cq_off.head);
	g->cq_tail = (void *)(rings + p.cq_off.tail);
	g->cqes = (void *)(rings + p.cq_off.cqes);
	g->sq_mask = p.sq_entries - 1;
	g->cq_mask = p.cq_entries - 1;
	array = (void *)(rings + p.sq_off.array);
	for (i = 0; i < p.sq_entries; i++) {
		array[i] = i;
	}
	if (r->variant->fixed) {
		ring_fix(g, r);
	}
}

/* Submit what is queued, and wait until `wanted` operations are done. */
static void ring_enter(struct ring *g, struct relay *r, unsigned wanted)
{
	unsigned flags =
		g->enter_flags | (wanted != 0 ? IORING_ENTER_GETEVENTS : 0);
	long n;

	do {
		n = syscall(SYS_io_uring_enter, g->enter_fd, g->queued, wanted,
		            flags, NULL, 0);
	} while (n < 0 && errno == EINTR);
	if (n != (long)g->queued) {
		die("io_uring_enter");
	}
	g->queued = 0;
	r->counts->calls++;
}

static struct io_uring_sqe *ring_queue(struct ring *g, enum operation op,
                                       const struct relay *r, unsigned at)
{
	unsigned tail = *g->sq_tail;
	struct io_uring_sqe *e = &g->sqes[tail & g->sq_mask];

	*e = (struct io_uring_sqe){0};
	e->opcode = op == SEND ? IORING_OP_SEND : IORING_OP_RECV;
	e->flags = g->sqe_flags;
	e->fd = r->variant->fixed ? (int)at : r->sockets[at];
	__atomic_store_n(g->sq_tail, tail + 1, __ATOMIC_RELEASE);
	g->queued++;
	return e;
}

/* `from` is the buffer's number, which comes back with the completion. */
static void queue_send(struct ring *g, const struct relay *r, unsigned at,
                       unsigned from, ssize_t size)
{
	struct io_uring_sqe *e = ring_queue(g, SEND, r, at);

	e->addr = (uintptr_t)buffers[from];
	e->len = (uint32_t)size;
	e->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	e->user_data = (uint64_t)from << 8 | SEND;
}

static bool ring_next(struct ring *g, struct io_uring_cqe *done_out)
{
	unsigned head = *g->cq_head;

	if (head == __atomic_load_n(g->cq_tail, __ATOMIC_ACQUIRE)) {
		return false;
	}
	*done_out = g->cqes[head & g->cq_mask];
	__atomic_store_n(g->cq_head, head + 1, __ATOMIC_RELEASE);
	return true;
}

/* -- epoll, and one call for all that is received or sent in a turn ---- */

static void receive_by_call(struct ring *g, struct relay *r,
                            const struct epoll_event *ready, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		unsigned at = ready[i].data.u32;
		size_t size = receive(r->sockets[at], buffers[at]);

		work(r);
		queue_send(g, r, at ^ 1, at, (ssize_t)size);
	}
	r->counts->calls += (uint64_t)n;
}

static void receive_by_ring(struct ring *g, struct relay *r,
                            const struct epoll_event *ready, int n)
{
	struct io_uring_cqe done;
	int i;

	for (i = 0; i < n; i++) {
		unsigned at = ready[i].data.u32;
		struct io_uring_sqe *e = ring_queue(g, RECEIVE, r, at);

		e->addr = (uintptr_t)buffers[at];
		e->len = BUFFER_SIZE;
		e->msg_flags = MSG_DONTWAIT;
		e->user_data = (uint64_t)at << 8 | RECEIVE;
	}
	ring_enter(g, r, 0);
	while (ring_next(g, &done)) {
		unsigned at = (unsigned)(done.user_data >> 8);

		expect_message(done.res);
		work(r);
		queue_send(g, r, at ^ 1, at, done.res);
	}
}

static void run_batches(struct relay *r)
{
	struct epoll_event ready[MOST_SOCKETS];
	struct io_uring_cqe done;
	struct ring g;
	int ep = epoll_of(r->sockets, r->socket_count, EPOLLIN);

	ring_open(&g, r);
	for (;;) {
		int n = epoll_wait(ep, ready, MOST_SOCKETS, -1);

		if (n <= 0) {
			continue;
		}
		if (r->variant->read_by_call) {
			receive_by_call(&g, r, ready, n);
		} else {
			receive_by_ring(&g, r, ready, n);
		}
		ring_enter(&g, r, 0);
		while (ring_next(&g, &done)) {
			expect_message(done.res);
		}
		r->counts->turns++;
		r->counts->calls++;
		r->counts->messages += (uint64_t)n;
	}
}

/* -- the ring alone, one call in a turn -------------------------------- */

static void pool_put(struct ring *g, unsigned i)
{
	unsigned tail = g->pool->tail;
	struct io_uring_buf *b = &g->pool->bufs[tail & (BUFFER_COUNT - 1)];

	b->addr = (uintptr_t)buffers[i];
	b->len = BUFFER_SIZE;
	b->bid = (uint16_t)i;
	__atomic_store_n(&g->pool->tail, (uint16_t)(tail + 1),
	                 __ATOMIC_RELEASE);
}

static void pool_open(struct ring *g)
{
	struct io_uring_buf_reg reg = {.ring_entries = BUFFER_COUNT,
	                               .bgid = BUFFER_GROUP};
	unsigned i;

	g->pool = mmap(NULL, BUFFER_COUNT * sizeof(struct io_uring_buf),
	               PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	               0);
	if (g->pool == MAP_FAILED) {
		die("mmap");
	}
	reg.ring_addr = (uintptr_t)g->pool;
	ring_register(g, IORING_REGISTER_PBUF_RING, &reg, 1);
	for (i = 0; i < BUFFER_COUNT; i++) {
		pool_put(g, i);
	}
}

/* Receive once, or from the pool until that fails or the pool is empty. */
static void queue_receive(struct ring *g, const struct relay *r, unsigned at)
{
	struct io_uring_sqe *e = ring_queue(g, RECEIVE, r, at);

	e->user_data = (uint64_t)at << 8 | RECEIVE;
	if (r->variant->once) {
		e->ioprio = IORING_RECVSEND_POLL_FIRST;
		e->addr = (uintptr_t)buffers[at];
		e->len = BUFFER_SIZE;
		return;
	}
	e->flags |= IOSQE_BUFFER_SELECT;
	e->ioprio = IORING_RECV_MULTISHOT;
	e->buf_group = BUFFER_GROUP;
}

static void forward(struct ring *g, struct relay *r,
                    const struct io_uring_cqe *done)
{
	unsigned at = (unsigned)(done->user_data >> 8);
	unsigned buffer =
		r->variant->once ? at : done->flags >> IORING_CQE_BUFFER_SHIFT;

	work(r);
	queue_send(g, r, at ^ 1, buffer, done->res);
	if ((done->flags & IORING_CQE_F_MORE) == 0) {
		queue_receive(g, r, at);
	}
}

/* One turn's completions; returns how many sends were queued. */
static unsigned take_turn(struct ring *g, struct relay *r)
{
	struct io_uring_cqe done;
	unsigned sends = 0;

	while (ring_next(g, &done)) {
		expect_message(done.res);
		if ((done.user_data & 0xff) == RECEIVE) {
			forward(g, r, &done);
			sends++;
		} else if (!r->variant->once) {
			pool_put(g, (unsigned)(done.user_data >> 8));
		}
	}
	return sends;
}

static void run_ring(struct relay *r)
{
	struct ring g;
	unsigned i, sends = 0;

	ring_open(&g, r);
	pool_open(&g);
	for (i = 0; i < (unsigned)r->socket_count; i++) {
		queue_receive(&g, r, i);
	}
	for (;;) {
		/* sends are done at once: what is waited for comes after */
		ring_enter(&g, r, sends + 1);
		sends = take_turn(&g, r);
		r->counts->turns++;
		r->counts->messages += sends;
	}
}

#define DEFERRED                                                  \
	(IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER | \
	 IORING_SETUP_DEFER_TASKRUN)

const struct variant variants[] = {
	{.name = "epoll",
         .what = "recv and send for each message",
         .run = run_epoll},
	{.name = "epoll-edge",
         .what = "the same, edge-triggered",
         .run = run_epoll,
         .edge = true},
	{.name = "late",
         .what = "epoll and recv; then all sends of a turn, each by a call",
         .run = run_late},
	{.name = "sends",
         .what = "epoll and recv; all sends of a turn in one call",
         .run = run_batches,
         .read_by_call = true},
	{.name = "batch",
         .what = "epoll; all recvs of a turn in one call, all sends in one",
         .run = run_batches},
	{.name = "batch-fixed",
         .what = "the same, sockets registered",
         .run = run_batches,
         .fixed = true},
	{.name = "once",
         .what = "one call for a turn; recv queued for each message",
         .run = run_ring,
         .setup = DEFERRED,
         .once = true,
         .fixed = true},
	{.name = "multi",
         .what = "one call for a turn; multishot recv into a pool",
         .run = run_ring,
         .setup = DEFERRED},
	{.name = "multi-fixed",
         .what = "the same, sockets registered",
         .run = run_ring,
         .setup = DEFERRED,
         .fixed = true},
	{.name = "multi-coop",
         .what = "the same, task work not deferred",
         .run = run_ring,
         .setup = IORING_SETUP_COOP_TASKRUN,
         .fixed = true},
	{.name = NULL},
};
