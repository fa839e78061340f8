/* SPDX-License-Identifier: MIT */
/* Bytes that go from one socket to another as they are: through a pipe of the
 * kernel's, and not through our memory.
 *
 * A direction of a joined session is spliced while nothing stands between its
 * two wires (both stacks are bare: a `tcp` alone, or layers that have left), all
 * its queues are empty, and so much flows that it pays: see wire.c. The pipe
 * belongs to the wire that writes, and only while something is in it: the next
 * bytes are read when the last ones are out. So an idle connection holds no
 * pipe, and what is ahead of an end is always out before the end is passed on.
 *
 * As much is moved at a time as a pipe holds (1 MiB), since what costs then is
 * to wake the peers. It is the kernel's memory, like what waits in the sockets,
 * and charged to no session; but who allows more by high_water is not spliced. */
#ifndef CORE_SPLICE_H
#define CORE_SPLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct wire;

struct splice_pipe {
	struct splice_pipe *next; /* while free */
	int fd_in, fd_out;
	size_t held; /* bytes in it */
};

/** A worker's pipes. All zero: none yet. */
struct splice_pool {
	struct splice_pipe *free;
	unsigned count;    /* all that there are */
	unsigned kept;     /* of them free */
	bool useless;      /* the kernel does not splice our sockets */
	uint64_t later_ms; /* no pipe was to be had: ask again then */
};

/** Close the free ones; those in use are closed when they are given back. */
void splice_pool_finish(struct splice_pool *pool);

/**
 * Read from `w` into a pipe towards the other wire of its session.
 *
 * full_out  whether there may be more at once
 * Returns   as read; -1 with errno ENOTSUP when this direction cannot be
 *           spliced, here or now, and is to be read as usual
 */
ssize_t splice_read(struct wire *w, bool *full_out);
/** Write from the pipe of `w`, which has one, to its socket. As write. */
ssize_t splice_write(struct wire *w);
/** Does what was read from `w` still wait in the other wire's pipe? */
bool splice_waits(struct wire *w);
/** Give the pipe of `w` back, and what is in it up. Harmless without one. */
void splice_drop(struct wire *w);
/** The other wire of the session, when nothing stands between; or NULL. */
struct wire *splice_other(const struct wire *w);

#endif
