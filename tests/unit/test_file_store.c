/* SPDX-License-Identifier: MIT */
/* Files that settings name, as they are read from the disk. */
#include "file_store.h"
#include "pst_test.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct arena memory;
static const char *why;

static const char *in_folder(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(in_folder(name), "w");

	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static bool said(const char *part)
{
	bool held = why != NULL && strstr(why, part) != NULL;

	if (!held) {
		printf("not \"%s\" but: %s\n", part, why == NULL ? "" : why);
	}
	return held;
}

static void a_file_is_read_once(void)
{
	struct file_store *s = file_store_create();
	struct pst_file one, two;

	put("a", "first");
	CHECK_INT(file_store_file(s, in_folder("a"), &one, &why), PST_OK);
	put("a", "second");
	CHECK_INT(file_store_file(s, in_folder("a"), &two, &why), PST_OK);
	CHECK(one.data == two.data);
	CHECK_MEM(two.data, "first", 6); /* a 0 byte follows */
	CHECK_INT(two.length, 5);
	CHECK_STR(two.path, in_folder("a"));
	file_store_destroy(s);
}

static void what_cannot_be_read_is_told(void)
{
	struct file_store *s = file_store_create();
	struct pst_file file;
	struct pst_files files;

	CHECK_INT(file_store_file(s, in_folder("no"), &file, &why), PST_CONFIG);
	CHECK(said("No such file"));
	CHECK_INT(file_store_file(s, folder, &file, &why), PST_CONFIG);
	CHECK(said("is a folder; name a file in it"));
	CHECK_INT(file_store_file(s, "/dev/null", &file, &why), PST_CONFIG);
	CHECK(said("is not a regular file"));
	CHECK_INT(file_store_read(s, in_folder("no"), &memory, &files, &why),
	          PST_CONFIG);
	CHECK(said("No such file"));
	file_store_destroy(s);
}

static void a_folder_with_a_file_that_is_too_large_is_refused(void)
{
	struct file_store *s = file_store_create();
	struct pst_files files;

	put("large", "");
	CHECK_INT(truncate(in_folder("large"), (off_t)FILE_STORE_LIMIT + 1), 0);
	CHECK_INT(file_store_read(s, folder, &memory, &files, &why),
	          PST_CONFIG);
	CHECK(said("large in it: is larger than 8 MiB"));
	CHECK_INT(remove(in_folder("large")), 0);
	file_store_destroy(s);
}

static void too_many_files_are_refused(void)
{
	struct file_store *s = file_store_create();
	struct pst_file file;

	put("a", "x");
	put("b", "x");
	s->total = FILE_STORE_TOTAL;
	CHECK_INT(file_store_file(s, in_folder("a"), &file, &why), PST_CONFIG);
	CHECK(said("more than 100000 files or 512 MiB"));
	s->total = 0;
	CHECK_INT(file_store_file(s, in_folder("b"), &file, &why), PST_OK);
	file_store_destroy(s);
}

static void all_that_was_asked_for_can_be_watched(void)
{
	struct file_store *s = file_store_create();
	struct pst_file file;
	struct pst_files files;
	char gone[160];

	put("a", "x");
	snprintf(gone, sizeof(gone), "%s", in_folder("gone"));
	CHECK_INT(file_store_file(s, gone, &file, &why), PST_CONFIG);
	CHECK_INT(file_store_read(s, folder, &memory, &files, &why), PST_OK);
	CHECK_STR(file_store_path_at(s, 0), folder);
	CHECK_STR(file_store_path_at(s, 1), gone);
	CHECK_STR(file_store_path_at(s, 2), in_folder("a"));
	CHECK(file_store_path_at(s, 2 + files.count) == NULL);
	file_store_destroy(s);
}

static void path_is(const struct file_store *s, const char *near,
                    const char *path, const char *want)
{
	char *got = file_store_path(s, near, path);

	CHECK_STR(got, want);
	free(got);
}

static void paths_stand_on_the_file_that_names_them(void)
{
	struct file_store *s = file_store_create();

	free(s->folder);
	s->folder = strdup("/work");
	path_is(s, NULL, "a.pem", "/work" "/a.pem");
	path_is(s, "gw.conf", "a.pem", "/work" "/a.pem");
	path_is(s, "etc/gw.conf", "a.pem", "/work" "/etc/a.pem");
	path_is(s, "/etc/gw.conf", "a.pem", "/etc/a.pem");
	path_is(s, "/etc/gw.conf", "/b/a.pem", "/b/a.pem");
	path_is(s, "/etc/gw.conf", "keys/", "/etc/keys");
	path_is(s, NULL, "/", "/");
	file_store_destroy(s);
}

static CU_TestInfo tests[] = {
	TEST(a_file_is_read_once),
	TEST(what_cannot_be_read_is_told),
	TEST(a_folder_with_a_file_that_is_too_large_is_refused),
	TEST(too_many_files_are_refused),
	TEST(all_that_was_asked_for_can_be_watched),
	TEST(paths_stand_on_the_file_that_names_them),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	int failed;

	(void)argc;
	strcpy(folder, "/tmp/pst-store-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		return 99;
	}
	arena_init(&memory);
	failed = pst_test_run(argv[0], tests);
	arena_finish(&memory);
	remove(in_folder("a"));
	remove(in_folder("b"));
	rmdir(folder);
	return failed;
}
