/* SPDX-License-Identifier: MIT */
/* Opening files below a root, and nowhere else. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH, syscall */
#endif
#include "directory_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	TRIES = 4 /* while others rename: openat2 says EAGAIN */
};

struct directory_root {
	pthread_mutex_t lock;
	const char *path;
	int fd; /* -1: not open */
	bool walk;
	uint32_t open, most; /* files that are being sent */
};

struct directory_root *directory_root_create(const char *path, uint32_t most)
{
	struct directory_root *r = calloc(1, sizeof(*r));

	if (r == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return NULL;
	}
	r->path = path;
	r->fd = -1;
	r->most = most;
	return r;
}

void directory_root_close(struct directory_root *r)
{
	if (r->fd >= 0) {
		close(r->fd);
		r->fd = -1;
	}
}

void directory_root_destroy(struct directory_root *r)
{
	if (r != NULL) {
		directory_root_close(r);
		pthread_mutex_destroy(&r->lock);
		free(r);
	}
}

void directory_root_walk(struct directory_root *r)
{
	r->walk = true;
}

static int beneath(int root, const char *name, int flags)
{
	struct open_how how = {.flags = (unsigned)flags,
	                       .resolve =
	                               RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	long fd = -1;
	int i;

	for (i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, root, name, &how, sizeof(how));
		if (fd >= 0) {
			return (int)fd;
		}
		if (errno != EAGAIN && errno != EINTR) {
			break;
		}
	}
	return -errno;
}

/* Linux before 5.6 has no openat2, and filters of system calls forbid it. */
static bool must_walk(int root)
{
	int fd = beneath(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
	}
	return fd == -ENOSYS || fd == -EPERM;
}

static int open_folder(struct directory_root *r)
{
	r->fd = open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->fd < 0) {
		return -errno;
	}
	r->walk = r->walk || must_walk(r->fd);
	return 0;
}

int directory_root_open(struct directory_root *r)
{
	int result = 0;

	pthread_mutex_lock(&r->lock);
	if (r->fd < 0) {
		result = open_folder(r);
	}
	pthread_mutex_unlock(&r->lock);
	return result;
}

/* The first name of `*name_io`, as a folder below `at`. `*name_io` is moved
 * behind it. */
static int enter(int at, const char **name_io, size_t n)
{
	char part[256];
	int fd;

	if (n >= sizeof(part)) {
		return -ENAMETOOLONG;
	}
	memcpy(part, *name_io, n);
	part[n] = '\0';
	*name_io += n + 1;
	if (n == 0 || strcmp(part, "..") == 0) {
		return -EXDEV;
	}
	fd = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int walk(int root, const char *name, int flags)
{
	const char *slash;
	int at = root, fd;

	while ((slash = strchr(name, '/')) != NULL) {
		fd = enter(at, &name, (size_t)(slash - name));
		if (at != root) {
			close(at);
		}
		if (fd < 0) {
			return fd;
		}
		at = fd;
	}
	if (strcmp(name, "..") == 0) {
		fd = -EXDEV;
	} else {
		fd = openat(at, name, flags | O_NOFOLLOW);
		fd = fd < 0 ? -errno : fd;
	}
	if (at != root) {
		close(at);
	}
	return fd;
}

static int open_name(struct directory_root *r, const char *name, int flags)
{
	name = *name == '\0' ? "." : name;
	return r->walk ? walk(r->fd, name, flags | O_CLOEXEC)
	               : beneath(r->fd, name, flags | O_CLOEXEC);
}

static int kind(int fd, struct stat *stat_out)
{
	if (fstat(fd, stat_out) != 0) {
		return -errno;
	}
	if (S_ISDIR(stat_out->st_mode)) {
		return -EISDIR;
	}
	return S_ISREG(stat_out->st_mode) ? 0 : -ENOENT;
}

/* Looked at before it is opened: opening a device may do something. */
int directory_open(struct directory_root *r, const char *name,
                   struct stat *stat_out)
{
	int fd = open_name(r, name, O_PATH), result;

	if (fd < 0) {
		return fd;
	}
	result = kind(fd, stat_out);
	close(fd);
	if (result != 0) {
		return result;
	}
	fd = open_name(r, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		return fd;
	}
	result = kind(fd, stat_out);
	if (result != 0) {
		close(fd);
		return result;
	}
	return fd;
}

bool directory_root_take(struct directory_root *r)
{
	bool taken;

	pthread_mutex_lock(&r->lock);
	taken = r->open < r->most;
	r->open += taken ? 1 : 0;
	pthread_mutex_unlock(&r->lock);
	return taken;
}

void directory_root_give(struct directory_root *r)
{
	pthread_mutex_lock(&r->lock);
	r->open--;
	pthread_mutex_unlock(&r->lock);
}
