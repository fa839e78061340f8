/* SPDX-License-Identifier: MIT */
/* A machine between a client and a back-end, and what one of them hears. */
#ifndef TESTS_MACHINE_PAIR_H
#define TESTS_MACHINE_PAIR_H

#include "machine.h"

struct machine_pair {
	struct machine m;
	int listening;
	int client, server; /* -1 once closed */
	int from;           /* the one that is heard */
	char got[512];
	size_t have;
	bool ended; /* by an end or a reset */
	const char *wanted;
};

/** Start the machine, with a back-end that listens and a client. */
void machine_pair_start(struct machine_pair *p, struct machine_setup *setup);
/** Turns until the back-end is asked: `server` is its connection. */
void machine_pair_accept(struct machine_pair *p);
/** Both ends close, if they did not; turns until nobody is connected. */
void machine_pair_leave(struct machine_pair *p);
/** Leave, and stop the machine. */
void machine_pair_stop(struct machine_pair *p);

/** Add what `from` has to hear now to `got`. */
void machine_pair_look(struct machine_pair *p);
/** Turns until `got` is as long as `wanted`, which it is to be. */
void machine_pair_gets(struct machine_pair *p, const char *wanted);
/** Turns until `from` hears no more. */
void machine_pair_hears_the_end(struct machine_pair *p);
/** Begin anew with what `fd` hears. */
void machine_pair_listen_at(struct machine_pair *p, int fd);

/** The byte at a place of much that is sent. */
uint8_t machine_pattern(size_t at);

#endif
