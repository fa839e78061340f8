/* SPDX-License-Identifier: MIT */
/* Reading sockets: how much at once, into which segments. */
#include "line.h"
#include "session.h"
#include "wire.h"
#include "worker_state.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

enum {
	SPLICE_WORTH = 16384, /* bytes at a time: less is copied */
	READ_SEGMENTS = 16,   /* per call at the highest level */
	TAIL_WORTH = 512, /* room behind the last slice that is worth reading */
	SPLICE_LEVEL = 3,
	HIGHEST_LEVEL = 5
};

struct reading {
	struct iovec iov[READ_SEGMENTS + 1];
	struct pst_slice *fresh[READ_SEGMENTS];
	struct pst_slice *tail; /* iov[0] is behind this one; or NULL */
	int count;
	int fresh_count;
	size_t size;
};

/* One segment at a time is read to its end: a record or a message of 16 KiB
 * with what is around it comes at once. Several are cut at 16 KiB, which leaves
 * nothing small over when records are made of them. */
static size_t level_room(unsigned level, const struct pst_slice *s)
{
	return level == 1 ? s->after
	                  : (level == 0 ? SEGMENT_SMALL : SEGMENT_BIG);
}

static void add_room(struct reading *r, void *base, size_t length)
{
	r->iov[r->count++] = (struct iovec){base, length};
	r->size += length;
}

static bool prepare(struct wire *w, struct reading *r)
{
	struct pst_queue *q = &w->station->rx;
	size_t room = queue_room(q);
	int segments = w->level < 2 ? 1 : 1 << (w->level - 1);

	*r = (struct reading){0};
	if (q->last != NULL && q->last->after >= TAIL_WORTH &&
	    (q->last->flags & PST_SHARED) == 0) {
		r->tail = q->last;
		add_room(r, r->tail->data + r->tail->length, r->tail->after);
	}
	while (r->fresh_count < segments && (r->size < room || r->count == 0)) {
		struct pst_slice *s = segment_slice(
			w->level == 0 ? SEGMENT_SMALL : SEGMENT_BIG,
			w->station->stack->pipeline->headroom);

		if (s == NULL) {
			break;
		}
		r->fresh[r->fresh_count++] = s;
		add_room(r, s->data, level_room(w->level, s));
	}
	return r->count != 0;
}

static size_t keep_tail(struct wire *w, struct pst_slice *tail, size_t n)
{
	size_t part = n < tail->after ? n : tail->after;

	tail->length += (uint32_t)part;
	tail->after -= (uint32_t)part;
	w->station->rx.bytes += (uint32_t)part;
	w->station->rx.changed |= QUEUE_PUT;
	return part;
}

static void keep(struct wire *w, struct reading *r, size_t n)
{
	int i;

	if (r->tail != NULL) {
		n -= keep_tail(w, r->tail, n);
	}
	for (i = 0; i < r->fresh_count; i++) {
		struct pst_slice *s = r->fresh[i];
		size_t room = level_room(w->level, s);
		size_t part = n < room ? n : room;

		if (part == 0) {
			segment_slice_free(s);
			continue;
		}
		s->length = (uint32_t)part;
		s->after -= (uint32_t)part;
		n -= part;
		queue_put(&w->station->rx, s);
	}
}

/* What is left over after a full read says nothing about the next one. */
static void adapt(struct wire *w, size_t got, size_t size)
{
	bool left_over = w->filled;

	w->filled = got == size;
	if (w->filled) {
		if (w->level < HIGHEST_LEVEL) {
			w->level++;
		}
	} else if (!left_over && got <= size / 4 && w->level > 0 &&
	           (w->level > 1 || got < SEGMENT_SMALL)) {
		w->level--;
	}
}

void wire_fail_read(struct wire *w)
{
	int error = errno;
	struct stack *stack = w->station->stack;

	w->rx_ended = true;
	stack_reason(stack, w->station, PST_CLASS_TRUNCATED, 0,
	             "the connection was lost: %s", strerror(error));
	queue_end(&w->station->rx, PST_END_RESET, PST_CLASS_TRUNCATED);
	wire_finish(w);
}

/* What a read came to. Returns true when there may be more at once. */
static bool after_read(struct wire *w, ssize_t n, bool full)
{
	if (n > 0) {
		/* files of the shell's are blocking: read once per event */
		w->readable = full && w->watch_out == NULL;
		return w->readable;
	}
	w->readable = false;
	if (n == 0) {
		w->rx_ended = true;
		queue_end(&w->station->rx,
		          w->reset ? PST_END_RESET : PST_END_CLEAN,
		          w->reset ? PST_CLASS_TRUNCATED : PST_CLASS_CLEAN);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		wire_fail_read(w);
	}
	return false;
}

static bool read_once(struct wire *w)
{
	struct reading r;
	ssize_t n;

	if (!prepare(w, &r)) {
		stack_reason(w->station->stack, w->station, PST_CLASS_INTERNAL,
		             0, "out of memory");
		wire_abort(w);
		return false;
	}
	do {
		/* recv is the cheaper call, but not for files of the shell's */
		n = r.count == 1 && w->watch_out == NULL
		            ? recv(w->fd, r.iov[0].iov_base, r.size, 0)
		            : readv(w->fd, r.iov, r.count);
	} while (n < 0 && errno == EINTR);
	keep(w, &r, n > 0 ? (size_t)n : 0);
	if (n > 0) {
		adapt(w, (size_t)n, r.size);
	}
	return after_read(w, n, n == (ssize_t)r.size);
}

/* What comes in bulk comes in large pieces. */
static bool read_bulk(struct wire *w)
{
	bool more;

	if (w->level < HIGHEST_LEVEL) {
		return read_once(w);
	}
	budget_widen(w->station->rx.budget);
	more = read_once(w);
	budget_settle(w->station->rx.budget);
	return more;
}

bool wire_read(struct wire *w)
{
	if (!w->readable || w->rx_ended || w->fd < 0 ||
	    (w->spliced && splice_waits(w))) {
		return false;
	}
	/* a few bytes cost less with recv and send */
	if (w->level >= SPLICE_LEVEL) {
		bool full = false;
		ssize_t n = splice_read(w, &full);

		if (n >= 0 || errno != ENOTSUP) {
			if (n > 0 && n < SPLICE_WORTH) {
				w->level = SPLICE_LEVEL - 1;
			}
			return after_read(w, n, full);
		}
	}
	if (queue_room(&w->station->rx) == 0) {
		return false;
	}
	return read_bulk(w) && queue_room(&w->station->rx) != 0;
}
