/* SPDX-License-Identifier: MIT */
/* No way out of the root: a table of attempts, links, and what is no file. */
#include "directory_kit.h"

#include "directory_open.h"
#include "directory_path.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

struct attempt {
	const char *path;
	unsigned status;
};

/* Beside the root: secret.txt. In it: a.txt, sub/b.txt, .hidden, .git/config,
 * "a b.txt", a file with an umlaut, and the links of make_links. */
static const struct attempt attempts[] = {
	/* what is there can be written in several ways */
	{"/a.txt", 200},
	{"/%61.txt", 200},
	{"/a%2Etxt", 200},
	{"/a%2etxt", 200},
	{"/a%20b.txt", 200},
	{"/%C3%BC.txt", 200},
	{"/\xc3\xbc.txt", 200},
	{"/sub/b.txt?../../secret.txt", 200},
	{"/a..txt", 200},
	{"/a+b.txt", 404},
	/* dots */
	{"/..", 404},
	{"/../", 404},
	{"/.", 404},
	{"/./", 404},
	{"/./a.txt", 404},
	{"/sub/./b.txt", 404},
	{"/sub/../a.txt", 404},
	{"/../secret.txt", 404},
	{"/sub/../../secret.txt", 404},
	{"/sub/..", 404},
	{"/../root/a.txt", 404},
	{"/../../../../../../../../etc/passwd", 404},
	{"/.../a.txt", 404},
	{"/..;/secret.txt", 404},
	{"/..%20/secret.txt", 404},
	{"/a.txt/../../secret.txt", 404},
	{"/a.txt/..", 404},
	{"/a.txt/.", 404},
	{"/a.txt/", 404},
	{"/a.txt/b", 404},
	{"/a.txt.", 404},
	{"/a.txt%20", 404},
	/* dots that are encoded */
	{"/%2e%2e/secret.txt", 404},
	{"/%2E%2E/secret.txt", 404},
	{"/.%2e/secret.txt", 404},
	{"/%2e./secret.txt", 404},
	{"/%2e/a.txt", 404},
	{"/sub/%2e%2e/a.txt", 404},
	{"/%2e%2e%2fsecret.txt", 404},
	{"/..%2fsecret.txt", 404},
	{"/..%2Fsecret.txt", 404},
	{"/sub%2fb.txt", 404},
	{"/sub%2F..%2F..%2Fsecret.txt", 404},
	{"/%2fetc/passwd", 404},
	{"/%2f%2fetc%2fpasswd", 404},
	/* decoded once only */
	{"/%252e%252e/secret.txt", 404},
	{"/%252e%252e%252fsecret.txt", 404},
	{"/%2561.txt", 404},
	{"/%25", 404},
	{"/..%252f..%252fsecret.txt", 404},
	/* backslashes */
	{"/..\\secret.txt", 404},
	{"/sub\\b.txt", 404},
	{"/..%5csecret.txt", 404},
	{"/..%5Csecret.txt", 404},
	{"/%5c..%5csecret.txt", 404},
	{"/\\\\host\\share", 404},
	{"/c:/secret.txt", 404},
	{"/a.txt::$DATA", 404},
	/* ends of strings, control characters */
	{"/a.txt%00", 400},
	{"/a.txt%00.html", 400},
	{"/%00", 400},
	{"/..%00/secret.txt", 400},
	{"/a.txt%0a", 400},
	{"/a.txt%0d%0aX-A:%20b", 400},
	{"/%09a.txt", 400},
	{"/%7f", 400},
	{"/%1b[0m", 400},
	/* encodings that are none */
	{"/%", 400},
	{"/%2", 400},
	{"/%zz", 400},
	{"/%2g", 400},
	{"/a.txt%", 400},
	{"/%u002e%u002e/secret.txt", 400},
	{"/%-2e", 400},
	{"/% 2e", 400},
	/* UTF-8: overlong, cut, surrogates, beyond */
	{"/%c0%ae%c0%ae/secret.txt", 400},
	{"/%c0%ae%c0%ae%c0%afsecret.txt", 400},
	{"/..%c0%afsecret.txt", 400},
	{"/..%c1%9csecret.txt", 400},
	{"/%e0%80%ae%e0%80%ae/secret.txt", 400},
	{"/%f0%80%80%ae/secret.txt", 400},
	{"/%c0%80", 400},
	{"/%ed%a0%80", 400},
	{"/%f4%90%80%80", 400},
	{"/%f5%80%80%80", 400},
	{"/%e0%9f%bf", 400},
	{"/%e0%a4", 400},
	{"/%f8%88%80%80%ae", 400},
	{"/%c3", 400},
	{"/%fc.txt", 400},
	{"/\xc0\xae\xc0\xae/secret.txt", 400},
	{"/%80", 400},
	{"/%ff", 400},
	/* well-formed, and not there */
	{"/%e0%a4%a8", 404},
	{"/%f4%8f%bf%bf", 404},
	/* looks like dots and slashes, but is a name */
	{"/%ef%bc%8e%ef%bc%8e/secret.txt", 404},
	{"/%e2%80%a5/secret.txt", 404},
	{"/..%e2%88%95secret.txt", 404},
	/* empty segments, and other hosts */
	{"//a.txt", 404},
	{"/sub//b.txt", 404},
	{"//", 404},
	{"///etc/passwd", 404},
	{"//evil.test/sub", 404},
	{"//evil.test/%2e%2e", 404},
	{"/sub//", 404},
	/* hidden names */
	{"/.hidden", 404},
	{"/%2ehidden", 404},
	{"/.git/config", 404},
	{"/.git", 404},
	{"/.git/", 404},
	{"/sub/../.hidden", 404},
	{"/.htaccess", 404},
	/* links */
	{"/inside.txt", 200},
	{"/subs/b.txt", 200},
	{"/sub/up.txt", 200},
	{"/outside.txt", 404},
	{"/absolute.txt", 404},
	{"/out/secret.txt", 404},
	{"/out", 404},
	{"/out/", 404},
	{"/etc/passwd", 404},
	{"/loop", 404},
	{"/dangling", 404},
	{"/proc/self/root/etc/passwd", 404},
	/* neither file nor folder */
	{"/fifo", 404},
	{"/socket", 404},
	{"/device", 404},
	/* other forms of targets */
	{"*", 404},
	{"a.txt", 404},
};

static void nothing_leads_out_of_the_root(void)
{
	size_t i;

	CHECK(sizeof(attempts) / sizeof(attempts[0]) >= 100);
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		struct reply_seen r;

		get_with(&r, NULL, attempts[i].path, NULL);
		if (!CHECK_INT(status(&r), attempts[i].status) ||
		    !CHECK(strstr(r.body, "secret") == NULL)) {
			printf("  %s\n", attempts[i].path);
		}
		done(&r);
	}
}

static void nor_behind_a_prefix_with_hidden_names_shown(void)
{
	static const char *const options[] = {"show_hidden", "*", "prefix",
	                                      "/p", NULL};
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		struct reply_seen r;

		snprintf(path, sizeof(path), "/p%s", attempts[i].path);
		get_with(&r, options, path, NULL);
		if (!CHECK(strstr(r.body, "secret") == NULL)) {
			printf("  %s\n", path);
		}
		done(&r);
	}
}

static void a_path_that_is_too_long_is_unknown(void)
{
	static char path[9000];
	struct directory_path out;
	static const struct pst_list none;

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	CHECK_INT(directory_path_read(path, 300, &none, &out), 0);
	CHECK_INT(directory_path_read(path, DIRECTORY_PATH_MAX, &none, &out),
	          0);
	CHECK_INT(
		directory_path_read(path, DIRECTORY_PATH_MAX + 1, &none, &out),
		PST_NO_ROUTE);
	CHECK_INT(directory_path_read(path, 8999, &none, &out), PST_NO_ROUTE);
	path[8998] = '%';
	CHECK_INT(directory_path_read(path, 8999, &none, &out), PST_PROTO);
	path[1000] = '\0';
	CHECK_INT(directory_path_read(path, 0, &none, &out), PST_PROTO);
}

static int open_errno(struct directory_root *r, const char *name)
{
	struct stat st;
	int fd = directory_open(r, name, &st);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	return fd;
}

static struct directory_root *opened(bool walk)
{
	struct directory_root *r = directory_root_create(in_folder("root"), 1);

	if (walk) {
		directory_root_walk(r);
	}
	CHECK_INT(directory_root_open(r), 0);
	return r;
}

static void links_are_followed_within_the_root(void)
{
	struct directory_root *r = opened(false);

	CHECK_INT(open_errno(r, "a.txt"), 0);
	CHECK_INT(open_errno(r, "inside.txt"), 0);
	CHECK_INT(open_errno(r, "subs/b.txt"), 0);
	CHECK_INT(open_errno(r, "sub/up.txt"), 0);
	CHECK_INT(open_errno(r, "outside.txt"), -EXDEV);
	CHECK_INT(open_errno(r, "absolute.txt"), -EXDEV);
	CHECK_INT(open_errno(r, "out/secret.txt"), -EXDEV);
	CHECK_INT(open_errno(r, "../secret.txt"), -EXDEV);
	CHECK_INT(open_errno(r, "/etc/passwd"), -EXDEV);
	CHECK_INT(open_errno(r, "loop"), -ELOOP);
	CHECK_INT(open_errno(r, ""), -EISDIR);
	CHECK_INT(open_errno(r, "sub"), -EISDIR);
	CHECK_INT(open_errno(r, "none"), -ENOENT);
	CHECK_INT(open_errno(r, "fifo"), -ENOENT);
	CHECK_INT(open_errno(r, "socket"), -ENOENT);
	directory_root_destroy(r);
}

static void without_openat2_no_link_is_followed(void)
{
	struct directory_root *r = opened(true);

	CHECK_INT(open_errno(r, "a.txt"), 0);
	CHECK_INT(open_errno(r, "sub/b.txt"), 0);
	CHECK_INT(open_errno(r, "sub/deep/c.txt"), 0);
	CHECK_INT(open_errno(r, ""), -EISDIR);
	CHECK_INT(open_errno(r, "sub"), -EISDIR);
	CHECK_INT(open_errno(r, "none/x"), -ENOENT);
	CHECK_INT(open_errno(r, "a.txt/x"), -ENOTDIR);
	CHECK(open_errno(r, "inside.txt") < 0);
	CHECK(open_errno(r, "subs/b.txt") < 0);
	CHECK(open_errno(r, "outside.txt") < 0);
	CHECK(open_errno(r, "absolute.txt") < 0);
	CHECK(open_errno(r, "out/secret.txt") < 0);
	CHECK(open_errno(r, "loop") < 0);
	CHECK_INT(open_errno(r, "fifo"), -ENOENT);
	CHECK_INT(open_errno(r, "socket"), -ENOENT);
	CHECK_INT(open_errno(r, "../secret.txt"), -EXDEV);
	CHECK_INT(open_errno(r, "sub/../a.txt"), -EXDEV);
	CHECK_INT(open_errno(r, "sub/.."), -EXDEV);
	CHECK_INT(open_errno(r, "/etc/passwd"), -EXDEV);
	directory_root_destroy(r);
}

static unsigned descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL) {
		n++;
	}
	if (d != NULL) {
		closedir(d);
	}
	return n;
}

static void no_descriptor_stays_open(void)
{
	unsigned before = descriptors();

	nothing_leads_out_of_the_root();
	links_are_followed_within_the_root();
	without_openat2_no_link_is_followed();
	CHECK_INT(descriptors(), before);
}

static void link_to(const char *target, const char *name)
{
	CHECK_INT(symlink(target, in_folder(name)), 0);
}

static void make_links(void)
{
	char absolute[4200];

	link_to("a.txt", "root/inside.txt");
	link_to("sub", "root/subs");
	link_to("../a.txt", "root/sub/up.txt");
	link_to("../secret.txt", "root/outside.txt");
	snprintf(absolute, sizeof(absolute), "%s/root/a.txt", folder);
	link_to(absolute, "root/absolute.txt");
	link_to("..", "root/out");
	link_to("/etc", "root/etc");
	link_to("/proc", "root/proc");
	link_to("loop", "root/loop");
	link_to("nowhere", "root/dangling");
	link_to("/dev/zero", "root/device");
}

static void make_socket(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/root/socket", folder);
	CHECK_INT(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
}

static void the_folder_is_made(void)
{
	make_folder();
	CHECK_INT(mkdir(in_folder("root/sub"), 0755), 0);
	CHECK_INT(mkdir(in_folder("root/sub/deep"), 0755), 0);
	CHECK_INT(mkdir(in_folder("root/.git"), 0755), 0);
	make_file("secret.txt", "secret");
	make_file("root/a.txt", "a");
	make_file("root/a..txt", "a");
	make_file("root/a b.txt", "a");
	make_file("root/\xc3\xbc.txt", "u");
	make_file("root/sub/b.txt", "b");
	make_file("root/sub/deep/c.txt", "c");
	make_file("root/.hidden", "hidden");
	make_file("root/.git/config", "hidden");
	make_links();
	make_socket();
	CHECK_INT(mkfifo(in_folder("root/fifo"), 0644), 0);
}

static void the_folder_is_removed(void)
{
	remove_folder();
	CHECK(access(folder, F_OK) != 0);
}

/* The first makes the folder and the last removes it: CHECK needs a test. */
static CU_TestInfo tests[] = {
	TEST(the_folder_is_made),
	TEST(nothing_leads_out_of_the_root),
	TEST(nor_behind_a_prefix_with_hidden_names_shown),
	TEST(a_path_that_is_too_long_is_unknown),
	TEST(links_are_followed_within_the_root),
	TEST(without_openat2_no_link_is_followed),
	TEST(no_descriptor_stays_open),
	TEST(the_folder_is_removed),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
