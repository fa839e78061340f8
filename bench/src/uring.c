/* SPDX-License-Identifier: MIT */
/* Whether io_uring makes small messages cheaper: bare relays over tcp by epoll
 * and by io_uring, each with clients and a back-end of its own, all alive; in
 * every round each of them works for a moment, in random order. */
#define _GNU_SOURCE
#include "uring.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_VARIANTS = 16,
	MOST_ROUNDS = 1000
};

struct shared {
	struct counts relay;
	volatile uint64_t rounds;
	volatile bool stop;
};

struct contestant {
	const struct variant *variant;
	struct shared *shared;
	clockid_t cpu; /* the relay's, in the kernel and out of it */
	pid_t relay;
	int go, done; /* eventfds to and from the clients */
	double cost[MOST_ROUNDS];
};

struct plan {
	int relay_core, load_core;
	int connections, rounds, work;
	double seconds;
	const char *only; /* names, with commas; NULL: all */
};

_Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

static void pin(int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0) {
		die("sched_setaffinity");
	}
}

int epoll_of(const int *sockets, int count, unsigned events)
{
	int i, ep = epoll_create1(0);

	for (i = 0; i < count; i++) {
		struct epoll_event e = {events, {.u32 = (uint32_t)i}};

		if (epoll_ctl(ep, EPOLL_CTL_ADD, sockets[i], &e) < 0) {
			die("epoll_ctl");
		}
	}
	return ep;
}

/* -- clients and back-end ---------------------------------------------- */

/* One message; false when there is none, or the end. */
static bool take_message(int fd, char *buffer)
{
	ssize_t n = recv(fd, buffer, MESSAGE_SIZE, MSG_DONTWAIT);

	if (n == 0) {
		exit(0);
	}
	if (n < 0 ? errno != EAGAIN : n != MESSAGE_SIZE) {
		die("a message");
	}
	return n == MESSAGE_SIZE;
}

static void put_message(int fd, const char *buffer)
{
	if (send(fd, buffer, MESSAGE_SIZE, MSG_NOSIGNAL) != MESSAGE_SIZE) {
		die("send");
	}
}

static void run_backend(const int *sockets, int count)
{
	struct epoll_event ready[MOST_SOCKETS];
	int ep = epoll_of(sockets, count, EPOLLIN);

	for (;;) {
		int i, n = epoll_wait(ep, ready, MOST_SOCKETS, -1);

		for (i = 0; i < n; i++) {
			char buffer[MESSAGE_SIZE];
			int fd = sockets[ready[i].data.u32];

			if (take_message(fd, buffer)) {
				put_message(fd, buffer);
			}
		}
	}
}

static void message_for(char *buffer, int client, uint64_t number)
{
	memset(buffer, client, MESSAGE_SIZE);
	memcpy(buffer, &number, sizeof(number));
}

/* Each client sends its next message when its last came back. */
static void run_burst(struct shared *s, int ep, const int *sockets, int count)
{
	struct epoll_event ready[MOST_SOCKETS];
	char buffer[MESSAGE_SIZE], expected[MESSAGE_SIZE];
	uint64_t numbers[MOST_SOCKETS] = {0}, rounds = 0;
	int i, busy = count;

	for (i = 0; i < count; i++) {
		message_for(buffer, i, 0);
		put_message(sockets[i], buffer);
	}
	while (busy != 0) {
		int n = epoll_wait(ep, ready, MOST_SOCKETS, -1);

		for (i = 0; i < n; i++) {
			int at = (int)ready[i].data.u32;

			if (!take_message(sockets[at], buffer)) {
				continue;
			}
			message_for(expected, at, numbers[at]++);
			if (memcmp(buffer, expected, MESSAGE_SIZE) != 0) {
				errno = EBADMSG;
				die("what came back");
			}
			rounds++;
			if (s->stop) {
				busy--;
				continue;
			}
			message_for(buffer, at, numbers[at]);
			put_message(sockets[at], buffer);
		}
	}
	s->rounds = rounds;
}

static void run_clients(const struct contestant *c, const int *sockets,
                        int count)
{
	int ep = epoll_of(sockets, count, EPOLLIN);
	uint64_t n;

	while (read(c->go, &n, sizeof(n)) == sizeof(n)) {
		run_burst(c->shared, ep, sockets, count);
		n = 1;
		if (write(c->done, &n, sizeof(n)) != sizeof(n)) {
			die("write");
		}
	}
}

/* -- contestants ------------------------------------------------------- */

static void connect_pair(int *a_out, int *b_out)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(sa);
	int one = 1, l = socket(AF_INET, SOCK_STREAM, 0);

	*a_out = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&sa, size) < 0 || listen(l, 1) < 0 ||
	    getsockname(l, (struct sockaddr *)&sa, &size) < 0 ||
	    connect(*a_out, (struct sockaddr *)&sa, size) < 0 ||
	    (*b_out = accept(l, NULL, NULL)) < 0 ||
	    setsockopt(*a_out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) <
	            0 ||
	    setsockopt(*b_out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) <
	            0) {
		die("a connection");
	}
	close(l);
}

/* 0 in the child, which dies with its parent. */
static pid_t child_on(int core)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0) {
		die("fork");
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) {
			exit(1);
		}
		pin(core);
	}
	return pid;
}

static void start(struct contestant *c, const struct variant *v,
                  const struct plan *p)
{
	struct relay r = {.variant = v,
	                  .socket_count = 2 * p->connections,
	                  .work = p->work};
	int clients[MOST_SOCKETS / 2], backends[MOST_SOCKETS / 2], i;

	c->variant = v;
	c->shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	c->go = eventfd(0, 0);
	c->done = eventfd(0, 0);
	if (c->shared == MAP_FAILED || c->go < 0 || c->done < 0) {
		die("a contestant");
	}
	r.counts = &c->shared->relay;
	for (i = 0; i < p->connections; i++) {
		connect_pair(&clients[i], &r.sockets[2 * i]);
		connect_pair(&r.sockets[2 * i + 1], &backends[i]);
	}
	if (child_on(p->load_core) == 0) {
		run_clients(c, clients, p->connections);
	}
	if (child_on(p->load_core) == 0) {
		run_backend(backends, p->connections);
	}
	if ((c->relay = child_on(p->relay_core)) == 0) {
		v->run(&r);
	}
	if (clock_getcpuclockid(c->relay, &c->cpu) != 0) {
		die("clock_getcpuclockid");
	}
	for (i = 0; i < p->connections; i++) {
		close(clients[i]);
		close(backends[i]);
		close(r.sockets[2 * i]);
		close(r.sockets[2 * i + 1]);
	}
}

static double cpu_of(const struct contestant *c)
{
	struct timespec t;

	if (clock_gettime(c->cpu, &t) < 0) {
		die("clock_gettime");
	}
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* CPU seconds of the relay for 100,000 rounds. */
static double measure(struct contestant *c, double seconds)
{
	struct timespec t = {(time_t)seconds, 0};
	double before = cpu_of(c);
	uint64_t n = 1;

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	c->shared->stop = false;
	if (write(c->go, &n, sizeof(n)) != sizeof(n)) {
		die("write");
	}
	nanosleep(&t, NULL);
	c->shared->stop = true;
	if (read(c->done, &n, sizeof(n)) != sizeof(n)) {
		die("read");
	}
	return (cpu_of(c) - before) / (double)c->shared->rounds * 1e5;
}

/* -- rounds and the table ---------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which `part` of them are. */
static double quantile(const double *values, int count, double part)
{
	double sorted[MOST_ROUNDS];

	memcpy(sorted, values, (size_t)count * sizeof(*sorted));
	qsort(sorted, (size_t)count, sizeof(*sorted), by_size);
	return sorted[(int)((count - 1) * part + 0.5)];
}

static void print_line(const struct contestant *c, const struct contestant *to,
                       int rounds)
{
	double ratios[MOST_ROUNDS];
	const struct counts *n = &c->shared->relay;
	int i;

	for (i = 0; i < rounds; i++) {
		ratios[i] = c->cost[i] / to->cost[i];
	}
	printf("%-12s %7.3f   %.3f (%.3f to %.3f) %8.1f %8.2f  %s\n",
	       c->variant->name, quantile(c->cost, rounds, 0.5),
	       quantile(ratios, rounds, 0.5), quantile(ratios, rounds, 0.25),
	       quantile(ratios, rounds, 0.75),
	       (double)n->messages / (double)n->turns,
	       2 * (double)n->calls / (double)n->messages, c->variant->what);
}

static void run_rounds(struct contestant *all, int count, const struct plan *p)
{
	int order[MOST_VARIANTS], round, i;

	for (i = 0; i < count; i++) {
		order[i] = i;
	}
	/* the first round warms up and is written over */
	for (round = -1; round < p->rounds; round++) {
		for (i = count - 1; i > 0; i--) {
			int j = rand() % (i + 1), o = order[i];

			order[i] = order[j];
			order[j] = o;
		}
		for (i = 0; i < count; i++) {
			struct contestant *c = &all[order[i]];

			c->cost[round < 0 ? 0 : round] = measure(c, p->seconds);
		}
	}
}

static _Noreturn void usage(void)
{
	const struct variant *v;

	fprintf(stderr,
	        "usage: uring [-g RELAY_CORE] [-l LOAD_CORE] [-c CONNECTIONS] "
	        "[-w WORK_NS]\n"
	        "             [-r ROUNDS] [-t SECONDS] [-v NAME,...]\n");
	for (v = variants; v->name != NULL; v++) {
		fprintf(stderr, "  %-12s %s\n", v->name, v->what);
	}
	exit(2);
}

static struct plan read_plan(int argc, char **argv)
{
	struct plan p = {.relay_core = 0,
	                 .load_core = 1,
	                 .connections = 64,
	                 .rounds = 15,
	                 .seconds = 0.3};
	int o;

	while ((o = getopt(argc, argv, "g:l:c:r:t:v:w:")) != -1) {
		switch (o) {
		case 'g':
			p.relay_core = atoi(optarg);
			break;
		case 'l':
			p.load_core = atoi(optarg);
			break;
		case 'c':
			p.connections = atoi(optarg);
			break;
		case 'r':
			p.rounds = atoi(optarg);
			break;
		case 't':
			p.seconds = atof(optarg);
			break;
		case 'w':
			p.work = atoi(optarg);
			break;
		case 'v':
			p.only = optarg;
			break;
		default:
			usage();
		}
	}
	if (p.connections < 1 || p.connections > MOST_SOCKETS / 2 ||
	    p.rounds < 1 || p.rounds > MOST_ROUNDS) {
		usage();
	}
	return p;
}

/* It said why; the other children end with this process. */
static void child_died(int signum)
{
	(void)signum;
	_exit(2);
}

static bool wanted(const struct plan *p, const char *name)
{
	size_t n = strlen(name);
	const char *at = p->only;

	while (at != NULL && *at != '\0') {
		if (strcspn(at, ",") == n && memcmp(at, name, n) == 0) {
			return true;
		}
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return p->only == NULL;
}

int main(int argc, char **argv)
{
	static struct contestant all[MOST_VARIANTS];
	struct plan p = read_plan(argc, argv);
	const struct variant *v;
	int i, count = 0;

	signal(SIGCHLD, child_died);
	for (v = variants; v->name != NULL; v++) {
		if (wanted(&p, v->name)) {
			start(&all[count], v, &p);
			fprintf(stderr, "%s: process %d\n", v->name,
			        (int)all[count].relay);
			count++;
		}
	}
	if (count == 0) {
		usage();
	}
	srand((unsigned)time(NULL));
	run_rounds(all, count, &p);
	printf("%-12s %7s   %-22s %8s %8s\n", "relay", "CPU-s",
	       "ratio (quarters)", "per turn", "calls");
	for (i = 0; i < count; i++) {
		print_line(&all[i], &all[0], p.rounds);
	}
	return 0;
}
