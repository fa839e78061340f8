/* SPDX-License-Identifier: MIT */
/* Making one listening socket. */
#ifndef CORE_SOCKET_OPEN_H
#define CORE_SOCKET_OPEN_H

#include "sockets.h"

#include <netinet/in.h>

#define SOCKET_TEXT_MAX 160

/** Where the port stands in an IPv4 or IPv6 address. */
in_port_t *socket_port(struct sockaddr_storage *address);
/** The address in `set` (may be NULL) that `like` would share sockets with;
 *  NULL when there is none. */
struct listen_address *listen_set_find(struct listen_set *set,
                                       const struct listen_address *like);

/** Write what is wrong with `request`, in front of it where it stands. */
PST_PRINTF(4, 5)
void socket_report(struct diag *d, enum pst_log_level level,
                   const struct listen_request *request, const char *fmt, ...);

/** True when something else listens there: a bind without SO_REUSEPORT, which
 *  fails then. Sets errno. */
bool socket_probe(const struct listen_address *a);

/** Bind and listen at `a`, which gets the real port when it asked for any.
 *  Returns the descriptor, or PST_IO after a report. */
PST_MUST_CHECK int socket_open_inet(struct listen_address *a,
                                    const struct listen_request *request,
                                    struct diag *d);
/** The same for a unix socket: a stale file is removed, a live one refused. */
PST_MUST_CHECK int socket_open_unix(struct listen_address *a,
                                    const struct listen_request *request,
                                    struct diag *d);
/** Set options and backlog of a socket that listens. Returns 0 or PST_IO. */
PST_MUST_CHECK int socket_adjust(int fd, const struct listen_address *a,
                                 const struct listen_request *request,
                                 struct diag *d);
/** See, and touch nothing, what would be in the way of a unix socket's file.
 *  Returns 0 or PST_IO. */
PST_MUST_CHECK int socket_file_look(const struct listen_request *request,
                                    struct diag *d);
/** Set owner and mode of a unix socket's file. Returns 0 or PST_IO. */
PST_MUST_CHECK int socket_file_adjust(const struct listen_request *request,
                                      struct diag *d);

#endif
