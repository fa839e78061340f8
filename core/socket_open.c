/* SPDX-License-Identifier: MIT */
/* Making one listening socket. */
#include "socket_open.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRIVATE_UMASK 0177

void socket_report(struct diag *d, enum pst_log_level level,
                   const struct listen_request *request, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(d, level, request->file, request->line, NULL,
	         "service %s%s%s: %s", request->service,
	         request->url == NULL ? "" : ", ",
	         request->url == NULL ? "" : request->url, text);
}

static const char *unix_hint(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "; stop what listens there, or name another path";
	case ENOENT:
	case ENOTDIR:
		return "; make its folder, or name another path";
	case EACCES:
	case EPERM:
	case EROFS:
		return "; name a path where the user who starts the gateway "
		       "may "
		       "make files";
	default:
		return "";
	}
}

static const char *hint(int error)
{
	switch (error) {
	case EADDRNOTAVAIL:
		return ", it is not an address of this machine; name one with "
		       "`bind`";
	case EADDRINUSE:
		return "; stop what listens there, or name another with `bind`";
	case EACCES:
		return "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
	default:
		return "";
	}
}

static int report_errno(struct diag *d, const struct listen_request *request,
                        const struct listen_address *a)
{
	const int error = errno;
	char where[SOCKET_TEXT_MAX];

	socket_address_text(&a->address, a->length, where, sizeof(where));
	socket_report(d, PST_LOG_ERROR, request, "cannot listen on %s: %s%s",
	              where, strerror(error),
	              a->address.ss_family == AF_UNIX ? unix_hint(error)
	                                              : hint(error));
	return PST_IO;
}

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* A new socket that may be bound where a connection has just ended. */
static int socket_make(const struct listen_address *a)
{
	const int family = a->address.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && family != AF_UNIX &&
	    (set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0 ||
	     (family == AF_INET6 &&
	      set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, a->v6only) != 0))) {
		const int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

bool socket_probe(const struct listen_address *a)
{
	int fd = socket_make(a), error;
	bool taken;

	if (fd < 0) {
		return false;
	}
	/* not listen: whoever connected just then would be reset */
	taken = bind(fd, (const struct sockaddr *)&a->address, a->length) !=
	                0 &&
	        errno == EADDRINUSE;
	error = errno;
	close(fd);
	errno = error;
	return taken;
}

int socket_adjust(int fd, const struct listen_address *a,
                  const struct listen_request *request, struct diag *d)
{
	const char *label = "backlog";
	char where[SOCKET_TEXT_MAX];

	if (socket_options_apply(fd, &request->plan, PST_SOCKET_LISTEN,
	                         &label) == PST_OK) {
		const uint32_t backlog = request->plan.backlog;

		if (listen(fd, backlog > INT32_MAX ? INT32_MAX
		                                   : (int)backlog) == 0) {
			return PST_OK;
		}
		if (errno == EADDRINUSE) {
			return report_errno(d, request, a);
		}
	}
	socket_address_text(&a->address, a->length, where, sizeof(where));
	socket_report(d, PST_LOG_ERROR, request,
	              "%s cannot be set on the socket at %s: %s", label, where,
	              strerror(errno));
	return PST_IO;
}

int socket_open_inet(struct listen_address *a,
                     const struct listen_request *request, struct diag *d)
{
	int fd = socket_make(a);

	if (fd < 0) {
		return report_errno(d, request, a);
	}
	if (set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1) != 0 ||
	    bind(fd, (const struct sockaddr *)&a->address, a->length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a->address, &a->length) != 0) {
		(void)report_errno(d, request, a);
		close(fd);
		return PST_IO;
	}
	if (socket_adjust(fd, a, request, d) != PST_OK) {
		close(fd);
		return PST_IO;
	}
	return fd;
}

/* -- unix sockets ------------------------------------------------------ */

static int unix_is_alive(const struct listen_address *a)
{
	int fd = socket_make(a), error = 0;

	if (fd < 0) {
		return -1;
	}
	if (connect(fd, (const struct sockaddr *)&a->address, a->length) != 0) {
		error = errno;
	}
	close(fd);
	if (error == ECONNREFUSED || error == ENOENT) {
		return 0;
	}
	errno = error;
	return error == 0 || error == EAGAIN || error == EINPROGRESS ? 1 : -1;
}

static int no_socket(const struct listen_request *request, struct diag *d)
{
	socket_report(d, PST_LOG_ERROR, request,
	              "%s exists and is not a socket; remove it or name "
	              "another path",
	              request->plan.path);
	return PST_IO;
}

/* Make room at the path: a file that nobody listens at is left over. */
static int unix_clear(const struct listen_address *a,
                      const struct listen_request *request, struct diag *d)
{
	const char *path = request->plan.path;
	struct stat st;
	int alive;

	if (lstat(path, &st) != 0) {
		return PST_OK; /* bind tells what else is wrong */
	}
	if (!S_ISSOCK(st.st_mode)) {
		return no_socket(request, d);
	}
	alive = unix_is_alive(a);
	if (alive > 0) {
		errno = EADDRINUSE;
		return report_errno(d, request, a);
	}
	if (alive < 0 || (unlink(path) != 0 && errno != ENOENT)) {
		socket_report(d, PST_LOG_ERROR, request,
		              "the socket file %s, left over by another "
		              "process, cannot be replaced: %s",
		              path, strerror(errno));
		return PST_IO;
	}
	return PST_OK;
}

static int owner_find(const char *owner, uid_t *uid_out, gid_t *gid_out)
{
	char name[128];
	const char *colon = strchr(owner, ':');
	const size_t length =
		colon == NULL ? strlen(owner) : (size_t)(colon - owner);
	const struct passwd *user;
	const struct group *group;

	*uid_out = (uid_t)-1;
	*gid_out = (gid_t)-1;
	if (length >= sizeof(name)) {
		return PST_INVALID;
	}
	memcpy(name, owner, length);
	name[length] = '\0';
	if (length > 0) {
		user = getpwnam(name);
		if (user == NULL) {
			return PST_INVALID;
		}
		*uid_out = user->pw_uid;
	}
	if (colon != NULL && colon[1] != '\0') {
		group = getgrnam(colon + 1);
		if (group == NULL) {
			return PST_INVALID;
		}
		*gid_out = group->gr_gid;
	}
	return PST_OK;
}

static int owner_report(const struct listen_request *request, struct diag *d)
{
	socket_report(d, PST_LOG_ERROR, request,
	              "owner \"%s\": there is no such user or group; create "
	              "it, or name another",
	              request->plan.owner);
	return PST_IO;
}

int socket_file_look(const struct listen_request *request, struct diag *d)
{
	const struct pst_socket_plan *plan = &request->plan;
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (plan->owner != NULL &&
	    owner_find(plan->owner, &uid, &gid) != PST_OK) {
		return owner_report(request, d);
	}
	return lstat(plan->path, &st) == 0 && !S_ISSOCK(st.st_mode)
	               ? no_socket(request, d)
	               : PST_OK;
}

int socket_file_adjust(const struct listen_request *request, struct diag *d)
{
	const struct pst_socket_plan *plan = &request->plan;
	uid_t uid;
	gid_t gid;

	if (plan->owner != NULL) {
		if (owner_find(plan->owner, &uid, &gid) != PST_OK) {
			return owner_report(request, d);
		}
		if (lchown(plan->path, uid, gid) != 0) {
			socket_report(d, PST_LOG_ERROR, request,
			              "%s cannot be given to \"%s\": %s",
			              plan->path, plan->owner, strerror(errno));
			return PST_IO;
		}
	}
	if (plan->mode != UINT32_MAX && chmod(plan->path, plan->mode) != 0) {
		socket_report(d, PST_LOG_ERROR, request,
		              "the mode of %s cannot be set to %04o: %s",
		              plan->path, plan->mode, strerror(errno));
		return PST_IO;
	}
	return PST_OK;
}

/* Bound with no rights for others until owner and mode are as they shall. */
static int unix_bind(int fd, const struct listen_address *a,
                     const struct pst_socket_plan *plan)
{
	const bool closed = plan->mode != UINT32_MAX || plan->owner != NULL;
	const mode_t before = closed ? umask(PRIVATE_UMASK) : 0;
	int result = bind(fd, (const struct sockaddr *)&a->address, a->length);
	const int error = errno;

	if (closed) {
		umask(before);
	}
	errno = error;
	return result;
}

int socket_open_unix(struct listen_address *a,
                     const struct listen_request *request, struct diag *d)
{
	struct stat st;
	int fd;

	if (unix_clear(a, request, d) != PST_OK) {
		return PST_IO;
	}
	fd = socket_make(a);
	if (fd < 0 || unix_bind(fd, a, &request->plan) != 0) {
		(void)report_errno(d, request, a);
		if (fd >= 0) {
			close(fd);
		}
		return PST_IO;
	}
	if (lstat(request->plan.path, &st) == 0) {
		a->device = st.st_dev;
		a->inode = st.st_ino;
		a->unlink = true;
	}
	if (socket_file_adjust(request, d) != PST_OK ||
	    socket_adjust(fd, a, request, d) != PST_OK) {
		close(fd);
		return PST_IO;
	}
	return fd;
}
