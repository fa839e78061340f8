/* SPDX-License-Identifier: MIT */
/* What paths mean to the choice of a service. */
#include "../../core/route_path.h"

#include "pst_test.h"

#include <stdlib.h>
#include <string.h>

static void means(const char *path, const char *want)
{
	size_t length = strlen(path);
	char *copy = malloc(length + 1), *out = malloc(length + 1);
	size_t n;

	/* of exactly this size, so that a byte too many is seen */
	memcpy(copy, path, length);
	n = route_path_meaning(copy, length, out);
	CHECK_STR(out, want);
	CHECK_INT((int)n, (int)strlen(want));
	CHECK(route_path_is_plain(path, length) ? strcmp(path, want) == 0
	                                        : true);
	free(copy);
	free(out);
}

static void plain_paths_stay(void)
{
	static const char *const plain[] = {
		"/", "/a", "/a/", "/a/b.c", "/a~b/c,d:e=f", "*", "/a.", "/a../b"};
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		CHECK(route_path_is_plain(plain[i], strlen(plain[i])));
		means(plain[i], plain[i]);
	}
}

static void percent_codes_are_decoded_once(void)
{
	means("/%61dmin/f", "/admin/f");
	means("/%41%7e", "/A~");
	means("/a%2Fb", "/a/b");
	means("/a%2fb", "/a/b");
	means("/%2561", "/%61");
	means("/100%", "/100%");
	means("/%4", "/%4");
	means("/%zz", "/%zz");
}

static void empty_segments_are_none(void)
{
	means("//admin", "/admin");
	means("///a////b//", "/a/b/");
	means("/a%2F%2Fb", "/a/b");
	means("//", "/");
}

static void dot_segments_are_resolved(void)
{
	means("/public/../admin", "/admin");
	means("/public/%2e%2e/admin", "/admin");
	means("/public%2f..%2fadmin", "/admin");
	means("/./a/./b/.", "/a/b/");
	means("/a/b/..", "/a/");
	means("/a/..", "/");
	means("/a/../", "/");
	means("/a/b/../../c", "/c");
	means("/...", "/...");
	means("/.well-known/x", "/.well-known/x");
}

/* RFC 3986 3.3: to many servers they are no part of a segment's name. */
static void parameters_are_left_out(void)
{
	means("/admin;x", "/admin");
	means("/admin;x/y", "/admin/y");
	means("/admin;", "/admin");
	means("/a;b;c=d,e/f;g/", "/a/f/");
	means("/admin%3Bx/y", "/admin/y");
	means("/admin%3b%2fy", "/admin/y");
	means("/a%253bx", "/a%3bx");
	means("/;x/a", "/a");
	means("/a/;x", "/a/");
	means("/a/..;x/b", "/b");
	means("/a/.;x/b", "/a/b");
	means("/a;x/../b", "/b");
	means("/;", "/");
	means("*;x", "*");
}

static void nothing_is_above_the_root(void)
{
	means("/..", "/");
	means("/../..", "/");
	means("/../../a", "/a");
	means("/a/../../../b", "/b");
	means("/%2e%2e/%2e%2e/b", "/b");
	means("/..//..//b", "/b");
}

static void a_nul_is_a_byte_like_others(void)
{
	char out[8];

	CHECK_INT((int)route_path_meaning("/a%00b", 6, out), 4);
	CHECK(memcmp(out, "/a\0b", 5) == 0);
}

static CU_TestInfo tests[] = {
	TEST(plain_paths_stay),
	TEST(percent_codes_are_decoded_once),
	TEST(empty_segments_are_none),
	TEST(dot_segments_are_resolved),
	TEST(parameters_are_left_out),
	TEST(nothing_is_above_the_root),
	TEST(a_nul_is_a_byte_like_others),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
