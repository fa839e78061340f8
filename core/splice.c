/* SPDX-License-Identifier: MIT */
/* Splicing between the two bare wires of a joined session. */
#define _GNU_SOURCE
#include "splice.h"

#include "session.h"
#include "wire.h"
#include "worker_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	KEEP_PIPES = 8,          /* free ones; each is two descriptors */
	MOST_PIPES = 32,         /* of a worker; other directions copy */
	PIPE_SIZE = 1024 * 1024, /* what a user may ask for */
	WORTH_SIZE = 64 * 1024,  /* less, and copying is as good */
	ASK_AGAIN_MS = 1000
};

static struct splice_pool *pool_of(const struct wire *w)
{
	return &w->station->stack->worker->splice;
}

/* -- pipes --------------------------------------------------------------- */

static void pipe_close(struct splice_pool *pool, struct splice_pipe *p)
{
	close(p->fd_in);
	close(p->fd_out);
	free(p);
	pool->count--;
}

void splice_pool_finish(struct splice_pool *pool)
{
	while (pool->free != NULL) {
		struct splice_pipe *p = pool->free;

		pool->free = p->next;
		pipe_close(pool, p);
	}
	pool->kept = 0;
}

static struct splice_pipe *pipe_open(struct splice_pool *pool)
{
	struct splice_pipe *p = calloc(1, sizeof(*p));
	int fd[2], size;

	if (p == NULL || pipe2(fd, O_NONBLOCK | O_CLOEXEC) != 0) {
		free(p);
		return NULL;
	}
	p->fd_out = fd[0];
	p->fd_in = fd[1];
	pool->count++;
	size = fcntl(p->fd_in, F_SETPIPE_SZ, PIPE_SIZE);
	if (size < 0) {
		size = fcntl(p->fd_in, F_GETPIPE_SZ);
	}
	if (size < WORTH_SIZE) {
		/* a user with many pipes gets tiny ones: pipe(7) */
		pipe_close(pool, p);
		return NULL;
	}
	return p;
}

static struct splice_pipe *pipe_get(struct splice_pool *pool, uint64_t now)
{
	struct splice_pipe *p = pool->free;

	if (p != NULL) {
		pool->free = p->next;
		pool->kept--;
		return p;
	}
	if (pool->count >= MOST_PIPES || now < pool->later_ms) {
		return NULL;
	}
	p = pipe_open(pool);
	if (p == NULL) {
		pool->later_ms = now + ASK_AGAIN_MS;
	}
	return p;
}

static void pipe_put(struct splice_pool *pool, struct splice_pipe *p)
{
	if (p->held != 0 || pool->kept >= KEEP_PIPES) {
		pipe_close(pool, p);
		return;
	}
	p->next = pool->free;
	pool->free = p;
	pool->kept++;
}

/* -- the other wire ------------------------------------------------------ */

static bool is_bare(const struct stack *stack)
{
	return stack != NULL && stack->top == stack->bottom &&
	       stack->pipeline->top != PST_SHAPE_MESSAGES;
}

struct wire *splice_other(const struct wire *w)
{
	const struct line *line = w->station->line;
	const struct stack *mine = w->station->stack;
	const struct stack *other =
		mine == line->front ? line->back : line->front;

	return is_bare(mine) && is_bare(other) ? wire_of(other->bottom) : NULL;
}

static bool is_joined(const struct session *s)
{
	return s != NULL && s->state == SESSION_JOINED && s->bridge == NULL &&
	       s->line.front->pipeline->limits.splice &&
	       s->line.back->pipeline->limits.splice;
}

/* Where bytes from `w` may go; NULL: nowhere, here or now. */
static struct wire *target_of(const struct wire *w)
{
	const struct station *s = w->station;
	struct wire *to;

	if (!is_joined(s->line->session) || s->rx.first != NULL ||
	    w->fd != w->fd_out) {
		return NULL;
	}
	to = splice_other(w);
	if (to == NULL || to->fd < 0 || to->fd != to->fd_out || to->tx_ended ||
	    to->pipe != NULL || to->station->tx.first != NULL ||
	    to->station->tx.end != PST_END_OPEN) {
		return NULL;
	}
	return to;
}

/* -- moving -------------------------------------------------------------- */

/* As the join does for what it pumps. */
static void count(struct session *s, const struct wire *from, size_t n)
{
	if (from->station->stack == s->line.front) {
		s->bytes_in += n;
	} else {
		s->bytes_out += n;
	}
	s->active_ms = s->line.worker->clock.now_ms;
}

static ssize_t fill(struct splice_pool *pool, struct wire *w, struct wire *to)
{
	const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
	ssize_t n;

	do {
		n = splice(w->fd, NULL, to->pipe->fd_in, NULL, PIPE_SIZE,
		           flags);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		to->pipe->held = (size_t)n;
		return n;
	}
	pipe_put(pool, to->pipe);
	to->pipe = NULL;
	if (n < 0 && (errno == EINVAL || errno == ENOSYS)) {
		pool->useless = true;
		errno = ENOTSUP;
	}
	return n;
}

ssize_t splice_read(struct wire *w, bool *full_out)
{
	struct splice_pool *pool = pool_of(w);
	struct session *s = w->station->line->session;
	struct wire *to = target_of(w);
	ssize_t n;

	if (pool->useless || to == NULL ||
	    w->station->rx.budget->limit > PIPE_SIZE ||
	    (to->pipe = pipe_get(pool, s->line.worker->clock.now_ms)) == NULL) {
		errno = ENOTSUP;
		return -1;
	}
	n = fill(pool, w, to);
	*full_out = n == PIPE_SIZE;
	if (n > 0) {
		w->spliced = true;
		count(s, w, (size_t)n);
		station_mark(to->station);
	}
	return n;
}

ssize_t splice_write(struct wire *w)
{
	const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
	struct splice_pipe *p = w->pipe;
	ssize_t n;

	do {
		n = splice(p->fd_out, NULL, w->fd, NULL, p->held, flags);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		p->held -= (size_t)n;
	}
	if (p->held == 0) {
		splice_drop(w);
	}
	return n;
}

bool splice_waits(struct wire *w)
{
	struct wire *to = splice_other(w);

	w->spliced = to != NULL && to->pipe != NULL;
	return w->spliced;
}

void splice_drop(struct wire *w)
{
	if (w->pipe != NULL) {
		pipe_put(pool_of(w), w->pipe);
		w->pipe = NULL;
	}
}
