/* SPDX-License-Identifier: MIT */
/* What supervisor and worker say to each other: messages over a pair of
 * SOCK_SEQPACKET sockets, some with descriptors. */
#ifndef CORE_CONTROL_WIRE_H
#define CORE_CONTROL_WIRE_H

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CONTROL_FDS_MAX = 128,  /* in one message; the system takes 253 */
	CONTROL_BODY_MAX = 4096 /* bytes */
};

enum control_kind {
	/* to the worker */
	CONTROL_DRAIN = 1,
	CONTROL_STOP,
	CONTROL_LOG_REOPEN,
	CONTROL_LISTEN,  /* sockets of generation `number`: one descriptor each,
	                  * and in the body the uint32_t of its listener */
	CONTROL_PREPARE, /* build it, from the descriptor that comes along */
	CONTROL_COMMIT,  /* serve with it; a new log file may come along */
	CONTROL_ABORT,   /* forget it */
	/* from the worker */
	CONTROL_PREPARED,
	CONTROL_FAILED,    /* text: why it cannot be prepared */
	CONTROL_COMMITTED, /* new connections are served with it */
	CONTROL_KINDS
};

/** A message as it arrived. */
struct control_message {
	enum control_kind kind;
	uint32_t number; /* of the generation; 0: none */
	size_t length;   /* bytes of the body */
	size_t fd_count;
	int fds[CONTROL_FDS_MAX]; /* owned by who receives; -1: was taken */
	_Alignas(8) unsigned char body[CONTROL_BODY_MAX + 1]; /* ends with 0 */
};

/** What is sent. `body` and `fds` may be NULL with 0. */
struct control_order {
	enum control_kind kind;
	uint32_t number;
	const void *body; /* cut at CONTROL_BODY_MAX */
	size_t length;
	const int *fds; /* at most CONTROL_FDS_MAX */
	size_t fd_count;
};

/** A pair of sockets, both non-blocking and close-on-exec. Returns 0 or PST_IO
 *  with errno set. */
PST_MUST_CHECK int control_pair(int pair_out[2]);
/** Send without waiting. Returns 0; PST_AGAIN: who should read does not;
 *  PST_IO with errno set. */
PST_MUST_CHECK int control_send(int fd, const struct control_order *order);
/**
 * Receive one message without waiting.
 *
 * m_out    written only on success; end with control_message_finish
 * Returns  1; 0: the other end is closed
 * Errors   PST_AGAIN; PST_IO; PST_INVALID: a packet that is no message, which
 *          is dropped with its descriptors
 */
PST_MUST_CHECK int control_receive(int fd, struct control_message *m_out);
/** Close the descriptors that nobody took. */
void control_message_finish(struct control_message *m);

#endif
