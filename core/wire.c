/* SPDX-License-Identifier: MIT */
/* Sockets as the bottom of stacks: made, written, ended; see wire_read.c. */
#include "wire.h"

#include "block.h"
#include "connector.h"
#include "line.h"
#include "session.h"
#include "trunk.h"
#include "worker_state.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	WRITE_SLICES = 32 /* per call */
};

static void close_fds(struct wire *w)
{
	struct loop *loop = w->station->stack->worker->loop;

	watch_set(loop, &w->watch, 0);
	if (w->watch_out != NULL) {
		watch_set(loop, w->watch_out, 0);
	}
	if (w->fd_out >= 0 && w->fd_out != w->fd) {
		close(w->fd_out);
	}
	if (w->fd >= 0) {
		close(w->fd);
	}
	w->fd = -1;
	w->fd_out = -1;
	if (w->open_count != NULL) {
		(*w->open_count)--;
		w->open_count = NULL;
	}
}

void wire_finish(struct wire *w)
{
	w->closed = true;
	w->rx_ended = true;
	w->tx_ended = true;
	close_fds(w);
	splice_drop(w);
	queue_purge(&w->station->tx);
}

void wire_abort(struct wire *w)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (w->closed) {
		return;
	}
	connector_cancel(&w->connector);
	if (w->fd >= 0 && !(w->rx_ended && w->tx_ended)) {
		/* RST: the peer must not take this for a finished stream */
		setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	queue_end(&w->station->rx, PST_END_RESET, PST_CLASS_TRUNCATED);
	wire_finish(w);
}

void wire_part(struct wire *w)
{
	if (!w->closed && w->tx_ended && !w->readable) {
		queue_end(&w->station->rx, PST_END_CLEAN, PST_CLASS_CLEAN);
		wire_finish(w);
	}
}

static void socket_ready(struct watch *watch, unsigned events)
{
	struct wire *w = watch->owner;

	if ((events & LOOP_READ) != 0) {
		w->readable = true;
	}
	if ((events & LOOP_WRITE) != 0) {
		w->blocked = false;
	}
	station_mark(w->station);
	if (w->station->line->lent != NULL) {
		/* silence the level-triggered event until hand-back */
		watch_set(w->station->stack->worker->loop, watch, 0);
		return;
	}
	line_schedule(w->station->line);
}

static struct wire *wire_create(struct stack *stack)
{
	struct wire *w = block_create(sizeof(*w));

	if (w != NULL) {
		w->fd = -1;
		w->fd_out = -1;
		w->station = stack->bottom;
		stack->bottom->instance.state = w;
	}
	return w;
}

static void adopt(struct wire *w, int fd)
{
	w->fd = fd;
	w->fd_out = fd;
	watch_init(&w->watch, fd, w, socket_ready);
	w->station->up = true;
}

int wire_attach(struct stack *stack, int fd, const char *peer)
{
	struct wire *w = wire_create(stack);

	if (w == NULL || (w->peer = strdup(peer)) == NULL) {
		close(fd);
		return PST_MEMORY;
	}
	adopt(w, fd);
	/* a client that speaks first mostly has spoken when it is accepted */
	w->readable = true;
	return PST_OK;
}

int wire_attach_pair(struct stack *stack, int fd_in, int fd_out)
{
	struct wire *w = wire_create(stack);

	if (w == NULL || (w->peer = strdup("stdio")) == NULL ||
	    (w->watch_out = calloc(1, sizeof(struct watch))) == NULL) {
		return PST_MEMORY;
	}
	adopt(w, fd_in);
	w->fd_out = fd_out;
	watch_init(w->watch_out, fd_out, w, socket_ready);
	return PST_OK;
}

int wire_connect(struct stack *stack)
{
	struct wire *w = wire_create(stack);

	if (w == NULL) {
		return PST_MEMORY;
	}
	w->connector = connector_start(w, &stack->pipeline->plan);
	return w->connector != NULL ? PST_OK : PST_MEMORY;
}

void wire_connected(struct wire *w, int fd, const char *peer)
{
	w->connector = NULL;
	w->peer = strdup(peer);
	w->fd = fd;
	w->arrived = true;
	station_wake(w->station);
}

void wire_unreachable(struct wire *w, const char *why)
{
	w->connector = NULL;
	w->failure = strdup(why);
	w->unreachable = true;
	station_wake(w->station);
}

static void take_connection(struct wire *w)
{
	struct station *s = w->station;

	w->arrived = false;
	adopt(w, w->fd);
	if (s->above != NULL) {
		station_mark(s->above);
	}
	stack_progress(s->stack);
}

static void take_failure(struct wire *w)
{
	struct station *s = w->station;

	w->unreachable = false;
	stack_reason(s->stack, s, PST_CLASS_UNREACHABLE, 0, "%s",
	             w->failure != NULL ? w->failure : "cannot connect");
	station_failed(s);
	wire_finish(w);
}

/* -- writing ----------------------------------------------------------- */

static int gather(struct pst_queue *q, struct iovec *iov)
{
	struct pst_slice *s;
	int count = 0;

	for (s = q->first; s != NULL && count < WRITE_SLICES; s = s->next) {
		if (s->length != 0 && !slice_is_record(s)) {
			iov[count++] = (struct iovec){s->data, s->length};
		}
	}
	return count;
}

/* Records and empty slices have no place on a wire. */
static void drop_empty(struct pst_queue *q)
{
	while (q->first != NULL &&
	       (q->first->length == 0 || slice_is_record(q->first))) {
		segment_slice_free(queue_take(q));
	}
}

/* What the end follows at once leaves with it, in one segment. */
static int send_flags(const struct wire *w)
{
	bool last = w->station->tx.end == PST_END_CLEAN && w->pipe == NULL;

	return MSG_NOSIGNAL | (last ? MSG_MORE : 0);
}

static ssize_t send_some(struct wire *w, struct iovec *iov, int count)
{
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)count};
	const int flags = send_flags(w);
	ssize_t n;

	do {
		n = w->fd_out != w->fd
		            ? writev(w->fd_out, iov, count)
		            : (count == 1 ? send(w->fd, iov->iov_base,
		                                 iov->iov_len, flags)
		                          : sendmsg(w->fd, &m, flags));
	} while (n < 0 && errno == EINTR);
	return n;
}

static void fail_write(struct wire *w)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		w->blocked = true;
		return;
	}
	/* what the peer sent before it went is still to be read; the kernel tells
	 * of a reset once, and says EPIPE when an end came before that */
	w->reset = errno == ECONNRESET;
	stack_reason(w->station->stack, w->station, PST_CLASS_TRUNCATED, 0,
	             "cannot send: %s", strerror(errno));
	w->tx_ended = true;
	w->broken = true;
	w->readable = true;
	station_mark(w->station);
}

static void wire_write(struct wire *w)
{
	struct pst_queue *q = &w->station->tx;
	struct iovec iov[WRITE_SLICES];

	while (!w->blocked && !w->tx_ended && w->fd >= 0) {
		int count, i;
		size_t size = 0;
		ssize_t n;

		drop_empty(q);
		count = gather(q, iov);
		if (count == 0) {
			return;
		}
		for (i = 0; i < count; i++) {
			size += iov[i].iov_len;
		}
		n = send_some(w, iov, count);
		if (n < 0) {
			fail_write(w);
			return;
		}
		queue_consume(q, (size_t)n);
		w->blocked = (size_t)n < size;
	}
}

/* The pipe is gone: its other wire may read on. */
static void go_on(const struct wire *w)
{
	const struct wire *from = splice_other(w);

	if (from != NULL) {
		station_mark(from->station);
	}
}

/* What is in the pipe is younger than what is queued. */
static void write_spliced(struct wire *w)
{
	if (w->station->tx.first != NULL || w->blocked || w->tx_ended) {
		return;
	}
	if (splice_write(w) < 0) {
		fail_write(w);
	} else {
		w->blocked = w->pipe != NULL;
	}
}

static void shut_writing(struct wire *w)
{
	w->tx_ended = true;
	if (w->fd_out != w->fd) {
		struct loop *loop = w->station->stack->worker->loop;

		watch_set(loop, w->watch_out, 0);
		close(w->fd_out);
		w->fd_out = -1;
		/* with nobody to read the output, the input is moot */
		w->rx_ended = true;
		queue_end(&w->station->rx, PST_END_CLEAN, PST_CLASS_CLEAN);
	} else if (!w->rx_ended) {
		shutdown(w->fd, SHUT_WR);
	}
}

static void wire_ends(struct wire *w)
{
	struct pst_queue *q = &w->station->tx;

	if (w->closed || w->fd < 0) {
		return;
	}
	if (w->tx_ended) {
		splice_drop(w);
		queue_purge(q);
	} else if (pst_ended(q) && w->pipe == NULL) {
		if (q->end != PST_END_CLEAN) {
			wire_abort(w);
			return;
		}
		shut_writing(w);
	}
	if (w->rx_ended && w->tx_ended) {
		wire_finish(w);
		if (w->broken) {
			stack_fail(w->station->stack);
		}
	}
}

void wire_look_for_reset(struct station *s)
{
	struct wire *w = wire_of(s);
	struct pollfd p = {.events = 0};

	if (w == NULL || w->fd < 0 || !w->readable || w->rx_ended ||
	    s->line->lent != NULL) {
		return;
	}
	p.fd = w->fd;
	if (poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0) {
		errno = ECONNRESET;
		wire_fail_read(w);
		go_on(w);
		station_mark(s);
		line_look(s, s->above);
		line_schedule(s->line);
	}
}

enum pst_step wire_step(struct station *s)
{
	struct wire *w = wire_of(s);
	bool more, piped;

	if (w == NULL || w->closed) {
		queue_purge(&s->tx);
		return PST_STEP_OK;
	}
	if (w->arrived) {
		take_connection(w);
	} else if (w->unreachable) {
		take_failure(w);
		return PST_STEP_OK;
	}
	if (w->fd < 0) {
		/* not connected: an abort from above ends the attempt */
		if (s->tx.end == PST_END_RESET) {
			wire_abort(w);
		}
		return PST_STEP_OK;
	}
	wire_write(w);
	if (w->blocked) {
		budget_narrow(s->tx.budget);
	}
	piped = w->pipe != NULL;
	if (piped) {
		write_spliced(w);
	}
	more = wire_read(w);
	wire_ends(w);
	if (piped && w->pipe == NULL) {
		go_on(w);
	}
	return more ? PST_STEP_MORE : PST_STEP_OK;
}

void wire_settle(struct station *s)
{
	struct wire *w = wire_of(s);
	struct loop *loop;
	unsigned want = 0;

	if (w == NULL || w->fd < 0) {
		return;
	}
	loop = s->stack->worker->loop;
	if (!w->rx_ended && !w->readable) {
		want |= LOOP_READ;
	}
	if (w->watch_out != NULL) {
		watch_set(loop, w->watch_out, w->blocked ? LOOP_WRITE : 0);
	} else if (w->blocked && !w->tx_ended) {
		want |= LOOP_WRITE;
	}
	watch_set(loop, &w->watch, want);
}

void wire_destroy(struct station *s)
{
	struct wire *w = wire_of(s);

	if (w == NULL) {
		return;
	}
	wire_abort(w);
	free(w->watch_out);
	free(w->peer);
	free(w->failure);
	block_destroy(w);
	s->instance.state = NULL;
}
