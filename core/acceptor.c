/* SPDX-License-Identifier: MIT */
/* Accepting connections, in batches, and giving them to sessions or trunks. */
#include "acceptor.h"

#include "door.h"
#include "helper.h"
#include "session.h"
#include "sockets.h"
#include "trunk.h"
#include "wire.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BATCH = 64, /* connections per event, then others get their turn */
	WHOLE_QUEUE = 65536,
	PAUSE_MS = 100 /* after running out of descriptors or patience */
};

struct acceptor {
	struct acceptor *next;
	struct watch watch;
	struct worker *worker;
	const struct listener *listener; /* NULL: of a generation to come */
	unsigned index;                  /* of its listener */
	ino_t socket;                    /* which one it is */
	int fd;
	bool full;   /* and it was said */
	bool closes; /* what waits in the queue is served, limits or not */
};

static void count_open(const struct listener *l, struct stack *stack)
{
	struct wire *wire = stack->bottom->instance.state;

	wire->open_count = worker_open_count(l);
	(*wire->open_count)++;
}

/* One that is about to be served. */
struct arrival {
	struct worker *worker;
	const struct listener *listener;
	const struct sni_node *node;
	int fd;
	const char *peer;
	uint64_t began_ms;
};

static void new_trunk(const struct arrival *a)
{
	struct worker *w = a->worker;
	struct trunk *t = trunk_create(w, a->node->lower, a->listener, a->node);

	if (t == NULL) {
		close(a->fd);
		return;
	}
	if (wire_attach(t->stack, a->fd, a->peer) != PST_OK) {
		trunk_destroy(t);
		return;
	}
	t->began_ms = a->began_ms;
	t->line.drain = w->draining;
	count_open(a->listener, t->stack);
	trunk_start(t);
}

static void new_session(const struct arrival *a)
{
	struct worker *w = a->worker;
	struct pipeline *p = a->node->lower;
	struct session *s = session_create(w, p);
	struct stack *front;

	if (s == NULL) {
		close(a->fd);
		return;
	}
	front = stack_create(w, p, STATION_WIRE, 1, p->count, &s->line, s->up,
	                     s->down);
	if (front == NULL) {
		close(a->fd);
		session_destroy(s);
		return;
	}
	if (wire_attach(front, a->fd, a->peer) != PST_OK) {
		stack_destroy(front);
		session_destroy(s);
		return;
	}
	s->began_ms = a->began_ms;
	s->line.drain = w->draining;
	count_open(a->listener, front);
	(void)session_start(s, front);
}

void acceptor_enter(struct worker *w, const struct listener *l,
                    const struct sni_node *node, int fd, const char *peer,
                    uint64_t began_ms)
{
	const struct arrival a = {w, l, node, fd, peer, began_ms};

	if (node->lower->mux >= 0) {
		new_trunk(&a);
	} else {
		new_session(&a);
	}
}

void acceptor_take(struct worker *w, const struct listener *l, int fd,
                   const char *peer)
{
	if (l->node_count > 1) {
		door_open(w, l, fd, peer);
	} else {
		acceptor_enter(w, l, &l->nodes[0], fd, peer, w->clock.now_ms);
	}
}

static void take(struct acceptor *a, int fd,
                 const struct sockaddr_storage *from, socklen_t length)
{
	const struct pipeline *p = a->listener->nodes[0].lower;
	const char *label = NULL;
	char peer[128];

	if (socket_options_apply(fd, &p->plan, PST_SOCKET_ACCEPTED, &label) !=
	    PST_OK) {
		log_line(a->worker->log, PST_LOG_WARNING,
		         "cannot set %s on a connection: %s",
		         label != NULL ? label : "an option", strerror(errno));
		close(fd);
		return;
	}
	socket_address_text(from, length, peer, sizeof(peer));
	acceptor_take(a->worker, a->listener, fd, peer);
}

/* One connection's trouble is not the listener's: accept(2) lists these. */
static bool is_passing(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPROTO ||
	       error == ENETDOWN || error == ENOPROTOOPT ||
	       error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
	       error == EOPNOTSUPP || error == ENETUNREACH || error == EPERM;
}

static void pause_a_while(struct worker *w)
{
	acceptors_pause(w);
	timer_set(&w->timers, &w->accept_pause, w->clock.now_ms + PAUSE_MS);
}

static bool listener_full(struct acceptor *a)
{
	struct worker *w = a->worker;
	int64_t limit = a->listener->nodes[0].lower->limits.max_connections;
	bool full = limit != 0 && *worker_open_count(a->listener) >= limit;

	if (full && !a->full) {
		log_line(w->log, PST_LOG_WARNING,
		         "%s has max_connections (%lld): new ones wait",
		         a->listener->address, (long long)limit);
	}
	a->full = full;
	return full;
}

static bool must_wait(struct acceptor *a)
{
	struct worker *w = a->worker;

	if (a->closes) {
		return false;
	}
	if (listener_full(a)) {
		watch_set(w->loop, &a->watch, 0);
		timer_set(&w->timers, &w->accept_pause,
		          w->clock.now_ms + PAUSE_MS);
		return true;
	}
	if (helper_waiting(w->helper) >=
	    (unsigned)w->gateway->settings.max_heavy) {
		pause_a_while(w);
		return true;
	}
	return false;
}

static void accept_batch(struct acceptor *a, unsigned most)
{
	struct worker *w = a->worker;
	unsigned i;

	for (i = 0; i < most; i++) {
		struct sockaddr_storage from;
		socklen_t length = sizeof(from);
		int fd;

		if (must_wait(a)) {
			return;
		}
		fd = accept4(a->fd, (struct sockaddr *)&from, &length,
		             SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take(a, fd, &from, length);
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		}
		if (!is_passing(errno)) {
			log_line(w->log, PST_LOG_ERROR,
			         "cannot accept on %s: %s; waiting",
			         a->listener->address, strerror(errno));
			pause_a_while(w);
			return;
		}
	}
}

static void ready(struct watch *watch, unsigned events)
{
	(void)events;
	accept_batch(watch->owner, BATCH);
}

/* -- made, watched, closed --------------------------------------------- */

struct acceptor *acceptor_create(struct worker *w, int fd, unsigned listener,
                                 struct acceptor *next)
{
	struct acceptor *a = calloc(1, sizeof(*a));
	struct stat st;

	if (a == NULL || fstat(fd, &st) != 0) {
		close(fd);
		free(a);
		return NULL;
	}
	a->next = next;
	a->worker = w;
	a->index = listener;
	a->socket = st.st_ino;
	a->fd = fd;
	watch_init(&a->watch, fd, a, ready);
	return a;
}

static void acceptor_destroy(struct acceptor *a)
{
	watch_set(a->worker->loop, &a->watch, 0);
	close(a->fd);
	free(a);
}

void acceptors_free(struct acceptor **list)
{
	while (*list != NULL) {
		struct acceptor *a = *list;

		*list = a->next;
		acceptor_destroy(a);
	}
}

/* who was let into the queue is served */
static void empty_queue(struct acceptor *a)
{
	a->closes = true;
	accept_batch(a, WHOLE_QUEUE);
}

bool acceptors_fit(const struct acceptor *list, const struct gateway *gateway)
{
	for (; list != NULL; list = list->next) {
		if (list->index >= gateway->listener_count) {
			return false;
		}
	}
	return true;
}

int acceptors_start(struct worker *w)
{
	const struct worker_params *p = &w->params;
	struct acceptor *a;
	unsigned i;

	for (i = 0; i < p->listen_count; i++) {
		a = acceptor_create(w, p->listen[i].fd, p->listen[i].listener,
		                    w->acceptors);
		if (a == NULL) {
			while (++i < p->listen_count) {
				close(p->listen[i].fd);
			}
			return PST_MEMORY;
		}
		a->listener = &w->gateway->listeners[a->index];
		w->acceptors = a;
	}
	acceptors_resume(w);
	return PST_OK;
}

static void want(struct worker *w, unsigned events)
{
	struct acceptor *a;

	for (a = w->acceptors; a != NULL; a = a->next) {
		watch_set(w->loop, &a->watch, events);
	}
}

void acceptors_pause(struct worker *w)
{
	want(w, 0);
}

void acceptors_resume(struct worker *w)
{
	if (!w->draining) {
		want(w, LOOP_READ);
	}
}

void acceptors_close(struct worker *w)
{
	struct acceptor *a;

	for (a = w->acceptors; a != NULL; a = a->next) {
		empty_queue(a);
	}
	timer_clear(&w->timers, &w->accept_pause);
	acceptors_free(&w->acceptors);
}

/* -- another generation ------------------------------------------------ */

/* Take the one of the same socket out of the list. */
static struct acceptor *take_same(struct acceptor **list,
                                  const struct acceptor *like)
{
	while (*list != NULL && (*list)->socket != like->socket) {
		list = &(*list)->next;
	}
	like = *list;
	if (like != NULL) {
		*list = like->next;
	}
	return (struct acceptor *)(uintptr_t)like;
}

/* Those whose socket is not in `next` end; the others are told their listener
 * there, and the descriptor that came anew is closed. */
static void keep_or_end(struct worker *w, struct acceptor **next)
{
	struct acceptor **at = &w->acceptors;

	while (*at != NULL) {
		struct acceptor *a = *at, *same = take_same(next, a);

		if (same == NULL) {
			*at = a->next;
			empty_queue(a);
			acceptor_destroy(a);
			continue;
		}
		a->index = same->index;
		close(same->fd);
		free(same);
		at = &a->next;
	}
}

void acceptors_change(struct worker *w, struct acceptor **next,
                      struct worker_generation *g)
{
	struct acceptor **end = &w->acceptors, *a;

	keep_or_end(w, next);
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = *next;
	*next = NULL;
	worker_generation_enter(w, g);
	for (a = w->acceptors; a != NULL; a = a->next) {
		const struct listener *from = a->listener;

		a->listener = &w->gateway->listeners[a->index];
		if (from != NULL) {
			doors_follow(w, from, a->listener);
		}
	}
	acceptors_resume(w);
}
