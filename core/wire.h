/* SPDX-License-Identifier: MIT */
/* The bottom of a stack: a socket, read into and written from its queues. */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include "loop.h"
#include "splice.h"
#include "station.h"

#include <sys/socket.h>

struct connector;

struct wire {
	struct watch watch;
	struct watch *watch_out; /* its own when fd_out differs; owned */
	struct station *station;
	int64_t *open_count; /* its listener's open connections; or NULL */
	struct connector *connector; /* while connecting; owned */
	struct splice_pipe *pipe;    /* to be written next; owned; or NULL */
	char *peer;                  /* "192.0.2.1:50000"; owned */
	char *failure;               /* why no connection was made; owned */
	int fd;                      /* -1: none yet, or closed */
	int fd_out;                  /* the same, or where to write */
	uint8_t level;               /* how much to read at once: see wire.c */
	bool filled;                 /* the last read got all it asked for */
	bool readable;               /* there may be more to read */
	bool blocked;                /* a write was short: wait for the event */
	bool rx_ended;               /* end of file or failure was read */
	bool tx_ended;               /* write side shut, or broken */
	bool broken;                 /* a write failed */
	bool reset; /* ... for a reset: what is still read has no end */
	bool closed;                 /* nothing is left to do */
	bool spliced; /* what was read may be in the other wire's pipe */
	bool arrived;     /* connected, and not yet noticed by a step */
	bool unreachable; /* likewise: it failed */
};

/** Give a stack's bottom an open socket, which the wire then owns. `peer` is
 *  copied. Returns 0 or PST_MEMORY (fd is closed). */
int wire_attach(struct stack *stack, int fd, const char *peer);
/** The same for a pair of files: standard input and output. */
int wire_attach_pair(struct stack *stack, int fd_in, int fd_out);
/** Begin to connect to the pipeline's plan. Returns 0 or PST_MEMORY. */
int wire_connect(struct stack *stack);
/** Called by the connector: `fd` is connected and now the wire's. Like the
 *  next, it may come while the line is lent, so the next step acts on it. */
void wire_connected(struct wire *w, int fd, const char *peer);
/** Called by the connector: no address answered; `why` is copied. */
void wire_unreachable(struct wire *w, const char *why);

/** Read and write what can be. */
enum pst_step wire_step(struct station *s);
/** After a run: want the events that are missing. Other stations: nothing. */
void wire_settle(struct station *s);
/** While nothing is read for lack of room, a reset is not reported by the loop:
 *  look for one. Harmless at any other time. */
void wire_look_for_reset(struct station *s);
/** Close at once, with RST unless both directions ended. */
void wire_abort(struct wire *w);
/** Once all is written and the write side is shut: do not wait for the peer to
 *  end its side. Nothing, while there may be more to read. */
void wire_part(struct wire *w);
void wire_destroy(struct station *s);

/* between wire.c and wire_read.c */

/** Read what there is room for. True when there may be more at once. */
bool wire_read(struct wire *w);
/** A read failed with errno: the connection is lost. */
void wire_fail_read(struct wire *w);
/** Close: nothing more is read or written. */
void wire_finish(struct wire *w);

static inline struct wire *wire_of(const struct station *s)
{
	return s->kind == STATION_WIRE ? s->instance.state : NULL;
}

#endif
