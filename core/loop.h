/* SPDX-License-Identifier: MIT */
/* The event loop. Only loop.c sees libev. */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

enum loop_event {
	LOOP_READ = 1,
	LOOP_WRITE = 2
};

/** Watches one descriptor. Embedded in its owner, not moved while active. */
struct watch {
	_Alignas(8) unsigned char storage[64];
	void (*ready)(struct watch *w, unsigned events);
	void *owner;
};

/** Runs a function in the loop when another thread asks, or a signal comes. */
struct wakeup {
	_Alignas(8) unsigned char storage[64];
	void (*woken)(struct wakeup *w);
	void *owner;
};

struct loop_hooks {
	void *owner;
	/** Before each wait: do what is queued; returns the longest wait in ms
	 *  (0: do not wait; UINT64_MAX: until an event). */
	uint64_t (*before_wait)(void *owner);
	/** After each wait, before events are delivered. */
	void (*after_wait)(void *owner);
};

/** NULL when the system has no epoll or memory ran out. */
struct loop *loop_create(const struct loop_hooks *hooks);
void loop_destroy(struct loop *loop);
void loop_run(struct loop *loop);
/** One turn, waiting for events only if `wait`. */
void loop_run_once(struct loop *loop, bool wait);
void loop_stop(struct loop *loop);

void watch_init(struct watch *w, int fd, void *owner,
                void (*ready)(struct watch *w, unsigned events));
/** Want exactly `events` (0: none). Cheap when nothing changes. */
void watch_set(struct loop *loop, struct watch *w, unsigned events);

void wakeup_start(struct loop *loop, struct wakeup *w, void *owner,
                  void (*woken)(struct wakeup *w));
void wakeup_stop(struct loop *loop, struct wakeup *w);
/** Any thread. */
void wakeup_send(struct loop *loop, struct wakeup *w);

/** Call `woken` on the loop when `signum` arrives. */
void wakeup_signal_start(struct loop *loop, struct wakeup *w, int signum,
                         void *owner, void (*woken)(struct wakeup *w));
void wakeup_signal_stop(struct loop *loop, struct wakeup *w);

#endif
