/* SPDX-License-Identifier: MIT */
/* Connections that have not said yet which node they want. */
#include "door.h"

#include "acceptor.h"
#include "door_log.h"
#include "listener_find.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LOOKAHEAD_ROOM = 64 * 1024, /* the tree keeps listeners to it */
	LAST_WORDS_ROOM = 512,
	LINGER_MS = 2000, /* for last words to arrive */
	LINGER_BYTES = 256 * 1024,
	AGAIN_MS = 10, /* where the socket cannot say that there is more */
	AGAIN_MOST_MS = 320
};

struct door {
	struct watch watch;
	struct timer timer;
	struct door *next, **link;
	struct worker *worker;
	const struct listener *listener;
	int64_t *open_count;
	uint64_t began_ms;
	uint64_t again_ms; /* 0: the socket says when there is more */
	uint32_t seen;     /* bytes, when it was last looked */
	uint32_t dropped;  /* bytes, after last words */
	int fd;
	bool tells;   /* the socket keeps to SO_RCVLOWAT */
	bool leaving; /* it got last words */
	char peer[];
};

static void fired(struct timer *t);
static void ready(struct watch *watch, unsigned events);

/* -- come and gone ----------------------------------------------------- */

void doors_init(struct worker *w)
{
	struct counters *c = w->params.counters;

	w->doors.waiting = counters_series(c, "door.waiting", 1);
	w->doors.refused = counters_series(c, "door.refused", 0);
}

static void count(struct worker *w, uint32_t series, int64_t add)
{
	counters_add(w->params.counters, w->params.index, series, add);
}

/* SO_RCVLOWAT makes poll wait for TCP; unix sockets have it and do not. */
static bool keeps_low_water(int fd)
{
	socklen_t length = sizeof(int);
	int domain = AF_UNIX;

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
	return domain == AF_INET || domain == AF_INET6;
}

static void link_door(struct door *d, struct worker *w)
{
	d->next = w->doors.first;
	d->link = &w->doors.first;
	if (d->next != NULL) {
		d->next->link = &d->next;
	}
	w->doors.first = d;
	worker_generation_hold(worker_generation_at(d->listener));
	count(w, w->doors.waiting, 1);
	(*d->open_count)++;
}

static struct door *door_create(struct worker *w, const struct listener *l,
                                int fd, const char *peer)
{
	size_t length = strlen(peer) + 1;
	struct door *d = calloc(1, sizeof(*d) + length);

	if (d == NULL || timers_reserve(&w->timers) != PST_OK) {
		free(d);
		return NULL;
	}
	memcpy(d->peer, peer, length);
	d->worker = w;
	d->listener = l;
	d->open_count = worker_open_count(l);
	d->began_ms = w->clock.now_ms;
	d->fd = fd;
	d->tells = keeps_low_water(fd);
	d->timer.owner = d;
	d->timer.fire = fired;
	watch_init(&d->watch, fd, d, ready);
	link_door(d, w);
	return d;
}

/* From now on it neither waits nor counts. */
static void door_unlink(struct door *d)
{
	struct worker *w = d->worker;

	watch_set(w->loop, &d->watch, 0);
	timer_clear(&w->timers, &d->timer);
	timers_release(&w->timers);
	*d->link = d->next;
	if (d->next != NULL) {
		d->next->link = d->link;
	}
	worker_generation_release(w, worker_generation_at(d->listener));
	count(w, w->doors.waiting, -1);
	(*d->open_count)--;
}

static void door_close(struct door *d)
{
	door_unlink(d);
	close(d->fd);
	free(d);
}

/* -- waiting ----------------------------------------------------------- */

/* The core's limits of who takes what is left, or of the first. */
static uint64_t deadline(const struct door *d)
{
	const struct listener *l = d->listener;
	const struct sni_node *node =
		l->fallback != NULL ? l->fallback->nodes[0] : &l->nodes[0];
	uint64_t limit = node->lower->limits.opening_timeout;

	return limit == 0 ? UINT64_MAX : d->began_ms + limit;
}

static bool low_water(const struct door *d, size_t bytes)
{
	int want = (int)bytes, have = 0;
	socklen_t length = sizeof(have);

	/* the kernel takes less than what is asked for silently */
	return d->tells &&
	       setsockopt(d->fd, SOL_SOCKET, SO_RCVLOWAT, &want,
	                  sizeof(want)) == 0 &&
	       getsockopt(d->fd, SOL_SOCKET, SO_RCVLOWAT, &have, &length) ==
	               0 &&
	       have >= want;
}

/* Until there are more than `have` bytes. */
static void wait_for_more(struct door *d, size_t have)
{
	struct worker *w = d->worker;
	uint64_t due = deadline(d), again;
	bool told = have == 0 || low_water(d, have + 1);

	if (told) {
		d->again_ms = 0;
	} else if (d->again_ms == 0 || have != d->seen) {
		d->again_ms = AGAIN_MS;
	} else if (d->again_ms < AGAIN_MOST_MS) {
		d->again_ms *= 2;
	}
	d->seen = (uint32_t)have;
	again = told ? UINT64_MAX : w->clock.now_ms + d->again_ms;
	due = again < due ? again : due;
	watch_set(w->loop, &d->watch, told ? LOOP_READ : 0);
	if (due != UINT64_MAX) {
		timer_set(&w->timers, &d->timer, due);
	} else {
		timer_clear(&w->timers, &d->timer);
	}
}

/* -- decided ----------------------------------------------------------- */

static void enter(struct door *d, const struct sni_node *node)
{
	const int one = 1;

	if (d->seen != 0 && d->tells) {
		(void)setsockopt(d->fd, SOL_SOCKET, SO_RCVLOWAT, &one,
		                 sizeof(one));
	}
	door_unlink(d);
	acceptor_enter(d->worker, d->listener, node, d->fd, d->peer,
	               d->began_ms);
	free(d);
}

/* What still comes is dropped, lest closing reset what was said. */
static void drop_input(struct door *d)
{
	char data[4096];
	ssize_t n;

	do {
		n = recv(d->fd, data, sizeof(data), 0);
		if (n > 0) {
			d->dropped += (uint32_t)n;
		}
	} while ((n > 0 && d->dropped < LINGER_BYTES) ||
	         (n < 0 && errno == EINTR));
	if (n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
		door_close(d);
	}
}

static void leave(struct door *d, enum pst_route_miss why)
{
	const struct listener *l = d->listener;
	const struct pst_route *route =
		l->look_count == 0 ? NULL : l->looks[l->look_count - 1]->route;
	struct worker *w = d->worker;
	uint8_t words[LAST_WORDS_ROOM];
	size_t length = route == NULL
	                        ? 0
	                        : route->last_words(why, words, sizeof(words));
	const int one = 1;

	count(w, w->doors.refused, 1);
	if (length != 0 && length <= sizeof(words)) {
		(void)!send(d->fd, words, length, MSG_NOSIGNAL);
	}
	shutdown(d->fd, SHUT_WR);
	(void)setsockopt(d->fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	d->leaving = true;
	timer_set(&w->timers, &d->timer, w->clock.now_ms + LINGER_MS);
	watch_set(w->loop, &d->watch, LOOP_READ);
	drop_input(d);
}

static void decide(struct door *d, const struct pst_route_key *key)
{
	enum pst_route_miss why = PST_ROUTE_NO_NAME;
	const struct sni_node *node = listener_find(d->listener, key, &why);

	if (node != NULL) {
		enter(d, node);
		return;
	}
	door_log_refused(d->worker, d->listener, d->peer, why, key);
	leave(d, why);
}

/* -- looking ----------------------------------------------------------- */

/* Ask the layers in turn, each behind what those below it have. */
static enum pst_peek ask(const struct door *d, const uint8_t *data,
                         size_t length, struct pst_route_key *key)
{
	const struct listener *l = d->listener;
	size_t at = 0;
	unsigned i;

	for (i = 0; i < l->look_count && at <= length; i++) {
		const struct placed_layer *look = l->looks[i];
		enum pst_peek what;

		key->name = NULL;
		key->name_length = 0;
		key->skip = 0;
		key->protocol_count = 0;
		worker_note(&d->worker->slot->loop, look->note, 0, 0);
		what = look->route->peek(data + at, length - at, key);
		worker_note(&d->worker->slot->loop, 0, 0, 0);
		if (what != PST_PEEK_SKIP) {
			return what;
		}
		at += key->skip;
	}
	return at > length ? PST_PEEK_MORE : PST_PEEK_NONE;
}

static bool has_ended(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) == 1 &&
	       (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void take_bytes(struct door *d, const uint8_t *data, size_t length,
                       bool last)
{
	const struct sni_node *node;
	enum pst_route_miss why;
	struct pst_route_key key;

	switch (ask(d, data, length, &key)) {
	case PST_PEEK_MORE:
		if (last || length >= d->listener->lookahead) {
			decide(d, NULL);
		} else {
			wait_for_more(d, length);
		}
		return;
	case PST_PEEK_KEY:
		decide(d, &key);
		return;
	case PST_PEEK_FOREIGN:
		/* any of them finds the words; the default is nearest */
		node = listener_find(d->listener, NULL, &why);
		enter(d, node != NULL ? node : &d->listener->nodes[0]);
		return;
	case PST_PEEK_NONE:
	case PST_PEEK_SKIP:
		decide(d, NULL);
		return;
	}
}

static void look(struct door *d)
{
	uint8_t data[LOOKAHEAD_ROOM];
	size_t room = d->listener->lookahead;
	/* asked first: what is read afterwards is then all */
	bool last = has_ended(d->fd);
	ssize_t n;

	if (d->listener->node_count == 1) {
		enter(d, &d->listener->nodes[0]);
		return;
	}
	do {
		n = recv(d->fd, data, room < sizeof(data) ? room : sizeof(data),
		         MSG_PEEK);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		take_bytes(d, data, (size_t)n, last);
	} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		wait_for_more(d, 0);
	} else {
		door_log_ended(d->worker, d->listener, d->peer, d->began_ms,
		               n == 0 ? PST_CLASS_CLEAN : PST_CLASS_TRUNCATED);
		door_close(d);
	}
}

static void ready(struct watch *watch, unsigned events)
{
	struct door *d = watch->owner;
	struct worker *w = d->worker;

	(void)events;
	if (d->leaving) {
		drop_input(d);
	} else {
		look(d);
	}
	worker_one_less(w);
}

static void fired(struct timer *t)
{
	struct door *d = t->owner;
	struct worker *w = d->worker;

	if (d->leaving) {
		door_close(d);
	} else if (d->worker->clock.now_ms >= deadline(d)) {
		door_log_ended(d->worker, d->listener, d->peer, d->began_ms,
		               PST_CLASS_TIMEOUT);
		door_close(d);
	} else {
		look(d);
	}
	worker_one_less(w);
}

void door_open(struct worker *w, const struct listener *l, int fd,
               const char *peer)
{
	struct door *d = door_create(w, l, fd, peer);

	if (d == NULL) {
		close(fd);
		return;
	}
	/* a client that speaks first mostly has spoken when it is accepted */
	look(d);
}

/* -- all of them ------------------------------------------------------- */

void doors_follow(struct worker *w, const struct listener *from,
                  const struct listener *to)
{
	struct door *d, *next;

	for (d = w->doors.first; d != NULL; d = next) {
		next = d->next;
		if (d->listener != from) {
			continue;
		}
		worker_generation_hold(worker_generation_at(to));
		worker_generation_release(w, worker_generation_at(from));
		d->listener = to;
		(*d->open_count)--;
		d->open_count = worker_open_count(to);
		(*d->open_count)++;
		if (!d->leaving) {
			look(d);
		}
	}
}

void doors_close(struct worker *w)
{
	while (w->doors.first != NULL) {
		door_close(w->doors.first);
	}
}
