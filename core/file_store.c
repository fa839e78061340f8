/* SPDX-License-Identifier: MIT */
/* Files that settings name, read once. */
#include "file_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_store *file_store_create(void)
{
	struct file_store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		return NULL;
	}
	s->folder = getcwd(NULL, 0);
	if (s->folder == NULL && errno != ENOMEM) {
		s->folder = strdup("/"); /* our folder was removed */
	}
	if (s->folder == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void file_destroy(struct stored_file *f)
{
	if (f->data != NULL) {
		explicit_bzero(f->data, f->length); /* it may be a key */
	}
	free(f->data);
	free(f->path);
	free(f->error);
	free(f);
}

void file_store_destroy(struct file_store *s)
{
	size_t i;

	if (s == NULL) {
		return;
	}
	for (i = 0; i < s->count; i++) {
		file_destroy(s->files[i]);
	}
	free(s->files);
	name_index_finish(&s->by_path);
	free(s->folder);
	free(s);
}

static char *join(const char *folder, size_t length, const char *name)
{
	size_t size = length + strlen(name) + 2;
	char *path = malloc(size);

	if (path != NULL) {
		snprintf(path, size, "%.*s/%s", (int)length, folder, name);
	}
	return path;
}

char *file_store_path(const struct file_store *s, const char *near,
                      const char *path)
{
	const char *slash = near == NULL ? NULL : strrchr(near, '/');
	char *beside, *absolute;

	if (path[0] == '/') {
		return strdup(path);
	}
	if (near == NULL || slash == NULL) {
		return join(s->folder, strlen(s->folder), path);
	}
	beside = join(near, (size_t)(slash - near), path);
	if (beside == NULL || beside[0] == '/') {
		return beside;
	}
	absolute = join(s->folder, strlen(s->folder), beside);
	free(beside);
	return absolute;
}

PST_PRINTF(2, 3)
static void refuse(struct stored_file *f, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	free(f->error);
	f->error = strdup(text);
}

static void refuse_errno(struct stored_file *f, int error)
{
	const char *hint = "";

	if (error == ENOENT || error == ENOTDIR) {
		hint = "; make it, or correct the name";
	} else if (error == EACCES) {
		hint = "; let the user that starts this program read it";
	}
	refuse(f, "%s%s", strerror(error), hint);
}

static int read_all(int fd, uint8_t *data, size_t length)
{
	size_t at = 0;
	ssize_t n;

	while (at < length) {
		n = read(fd, data + at, length - at);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return PST_IO;
		}
		if (n == 0) {
			break; /* it was cut while we read */
		}
		at += (size_t)n;
	}
	return at == length ? PST_OK : PST_AGAIN;
}

static int read_regular(struct stored_file *f, int fd, size_t length)
{
	int result;

	f->data = malloc(length + 1);
	if (f->data == NULL) {
		return PST_MEMORY;
	}
	result = read_all(fd, f->data, length);
	if (result == PST_OK) {
		f->length = length;
		f->data[length] = '\0';
		return PST_OK;
	}
	if (result == PST_AGAIN) {
		refuse(f, "changed while it was read; try again");
	} else {
		refuse_errno(f, errno);
	}
	free(f->data);
	f->data = NULL;
	return f->error == NULL ? PST_MEMORY : PST_OK;
}

static int read_open(struct stored_file *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		refuse_errno(f, errno);
	} else if (S_ISDIR(st.st_mode)) {
		refuse(f, "is a folder; name a file in it");
	} else if (!S_ISREG(st.st_mode)) {
		refuse(f, "is not a regular file; name one");
	} else if (st.st_size > (off_t)FILE_STORE_LIMIT) {
		refuse(f, "is larger than %zu MiB; name the right file",
		       FILE_STORE_LIMIT / 1024 / 1024);
	} else {
		f->mode = st.st_mode & 07777;
		return read_regular(f, fd, (size_t)st.st_size);
	}
	return f->error == NULL ? PST_MEMORY : PST_OK;
}

static int read_disk(struct stored_file *f)
{
	/* not blocking: a FIFO is refused, not waited for */
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result;

	if (fd < 0) {
		refuse_errno(f, errno);
		return f->error == NULL ? PST_MEMORY : PST_OK;
	}
	result = read_open(f, fd);
	close(fd);
	return result;
}

static struct stored_file *file_create(const char *path)
{
	struct stored_file *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		return NULL;
	}
	f->path = strdup(path);
	if (f->path == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

/* Takes ownership, also on failure. */
static int keep(struct file_store *s, struct stored_file *f)
{
	size_t room = s->room == 0 ? 16 : s->room * 2;
	struct stored_file **files;

	if (s->count == s->room) {
		files = realloc(s->files, room * sizeof(struct stored_file *));
		if (files == NULL) {
			file_destroy(f);
			return PST_MEMORY;
		}
		s->files = files;
		s->room = room;
	}
	if (name_index_add(&s->by_path, f->path, f) != PST_OK) {
		file_destroy(f);
		return PST_MEMORY;
	}
	s->files[s->count++] = f;
	return PST_OK;
}

const struct stored_file *file_store_get(struct file_store *s, const char *path)
{
	struct stored_file *f = name_index_find(&s->by_path, path);
	int result;

	if (f != NULL) {
		return f;
	}
	f = file_create(path);
	if (f == NULL) {
		return NULL;
	}
	if (!s->sealed) {
		result = read_disk(f);
	} else {
		refuse(f, "is not part of this generation");
		result = f->error == NULL ? PST_MEMORY : PST_OK;
	}
	if (result != PST_OK) {
		file_destroy(f);
		return NULL;
	}
	return keep(s, f) == PST_OK ? f : NULL;
}

int file_store_add(struct file_store *s, const char *path, const void *data,
                   size_t length, uint32_t mode)
{
	struct stored_file *f;

	if (name_index_find(&s->by_path, path) != NULL) {
		return PST_INVALID;
	}
	f = file_create(path);
	if (f == NULL) {
		return PST_MEMORY;
	}
	f->data = malloc(length + 1);
	if (f->data == NULL) {
		file_destroy(f);
		return PST_MEMORY;
	}
	if (length != 0) {
		memcpy(f->data, data, length);
	}
	f->data[length] = '\0';
	f->length = length;
	f->mode = mode;
	return keep(s, f);
}
