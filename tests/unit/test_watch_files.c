/* SPDX-License-Identifier: MIT */
/* Which changes of the file system concern the files of a generation. */
#include "file_changes.h"
#include "pst_test.h"
#include "watch_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder for the test, a store with some of its files, and the watch. */
struct world {
	char folder[64];
	struct file_store *store;
	struct watch_files *watch;
};

static const char *at(const struct world *w, const char *name)
{
	static char path[4][256];
	static unsigned n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", w->folder, name);
	return path[n];
}

static void put(const struct world *w, const char *name, const char *text)
{
	FILE *f = fopen(at(w, name), "w");

	CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void folder(const struct world *w, const char *name)
{
	CHECK_INT(mkdir(at(w, name), 0700), 0);
}

static void link_to(const struct world *w, const char *name, const char *to)
{
	CHECK_INT(symlink(to, at(w, name)), 0);
}

static void move(const struct world *w, const char *from, const char *to)
{
	CHECK_INT(rename(at(w, from), at(w, to)), 0);
}

static void begin(struct world *w)
{
	strcpy(w->folder, "/tmp/penstock-watch.XXXXXX");
	CHECK(mkdtemp(w->folder) != NULL);
	w->store = file_store_create();
	w->watch = watch_files_create();
	CHECK(w->store != NULL && w->watch != NULL);
}

static void name(struct world *w, const char *file)
{
	struct pst_file ignored;
	const char *why;

	CHECK(file_store_file(w->store, at(w, file), &ignored, &why) !=
	      PST_MEMORY);
}

static void watch(struct world *w)
{
	CHECK_INT(watch_files_set(w->watch, w->store), PST_OK);
	(void)watch_files_read(w->watch);
}

static bool noticed(struct world *w)
{
	return watch_files_read(w->watch);
}

static void finish(struct world *w)
{
	char command[128];

	watch_files_destroy(w->watch);
	file_store_destroy(w->store);
	snprintf(command, sizeof(command), "rm -rf %s", w->folder);
	CHECK_INT(system(command), 0);
}

static void a_file_that_is_written_is_noticed(void)
{
	struct world w;

	begin(&w);
	put(&w, "a", "1");
	name(&w, "a");
	watch(&w);
	CHECK(!noticed(&w));
	put(&w, "a", "2");
	CHECK(noticed(&w));
	CHECK(!noticed(&w));
	finish(&w);
}

static void a_file_that_is_replaced_is_noticed_each_time(void)
{
	struct world w;
	int i;

	begin(&w);
	put(&w, "a", "1");
	name(&w, "a");
	watch(&w);
	for (i = 0; i < 3; i++) {
		put(&w, "new", "2");
		CHECK(!noticed(&w));
		move(&w, "new", "a");
		CHECK(noticed(&w));
	}
	CHECK_INT(unlink(at(&w, "a")), 0);
	CHECK(noticed(&w));
	finish(&w);
}

static void a_neighbour_does_not_matter(void)
{
	struct world w;

	begin(&w);
	put(&w, "a", "1");
	name(&w, "a");
	watch(&w);
	put(&w, "ab", "2");
	put(&w, "b", "2");
	CHECK_INT(unlink(at(&w, "b")), 0);
	CHECK(!noticed(&w));
	finish(&w);
}

static void links_on_the_way_are_followed(void)
{
	struct world w;

	/* as Kubernetes mounts a secret */
	begin(&w);
	folder(&w, "..1");
	folder(&w, "..2");
	put(&w, "..1/tls.crt", "1");
	put(&w, "..2/tls.crt", "2");
	link_to(&w, "..data", "..1");
	link_to(&w, "tls.crt", "..data/tls.crt");
	name(&w, "tls.crt");
	watch(&w);
	link_to(&w, "..tmp", "..2");
	CHECK(!noticed(&w));
	move(&w, "..tmp", "..data");
	CHECK(noticed(&w));
	CHECK_INT(watch_files_follow(w.watch), PST_OK);
	put(&w, "..1/tls.crt", "no longer");
	CHECK(!noticed(&w));
	put(&w, "..2/tls.crt", "3");
	CHECK(noticed(&w));
	finish(&w);
}

static void links_up_and_across_are_followed(void)
{
	struct world w;

	/* as certbot keeps them */
	begin(&w);
	folder(&w, "live");
	folder(&w, "archive");
	put(&w, "archive/c1", "1");
	put(&w, "archive/c2", "2");
	link_to(&w, "live/c", "../archive/./c1");
	name(&w, "live/c");
	watch(&w);
	put(&w, "archive/c2", "3");
	CHECK(!noticed(&w));
	put(&w, "archive/c1", "3");
	CHECK(noticed(&w));
	link_to(&w, "live/new", "../archive/c2");
	move(&w, "live/new", "live/c");
	CHECK(noticed(&w));
	finish(&w);
}

static void links_in_a_circle_end(void)
{
	struct world w;

	begin(&w);
	link_to(&w, "a", "b");
	link_to(&w, "b", "a");
	name(&w, "a");
	watch(&w);
	CHECK_INT(unlink(at(&w, "b")), 0);
	CHECK(noticed(&w));
	finish(&w);
}

static void a_file_that_is_missing_is_noticed_when_it_comes(void)
{
	struct world w;

	begin(&w);
	name(&w, "sub/a");
	watch(&w);
	folder(&w, "sub");
	CHECK(noticed(&w));
	CHECK_INT(watch_files_follow(w.watch), PST_OK);
	put(&w, "sub/a", "1");
	CHECK(noticed(&w));
	finish(&w);
}

static void a_folder_that_is_replaced_is_noticed(void)
{
	struct world w;

	begin(&w);
	folder(&w, "sub");
	put(&w, "sub/a", "1");
	name(&w, "sub/a");
	watch(&w);
	move(&w, "sub", "old");
	CHECK(noticed(&w));
	CHECK_INT(watch_files_follow(w.watch), PST_OK);
	folder(&w, "sub");
	CHECK(noticed(&w));
	finish(&w);
}

static void a_new_file_in_a_folder_is_noticed(void)
{
	struct pst_files files;
	struct arena memory;
	const char *why;
	struct world w;

	begin(&w);
	folder(&w, "d");
	put(&w, "d/a", "1");
	arena_init(&memory);
	CHECK_INT(file_store_read(w.store, at(&w, "d"), &memory, &files, &why),
	          PST_OK);
	watch(&w);
	put(&w, "d/b", "1");
	CHECK(noticed(&w));
	put(&w, "other", "1");
	CHECK(!noticed(&w));
	arena_finish(&memory);
	finish(&w);
}

static void what_is_no_longer_named_is_not_watched(void)
{
	struct world w;

	begin(&w);
	put(&w, "a", "1");
	name(&w, "a");
	watch(&w);
	put(&w, "a", "2");
	CHECK_INT(watch_files_set(w.watch, NULL), PST_OK);
	CHECK(!noticed(&w));
	put(&w, "a", "3");
	CHECK(!noticed(&w));
	finish(&w);
}

static void changes_before_the_watch_have_a_stamp(void)
{
	struct timespec before, after;
	struct world w;
	struct stat st;

	begin(&w);
	folder(&w, "d");
	put(&w, "d/a", "1");
	link_to(&w, "a", "d/a");
	name(&w, "a");
	watch(&w);
	CHECK_INT(lstat(at(&w, "a"), &st), 0);
	before = after = st.st_ctim;
	after.tv_sec++;
	CHECK(watch_files_since(w.watch, &before));
	CHECK(!watch_files_since(w.watch, &after));
	CHECK_INT(unlink(at(&w, "d/a")), 0);
	CHECK(watch_files_since(w.watch, &after));
	finish(&w);
}

static size_t changes(struct world *w, struct diag *d)
{
	struct file_store *now = file_store_again(w->store);
	size_t count;

	diag_init(d);
	CHECK(now != NULL);
	count = file_changes(w->store, now, d);
	file_store_destroy(now);
	return count;
}

static void only_contents_count_as_changes(void)
{
	struct pst_files files;
	struct arena memory;
	const char *why;
	struct world w;
	struct diag d;

	begin(&w);
	folder(&w, "d");
	put(&w, "d/a", "1");
	put(&w, "a", "1");
	arena_init(&memory);
	CHECK_INT(file_store_read(w.store, at(&w, "d"), &memory, &files, &why),
	          PST_OK);
	name(&w, "a");
	put(&w, "a", "1");
	CHECK_INT(changes(&w, &d), 0);
	CHECK_INT(d.count, 0);
	diag_finish(&d);
	put(&w, "a", "2");
	CHECK_INT(changes(&w, &d), 1);
	CHECK(strstr(d.entries[0].text, "/a has changed") != NULL);
	CHECK_INT(d.errors, 0);
	diag_finish(&d);
	put(&w, "d/b", "");
	CHECK_INT(changes(&w, &d), 2);
	diag_finish(&d);
	CHECK_INT(unlink(at(&w, "a")), 0);
	CHECK_INT(changes(&w, &d), 2);
	diag_finish(&d);
	arena_finish(&memory);
	finish(&w);
}

static CU_TestInfo tests[] = {
	TEST(a_file_that_is_written_is_noticed),
	TEST(a_file_that_is_replaced_is_noticed_each_time),
	TEST(a_neighbour_does_not_matter),
	TEST(links_on_the_way_are_followed),
	TEST(links_up_and_across_are_followed),
	TEST(links_in_a_circle_end),
	TEST(a_file_that_is_missing_is_noticed_when_it_comes),
	TEST(a_folder_that_is_replaced_is_noticed),
	TEST(a_new_file_in_a_folder_is_noticed),
	TEST(what_is_no_longer_named_is_not_watched),
	TEST(changes_before_the_watch_have_a_stamp),
	TEST(only_contents_count_as_changes),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
