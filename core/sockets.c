/* SPDX-License-Identifier: MIT */
/* Listening sockets: made from plans, kept over reloads and dead workers. */
#include "sockets.h"

#include "socket_open.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* -- addresses and options --------------------------------------------- */

int socket_options_apply(int fd, const struct pst_socket_plan *plan,
                         uint32_t when, const char **label_out)
{
	uint32_t i;

	assert(plan->option_count <= PST_SOCKET_OPTIONS_MAX);
	for (i = 0; i < plan->option_count; i++) {
		const struct pst_socket_option *o = &plan->option[i];

		if ((o->when & when) != 0 &&
		    setsockopt(fd, o->level, o->name, &o->value,
		               sizeof(o->value)) != 0) {
			*label_out = o->label;
			return PST_IO;
		}
	}
	return PST_OK;
}

int socket_unix_address(const char *path, struct sockaddr_storage *address_out,
                        socklen_t *length_out)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const size_t length = strlen(path);

	if (length == 0 || length >= sizeof(un.sun_path)) {
		return PST_LIMIT;
	}
	memcpy(un.sun_path, path, length + 1);
	memset(address_out, 0, sizeof(*address_out));
	memcpy(address_out, &un, sizeof(un));
	*length_out = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	                          length + 1);
	return PST_OK;
}

static char *put_number(char *at, unsigned n)
{
	char digits[10];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	memcpy(at, digits + i, sizeof(digits) - i);
	return at + sizeof(digits) - i;
}

/* getnameinfo(3) and printf(3) cost several times as much, for each
 * connection */
static void inet_text(const struct sockaddr_in *address, char *text,
                      size_t size)
{
	const uint32_t ip = ntohl(address->sin_addr.s_addr);
	char whole[sizeof("255.255.255.255:65535")], *at = whole;
	size_t length;
	int shift;

	for (shift = 24; shift >= 0; shift -= 8) {
		at = put_number(at, ip >> shift & 255);
		*at++ = shift != 0 ? '.' : ':';
	}
	at = put_number(at, ntohs(address->sin_port));
	length = (size_t)(at - whole);
	length = length < size ? length : size - 1;
	memcpy(text, whole, length);
	text[length] = '\0';
}

void socket_address_text(const struct sockaddr_storage *address,
                         socklen_t length, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN + 20], port[8];
	const struct sockaddr_un *un = (const struct sockaddr_un *)address;

	if (address->ss_family == AF_UNIX) {
		const size_t head = offsetof(struct sockaddr_un, sun_path);

		snprintf(text, size, "unix:%.*s",
		         length > head ? (int)(length - head) : 0,
		         un->sun_path);
	} else if (address->ss_family == AF_INET) {
		inet_text((const struct sockaddr_in *)address, text, size);
	} else if (getnameinfo((const struct sockaddr *)address, length, host,
	                       sizeof(host), port, sizeof(port),
	                       NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(text, size, "(unknown address)");
	} else {
		snprintf(text, size, "[%s]:%s", host, port);
	}
}

in_port_t *socket_port(struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET) {
		return &((struct sockaddr_in *)address)->sin_port;
	}
	return &((struct sockaddr_in6 *)address)->sin6_port;
}

static bool same_but_port(const struct sockaddr_storage *a,
                          const struct sockaddr_storage *b)
{
	struct sockaddr_storage x = *a, y = *b;

	if (a->ss_family != b->ss_family) {
		return false;
	}
	*socket_port(&x) = *socket_port(&y) = 0;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

static bool same_address(const struct listen_address *a,
                         const struct listen_address *b)
{
	if (a->address.ss_family == AF_UNIX ||
	    b->address.ss_family == AF_UNIX) {
		return memcmp(&a->address, &b->address, sizeof(a->address)) ==
		       0;
	}
	if (a->any_port != b->any_port || a->v6only != b->v6only ||
	    !same_but_port(&a->address, &b->address)) {
		return false;
	}
	return a->any_port ||
	       memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/* -- the set ----------------------------------------------------------- */

struct listen_address *listen_set_find(struct listen_set *set,
                                       const struct listen_address *like)
{
	size_t i;

	for (i = 0; set != NULL && i < set->count; i++) {
		if (same_address(&set->addresses[i], like)) {
			return &set->addresses[i];
		}
	}
	return NULL;
}

void listen_set_succeed(struct listen_set *next, struct listen_set *old)
{
	size_t i;

	for (i = 0; i < old->count; i++) {
		struct listen_address *from = &old->addresses[i];
		struct listen_address *to = listen_set_find(next, from);

		if (to != NULL && from->unlink) {
			to->unlink = true;
			from->unlink = false;
		}
	}
}

static void file_remove(const struct listen_address *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->address;
	struct stat st;

	if (a->unlink && lstat(un->sun_path, &st) == 0 &&
	    st.st_dev == a->device && st.st_ino == a->inode) {
		unlink(un->sun_path);
	}
}

static void set_free(struct listen_set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		free(set->addresses[i].fds);
	}
	free(set->addresses);
	memset(set, 0, sizeof(*set));
}

void listen_set_close(struct listen_set *set)
{
	size_t i;
	unsigned k;

	for (i = 0; i < set->count; i++) {
		const struct listen_address *a = &set->addresses[i];

		file_remove(a);
		for (k = 0; k < a->count; k++) {
			close(a->fds[k]);
		}
	}
	set_free(set);
}

size_t listen_set_share(const struct listen_set *set, unsigned worker,
                        unsigned workers, struct listen_fd *out, size_t room)
{
	size_t i, n = 0;
	unsigned k;

	for (i = 0; i < set->count; i++) {
		const struct listen_address *a = &set->addresses[i];
		const bool shared = a->address.ss_family == AF_UNIX;

		for (k = 0; k < a->count; k++) {
			if (!shared && k % workers != worker) {
				continue;
			}
			if (n < room) {
				out[n].fd = a->fds[k];
				out[n].listener = a->listener;
			}
			n++;
		}
	}
	return n;
}

static bool is_kept(int fd, const struct listen_fd *keep, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (keep[i].fd == fd) {
			return true;
		}
	}
	return false;
}

void listen_set_leave(struct listen_set *set, const struct listen_fd *keep,
                      size_t count)
{
	size_t i;
	unsigned k;

	for (i = 0; i < set->count; i++) {
		const struct listen_address *a = &set->addresses[i];

		for (k = 0; k < a->count; k++) {
			if (!is_kept(a->fds[k], keep, count)) {
				close(a->fds[k]);
			}
		}
	}
	set_free(set);
}
