/* SPDX-License-Identifier: MIT */
/* Bare relays of small messages by epoll and by io_uring: see uring.c. */
#ifndef URING_H
#define URING_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MESSAGE_SIZE = 64,
	MOST_SOCKETS = 256
};

/* What a relay's process tells the one that measures it. */
struct counts {
	volatile uint64_t turns; /* waits that ended */
	volatile uint64_t calls; /* of the system, waits among them */
	volatile uint64_t messages;
};

/* What socket 2i receives is sent on socket 2i + 1, and back. */
struct relay {
	const struct variant *variant;
	struct counts *counts;
	int sockets[MOST_SOCKETS];
	int socket_count;
	int work; /* ns for each message */
};

struct variant {
	const char *name;
	const char *what;
	void (*run)(struct relay *r); /* never returns */
	unsigned setup;               /* flags of io_uring_setup */
	bool fixed;                   /* sockets and ring are registered */
	bool edge;                    /* of epoll */
	bool once; /* a receive is for one message, not multishot */
	bool read_by_call;
};

/** The first is what the others are compared with; ends with a NULL name. */
extern const struct variant variants[];

/** Say what failed, with errno, and end the process. */
_Noreturn void die(const char *what);
/** An epoll descriptor that waits for each of the sockets; `data.u32` is the
 *  index. */
int epoll_of(const int *sockets, int count, unsigned events);

#endif
