/* SPDX-License-Identifier: MIT */
/* Watching the files of a generation. */
#include "watch_files.h"

#include "file_changes.h"
#include "name_index.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LINKS_MOST = 40, /* as the system follows them */
	KEY_MAX = NAME_MAX + 16
};

#define CHANGES                                                                \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM |              \
	 IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | \
	 IN_ONLYDIR)
#define OF_ITSELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

struct watched_path {
	char *path; /* owned */
	bool folder;
};

/* Names that matter: "WD/NAME", and "WD/" when all in a folder do. */
struct watch_files {
	int fd;
	struct watched_path *paths;
	size_t path_count;
	struct name_index names;
	char **keys; /* owned: what the index borrows */
	size_t key_count, key_room;
	int *wds; /* each once */
	size_t wd_count, wd_room;
};

/* -- what matters ------------------------------------------------------ */

/* The array with room for one more; NULL on memory, with the old one as it
 * was. */
static void *room_for(void *array, size_t *room, size_t count, size_t size)
{
	const size_t more = *room * 2 + 16;
	void *bigger;

	if (count < *room) {
		return array;
	}
	bigger = reallocarray(array, more, size);
	if (bigger != NULL) {
		*room = more;
	}
	return bigger;
}

static bool matters(const struct watch_files *w, int wd, const char *name)
{
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "%d/%s", wd, name);
	return name_index_find(&w->names, key) != NULL;
}

/* "WD": the folder is watched for something. */
static bool is_watched(const struct watch_files *w, int wd)
{
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "%d", wd);
	return name_index_find(&w->names, key) != NULL;
}

static int add_key(struct watch_files *w, const char *text)
{
	char **keys, *key;

	if (name_index_find(&w->names, text) != NULL) {
		return PST_OK;
	}
	keys = room_for(w->keys, &w->key_room, w->key_count, sizeof(*keys));
	key = keys == NULL ? NULL : strdup(text);
	w->keys = keys == NULL ? w->keys : keys;
	if (key == NULL) {
		return PST_MEMORY;
	}
	w->keys[w->key_count++] = key;
	return name_index_add(&w->names, key, key);
}

static int add_name(struct watch_files *w, const char *folder, const char *name)
{
	char key[KEY_MAX];
	int wd = inotify_add_watch(w->fd, folder, CHANGES), *wds;

	if (wd < 0) {
		return PST_IO;
	}
	if (!is_watched(w, wd)) {
		snprintf(key, sizeof(key), "%d", wd);
		wds = room_for(w->wds, &w->wd_room, w->wd_count, sizeof(*wds));
		w->wds = wds == NULL ? w->wds : wds;
		if (wds == NULL || add_key(w, key) != PST_OK) {
			return PST_MEMORY;
		}
		w->wds[w->wd_count++] = wd;
	}
	snprintf(key, sizeof(key), "%d/%s", wd, name);
	return add_key(w, key);
}

/* -- from a path to the folders on the way ----------------------------- */

/* A path being walked: what is done has no link in it. */
struct walk {
	char done[PATH_MAX]; /* "" is the root */
	char rest[PATH_MAX];
	char name[NAME_MAX + 1]; /* the next component */
	unsigned links;
	struct stat st; /* of it */
};

/* True: there is a next component, and whether it is there is in `there`. */
static bool walk_next(struct walk *k, bool *there)
{
	const char *at = k->rest + strspn(k->rest, "/");
	size_t length = strcspn(at, "/"), done = strlen(k->done);

	if (length == 0 || length > NAME_MAX ||
	    done + length + 2 > sizeof(k->done)) {
		return false;
	}
	memcpy(k->name, at, length);
	k->name[length] = '\0';
	memmove(k->rest, at + length, strlen(at + length) + 1);
	snprintf(k->done + done, sizeof(k->done) - done, "/%s", k->name);
	*there = lstat(k->done, &k->st) == 0;
	k->done[done] = '\0';
	return true;
}

static bool walk_is_last(const struct walk *k)
{
	return k->rest[strspn(k->rest, "/")] == '\0';
}

static void walk_into(struct walk *k)
{
	const size_t done = strlen(k->done);
	char *slash = strrchr(k->done, '/');

	if (strcmp(k->name, "..") == 0) {
		if (slash != NULL) {
			*slash = '\0';
		}
	} else if (strcmp(k->name, ".") != 0) {
		snprintf(k->done + done, sizeof(k->done) - done, "/%s",
		         k->name);
	}
}

static bool walk_link(struct walk *k)
{
	char link[PATH_MAX], target[PATH_MAX], rest[PATH_MAX];
	ssize_t n;

	if (snprintf(link, sizeof(link), "%s/%s", k->done, k->name) >=
	            (int)sizeof(link) ||
	    ++k->links > LINKS_MOST) {
		return false;
	}
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0) {
		return false;
	}
	target[n] = '\0';
	if (target[0] == '/') {
		k->done[0] = '\0';
	}
	if (snprintf(rest, sizeof(rest), "%s/%s", target, k->rest) >=
	    (int)sizeof(rest)) {
		return false;
	}
	memcpy(k->rest, rest, strlen(rest) + 1);
	return true;
}

static const char *walk_folder(const struct walk *k)
{
	return k->done[0] == '\0' ? "/" : k->done;
}

/* Every link on the way, what is at its end, or what is missing. */
static int walk_watch(struct watch_files *w, const struct watched_path *p)
{
	struct walk k = {.links = 0};
	int result = PST_OK, one;
	bool there, link;

	snprintf(k.rest, sizeof(k.rest), "%s", p->path);
	while (walk_next(&k, &there)) {
		link = there && S_ISLNK(k.st.st_mode);
		if (link || !there || walk_is_last(&k)) {
			one = add_name(w, walk_folder(&k), k.name);
			result = one != PST_OK ? one : result;
		}
		if (!there || (link && !walk_link(&k))) {
			return result;
		}
		if (!link) {
			walk_into(&k);
		}
	}
	if (p->folder) {
		one = add_name(w, walk_folder(&k), "");
		result = one != PST_OK ? one : result;
	}
	return result;
}

/* -- all of them ------------------------------------------------------- */

static void names_finish(struct watch_files *w)
{
	size_t i;

	name_index_finish(&w->names);
	memset(&w->names, 0, sizeof(w->names));
	for (i = 0; i < w->key_count; i++) {
		free(w->keys[i]);
	}
	w->key_count = 0;
}

int watch_files_follow(struct watch_files *w)
{
	int *before = w->wds;
	const size_t before_count = w->wd_count;
	int result = PST_OK, one, error = 0;
	size_t i;

	names_finish(w);
	w->wds = NULL;
	w->wd_count = w->wd_room = 0;
	for (i = 0; i < w->path_count && result != PST_MEMORY; i++) {
		one = walk_watch(w, &w->paths[i]);
		error = one == PST_IO ? errno : error;
		result = one != PST_OK ? one : result;
	}
	for (i = 0; i < before_count; i++) {
		if (!is_watched(w, before[i])) {
			(void)inotify_rm_watch(w->fd, before[i]);
		}
	}
	free(before);
	errno = error;
	return result;
}

static void paths_finish(struct watch_files *w)
{
	size_t i;

	for (i = 0; i < w->path_count; i++) {
		free(w->paths[i].path);
	}
	free(w->paths);
	w->paths = NULL;
	w->path_count = 0;
}

static int paths_copy(struct watch_files *w, const struct file_store *files)
{
	size_t count = 0;
	const char *path;
	bool folder;

	while (file_store_named(files, count, &folder) != NULL) {
		count++;
	}
	w->paths = calloc(count + 1, sizeof(*w->paths));
	while (w->paths != NULL && w->path_count < count) {
		struct watched_path *p = &w->paths[w->path_count];

		path = file_store_named(files, w->path_count, &p->folder);
		p->path = strdup(path);
		if (p->path == NULL) {
			return PST_MEMORY;
		}
		w->path_count++;
	}
	return w->paths == NULL ? PST_MEMORY : PST_OK;
}

int watch_files_set(struct watch_files *w, const struct file_store *files)
{
	int copied, followed;

	paths_finish(w);
	copied = files == NULL ? PST_OK : paths_copy(w, files);
	followed = watch_files_follow(w);
	return copied != PST_OK ? copied : followed;
}

static bool event_matters(const struct watch_files *w,
                          const struct inotify_event *e)
{
	if ((e->mask & IN_Q_OVERFLOW) != 0) {
		return true; /* who knows what was lost */
	}
	if (!is_watched(w, e->wd)) {
		return false; /* of before */
	}
	return (e->mask & OF_ITSELF) != 0 || matters(w, e->wd, "") ||
	       (e->len != 0 && matters(w, e->wd, e->name));
}

bool watch_files_read(struct watch_files *w)
{
	_Alignas(struct inotify_event) char buffer[16384];
	bool found = false;
	ssize_t n, at;

	while ((n = read(w->fd, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < n;) {
			const struct inotify_event *e =
				(const void *)(buffer + at);

			found |= event_matters(w, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	return found;
}

static bool is_newer(const struct stat *st, const struct timespec *since)
{
	return st->st_ctim.tv_sec != since->tv_sec
	               ? st->st_ctim.tv_sec > since->tv_sec
	               : st->st_ctim.tv_nsec >= since->tv_nsec;
}

bool watch_files_since(const struct watch_files *w,
                       const struct timespec *since)
{
	size_t i;

	for (i = 0; i < w->path_count; i++) {
		struct walk k = {.links = 0};
		bool there;

		snprintf(k.rest, sizeof(k.rest), "%s", w->paths[i].path);
		while (walk_next(&k, &there)) {
			const bool link = there && S_ISLNK(k.st.st_mode);

			if (!there || ((link || walk_is_last(&k)) &&
			               is_newer(&k.st, since))) {
				return true;
			}
			if (link && !walk_link(&k)) {
				return true;
			}
			if (!link) {
				walk_into(&k);
			}
		}
	}
	return false;
}

struct watch_files *watch_files_create(void)
{
	struct watch_files *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		return NULL;
	}
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		free(w);
		return NULL;
	}
	return w;
}

void watch_files_destroy(struct watch_files *w)
{
	if (w == NULL) {
		return;
	}
	close(w->fd);
	paths_finish(w);
	names_finish(w);
	free(w->keys);
	free(w->wds);
	free(w);
}

int watch_files_fd(const struct watch_files *w)
{
	return w->fd;
}
