/* SPDX-License-Identifier: MIT */
/* What supervisor and worker say to each other. */
#include "control_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct header {
	uint32_t kind;
	uint32_t number;
};

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))];
};

int control_pair(int pair_out[2])
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

	return socketpair(AF_UNIX, type, 0, pair_out) == 0 ? PST_OK : PST_IO;
}

static void fds_put(struct msghdr *m, union control *room,
                    const struct control_order *order)
{
	const size_t size = order->fd_count * sizeof(int);
	struct cmsghdr *c;

	memset(room, 0, sizeof(*room));
	m->msg_control = room->room;
	m->msg_controllen = CMSG_SPACE(size);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), order->fds, size);
}

int control_send(int fd, const struct control_order *order)
{
	struct header header = {(uint32_t)order->kind, order->number};
	struct iovec parts[2] = {
		{&header, sizeof(header)},
		{(void *)(uintptr_t)order->body,
	         order->length > CONTROL_BODY_MAX ? CONTROL_BODY_MAX
	                                          : order->length},
	};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
	union control room;
	ssize_t n;

	if (order->fd_count > CONTROL_FDS_MAX) {
		errno = EINVAL;
		return PST_IO;
	}
	if (order->fd_count != 0) {
		fds_put(&m, &room, order);
	}
	do {
		n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		return PST_OK;
	}
	return errno == EAGAIN || errno == EWOULDBLOCK ? PST_AGAIN : PST_IO;
}

static void fds_take(struct msghdr *m, struct control_message *out)
{
	struct cmsghdr *c;
	size_t n;

	out->fd_count = 0;
	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(out->fds, CMSG_DATA(c), n * sizeof(int));
		out->fd_count = n;
	}
}

int control_receive(int fd, struct control_message *m_out)
{
	struct header header = {0, 0};
	struct iovec parts[2] = {
		{&header, sizeof(header)},
		{m_out->body, CONTROL_BODY_MAX},
	};
	union control room;
	struct msghdr m = {.msg_iov = parts,
	                   .msg_iovlen = 2,
	                   .msg_control = room.room,
	                   .msg_controllen = sizeof(room.room)};
	ssize_t n;

	do {
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n == 0) {
		return 0;
	}
	if (n < 0) {
		return errno == EAGAIN || errno == EWOULDBLOCK ? PST_AGAIN
		                                               : PST_IO;
	}
	fds_take(&m, m_out);
	if ((size_t)n < sizeof(header) || (m.msg_flags & MSG_TRUNC) != 0 ||
	    header.kind == 0 || header.kind >= CONTROL_KINDS) {
		control_message_finish(m_out);
		return PST_INVALID;
	}
	m_out->kind = (enum control_kind)header.kind;
	m_out->number = header.number;
	m_out->length = (size_t)n - sizeof(header);
	m_out->body[m_out->length] = '\0';
	return 1;
}

void control_message_finish(struct control_message *m)
{
	size_t i;

	for (i = 0; i < m->fd_count; i++) {
		if (m->fds[i] >= 0) {
			close(m->fds[i]);
		}
	}
	m->fd_count = 0;
}
