/* SPDX-License-Identifier: MIT */
/* Paths of requests: judged, and mapped from the accept to the connect path. */
#include "../../plugins/proxy/proxy_path.h"
#include "pst_test.h"

struct judged {
	const char *path;
	unsigned oddity;
};

static void judge_all(const struct judged *row, unsigned allowed)
{
	for (; row->path != NULL; row++) {
		if (!CHECK_INT(proxy_path_judge(row->path, strlen(row->path),
		                                allowed),
		               row->oddity)) {
			printf("    %s\n", row->path);
		}
	}
}

static void ordinary_paths_pass(void)
{
	static const struct judged rows[] = {
		{"/", 0},
		{"", 0},
		{"*", 0},
		{"/a/b/", 0},
		{"/a.b/.c/..d/e../...", 0},
		{"/a%20b", 0},
		{"/%E4%BD%A0%C3%A9", 0},
		{"/%e0%a4%a8", 0},
		{"/%F0%9F%98%80", 0},
		{"/100%25", 0},
		{"/100%2525", 0},
		{"/%7Euser", 0},
		{"/a;v=1/b", 0},
		{"/a%3Fb%23c", 0},
		{"/a%2Bb+c", 0},
		{"/%2520", 0},
		{"/a/;", PROXY_PATH_EMPTY},
		{"/..a/b..", 0},
		{NULL, 0},
	};

	judge_all(rows, 0);
}

static void dot_segments_are_found_in_every_writing(void)
{
	static const char *const dots[] = {
		"/..",         "/.",          "/a/..",       "/a/../b",
		"/a/./b",      "/a/..;/b",    "/a/..;x=1/b", "/a/.;/b",
		"/../../../x", "/a/..%3bx/b", NULL};
	static const char *const hidden[] = {"/%2e%2e/",
	                                     "/.%2e/a",
	                                     "/%2E./a",
	                                     "/%2e",
	                                     "/%252e%252e/",
	                                     "/%25252e%25252E/a",
	                                     "/%c0%ae%c0%ae/",
	                                     "/.%c0%ae/",
	                                     "/%e0%80%ae%e0%80%ae/",
	                                     "/%f0%80%80%ae./x",
	                                     "/a/%2e%2e;x/b",

	                                     "/a/..%2fb",
	                                     "/a%2f..%2fb",
	                                     "/a/..%5cb",
	                                     "/a/%2e%2e%2fb",
	                                     "/a/%252e%252e%252fb",
	                                     NULL};
	size_t i;

	for (i = 0; dots[i] != NULL; i++) {
		if (!CHECK_INT(proxy_path_judge(dots[i], strlen(dots[i]), 0),
		               PROXY_PATH_DOTS)) {
			printf("    %s\n", dots[i]);
		}
	}
	for (i = 0; hidden[i] != NULL; i++) {
		size_t n = strlen(hidden[i]);

		if (!CHECK(proxy_path_judge(hidden[i], n, 0) != 0) ||
		    !CHECK_INT(proxy_path_judge(hidden[i], n,
		                                PROXY_PATH_PLAIN |
		                                        PROXY_PATH_SLASHES),
		               PROXY_PATH_DOTS)) {
			printf("    %s\n", hidden[i]);
		}
	}
}

static void encoded_slashes_are_found(void)
{
	static const struct judged rows[] = {
		{"/a%2fb", PROXY_PATH_SLASHES},
		{"/a%2Fb", PROXY_PATH_SLASHES},
		{"/a%5cb", PROXY_PATH_SLASHES},
		{"/a%252fb", PROXY_PATH_SLASHES},
		{"/a%25252Fb", PROXY_PATH_SLASHES},
		{"/a%c0%afb", PROXY_PATH_SLASHES},
		{"/a%c1%9cb", PROXY_PATH_SLASHES},
		{"/a%e0%80%afb", PROXY_PATH_SLASHES},
		{NULL, 0},
	};

	judge_all(rows, 0);
}

static void empty_segments_are_found(void)
{
	static const struct judged rows[] = {
		{"//", PROXY_PATH_EMPTY},
		{"//a", PROXY_PATH_EMPTY},
		{"/a//b", PROXY_PATH_EMPTY},
		{"/a//", PROXY_PATH_EMPTY},
		{"/;x/a", PROXY_PATH_EMPTY},
		{"/a/", 0},
		{NULL, 0},
	};

	judge_all(rows, 0);
}

static void encoded_letters_are_found(void)
{
	static const struct judged rows[] = {
		{"/%61dmin", PROXY_PATH_PLAIN}, {"/a%2Db", PROXY_PATH_PLAIN},
		{"/a%5Fb", PROXY_PATH_PLAIN},   {"/a%2etxt", PROXY_PATH_PLAIN},
		{"/%30", PROXY_PATH_PLAIN},     {NULL, 0},
	};

	judge_all(rows, 0);
}

static void some_are_never_allowed(void)
{
	static const struct judged rows[] = {
		{"/a%00", PROXY_PATH_NUL},
		{"/a%2500", PROXY_PATH_NUL},
		{"/%c0%80", PROXY_PATH_NUL},
		{"/a%c0%a52e", PROXY_PATH_PERCENT},
		{"/a%25c0%a5", PROXY_PATH_PERCENT},
		{"/a%e0%80%a5", PROXY_PATH_PERCENT},
		{"/%c0%a52525c0%ae/b", PROXY_PATH_PERCENT},
		{"/%25%2532e%252e/", PROXY_PATH_PERCENT},
		{"/a%252%2565", PROXY_PATH_PERCENT},
		{"/a%25%32e", PROXY_PATH_PERCENT},
		{"/a%252%25%2533%2536", PROXY_PATH_PERCENT},
		{"/a%25c%2530%ae", PROXY_PATH_PERCENT},
		{"/100%25", 0},
		{"/100%25%20off", 0},
		{"/100%25e", 0},
		{"/100%25%2532", 0},
		{"/100%2525/%c3%a5", 0},
		{NULL, 0},
	};

	judge_all(rows, PROXY_PATH_DOTS | PROXY_PATH_SLASHES |
	                        PROXY_PATH_EMPTY | PROXY_PATH_PLAIN);
}

static void what_is_allowed_is_not_looked_for(void)
{
	static const struct {
		const char *path;
		unsigned allowed;
	} rows[] = {{"/a/../b", PROXY_PATH_DOTS},
	            {"/a%2fb", PROXY_PATH_SLASHES},
	            {"/a//b", PROXY_PATH_EMPTY},
	            {"/%61", PROXY_PATH_PLAIN}};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].path);

		CHECK_INT(proxy_path_judge(rows[i].path, n, rows[i].allowed),
		          0);
		CHECK_INT(proxy_path_judge(rows[i].path, n,
		                           15u & ~rows[i].allowed),
		          rows[i].allowed);
	}
}

/* -- mapping ------------------------------------------------------------- */

struct mapped {
	const char *from, *to, *path, *want;
};

static void map_all(const struct mapped *row)
{
	for (; row->path != NULL; row++) {
		const struct proxy_path_map map = {row->from, row->to};
		size_t head, skip;
		char got[256];

		proxy_path_apply(&map, row->path, strlen(row->path), &head,
		                 &skip);
		snprintf(got, sizeof(got), "%.*s%s", (int)head,
		         row->to == NULL ? "" : row->to, row->path + skip);
		if (!CHECK_STR(got, row->want)) {
			printf("    %s onto %s: %s\n", row->from,
			       row->to == NULL ? "nothing" : row->to,
			       row->path);
		}
	}
}

static void without_a_connect_path_all_paths_pass(void)
{
	static const struct mapped rows[] = {
		{"/a", NULL, "/a", "/a"}, {"/a", NULL, "/a/b?c", "/a/b?c"},
		{"/", NULL, "/", "/"},    {"/", NULL, "*", "*"},
		{"/", NULL, "", ""},      {NULL, NULL, NULL, NULL},
	};

	map_all(rows);
}

/* Accept path, connect path and request with and without a slash at the end:
 * the accept path's own is gone when it gets here. */
static void slashes_at_ends_never_double_or_vanish(void)
{
	static const struct mapped rows[] = {
		{"/a", "/x", "/a", "/x"},     {"/a", "/x", "/a/", "/x/"},
		{"/a", "/x/", "/a", "/x/"},   {"/a", "/x/", "/a/", "/x/"},
		{"/a/", "/x", "/a", "/x"},    {"/a/", "/x", "/a/", "/x/"},
		{"/a/", "/x/", "/a", "/x/"},  {"/a/", "/x/", "/a/", "/x/"},
		{"/a", "/x", "/a/b", "/x/b"}, {"/a", "/x/", "/a/b", "/x/b"},
		{"/a", "/", "/a", "/"},       {"/a", "/", "/a/", "/"},
		{"/a", "/", "/a/b/", "/b/"},  {"/", "/", "/", "/"},
		{"/", "/", "/a", "/a"},       {"/", "/x", "/", "/x/"},
		{"/", "/x/", "/", "/x/"},     {"/", "/x", "/a", "/x/a"},
		{"/", "/x/", "/a", "/x/a"},   {NULL, NULL, NULL, NULL},
	};

	map_all(rows);
}

static void queries_stay(void)
{
	static const struct mapped rows[] = {
		{"/a", "/x", "/a?q=/a/", "/x?q=/a/"},
		{"/a", "/x/", "/a?q", "/x/?q"},
		{"/a", "/", "/a?", "/?"},
		{"/a", "/x", "/a/b?c?d", "/x/b?c?d"},
		{NULL, NULL, NULL, NULL},
	};

	map_all(rows);
}

static void only_whole_segments_are_replaced(void)
{
	static const struct mapped rows[] = {
		{"/a", "/x", "/ab", "/ab"}, {"/a", "/x", "/", "/"},
		{"/a/b", "/x", "/a", "/a"}, {"/a/b", "/x", "/a/b/c", "/x/c"},
		{"/a", "/x", "*", "*"},     {"/a", "/x", "", ""},
		{NULL, NULL, NULL, NULL},
	};

	map_all(rows);
}

static void dots_do_not_lead_out(void)
{
	static const struct {
		const char *from, *path;
		bool stays;
	} rows[] = {
		{"/a", "/a", true},           {"/a", "/a/", true},
		{"/a", "/a/.", true},         {"/a", "/a/b/..", true},
		{"/a", "/a/b/../c", true},    {"/a", "/a/b/%2e%2e/c", true},
		{"/a", "/a/..", false},       {"/a", "/a/../a/b", false},
		{"/a", "/a/b/../../a", false}, {"/a", "/b/../a/c", false},
		{"/a", "/./a/c", false},      {"/a", "/%61/c", true},
		{"/a", "/a//../c", false},    {"/a", "/a/b/./../c", true},
		{"/a", "/a/..;x/a", false},   {"/a", "/a%2f..%2fa", false},
		{"/a", "/a/..%5ca", false},   {"/a", "/a/%c0%ae./a", false},
		{"/a", "/a/...", true},       {"/", "/..", false},
		{"/", "/a/../..", false},     {"/", "/a/../b", true},
		{"/", "/", true},             {"/", "*", true},
		{"/a", "", true},             {"/a", "/a;x/../b", false},
		{"/a", "/a;x/b/../c", true},  {"/a/b", "/a;x/b/c", true},
		{"/a", "/a%2f../b", false},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!CHECK_INT(proxy_path_stays(rows[i].from, rows[i].path,
		                                strlen(rows[i].path)),
		               rows[i].stays)) {
			printf("    %s in %s\n", rows[i].path, rows[i].from);
		}
	}
}

/* allow_in_path lets them come: they found this service all the same. */
static void no_writing_of_the_accept_path_leaves_the_connect_path(void)
{
	static const struct mapped rows[] = {
		{"/a/b", "/x", "//a/b/c", "/x/c"},
		{"/a/b", "/x", "/a///b", "/x"},
		{"/a/b", "/x", "/a%2fb/c", "/x/c"},
		{"/a/b", "/x", "/a/%2F%62//c", "/x//c"},
		{"/a", "/x", "/a%2fb", "/x%2fb"},
		{"/a", "/x/", "/a%2Fb", "/x%2Fb"},
		{"/a", "/", "/a%2fb?c", "/b?c"},
		{"/a", "/", "/a%2f", "/"},
		{"/a/b", "/x", "/;p/a/;q/b/c", "/x/c"},
		{"/a/b", "/x", "/a;p//;q//b;r", "/x;r"},
		{"/a//b", "/x", "/a/b/c", "/x/c"},
		{"/a/b", "/x", "//a", "//a"},
		{"/a/b", "/x", "///", "///"},
		{NULL, NULL, NULL, NULL},
	};

	map_all(rows);
}

/* They count for nothing in the choice of a service (route_path.h). */
static void parameters_of_the_last_segment_that_is_replaced_stay(void)
{
	static const struct mapped rows[] = {
		{"/a", "/x", "/a;p", "/x;p"},
		{"/a", "/x/", "/a;p", "/x;p"},
		{"/a", "/", "/a;p", "/;p"},
		{"/a", "/x", "/a;p/b;q?c;d", "/x;p/b;q?c;d"},
		{"/a", "/", "/a;p/b", "/;p/b"},
		{"/a", "/x", "/a%3bp/b", "/x%3bp/b"},
		{"/a/b", "/x", "/a;p/b/c", "/x/c"},
		{"/a/b", "/x", "/a%3Bp;q=/b", "/x"},
		{"/a/b", "/x", "/a;p?q/b", "/a;p?q/b"},
		{"/a", NULL, "/a;p/b", "/a;p/b"},
		{"/", "/x", "/;p", "/x/;p"},
		{"/", "/", "/a;p", "/a;p"},
		{"/a", "/x", "/ab;p", "/ab;p"},
		{NULL, NULL, NULL, NULL},
	};

	map_all(rows);
}

static CU_TestInfo tests[] = {
	TEST(ordinary_paths_pass),
	TEST(dot_segments_are_found_in_every_writing),
	TEST(encoded_slashes_are_found),
	TEST(empty_segments_are_found),
	TEST(encoded_letters_are_found),
	TEST(some_are_never_allowed),
	TEST(what_is_allowed_is_not_looked_for),
	TEST(without_a_connect_path_all_paths_pass),
	TEST(slashes_at_ends_never_double_or_vanish),
	TEST(queries_stay),
	TEST(only_whole_segments_are_replaced),
	TEST(dots_do_not_lead_out),
	TEST(no_writing_of_the_accept_path_leaves_the_connect_path),
	TEST(parameters_of_the_last_segment_that_is_replaced_stay),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
