/* SPDX-License-Identifier: MIT */
/* What the checker says to its parent: records in packets of a socket. */
#include "check_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Texts that go with a plan, in this order. */
enum text {
	TEXT_HOST,
	TEXT_PATH,
	TEXT_OWNER,
	TEXT_SERVICE,
	TEXT_URL,
	TEXT_FILE,
	TEXT_LABEL, /* of the first option; the others follow */
	TEXT_COUNT = TEXT_LABEL + PST_SOCKET_OPTIONS_MAX
};

/* A listener in a packet; its texts follow, each with a 0 byte. */
struct wire_listener {
	struct pst_socket_plan plan; /* its pointers mean nothing */
	uint32_t line;
	uint32_t present; /* one bit per text */
};

static int packet_send(int fd, enum check_record record, uint32_t level,
                       const void *body, size_t size, int carried)
{
	struct check_header header = {record, level};
	struct iovec parts[2] = {
		{&header, sizeof(header)},
		{(void *)(uintptr_t)body, size},
	};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	if (carried >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &carried, sizeof(carried));
	}
	do {
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? PST_IO : PST_OK;
}

int check_send_diagnosis(int fd, const struct diag_entry *e)
{
	const size_t room = CHECK_PACKET_MAX - sizeof(struct check_header);
	const char *text = e->text == NULL ? "out of memory" : e->text;

	return packet_send(fd, CHECK_DIAGNOSIS, (uint32_t)e->level, text,
	                   strnlen(text, room), -1);
}

int check_send_done(int fd, int generation)
{
	return packet_send(fd, CHECK_DONE, 0, NULL, 0, generation);
}

int check_send_same(int fd)
{
	return packet_send(fd, CHECK_SAME, 0, NULL, 0, -1);
}

int check_send_expiry(int fd, const struct expiry *e)
{
	char packet[CHECK_PACKET_MAX - sizeof(struct check_header)];
	const size_t length =
		strnlen(e->text, sizeof(packet) - sizeof(e->when) - 1);

	memcpy(packet, &e->when, sizeof(e->when));
	memcpy(packet + sizeof(e->when), e->text, length);
	packet[sizeof(e->when) + length] = '\0';
	return packet_send(fd, CHECK_EXPIRY, 0, packet,
	                   sizeof(e->when) + length + 1, -1);
}

static void texts_of(const struct listen_request *r,
                     const char *text[TEXT_COUNT])
{
	uint32_t i;

	memset(text, 0, TEXT_COUNT * sizeof(*text));
	text[TEXT_HOST] = r->plan.host;
	text[TEXT_PATH] = r->plan.path;
	text[TEXT_OWNER] = r->plan.owner;
	text[TEXT_SERVICE] = r->service;
	text[TEXT_URL] = r->url;
	text[TEXT_FILE] = r->file;
	for (i = 0; i < r->plan.option_count; i++) {
		text[TEXT_LABEL + i] = r->plan.option[i].label;
	}
}

int check_send_listener(int fd, const struct listen_request *r)
{
	char packet[CHECK_PACKET_MAX - sizeof(struct check_header)];
	struct wire_listener w = {.plan = r->plan, .line = r->line};
	const char *text[TEXT_COUNT];
	size_t size = sizeof(w);
	unsigned i;

	texts_of(r, text);
	for (i = 0; i < TEXT_COUNT; i++) {
		const size_t length = text[i] == NULL ? 0 : strlen(text[i]) + 1;

		if (length > sizeof(packet) - size) {
			return PST_IO;
		}
		if (text[i] != NULL) {
			w.present |= 1u << i;
			memcpy(packet + size, text[i], length);
			size += length;
		}
	}
	memcpy(packet, &w, sizeof(w));
	return packet_send(fd, CHECK_LISTENER, 0, packet, size, -1);
}

/* -- the parent's side ------------------------------------------------- */

static int carried_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	}
	return fd;
}

int check_receive(int fd, void *packet, int *fd_out)
{
	struct iovec part = {packet, CHECK_PACKET_MAX};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = {.msg_iov = &part,
	                   .msg_iovlen = 1,
	                   .msg_control = control.room,
	                   .msg_controllen = sizeof(control.room)};
	ssize_t n;

	*fd_out = -1;
	do {
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return errno == EAGAIN ? PST_AGAIN : PST_IO;
	}
	*fd_out = carried_fd(&m);
	return (int)n;
}

static int texts_take(const struct wire_listener *w, const char *at,
                      const char *end, const char *text[TEXT_COUNT])
{
	unsigned i;

	for (i = 0; i < TEXT_COUNT; i++) {
		const char *zero;

		text[i] = NULL;
		if ((w->present >> i & 1) == 0) {
			continue;
		}
		zero = memchr(at, '\0', (size_t)(end - at));
		if (zero == NULL) {
			return PST_INVALID;
		}
		text[i] = at;
		at = zero + 1;
	}
	return at == end ? PST_OK : PST_INVALID;
}

static int request_fill(struct listen_request *r, const struct wire_listener *w,
                        const char *const text[TEXT_COUNT])
{
	uint32_t i;

	r->plan = w->plan;
	if (r->plan.option_count > PST_SOCKET_OPTIONS_MAX ||
	    r->plan.family > PST_FAMILY_UNIX || text[TEXT_SERVICE] == NULL ||
	    (r->plan.family == PST_FAMILY_UNIX && text[TEXT_PATH] == NULL)) {
		return PST_INVALID;
	}
	r->plan.host = text[TEXT_HOST];
	r->plan.path = text[TEXT_PATH];
	r->plan.owner = text[TEXT_OWNER];
	r->plan.source = NULL;
	for (i = 0; i < r->plan.option_count; i++) {
		const char *label = text[TEXT_LABEL + i];

		r->plan.option[i].label = label == NULL ? "option" : label;
	}
	r->service = text[TEXT_SERVICE];
	r->url = text[TEXT_URL];
	r->file = text[TEXT_FILE];
	r->line = w->line;
	return PST_OK;
}

/* Give it a block that its strings stand in. */
static char *memory_keep(struct checked *checked, const void *body, size_t size)
{
	void **more = reallocarray(checked->memory, checked->memory_count + 1,
	                           sizeof(*more));
	char *copy;

	if (more == NULL) {
		return NULL;
	}
	checked->memory = more;
	copy = malloc(size);
	if (copy != NULL) {
		memcpy(copy, body, size);
		more[checked->memory_count++] = copy;
	}
	return copy;
}

int check_take_listener(struct checked *checked, const void *body, size_t size)
{
	const char *text[TEXT_COUNT];
	struct listen_request *more;
	struct wire_listener w;
	char *copy;
	int result;

	if (size < sizeof(w)) {
		return PST_INVALID;
	}
	copy = memory_keep(checked, body, size);
	more = reallocarray(checked->requests, checked->request_count + 1,
	                    sizeof(*more));
	if (more == NULL) {
		return PST_MEMORY;
	}
	checked->requests = more;
	if (copy == NULL) {
		return PST_MEMORY;
	}
	memcpy(&w, copy, sizeof(w));
	result = texts_take(&w, copy + sizeof(w), copy + size, text);
	if (result == PST_OK) {
		result = request_fill(&more[checked->request_count], &w, text);
	}
	if (result == PST_OK) {
		checked->request_count++;
	}
	return result;
}

int check_take_expiry(struct checked *checked, const void *body, size_t size)
{
	struct expiry *more;
	char *copy;

	if (size <= sizeof(more->when) ||
	    memchr((const char *)body + sizeof(more->when), '\0',
	           size - sizeof(more->when)) !=
	            (const char *)body + size - 1) {
		return PST_INVALID;
	}
	more = reallocarray(checked->expiries, checked->expiry_count + 1,
	                    sizeof(*more));
	if (more == NULL) {
		return PST_MEMORY;
	}
	checked->expiries = more;
	copy = memory_keep(checked, body, size);
	if (copy == NULL) {
		return PST_MEMORY;
	}
	more += checked->expiry_count++;
	memcpy(&more->when, copy, sizeof(more->when));
	more->text = copy + sizeof(more->when);
	return PST_OK;
}

void checked_finish(struct checked *c)
{
	size_t i;

	if (c->generation >= 0) {
		close(c->generation);
	}
	for (i = 0; i < c->memory_count; i++) {
		free(c->memory[i]);
	}
	free(c->memory);
	free(c->requests);
	free(c->expiries);
	memset(c, 0, sizeof(*c));
	c->generation = -1;
}
