/* SPDX-License-Identifier: MIT */
/* Hand-made pipelines for tests of the machine. */
#include "machine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void must(bool held, const char *what)
{
	if (!held) {
		perror(what);
		exit(99);
	}
}

static const struct pst_endpoint endpoint = {
	.size = sizeof(endpoint),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "wire",
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
};

static void fill_hop(struct machine_hop *hop, struct service_conf *service,
                     const struct pst_layer *const *layers,
                     const struct pst_mux *mux, enum pst_role role,
                     uint64_t high_water)
{
	struct pipeline *p = &hop->pipeline;
	uint32_t provides = PST_PROVIDES_HALF_CLOSE;

	p->role = role;
	p->service = service;
	p->layers = hop->layers;
	p->layers[0].id = endpoint.id;
	p->layers[0].endpoint = &endpoint;
	p->count = 1;
	p->mux = -1;
	p->top = PST_SHAPE_BYTES;
	p->headroom = 64;
	for (; layers != NULL && *layers != NULL; layers++) {
		struct placed_layer *place = &p->layers[p->count++];

		place->id = (*layers)->id;
		place->layer = *layers;
		if (((*layers)->provides & PST_PROVIDES_MUX) != 0) {
			place->mux = mux;
			p->mux = (int)p->count - 1;
		}
		provides &= (*layers)->provides;
		if ((*layers)->above != 0) {
			p->top = (*layers)->above;
		}
	}
	p->provides = provides;
	p->limits.connect_timeout = 10000;
	p->limits.opening_timeout = 30000;
	p->limits.idle_timeout = 3600000;
	p->limits.close_timeout = 30000;
	p->limits.high_water = high_water != 0 ? high_water : 65536;
	p->plan.family = PST_FAMILY_IPV4;
	p->plan.host = "127.0.0.1";
	p->plan.option_count = 1;
	p->plan.option[0] = (struct pst_socket_option){
		IPPROTO_TCP, TCP_NODELAY, 1, PST_SOCKET_CONNECT, "TCP_NODELAY"};
	p->description = (char *)(uintptr_t) "made by hand";
	p->route_host = "";
	p->route_path = "/";
}

/* What is written goes at once, also while what was before is on its way; who
 * is accepted inherits this. */
static bool does_not_wait(int fd)
{
	const int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

int machine_listen(uint16_t *port_out)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd >= 0 && bind(fd, (struct sockaddr *)&a, n) == 0 &&
	             does_not_wait(fd) && listen(fd, 64) == 0 &&
	             getsockname(fd, (struct sockaddr *)&a, &n) == 0,
	     "listen");
	*port_out = ntohs(a.sin_port);
	return fd;
}

int machine_client(const struct machine *m)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                        .sin_port = htons(m->port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0 && does_not_wait(fd) &&
	             connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0,
	     "connect");
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	return fd;
}

static void fill_service(struct machine *m, const struct machine_setup *setup)
{
	unsigned i;

	m->service.name = "test";
	m->service.type = setup->service;
	m->service.accept = m->accept;
	m->service.accept_count = 1;
	m->service.connect = m->connect;
	m->service.connect_count = setup->back_count;
	m->accept[0] = &m->front.pipeline;
	fill_hop(&m->front, &m->service, setup->front, setup->front_mux,
	         PST_ACCEPT, setup->high_water);
	for (i = 0; i < setup->back_count; i++) {
		m->connect[i] = &m->back[i].pipeline;
		fill_hop(&m->back[i], &m->service, setup->back[i],
		         setup->back_mux, PST_CONNECT, setup->high_water);
		m->back[i].pipeline.plan.port = setup->back_port[i];
	}
	m->front.pipeline.limits.splice = setup->splice;
	m->back[0].pipeline.limits.splice = setup->splice;
	m->back[1].pipeline.limits.splice = setup->splice;
	m->services[0] = &m->service;
	m->gateway.services = m->services;
	m->gateway.service_count = 1;
}

static void fill_listener(struct machine *m)
{
	m->route = (struct route){"", "/", &m->front.pipeline};
	m->node = (struct sni_node){.lower = &m->front.pipeline,
	                            .route_count = 1,
	                            .routes = &m->route};
	m->listener.endpoint = &m->front.layers[0];
	m->listener.address = (char *)(uintptr_t) "127.0.0.1";
	m->listener.node_count = 1;
	m->listener.nodes = &m->node;
	m->gateway.listeners = &m->listener;
	m->gateway.listener_count = 1;
	m->gateway.settings.drain_timeout = 30000;
	m->gateway.settings.max_heavy = 256;
}

void machine_start(struct machine *m, const struct machine_setup *setup)
{
	struct worker_params params;

	memset(m, 0, sizeof(*m));
	fill_service(m, setup);
	fill_listener(m);
	m->listen.fd = machine_listen(&m->port);
	log_init(&m->log);
	m->log.level = getenv("PST_TEST_VERBOSE") != NULL ? PST_LOG_DEBUG
	                                                  : PST_LOG_ERROR;
	m->counters = counters_create(1);
	must(m->counters != NULL, "counters");
	params = (struct worker_params){.gateway = &m->gateway,
	                                .listen = &m->listen,
	                                .listen_count = 1,
	                                .counters = m->counters,
	                                .log = &m->log,
	                                .control_fd = -1};
	m->worker = worker_create(&params);
	must(m->worker != NULL, "worker");
	m->worker->clock.manual = true;
}

void machine_stop(struct machine *m)
{
	worker_destroy(m->worker);
	counters_destroy(m->counters);
}

void machine_turn(struct machine *m)
{
	unsigned i;

	for (i = 0; i < 8; i++) {
		loop_run_once(m->worker->loop, false);
	}
}

bool machine_until(struct machine *m, bool (*done)(void *), void *arg)
{
	unsigned i;

	/* bounded by turns, not by time; each gives way to the helper */
	for (i = 0; i < 200000; i++) {
		loop_run_once(m->worker->loop, false);
		if (done(arg)) {
			return true;
		}
		if (i > 1000) {
			poll(NULL, 0, 1);
		}
		if (i > 20000) {
			return false;
		}
	}
	return false;
}

static bool no_sessions(void *arg)
{
	const struct machine *m = arg;

	return m->worker->sessions == NULL && m->worker->trunks == NULL;
}

bool machine_idle(struct machine *m)
{
	return machine_until(m, no_sessions, m);
}

struct accepting {
	int listening, fd;
};

static bool accepted(void *arg)
{
	struct accepting *a = arg;

	a->fd = accept4(a->listening, NULL, NULL, SOCK_NONBLOCK);
	return a->fd >= 0;
}

int machine_accept(struct machine *m, int listening)
{
	struct accepting a = {.listening = listening};

	return machine_until(m, accepted, &a) ? a.fd : -1;
}

/* On loopback all is there when send(2) returns, but where another processor
 * delivers it. */
static void wait_delivered(int fd)
{
	unsigned turns;
	int left;

	for (turns = 0; turns < 1000; turns++) {
		if (ioctl(fd, TIOCOUTQ, &left) != 0 || left == 0) {
			return;
		}
		poll(NULL, 0, 1);
	}
}

void machine_say(int fd, const char *text)
{
	size_t length = strlen(text);

	must(send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length, "send");
	wait_delivered(fd);
}

void machine_reset(int *fd)
{
	const struct linger now = {1, 0};

	must(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0,
	     "linger");
	close(*fd);
	*fd = -1;
}

void machine_advance(struct machine *m, uint64_t ms)
{
	m->worker->clock.now_ms += ms;
	machine_turn(m);
}
