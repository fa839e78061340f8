/* SPDX-License-Identifier: MIT */
/* Files that settings name, read once. */
#include "file_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOT_SEALED "is not part of this generation"

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

int file_store_map(void *bytes, size_t size, size_t at, const char *folder,
                   struct file_store **store_out)
{
	struct file_store *s = calloc(1, sizeof(*s));
	int result = PST_MEMORY;

	if (s != NULL) {
		s->folder = strdup(folder);
	}
	if (s != NULL && s->folder != NULL) {
		result = file_map_open(&s->map, bytes, size, at);
	}
	if (result != PST_OK) {
		free(s == NULL ? NULL : s->folder);
		free(s);
		return result;
	}
	s->sealed = true;
	s->mapped = bytes;
	*store_out = s;
	return PST_OK;
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

static void folder_destroy(struct stored_folder *f)
{
	free(f->path);
	free(f->files);
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
	for (i = 0; i < s->folder_count; i++) {
		folder_destroy(s->folders[i]);
	}
	if (s->mapped != NULL) {
		munmap(s->mapped, s->map.size);
	}
	free(s->files);
	free(s->folders);
	name_index_finish(&s->by_path);
	name_index_finish(&s->folder_by_path);
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

static char *absolute(const struct file_store *s, const char *near,
                      const char *path)
{
	const char *slash = near == NULL ? NULL : strrchr(near, '/');
	char *beside, *whole;

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
	whole = join(s->folder, strlen(s->folder), beside);
	free(beside);
	return whole;
}

char *file_store_path(const struct file_store *s, const char *near,
                      const char *path)
{
	char *whole = absolute(s, near, path);
	size_t length = whole == NULL ? 0 : strlen(whole);

	while (length > 1 && whole[length - 1] == '/') {
		whole[--length] = '\0';
	}
	return whole;
}

PST_PRINTF(2, 3)
static void refuse(char **error, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	free(*error);
	*error = strdup(text);
}

static void refuse_errno(char **error, int number)
{
	const char *hint = "";

	if (number == ENOENT || number == ENOTDIR) {
		hint = "; make it, or correct the name";
	} else if (number == EACCES) {
		hint = "; let the user that starts this program read it";
	}
	refuse(error, "%s%s", strerror(number), hint);
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
		refuse(&f->error, "changed while it was read; try again");
	} else {
		refuse_errno(&f->error, errno);
	}
	free(f->data);
	f->data = NULL;
	return f->error == NULL ? PST_MEMORY : PST_OK;
}

static int read_open(struct stored_file *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		refuse_errno(&f->error, errno);
	} else if (S_ISDIR(st.st_mode)) {
		refuse(&f->error, "is a folder; name a file in it");
	} else if (!S_ISREG(st.st_mode)) {
		refuse(&f->error, "is not a regular file; name one");
	} else if (st.st_size > (off_t)FILE_STORE_LIMIT) {
		refuse(&f->error, "is larger than %zu MiB; name the right file",
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
		refuse_errno(&f->error, errno);
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

/* Room for one more in an array that doubles. */
static int make_room(void **array, size_t count, size_t *room_io, size_t size)
{
	size_t room = *room_io == 0 ? 16 : *room_io * 2;
	void *more;

	if (count < *room_io) {
		return PST_OK;
	}
	more = reallocarray(*array, room, size);
	if (more == NULL) {
		return PST_MEMORY;
	}
	*array = more;
	*room_io = room;
	return PST_OK;
}

/* Takes ownership, also on failure. */
static int keep(struct file_store *s, struct stored_file *f)
{
	void *files = s->files;
	int result = make_room(&files, s->count, &s->room, sizeof(f));

	s->files = files;
	if (result == PST_OK) {
		result = name_index_add(&s->by_path, f->path, f);
	}
	if (result != PST_OK) {
		file_destroy(f);
		return PST_MEMORY;
	}
	s->files[s->count++] = f;
	s->total += f->length;
	return PST_OK;
}

static bool is_full(const struct file_store *s)
{
	return s->count >= FILE_STORE_COUNT || s->total >= FILE_STORE_TOTAL;
}

static const struct stored_file *get(struct file_store *s, const char *path)
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
	if (!is_full(s)) {
		result = read_disk(f);
	} else {
		refuse(&f->error,
		       "is one file too many: more than %zu files or %zu MiB",
		       FILE_STORE_COUNT, FILE_STORE_TOTAL / 1024 / 1024);
		result = f->error == NULL ? PST_MEMORY : PST_OK;
	}
	if (result != PST_OK) {
		file_destroy(f);
		return NULL;
	}
	return keep(s, f) == PST_OK ? f : NULL;
}

/* -- folders ----------------------------------------------------------- */

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	       (entry->d_type == DT_REG || entry->d_type == DT_LNK ||
	        entry->d_type == DT_UNKNOWN);
}

static bool is_regular(const char *path, unsigned char type)
{
	struct stat st;

	return type == DT_REG || (stat(path, &st) == 0 && S_ISREG(st.st_mode));
}

static int take_entry(struct file_store *s, struct stored_folder *f,
                      const struct dirent *entry)
{
	char *path = join(f->path, strlen(f->path), entry->d_name);
	const struct stored_file *file;

	if (path == NULL) {
		return PST_MEMORY;
	}
	if (!is_regular(path, entry->d_type)) {
		free(path);
		return PST_OK;
	}
	file = get(s, path);
	free(path);
	if (file == NULL) {
		return PST_MEMORY;
	}
	f->files[f->count++] = file;
	if (file->data == NULL && f->error == NULL) {
		refuse(&f->error, "%s in it: %s", entry->d_name, file->error);
	}
	return PST_OK;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_folder(struct file_store *s, struct stored_folder *f)
{
	struct dirent **names;
	int i, n = scandir(f->path, &names, is_shown, compare_names);
	int result = PST_OK;

	if (n < 0) {
		refuse_errno(&f->error, errno);
		return f->error == NULL ? PST_MEMORY : PST_OK;
	}
	f->files = calloc((size_t)n + 1, sizeof(f->files[0]));
	if (f->files == NULL) {
		result = PST_MEMORY;
	}
	for (i = 0; i < n; i++) {
		if (result == PST_OK && f->error == NULL) {
			result = take_entry(s, f, names[i]);
		}
		free(names[i]);
	}
	free(names);
	if (result == PST_OK && f->count == 0 && f->error == NULL) {
		refuse(&f->error, "is a folder without a file in it");
	}
	return result;
}

/* Takes ownership, also on failure. */
static int keep_folder(struct file_store *s, struct stored_folder *f)
{
	struct stored_folder **more =
		reallocarray(s->folders, s->folder_count + 1, sizeof(more[0]));

	if (more != NULL) {
		s->folders = more;
	}
	if (more == NULL ||
	    name_index_add(&s->folder_by_path, f->path, f) != PST_OK) {
		folder_destroy(f);
		return PST_MEMORY;
	}
	more[s->folder_count++] = f;
	return PST_OK;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder at `path`; *out NULL: there is none. */
static int folder_get(struct file_store *s, const char *path,
                      struct stored_folder **out)
{
	struct stored_folder *f = name_index_find(&s->folder_by_path, path);

	*out = f;
	if (f != NULL || !is_folder(path)) {
		return PST_OK;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		return PST_MEMORY;
	}
	f->path = strdup(path);
	if (f->path == NULL || read_folder(s, f) != PST_OK) {
		folder_destroy(f);
		return PST_MEMORY;
	}
	*out = f;
	return keep_folder(s, f);
}

static void show(const struct stored_file *file, struct pst_file *out)
{
	memset(out, 0, sizeof(*out));
	out->path = file->path;
	out->data = file->data;
	out->length = file->length;
	out->mode = file->mode;
}

int file_store_file(struct file_store *s, const char *path,
                    struct pst_file *file_out, const char **why_out)
{
	const struct stored_file *file;

	if (s->sealed) {
		*why_out = NOT_SEALED;
		return file_map_find(&s->map, path, file_out) ? PST_OK
		                                              : PST_CONFIG;
	}
	file = get(s, path);
	if (file == NULL) {
		return PST_MEMORY;
	}
	show(file, file_out);
	*why_out = file->error;
	return file->data == NULL ? PST_CONFIG : PST_OK;
}

static int show_folder(const struct stored_folder *folder, struct arena *memory,
                       struct pst_files *files_out, const char **why_out)
{
	struct pst_file *items;
	size_t i;

	*why_out = folder->error;
	if (folder->error != NULL) {
		return PST_CONFIG;
	}
	items = arena_array(memory, folder->count, sizeof(*items));
	if (items == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < folder->count; i++) {
		show(folder->files[i], &items[i]);
	}
	files_out->count = folder->count;
	files_out->item = items;
	return PST_OK;
}

static int show_mapped(const struct file_map *m, const struct folder_record *f,
                       struct arena *memory, struct pst_files *files_out)
{
	struct pst_file *items =
		arena_array(memory, (size_t)f->count, sizeof(*items));
	uint64_t i;

	if (items == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < f->count; i++) {
		file_map_member(m, f, i, &items[i]);
	}
	files_out->count = (size_t)f->count;
	files_out->item = items;
	return PST_OK;
}

int file_store_read(struct file_store *s, const char *path,
                    struct arena *memory, struct pst_files *files_out,
                    const char **why_out)
{
	struct stored_folder *folder = NULL;
	struct pst_file *item;

	if (s->sealed && file_map_folder(&s->map, path) != NULL) {
		return show_mapped(&s->map, file_map_folder(&s->map, path),
		                   memory, files_out);
	}
	if (!s->sealed && folder_get(s, path, &folder) != PST_OK) {
		return PST_MEMORY;
	}
	if (folder != NULL) {
		return show_folder(folder, memory, files_out, why_out);
	}
	item = arena_alloc(memory, sizeof(*item));
	files_out->count = 1;
	files_out->item = item;
	return item == NULL ? PST_MEMORY
	                    : file_store_file(s, path, item, why_out);
}

const char *file_store_path_at(const struct file_store *s, size_t n)
{
	if (n < s->folder_count) {
		return s->folders[n]->path;
	}
	n -= s->folder_count;
	return n < s->count ? s->files[n]->path : NULL;
}
