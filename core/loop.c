/* SPDX-License-Identifier: MIT */
/* The event loop over libev, on epoll. */
#include "loop.h"

#include <ev.h>
#include <stdlib.h>

struct loop {
	struct ev_loop *ev;
	struct loop_hooks hooks;
	ev_prepare before;
	ev_check after;
	ev_timer wait;
	ev_idle at_once;
};

_Static_assert(sizeof(ev_io) <= sizeof(((struct watch *)0)->storage),
               "struct watch must hold an ev_io");
_Static_assert(sizeof(ev_async) <= sizeof(((struct wakeup *)0)->storage),
               "struct wakeup must hold an ev_async");
_Static_assert(sizeof(ev_signal) <= sizeof(((struct wakeup *)0)->storage),
               "struct wakeup must hold an ev_signal");

static ev_io *io_of(struct watch *w)
{
	return (ev_io *)(void *)w->storage;
}

static void timer_passed(struct ev_loop *ev, ev_timer *t, int events)
{
	(void)events;
	ev_timer_stop(ev, t);
}

static void nothing(struct ev_loop *ev, ev_idle *i, int events)
{
	(void)events;
	ev_idle_stop(ev, i);
}

/* One libev timer bounds the wait; it is moved only when it must ring sooner,
 * or has rung: a deadline that moves away costs nothing. */
static void before_wait(struct ev_loop *ev, ev_prepare *p, int events)
{
	struct loop *loop = p->data;
	uint64_t ms = loop->hooks.before_wait(loop->hooks.owner);
	double wait = (double)ms / 1000;

	(void)events;
	if (ms == 0) {
		ev_idle_start(ev, &loop->at_once);
		return;
	}
	if (ms == UINT64_MAX) {
		return;
	}
	ev_now_update(ev);
	if (ev_is_active(&loop->wait) &&
	    ev_timer_remaining(ev, &loop->wait) <= wait) {
		return;
	}
	ev_timer_stop(ev, &loop->wait);
	ev_timer_set(&loop->wait, wait, 0.);
	ev_timer_start(ev, &loop->wait);
}

static void after_wait(struct ev_loop *ev, ev_check *c, int events)
{
	struct loop *loop = c->data;

	(void)ev;
	(void)events;
	loop->hooks.after_wait(loop->hooks.owner);
}

struct loop *loop_create(const struct loop_hooks *hooks)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL) {
		return NULL;
	}
	/* the io_uring backend of libev 4.33 aborts; the environment must not
	 * choose it */
	loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (loop->ev == NULL) {
		free(loop);
		return NULL;
	}
	loop->hooks = *hooks;
	ev_prepare_init(&loop->before, before_wait);
	ev_check_init(&loop->after, after_wait);
	ev_set_priority(&loop->after, EV_MAXPRI);
	ev_timer_init(&loop->wait, timer_passed, 0., 0.);
	ev_idle_init(&loop->at_once, nothing);
	loop->before.data = loop;
	loop->after.data = loop;
	ev_prepare_start(loop->ev, &loop->before);
	ev_check_start(loop->ev, &loop->after);
	return loop;
}

void loop_destroy(struct loop *loop)
{
	if (loop == NULL) {
		return;
	}
	ev_prepare_stop(loop->ev, &loop->before);
	ev_check_stop(loop->ev, &loop->after);
	ev_timer_stop(loop->ev, &loop->wait);
	ev_idle_stop(loop->ev, &loop->at_once);
	ev_loop_destroy(loop->ev);
	free(loop);
}

void loop_run(struct loop *loop)
{
	ev_run(loop->ev, 0);
}

void loop_run_once(struct loop *loop, bool wait)
{
	ev_run(loop->ev, wait ? EVRUN_ONCE : EVRUN_NOWAIT);
}

void loop_stop(struct loop *loop)
{
	ev_break(loop->ev, EVBREAK_ALL);
}

static void io_ready(struct ev_loop *ev, ev_io *io, int events)
{
	struct watch *w = io->data;
	unsigned what = 0;

	(void)ev;
	if ((events & EV_READ) != 0) {
		what |= LOOP_READ;
	}
	if ((events & EV_WRITE) != 0) {
		what |= LOOP_WRITE;
	}
	w->ready(w, what);
}

void watch_init(struct watch *w, int fd, void *owner,
                void (*ready)(struct watch *w, unsigned events))
{
	ev_io *io = io_of(w);

	w->ready = ready;
	w->owner = owner;
	ev_io_init(io, io_ready, fd, 0);
	io->data = w;
}

void watch_set(struct loop *loop, struct watch *w, unsigned events)
{
	ev_io *io = io_of(w);
	int want = ((events & LOOP_READ) != 0 ? EV_READ : 0) |
	           ((events & LOOP_WRITE) != 0 ? EV_WRITE : 0);

	if (ev_is_active(io) ? (io->events & (EV_READ | EV_WRITE)) == want
	                     : want == 0) {
		return;
	}
	ev_io_stop(loop->ev, io);
	if (want != 0) {
		ev_io_set(io, io->fd, want);
		ev_io_start(loop->ev, io);
	}
}

static void async_woken(struct ev_loop *ev, ev_async *a, int events)
{
	struct wakeup *w = a->data;

	(void)ev;
	(void)events;
	w->woken(w);
}

void wakeup_start(struct loop *loop, struct wakeup *w, void *owner,
                  void (*woken)(struct wakeup *w))
{
	ev_async *a = (ev_async *)(void *)w->storage;

	w->owner = owner;
	w->woken = woken;
	ev_async_init(a, async_woken);
	a->data = w;
	ev_async_start(loop->ev, a);
}

void wakeup_stop(struct loop *loop, struct wakeup *w)
{
	ev_async_stop(loop->ev, (ev_async *)(void *)w->storage);
}

void wakeup_send(struct loop *loop, struct wakeup *w)
{
	ev_async_send(loop->ev, (ev_async *)(void *)w->storage);
}

static void signal_came(struct ev_loop *ev, ev_signal *s, int events)
{
	struct wakeup *w = s->data;

	(void)ev;
	(void)events;
	w->woken(w);
}

void wakeup_signal_start(struct loop *loop, struct wakeup *w, int signum,
                         void *owner, void (*woken)(struct wakeup *w))
{
	ev_signal *s = (ev_signal *)(void *)w->storage;

	w->owner = owner;
	w->woken = woken;
	ev_signal_init(s, signal_came, signum);
	s->data = w;
	ev_signal_start(loop->ev, s);
}

void wakeup_signal_stop(struct loop *loop, struct wakeup *w)
{
	ev_signal_stop(loop->ev, (ev_signal *)(void *)w->storage);
}
