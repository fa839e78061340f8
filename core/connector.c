/* SPDX-License-Identifier: MIT */
/* Resolve, then connect to one address after the other. */
#include "connector.h"

#include "block.h"
#include "line.h"
#include "sockets.h"
#include "wire.h"
#include "worker_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MOST_ADDRESSES = 16
};

struct target {
	struct sockaddr_storage address;
	socklen_t length;
};

struct connector {
	struct wire *wire;
	const struct pst_socket_plan *plan;
	struct resolve_query *query;
	struct watch watch;
	struct timer timer;
	uint64_t deadline_ms; /* for all addresses together; 0: none */
	int fd;
	unsigned count, next;
	struct target *targets; /* `only`, or owned */
	struct target only;
	char *last_error; /* owned; or NULL */
};

static struct worker *worker_of(const struct connector *c)
{
	return c->wire->station->stack->worker;
}

static void stop_attempt(struct connector *c)
{
	struct worker *w = worker_of(c);

	timer_clear(&w->timers, &c->timer);
	if (c->fd >= 0) {
		watch_set(w->loop, &c->watch, 0);
		close(c->fd);
		c->fd = -1;
	}
}

static void destroy(struct connector *c)
{
	stop_attempt(c);
	resolver_cancel(c->query);
	timers_release(&worker_of(c)->timers);
	if (c->targets != &c->only) {
		free(c->targets);
	}
	free(c->last_error);
	block_destroy(c);
}

void connector_cancel(struct connector **c_io)
{
	if (*c_io != NULL) {
		destroy(*c_io);
		*c_io = NULL;
	}
}

static void describe(const struct connector *c, char *text, size_t size)
{
	if (c->plan->family == PST_FAMILY_UNIX) {
		snprintf(text, size, "unix:%s", c->plan->path);
	} else {
		snprintf(text, size, "%s port %u", c->plan->host,
		         c->plan->port);
	}
}

static void give_up(struct connector *c)
{
	struct wire *wire = c->wire;
	char target[300];
	char why[520];

	describe(c, target, sizeof(target));
	snprintf(why, sizeof(why), "cannot connect to %s: %s%s", target,
	         c->last_error != NULL ? c->last_error : "memory ran out",
	         c->count > 1 ? " (every address was tried)" : "");
	destroy(c);
	wire_unreachable(wire, why);
}

static void try_next(struct connector *c);

static void note_error(struct connector *c, const char *why)
{
	free(c->last_error);
	c->last_error = strdup(why);
}

/* That of the attempt that was begun last. */
static void address_text(const struct connector *c, char *text, size_t size)
{
	const struct target *t = &c->targets[c->next - 1];

	socket_address_text(&t->address, t->length, text, size);
}

static void attempt_failed(struct connector *c, const char *why)
{
	char address[80], text[160];

	stop_attempt(c);
	address_text(c, address, sizeof(address));
	snprintf(text, sizeof(text), "%s: %s", address, why);
	note_error(c, text);
	try_next(c);
}

static void attempt_timed_out(struct timer *t)
{
	attempt_failed(t->owner, "no answer in time");
}

static void connected(struct connector *c)
{
	struct wire *wire = c->wire;
	struct worker *w = worker_of(c);
	char peer[120];
	int fd = c->fd;

	address_text(c, peer, sizeof(peer));
	watch_set(w->loop, &c->watch, 0);
	c->fd = -1;
	destroy(c);
	wire_connected(wire, fd, peer);
}

/* Returns 0, EINPROGRESS or why the attempt failed. */
static int outcome(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
		error = errno;
	}
	return error == EALREADY ? EINPROGRESS : error;
}

static void attempt_ready(struct watch *watch, unsigned events)
{
	struct connector *c = watch->owner;
	/* the loop tells of an error as of both */
	const int error = events == LOOP_WRITE ? 0 : outcome(c->fd);

	if (error == EINPROGRESS) {
		return;
	}
	if (error != 0) {
		attempt_failed(c, strerror(error));
	} else {
		connected(c);
	}
}

static uint64_t attempt_time(const struct connector *c)
{
	uint64_t now = worker_of(c)->clock.now_ms;
	uint64_t left = c->deadline_ms > now ? c->deadline_ms - now : 1;

	/* leave the later addresses their share */
	return left / (c->count - c->next + 1) + 1;
}

static int bind_source(const struct connector *c, int family)
{
	struct sockaddr_storage local;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&local;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&local;

	if (c->plan->source == NULL || family == AF_UNIX) {
		return 0;
	}
	memset(&local, 0, sizeof(local));
	local.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		if (inet_pton(AF_INET, c->plan->source, &v4->sin_addr) != 1) {
			errno = EAFNOSUPPORT;
			return -1;
		}
		return bind(c->fd, (struct sockaddr *)v4, sizeof(*v4));
	}
	if (inet_pton(AF_INET6, c->plan->source, &v6->sin6_addr) != 1) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return bind(c->fd, (struct sockaddr *)v6, sizeof(*v6));
}

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	return address->ss_family == AF_INET
	               ? ntohl(v4->sin_addr.s_addr) >> IN_CLASSA_NSHIFT ==
	                         IN_LOOPBACKNET
	               : address->ss_family == AF_INET6 &&
	                         IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* Over loopback the answer is mostly there before connect(2) returns; to see it
 * now spares the loop two changes of what it waits for. */
static int outcome_now(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	if (poll(&p, 1, 0) <= 0) {
		return EINPROGRESS;
	}
	return p.revents == POLLOUT ? 0 : outcome(fd);
}

/* Returns 0 when connected, EINPROGRESS, or why it failed. */
static int begin_attempt(struct connector *c)
{
	const struct target *t = &c->targets[c->next];
	const struct sockaddr_storage *to = &t->address;
	const char *label = NULL;

	c->fd = socket(to->ss_family,
	               SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		return errno;
	}
	watch_init(&c->watch, c->fd, c, attempt_ready);
	if (socket_options_apply(c->fd, c->plan, PST_SOCKET_CONNECT, &label) !=
	            0 ||
	    bind_source(c, to->ss_family) != 0) {
		return errno;
	}
	if (connect(c->fd, (const struct sockaddr *)to, t->length) == 0) {
		return 0;
	}
	return errno == EINPROGRESS && is_loopback(to) ? outcome_now(c->fd)
	                                               : errno;
}

static void try_next(struct connector *c)
{
	struct worker *w = worker_of(c);
	int error;

	if (c->next == c->count) {
		give_up(c);
		return;
	}
	error = begin_attempt(c);
	c->next++;
	if (error == 0) {
		connected(c);
		return;
	}
	if (error != EINPROGRESS) {
		attempt_failed(c, strerror(error));
		return;
	}
	if (c->deadline_ms != 0) {
		timer_set(&w->timers, &c->timer,
		          w->clock.now_ms + attempt_time(c));
	}
	watch_set(w->loop, &c->watch, LOOP_READ | LOOP_WRITE);
}

static void keep_targets(struct connector *c, const struct resolved *result)
{
	unsigned most = result->count < MOST_ADDRESSES ? (unsigned)result->count
	                                               : MOST_ADDRESSES;
	struct target *many = most > 1 ? calloc(most, sizeof(*many)) : NULL;

	if (many != NULL) {
		c->targets = many;
	} else {
		most = 1;
	}
	for (c->count = 0; c->count < most; c->count++) {
		c->targets[c->count] = (struct target){
			result->addresses[c->count], result->lengths[c->count]};
	}
}

static void resolved(void *owner, const struct resolved *result)
{
	struct connector *c = owner;

	c->query = NULL;
	if (result->count == 0) {
		note_error(c, result->error != NULL ? result->error
		                                    : "no address");
		give_up(c);
		return;
	}
	keep_targets(c, result);
	try_next(c);
}

/* A path or a literal needs no resolver; but the wire must not hear from us
 * before connector_start returned, so even these begin with a timer. */
static void begin_known(struct timer *t)
{
	struct connector *c = t->owner;

	c->timer.fire = attempt_timed_out;
	try_next(c);
}

static bool known_address(struct connector *c)
{
	const struct pst_socket_plan *p = c->plan;
	struct target *t = &c->only;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&t->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&t->address;

	if (p->family == PST_FAMILY_UNIX) {
		return socket_unix_address(p->path, &t->address, &t->length) ==
		       0;
	}
	if (inet_pton(AF_INET, p->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)p->port);
		t->length = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, p->host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)p->port);
		t->length = sizeof(*v6);
		return true;
	}
	return false;
}

static int family_of(const struct pst_socket_plan *plan)
{
	switch ((enum pst_family)plan->family) {
	case PST_FAMILY_IPV4:
		return AF_INET;
	case PST_FAMILY_IPV6:
		return AF_INET6;
	case PST_FAMILY_ANY:
	case PST_FAMILY_UNIX:
		break;
	}
	return AF_UNSPEC;
}

static bool begin(struct connector *c, struct worker *w)
{
	if (known_address(c)) {
		c->count = 1;
		c->timer.fire = begin_known;
		timer_set(&w->timers, &c->timer, w->clock.now_ms);
		return true;
	}
	c->query = resolver_ask(w->resolver, c->plan->host, family_of(c->plan),
	                        (uint16_t)c->plan->port, c, resolved);
	return c->query != NULL;
}

struct connector *connector_start(struct wire *wire,
                                  const struct pst_socket_plan *plan)
{
	struct worker *w = wire->station->stack->worker;
	uint64_t limit = wire->station->stack->pipeline->limits.connect_timeout;
	struct connector *c = block_create(sizeof(*c));

	if (c == NULL || timers_reserve(&w->timers) != PST_OK) {
		block_destroy(c);
		return NULL;
	}
	c->targets = &c->only;
	c->wire = wire;
	c->plan = plan;
	c->fd = -1;
	c->timer.owner = c;
	c->timer.fire = attempt_timed_out;
	c->deadline_ms = limit != 0 ? w->clock.now_ms + limit : 0;
	if (!begin(c, w)) {
		destroy(c);
		return NULL;
	}
	return c;
}
