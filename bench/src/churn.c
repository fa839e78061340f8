/* SPDX-License-Identifier: MIT */
/* churn: connections opened, used once and closed, as fast as they go.
 * Plain tcp: connect, one byte there and back, close. -u: connect, WebSocket
 * opening, one message there and back, closing handshake.
 *   -p port -c concurrency -w warm_s -t dur_s -s counters_file -u */
#include "common.h"

#include <stdbool.h>

enum state { OFF, CONNECTING, OPENING, ECHOING, CLOSING };

struct conn {
	enum state state;
	int fd;
	size_t got;
	uint64_t began;
	char in[1024];
};

/* masked with a key of zeros: what is sent comes back as it is */
static const char message[] = "\x82\x84\0\0\0\0ping";
static const char echoed[] = "\x82\x04ping";
static const char closing[] = "\x88\x82\0\0\0\0\x03\xe8";

static struct ctr *counters;
static struct hist times;
static int epoll, port;
static bool websocket;
static uint64_t warm_until, stop_at;
static char opening[512];

static void start(struct conn *c)
{
	static unsigned int salt;
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
				.data.ptr = c};

	c->state = OFF;
	c->got = 0;
	c->began = now_ns();
	if (c->began >= stop_at) {
		return;
	}
	c->fd = tcp_connect_nb(port, salt++);
	if (c->fd < 0) {
		counters->errs++;
		return;
	}
	c->state = CONNECTING;
	epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e);
}

static void finish(struct conn *c, bool ok)
{
	if (ok) {
		counters->ops++;
		if (c->began >= warm_until) {
			hist_add(&times, now_ns() - c->began);
		}
	} else {
		counters->errs++;
	}
	close(c->fd);
	start(c);
}

static bool put(struct conn *c, const char *data, size_t size)
{
	return send(c->fd, data, size, 0) == (ssize_t)size;
}

static bool connected(struct conn *c)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ||
	    error != 0) {
		return false;
	}
	c->state = websocket ? OPENING : ECHOING;
	return websocket ? put(c, opening, strlen(opening)) : put(c, "x", 1);
}

static bool opened(struct conn *c)
{
	char *end;

	c->in[c->got] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (end == NULL) {
		return true;
	}
	if (strncmp(c->in, "HTTP/1.1 101", 12) != 0 || end[4] != '\0') {
		fprintf(stderr, "opening: %.200s\n", c->in);
		return false;
	}
	c->got = 0;
	c->state = ECHOING;
	return put(c, message, sizeof(message) - 1);
}

/* true unless the connection is at fault; *done_out once it has done all */
static bool step(struct conn *c, bool *done_out)
{
	size_t want = websocket ? sizeof(echoed) - 1 : 1;

	switch (c->state) {
	case OFF:
	case CONNECTING:
		return true;
	case OPENING:
		return opened(c);
	case ECHOING:
		if (c->got < want) {
			return true;
		}
		if (c->got != want ||
		    memcmp(c->in, websocket ? echoed : "x", want) != 0) {
			return false;
		}
		c->got = 0;
		c->state = CLOSING;
		*done_out = !websocket;
		return !websocket || put(c, closing, sizeof(closing) - 1);
	case CLOSING:
		*done_out = true; /* a close frame, or the end */
		return true;
	}
	return false;
}

static void ready(struct conn *c)
{
	ssize_t n;
	bool done = false, ok = true;

	if (c->state == CONNECTING && !connected(c)) {
		finish(c, false);
		return;
	}
	n = recv(c->fd, c->in + c->got, sizeof(c->in) - 1 - c->got, 0);
	if (n < 0 && errno == EAGAIN) {
		return;
	}
	if (n > 0) {
		c->got += (size_t)n;
	}
	ok = (n > 0 || c->state == CLOSING) && step(c, &done);
	if (done || !ok) {
		finish(c, ok);
	}
}

static void run(struct conn *conns, int count)
{
	struct epoll_event events[256];
	int i, n, live = count;

	for (i = 0; i < count; i++) {
		start(&conns[i]);
	}
	while (live > 0 && now_ns() < stop_at + 500000000ull) {
		n = epoll_wait(epoll, events, 256, 100);
		for (i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c->state != OFF) {
				ready(c);
			}
		}
		for (i = live = 0; i < count && live == 0; i++) {
			live = conns[i].state != OFF;
		}
	}
}

static void prepare_opening(void)
{
	snprintf(opening, sizeof(opening),
		 "GET / HTTP/1.1\r\nHost: localhost:%d\r\n"
		 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Origin: http://localhost:%d\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		 "Sec-WebSocket-Version: 13\r\n\r\n",
		 port, port);
}

int main(int argc, char **argv)
{
	double warm = 0, seconds = 5, took;
	const char *file = NULL;
	int option, count = 32;
	struct conn *conns;
	uint64_t began;

	while ((option = getopt(argc, argv, "p:c:w:t:s:u")) > 0) {
		switch (option) {
		case 'p': port = atoi(optarg); break;
		case 'c': count = atoi(optarg); break;
		case 'w': warm = atof(optarg); break;
		case 't': seconds = atof(optarg); break;
		case 's': file = optarg; break;
		case 'u': websocket = true; break;
		default: return 2;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	counters = ctr_open(file);
	epoll = epoll_create1(0);
	prepare_opening();
	began = now_ns();
	warm_until = began + (uint64_t)(warm * 1e9);
	stop_at = warm_until + (uint64_t)(seconds * 1e9);
	conns = calloc((size_t)count, sizeof(*conns));
	run(conns, count);
	free(conns);
	took = (double)(now_ns() - began) / 1e9;
	printf("{\"ops\":%lu,\"errs\":%lu,\"secs\":%.3f,\"rate\":%.1f,"
	       "\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
	       counters->ops, counters->errs, took,
	       (double)counters->ops / took, hist_q(&times, .5),
	       hist_q(&times, .99));
	return 0;
}
