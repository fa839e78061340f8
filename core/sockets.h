/* SPDX-License-Identifier: MIT */
/* Listening sockets: made from plans, kept over reloads and dead workers. */
#ifndef CORE_SOCKETS_H
#define CORE_SOCKETS_H

#include "diag.h"

#include <penstock/endpoint.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/** One descriptor to accept from, and the index of the listener that it
 *  belongs to. A host with several addresses gives several of them. */
struct listen_fd {
	int fd;
	unsigned listener;
};

struct listener;

/** What the supervisor must know of a listener. Strings are borrowed for the
 *  call that takes them. */
struct listen_request {
	struct pst_socket_plan plan;
	const char *service; /* for messages: its name */
	const char *url;     /* as written; NULL: a list of layers */
	const char *file;    /* where the pipeline stands; may be NULL */
	unsigned line;
};

/** What a gateway's listener asks for; borrows from it. */
void listen_request_fill(struct listen_request *out, const struct listener *l);

/** One address of one listener. */
struct listen_address {
	struct sockaddr_storage address;
	socklen_t length;
	unsigned listener; /* index in the requests */
	bool v6only;
	bool any_port; /* port 0 was asked for */
	bool unlink;   /* unix: the file is ours to remove */
	dev_t device;  /* of that file, */
	ino_t inode;   /* so that no other one is removed */
	int *fds;      /* owned; one per worker, one in all for unix */
	unsigned count;
};

/** All listening sockets of one generation; owns its descriptors. */
struct listen_set {
	struct listen_address *addresses;
	size_t count;
};

/**
 * Open what `requests` ask for, `workers` sockets for each address.
 *
 * old      sockets that are already bound are taken from it (its descriptors
 *          are duplicated; it stays as it was); NULL at start
 * set_out  written in any case; empty after a failure
 * Returns  0, or PST_IO after every failure was added to `d`
 */
PST_MUST_CHECK int listen_set_open(struct listen_set *set_out,
                                   const struct listen_request *requests,
                                   size_t count, unsigned workers,
                                   struct listen_set *old, struct diag *d);
/**
 * Look, without opening any, whether `requests` stand in each other's way:
 * two names of one address, or one within another, or whether a file stands in
 * the way of a unix socket. What a name means is asked where it matters; one
 * that this machine does not know is passed over.
 *
 * Returns  0, PST_MEMORY, or PST_IO after every conflict was added to `d`
 */
PST_MUST_CHECK int listen_set_look(const struct listen_request *requests,
                                   size_t count, struct diag *d);
/** Set what `requests`, which it was opened with, ask of its sockets again:
 *  a set that took them over may have changed it. */
void listen_set_restore(struct listen_set *set,
                        const struct listen_request *requests);
/** `next` replaces `old`: files of unix sockets that both have become its. */
void listen_set_succeed(struct listen_set *next, struct listen_set *old);
/** Close all, and remove the files of unix sockets that are still its. */
void listen_set_close(struct listen_set *set);

/** Descriptors for worker `worker` of `workers`: each socket goes to exactly
 *  one worker, a unix socket to all. Writes at most `room`; returns how many
 *  there are. */
size_t listen_set_share(const struct listen_set *set, unsigned worker,
                        unsigned workers, struct listen_fd *out, size_t room);
/** In a forked worker: close every socket but the `count` in `keep`, and leave
 *  files alone. The set becomes empty. */
void listen_set_leave(struct listen_set *set, const struct listen_fd *keep,
                      size_t count);

/** Set the options of `plan` that are for `when` on `fd`. Returns 0, or PST_IO
 *  with errno set and the option's label in `*label_out`. Any process. */
PST_MUST_CHECK int socket_options_apply(int fd,
                                        const struct pst_socket_plan *plan,
                                        uint32_t when, const char **label_out);
/** The address of a unix socket. Returns 0, or PST_LIMIT: path too long. */
PST_MUST_CHECK int socket_unix_address(const char *path,
                                       struct sockaddr_storage *address_out,
                                       socklen_t *length_out);
/** "192.0.2.1:80", "[::1]:80", "unix:/run/x" into text[size]. */
void socket_address_text(const struct sockaddr_storage *address,
                         socklen_t length, char *text, size_t size);

#endif
