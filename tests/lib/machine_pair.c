/* SPDX-License-Identifier: MIT */
/* Sockets on both sides of a machine. */
#include "machine_pair.h"

#include "pst_test.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

void machine_pair_start(struct machine_pair *p, struct machine_setup *setup)
{
	memset(p, 0, sizeof(*p));
	setup->back_count = 1;
	p->listening = machine_listen(&setup->back_port[0]);
	machine_start(&p->m, setup);
	p->client = machine_client(&p->m);
	p->server = -1;
}

void machine_pair_accept(struct machine_pair *p)
{
	p->server = machine_accept(&p->m, p->listening);
	CHECK(p->server >= 0);
}

static void hang_up(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
		*fd = -1;
	}
}

void machine_pair_leave(struct machine_pair *p)
{
	hang_up(&p->client);
	hang_up(&p->server);
	CHECK(machine_idle(&p->m));
}

void machine_pair_stop(struct machine_pair *p)
{
	machine_pair_leave(p);
	close(p->listening);
	machine_stop(&p->m);
}

static bool look(void *arg)
{
	struct machine_pair *p = arg;
	ssize_t n = recv(p->from, p->got + p->have,
	                 sizeof(p->got) - 1 - p->have, 0);

	p->have += n > 0 ? (size_t)n : 0;
	p->got[p->have] = '\0';
	p->ended |= n == 0 || (n < 0 && errno == ECONNRESET);
	return p->ended || (p->wanted != NULL && strlen(p->wanted) <= p->have);
}

void machine_pair_look(struct machine_pair *p)
{
	(void)look(p);
}

void machine_pair_gets(struct machine_pair *p, const char *wanted)
{
	p->wanted = wanted;
	CHECK(machine_until(&p->m, look, p));
	CHECK_STR(p->got, wanted);
}

void machine_pair_hears_the_end(struct machine_pair *p)
{
	p->wanted = NULL;
	CHECK(machine_until(&p->m, look, p));
	CHECK(p->ended);
}

void machine_pair_listen_at(struct machine_pair *p, int fd)
{
	p->from = fd;
	p->have = 0;
	p->got[0] = '\0';
}

uint8_t machine_pattern(size_t at)
{
	return (uint8_t)(at * 7 + (at >> 8) * 13 + (at >> 16));
}
