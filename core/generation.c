/* SPDX-License-Identifier: MIT */
/* One configuration and its files as a sealed piece of memory. */
#include "generation.h"

#include "conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC      0x32474e45474e5053u /* with a number for the layout */
#define NO_TEXT    UINT64_MAX
#define SEALS      (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SIZE_LIMIT ((size_t)1024 * 1024 * 1024)

/* The tables of files are numbers. */
static size_t padding(uint64_t at)
{
	return (size_t)(-at % sizeof(uint64_t));
}

/* -- writing ----------------------------------------------------------- */

struct writer {
	int fd;
	uint64_t total; /* bytes so far */
	size_t used;
	int result;
	unsigned char buffer[16384];
};

static void flush(struct writer *w)
{
	size_t at = 0;
	ssize_t n;

	while (w->result == PST_OK && at < w->used) {
		n = write(w->fd, w->buffer + at, w->used - at);
		if (n < 0 && errno != EINTR) {
			w->result = PST_IO;
		}
		at += n > 0 ? (size_t)n : 0;
	}
	w->used = 0;
}

static void put_bytes(struct writer *w, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	size_t n;

	w->total += length;
	while (length != 0 && w->result == PST_OK) {
		n = sizeof(w->buffer) - w->used;
		n = n > length ? length : n;
		memcpy(w->buffer + w->used, p, n);
		w->used += n;
		p += n;
		length -= n;
		if (w->used == sizeof(w->buffer)) {
			flush(w);
		}
	}
}

static void put_number(struct writer *w, uint64_t number)
{
	put_bytes(w, &number, sizeof(number));
}

static void put_text(struct writer *w, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);

	put_number(w, text == NULL ? NO_TEXT : length);
	put_bytes(w, text, length);
}

static void put_value(struct writer *w, const struct conf_value *v)
{
	uint64_t real;
	size_t i;

	memcpy(&real, &v->real, sizeof(real));
	put_number(w, (uint64_t)v->type);
	put_text(w, v->name);
	put_text(w, v->path);
	put_text(w, v->file);
	put_number(w, v->line);
	put_text(w, v->string);
	put_number(w, (uint64_t)v->integer);
	put_number(w, real);
	put_number(w, v->count);
	for (i = 0; i < v->count; i++) {
		put_value(w, v->children[i]);
	}
}

static void put_for_map(void *owner, const void *bytes, size_t length)
{
	put_bytes(owner, bytes, length);
}

static int write_all(int fd, const struct conf_value *tree,
                     const struct file_store *files, const uint8_t *seed)
{
	static const unsigned char zeros[sizeof(uint64_t)];
	struct writer *w = calloc(1, sizeof(*w));
	int result;

	if (w == NULL) {
		return PST_MEMORY;
	}
	w->fd = fd;
	put_number(w, MAGIC);
	put_value(w, tree);
	put_bytes(w, seed, GENERATION_SEED);
	put_text(w, files->folder);
	put_bytes(w, zeros, padding(w->total));
	result = file_map_write(files, w->total, put_for_map, w);
	put_number(w, MAGIC);
	flush(w);
	result = result == PST_OK ? w->result : result;
	explicit_bzero(w, sizeof(*w)); /* keys went through it */
	free(w);
	return result;
}

int generation_write(const struct conf_value *tree,
                     const struct file_store *files, const uint8_t *seed,
                     int *fd_out)
{
	int fd = memfd_create("penstock-generation",
	                      MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result, error;

	if (fd < 0) {
		return PST_IO;
	}
	result = write_all(fd, tree, files, seed);
	if (result == PST_OK && fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		result = PST_IO;
	}
	if (result != PST_OK) {
		error = errno;
		close(fd);
		errno = error;
		return result;
	}
	*fd_out = fd;
	return PST_OK;
}

/* -- reading ----------------------------------------------------------- */

/* The first failure sticks. */
struct reader {
	const unsigned char *at;
	size_t left;
	int result;
};

static const unsigned char *take(struct reader *r, uint64_t length)
{
	const unsigned char *bytes = r->at;

	if (r->result != PST_OK || length > r->left) {
		r->result = r->result == PST_OK ? PST_INVALID : r->result;
		return NULL;
	}
	r->at += length;
	r->left -= (size_t)length;
	return bytes;
}

static uint64_t take_number(struct reader *r)
{
	const unsigned char *bytes = take(r, sizeof(uint64_t));
	uint64_t number = 0;

	if (bytes != NULL) {
		memcpy(&number, bytes, sizeof(number));
	}
	return number;
}

/* Owned; NULL for no text, too. */
static char *take_text(struct reader *r)
{
	uint64_t length = take_number(r);
	const unsigned char *bytes;
	char *text;

	if (r->result != PST_OK || length == NO_TEXT) {
		return NULL;
	}
	bytes = take(r, length);
	if (bytes == NULL) {
		return NULL;
	}
	if (memchr(bytes, '\0', (size_t)length) != NULL) {
		r->result = PST_INVALID;
		return NULL;
	}
	text = strndup((const char *)bytes, (size_t)length);
	if (text == NULL) {
		r->result = PST_MEMORY;
	}
	return text;
}

static bool has_shape(const struct conf_value *v, uint64_t type, uint64_t count)
{
	bool holds = type == CONF_GROUP || type == CONF_LIST;

	return type >= CONF_GROUP && type <= CONF_FLOAT &&
	       (holds || count == 0) &&
	       (type == CONF_STRING) == (v->string != NULL);
}

static struct conf_value *take_value(struct reader *r, bool named,
                                     unsigned depth);

static void take_children(struct reader *r, struct conf_value *v,
                          uint64_t count, unsigned depth)
{
	struct conf_value *child;
	uint64_t i;

	for (i = 0; i < count && r->result == PST_OK; i++) {
		child = take_value(r, v->type == CONF_GROUP, depth + 1);
		if (child != NULL && conf_value_append(v, child) != PST_OK) {
			r->result = PST_MEMORY;
		}
	}
}

static struct conf_value *take_value(struct reader *r, bool named,
                                     unsigned depth)
{
	struct conf_value *v = calloc(1, sizeof(*v));
	uint64_t type, real, count;

	if (v == NULL || depth > 2 * CONF_DEPTH_MAX) {
		r->result = v == NULL ? PST_MEMORY : PST_INVALID;
		free(v);
		return NULL;
	}
	type = take_number(r);
	v->name = take_text(r);
	v->path = take_text(r);
	v->file = take_text(r);
	v->line = (unsigned)take_number(r);
	v->string = take_text(r);
	v->integer = (int64_t)take_number(r);
	real = take_number(r);
	memcpy(&v->real, &real, sizeof(real));
	count = take_number(r);
	if (r->result == PST_OK &&
	    (!has_shape(v, type, count) || (named && v->name == NULL) ||
	     (depth > 0 && v->path == NULL))) {
		r->result = PST_INVALID;
	}
	if (r->result == PST_OK) {
		v->type = (enum conf_type)type;
		take_children(r, v, count, depth);
	}
	if (r->result != PST_OK) {
		conf_value_destroy(v);
		return NULL;
	}
	return v;
}

/* The files lie behind all else, to the end. */
static int take_files(struct reader *r, void *bytes, size_t size,
                      struct file_store **files_out)
{
	char *folder = take_text(r);
	size_t at = size - r->left;
	int result = r->result;

	if (result == PST_OK && (folder == NULL || folder[0] != '/')) {
		result = PST_INVALID;
	}
	if (result == PST_OK) {
		result = file_store_map(bytes, size, at + padding(at), folder,
		                        files_out);
	}
	free(folder);
	return result;
}

static int read_all(void *bytes, size_t size, struct conf_value **tree_out,
                    struct file_store **files_out, uint8_t *seed_out)
{
	struct reader r = {bytes, size, PST_OK};
	struct conf_value *tree;
	const unsigned char *seed;
	uint64_t magic;
	int result;

	if (size < sizeof(magic) || take_number(&r) != MAGIC) {
		return PST_INVALID;
	}
	memcpy(&magic, (unsigned char *)bytes + size - sizeof(magic),
	       sizeof(magic));
	if (magic != MAGIC) {
		return PST_INVALID;
	}
	tree = take_value(&r, false, 0);
	seed = take(&r, GENERATION_SEED);
	result = take_files(&r, bytes, size, files_out);
	if (result != PST_OK) {
		conf_value_destroy(tree);
		return result;
	}
	*tree_out = tree;
	if (seed != NULL) {
		memcpy(seed_out, seed, GENERATION_SEED);
	}
	return PST_OK;
}

int generation_read(int fd, struct conf_value **tree_out,
                    struct file_store **files_out, uint8_t *seed_out)
{
	int result, seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *bytes;

	if (seals < 0 || (seals & SEALS) != SEALS) {
		return PST_INVALID; /* it could change while we read */
	}
	if (fstat(fd, &st) != 0) {
		return PST_IO;
	}
	if (st.st_size <= 0 || st.st_size > (off_t)SIZE_LIMIT) {
		return PST_INVALID;
	}
	/* private, for older kernels; nobody writes, and the pages are one */
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		return errno == ENOMEM ? PST_MEMORY : PST_IO;
	}
	result = read_all(bytes, (size_t)st.st_size, tree_out, files_out,
	                  seed_out);
	if (result != PST_OK) {
		munmap(bytes, (size_t)st.st_size);
	}
	return result;
}
