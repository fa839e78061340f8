/* SPDX-License-Identifier: MIT */
/* Files: read whole, or written so that nobody ever sees a half. */
#include "cert/cert_file.h"

#include "cert/cert_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 16 << 20,
	STEP = 16384
};

/* -- reading ----------------------------------------------------------- */

static int unreadable(const char *path)
{
	if (errno == EACCES) {
		return cert_bad("%s: this user (uid %u) may not read it", path,
		                (unsigned)geteuid());
	}
	return cert_bad("%s: %s", path, strerror(errno));
}

static int read_all(int fd, const char *path, gnutls_datum_t *out)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (out->size + STEP > room) {
			unsigned char *more;

			room = room == 0 ? 4 * STEP : 2 * room;
			more = room > 2 * FILE_MAX ? NULL
			                           : realloc(out->data, room);
			if (more == NULL) {
				return cert_bad("%s: is larger than 16 MiB",
				                path);
			}
			out->data = more;
		}
		n = read(fd, out->data + out->size, STEP);
		if (n < 0) {
			return unreadable(path);
		}
		if (n == 0) {
			out->data[out->size] = '\0';
			return CERT_GOOD;
		}
		out->size += (unsigned)n;
	}
}

int cert_file_read(const char *path, gnutls_datum_t *out)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
	                                : open(path, O_RDONLY | O_CLOEXEC);
	int code;

	out->data = NULL;
	out->size = 0;
	if (fd < 0) {
		return unreadable(path);
	}
	code = read_all(fd, path, out);
	close(fd);
	if (code != CERT_GOOD) {
		cert_file_free(out);
	}
	return code;
}

void cert_file_free(gnutls_datum_t *content)
{
	if (content->data != NULL) {
		gnutls_memset(content->data, 0, content->size);
	}
	free(content->data);
	content->data = NULL;
	content->size = 0;
}

int cert_password_read(const char *path, struct cert_password *out)
{
	gnutls_datum_t content;
	size_t length;
	int code;

	out->given = false;
	out->text[0] = '\0';
	if (path == NULL) {
		return CERT_GOOD;
	}
	code = cert_file_read(path, &content);
	if (code != CERT_GOOD) {
		return code;
	}
	length = strcspn((const char *)content.data, "\r\n");
	if (length == 0 || length >= sizeof(out->text)) {
		code = cert_bad("%s: its first line, the password, %s", path,
		                length == 0 ? "is empty"
		                            : "is longer than 1023 bytes");
	} else {
		memcpy(out->text, content.data, length);
		out->text[length] = '\0';
		out->given = true;
	}
	cert_file_free(&content);
	return code;
}

const char *cert_password_text(const struct cert_password *password)
{
	return password->given ? password->text : NULL;
}

void cert_password_wipe(struct cert_password *password)
{
	gnutls_memset(password, 0, sizeof(*password));
}

/* -- writing ----------------------------------------------------------- */

static int exists(const char *path)
{
	return cert_bad("%s: exists; --force replaces it", path);
}

int cert_output_open(struct cert_output *o, const char *path, bool force)
{
	struct stat st;

	o->hidden[0] = '\0';
	o->force = force;
	if (strlen(path) >= sizeof(o->path)) {
		return cert_bad("%.64s...: this name is too long", path);
	}
	snprintf(o->path, sizeof(o->path), "%s", path);
	if (lstat(path, &st) != 0) {
		return CERT_GOOD;
	}
	if (S_ISDIR(st.st_mode)) {
		return cert_bad("%s: is a folder; name a file", path);
	}
	return force ? CERT_GOOD : exists(path);
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length != 0) {
		ssize_t n = write(fd, data, length);

		if (n < 0) {
			return -1;
		}
		data += n;
		length -= (size_t)n;
	}
	return fsync(fd);
}

int cert_output_fill(struct cert_output *o, mode_t mode, const void *data,
                     size_t length)
{
	const char *slash = strrchr(o->path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - o->path) + 1;
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	snprintf(o->hidden, sizeof(o->hidden), "%.*s.penstock-cert.XXXXXX",
	         folder, o->path);
	fd = mkostemp(o->hidden, O_CLOEXEC); /* O_EXCL, 0600 */
	if (fd < 0) {
		o->hidden[0] = '\0';
		return cert_bad("%s: cannot be written: %s", o->path,
		                strerror(errno));
	}
	if (fchmod(fd, mode & ~mask) != 0 || write_all(fd, data, length) != 0) {
		cert_bad("%s: cannot be written: %s", o->path, strerror(errno));
		close(fd);
		cert_output_abandon(o);
		return CERT_BAD;
	}
	close(fd);
	return CERT_GOOD;
}

/* Give the hidden file its name unless somebody else has it. */
static int name_new(const struct cert_output *o)
{
	if (link(o->hidden, o->path) == 0) {
		return unlink(o->hidden);
	}
	if (errno == EEXIST) {
		return -1;
	}
	/* a file system without hard links */
	return renameat2(AT_FDCWD, o->hidden, AT_FDCWD, o->path,
	                 RENAME_NOREPLACE);
}

int cert_output_commit(struct cert_output *o)
{
	int ret = o->force ? rename(o->hidden, o->path) : name_new(o);

	if (ret != 0) {
		int why = errno;

		cert_output_abandon(o);
		return why == EEXIST ? exists(o->path)
		                     : cert_bad("%s: cannot be written: %s",
		                                o->path, strerror(why));
	}
	o->hidden[0] = '\0';
	return CERT_GOOD;
}

void cert_output_abandon(struct cert_output *o)
{
	if (o->hidden[0] != '\0') {
		unlink(o->hidden);
		o->hidden[0] = '\0';
	}
}
