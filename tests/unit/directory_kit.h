/* SPDX-License-Identifier: MIT */
/* A folder of files for tests of the service `directory`, and requests. */
#ifndef DIRECTORY_KIT_H
#define DIRECTORY_KIT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "pst_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <penstock/plugin.h>
#include <penstock/testkit.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	KIT_OPTIONS = 24
};

#define KIT_TIME 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */

static char folder[64]; /* "/tmp/x": the root is its folder "root" */

__attribute__((unused)) static const char *in_folder(const char *name)
{
	static char path[2][4200];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

__attribute__((unused)) static void set_time(const char *name, time_t when)
{
	const struct timespec t[2] = {{when, 0}, {when, 5}};

	CHECK_INT(utimensat(AT_FDCWD, in_folder(name), t, 0), 0);
}

__attribute__((unused)) static void make_file(const char *name,
                                              const char *text)
{
	FILE *f = fopen(in_folder(name), "w");

	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
		set_time(name, KIT_TIME);
	}
}

__attribute__((unused)) static void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/dirXXXXXX",
	         tmp == NULL || strlen(tmp) > 40 ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL || mkdir(in_folder("root"), 0755) != 0) {
		exit(99);
	}
}

__attribute__((unused)) static void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0) {
			remove_tree(dirfd(d), e->d_name);
		}
	}
	if (d != NULL) {
		closedir(d);
	}
	unlinkat(at, name, AT_REMOVEDIR);
}

__attribute__((unused)) static void remove_folder(void)
{
	remove_tree(AT_FDCWD, folder);
}

/** A kit over the root, with further options (NULL: none). */
__attribute__((unused)) static struct pst_kit *kit_with(const char *const *more)
{
	const char *options[KIT_OPTIONS + 3] = {"root", in_folder("root")};
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options};
	size_t n = 2;

	while (more != NULL && *more != NULL && n < KIT_OPTIONS) {
		options[n++] = *more++;
	}
	return pst_kit_create(&p);
}

__attribute__((unused)) static void ask(struct pst_kit *k, const char *method,
                                        const char *path,
                                        const char *const *fields)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = method,
	                                  .path = path,
	                                  .body = PST_BODY_NONE,
	                                  .fields = fields};

	if (CHECK(pst_kit_ready(k))) {
		CHECK_INT(
			pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, PST_EOM),
			0);
		CHECK_INT(pst_kit_offer(k), 0);
		pst_kit_run(k);
	}
}

/** One exchange: its head and body. */
struct reply_seen {
	struct pst_kit *k;
	struct pst_slice *s;
	const struct pst_head *h; /* NULL: no response */
	char body[4096];
	size_t length;
};

__attribute__((unused)) static void look(struct pst_kit *k,
                                         struct reply_seen *r)
{
	r->k = k;
	r->s = pst_kit_take(pst_kit_tx_out(k));
	r->h = r->s == NULL ? NULL : pst_kit_head_of(r->s);
	r->length =
		pst_kit_read(pst_kit_tx_out(k), r->body, sizeof(r->body) - 1);
	r->body[r->length] = '\0';
}

__attribute__((unused)) static void get_with(struct reply_seen *r,
                                             const char *const *options,
                                             const char *path,
                                             const char *const *fields)
{
	struct pst_kit *k = kit_with(options);

	ask(k, "GET", path, fields);
	look(k, r);
	CHECK(r->h != NULL);
}

__attribute__((unused)) static void done(struct reply_seen *r)
{
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(r->k)), PST_END_CLEAN);
	pst_kit_free(r->s);
	CHECK_INT(pst_kit_destroy(r->k), 0);
}

__attribute__((unused)) static unsigned status(const struct reply_seen *r)
{
	return r->h == NULL ? 0 : r->h->status;
}

__attribute__((unused)) static bool field_is(const struct reply_seen *r,
                                             const char *name,
                                             const char *value)
{
	return r->h != NULL && pst_kit_field_is(r->h, name, value);
}

#endif
