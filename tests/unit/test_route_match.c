/* SPDX-License-Identifier: MIT */
#include "pst_test.h"
#include "route_match.h"

/* As the tree sorts them. */
static struct route routes[] = {
	{"", "/wide", NULL},  {"", "/a", NULL},   {"::1", "/six", NULL},
	{"gw", "/a/b", NULL}, {"gw", "/a", NULL}, {"shop", "/", NULL},
};

#define ALL (sizeof(routes) / sizeof(routes[0]))

static struct sni_node node = {.route_count = ALL, .routes = routes};
static struct sni_node exact = {.route_count = 1, .routes = &routes[3]};
static struct sni_node nothing = {.routes = routes};

static int match(const struct sni_node *n, const char *authority,
                 const char *path, const struct route **route)
{
	return route_match(n, authority, strlen(authority), path, strlen(path),
	                   route);
}

static void finds(const char *authority, const char *path, size_t index)
{
	const struct route *r = NULL;

	if (!CHECK_INT(match(&node, authority, path, &r), PST_OK) ||
	    !CHECK(r == &routes[index])) {
		printf("%s %s\n", authority, path);
	}
}

static void misses(const struct sni_node *n, const char *authority,
                   const char *path, int result)
{
	const struct route *r = &routes[0];

	CHECK_INT(match(n, authority, path, &r), result);
	CHECK(r == NULL);
}

static void the_longest_path_wins(void)
{
	finds("gw", "/a/b", 3);
	finds("gw", "/a/b/c", 3);
	finds("gw", "/a/c", 4);
	finds("gw", "/a", 4);
}

static void another_spelling_finds_the_same_service(void)
{
	char far[3000];

	finds("gw", "/%61/b", 3);
	finds("gw", "/a%2Fb/c", 3);
	finds("gw", "//a//b", 3);
	finds("gw", "/x/../a/./b?q=/../", 3);
	finds("gw", "/a/b/../c", 4);
	misses(&node, "gw", "/a/..", PST_NO_ROUTE);
	misses(&node, "gw", "/%2561", PST_NO_ROUTE);
	memset(far, 'x', sizeof(far));
	memcpy(far, "/", 1);
	memcpy(far + sizeof(far) - 9, "/../a/b", 8);
	finds("gw", far, 3);
}

static void paths_match_by_whole_segments(void)
{
	finds("gw", "/a/", 4);
	finds("gw", "/a/bc", 4);
	misses(&node, "gw", "/ab", PST_NO_ROUTE);
	misses(&node, "gw", "/A", PST_NO_ROUTE);
	misses(&node, "gw", "/", PST_NO_ROUTE);
	misses(&node, "gw", "", PST_NO_ROUTE);
}

static void the_query_is_no_part_of_the_path(void)
{
	finds("gw", "/a?x=/b", 4);
	finds("gw", "/a/b?x", 3);
	misses(&node, "gw", "/?/a", PST_NO_ROUTE);
}

static void hosts_match_without_case_port_and_dot(void)
{
	finds("GW", "/a", 4);
	finds("gw:8080", "/a", 4);
	finds("gw:", "/a", 4);
	finds("gw.", "/a", 4);
	finds("Shop:1", "/anything", 5);
}

static void addresses_match_in_any_form(void)
{
	finds("[::1]", "/six", 2);
	finds("[0:0:0:0:0:0:0:1]:443", "/six/x", 2);
}

static void any_host_comes_after_the_exact_one(void)
{
	finds("other", "/a/b", 1);
	finds("gw", "/wide/x", 0);
	finds("shop", "/wide", 5);
}

static void a_host_that_is_not_served_is_misdirected(void)
{
	misses(&exact, "other", "/a/b", PST_MISDIRECTED);
	misses(&exact, "gw.evil", "/a/b", PST_MISDIRECTED);
	misses(&exact, "gw", "/x", PST_NO_ROUTE);
	misses(&node, "other", "/x", PST_NO_ROUTE);
	misses(&nothing, "gw", "/a", PST_NO_ROUTE);
}

static void no_host_at_all_takes_any_host_only(void)
{
	finds("", "/wide", 0);
	misses(&exact, "", "/a/b", PST_NO_ROUTE);
}

/* As the tree sorts them: "*" is behind "" and in front of all names. */
static struct route wild_routes[] = {
	{"", "/any", NULL},           {"*.b.test", "/only", NULL},
	{"*.test", "/x/y", NULL},     {"*.test", "/", NULL},
	{"a.b.test", "/exact", NULL}, {"b.test", "/", NULL},
};

static struct sni_node wild = {.route_count = 6, .routes = wild_routes};
static struct sni_node strict = {.route_count = 2, .routes = wild_routes + 2};

static void finds_wild(const char *authority, const char *path, size_t index)
{
	const struct route *r = NULL;

	if (!CHECK_INT(match(&wild, authority, path, &r), PST_OK) ||
	    !CHECK(r == &wild_routes[index])) {
		printf("\n  %s %s\n", authority, path);
	}
}

static void a_wildcard_comes_after_the_exact_host_and_before_any(void)
{
	finds_wild("b.test", "/x/y", 5);
	finds_wild("c.test", "/x/y/z", 2);
	finds_wild("c.test", "/", 3);
	finds_wild("C.Test.:8443", "/x", 3);
	finds_wild("other", "/any", 0);
	finds_wild("test", "/any", 0);
}

static void the_longest_wildcard_comes_first(void)
{
	finds_wild("c.b.test", "/only", 1);
	finds_wild("d.c.b.test", "/only", 1);
	finds_wild("d.c.b.test", "/else", 3);
	finds_wild("a.b.test", "/exact", 4);
}

static void a_host_without_the_path_leaves_it_to_the_next(void)
{
	finds_wild("a.b.test", "/only/x", 1);
	finds_wild("a.b.test", "/x", 3);
}

static void a_wildcard_stands_for_whole_labels(void)
{
	misses(&strict, "test", "/", PST_MISDIRECTED);
	misses(&strict, ".test", "/", PST_MISDIRECTED);
	misses(&strict, "..test", "/", PST_MISDIRECTED);
	misses(&strict, "xtest", "/", PST_MISDIRECTED);
	misses(&strict, "a.xtest", "/", PST_MISDIRECTED);
	misses(&strict, "a.test.evil", "/", PST_MISDIRECTED);
	misses(&strict, "*.test", "/", PST_MISDIRECTED);
	misses(&strict, "", "/", PST_NO_ROUTE);
}

static void a_wildcards_host_is_served_here(void)
{
	static struct sni_node one = {.route_count = 1,
	                              .routes = wild_routes + 1};

	misses(&one, "x.b.test", "/", PST_NO_ROUTE);
	misses(&one, "b.test", "/", PST_MISDIRECTED);
}

/* The first host of a node is looked for as it is written. */
static void a_host_as_it_is_written_is_still_a_host(void)
{
	static struct route six_route[] = {{"::1", "/", NULL}};
	static struct route wild_route[] = {{"*.b.test", "/", NULL}};
	static struct sni_node six_alone = {.route_count = 1,
	                                    .routes = six_route};
	static struct sni_node wild_alone = {.route_count = 1,
	                                     .routes = wild_route};
	static const char *const good[] = {"gw",  "gw:",    "gw:80",
	                                   "gw.", "gw.:80", "GW:80"};
	static const char *const bad[] = {
		"gwx",    "gw:8x",  "gw:123456", "g",   "gw/",  "gw80",
		"gw::80", "gw:80:", "gw.x",      "xgw", "gw..", "gw "};
	const struct route *r;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(match(&exact, good[i], "/a/b/c", &r), PST_OK);
		CHECK(r == &routes[3]);
		misses(&exact, good[i], "/a", PST_NO_ROUTE);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		misses(&exact, bad[i], "/a/b", PST_MISDIRECTED);
	}
	CHECK_INT(match(&six_alone, "[::1]:80", "/", &r), PST_OK);
	misses(&six_alone, "::1", "/", PST_MISDIRECTED);
	misses(&wild_alone, "*.b.test", "/", PST_MISDIRECTED);
}

static void patterns_have_one_form(void)
{
	static const char *const bad[] = {"*",       "*.",    "*..a",
	                                  "*.[::1]", "*.*.a", "a.*",
	                                  "x*.a",    "*.a b", "*.a/b"};
	static char longest[400] = "*.";
	char host[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!CHECK_INT(route_match_pattern(bad[i], host),
		               PST_INVALID)) {
			printf("\n  %s\n", bad[i]);
		}
	}
	CHECK_INT(route_match_pattern("*.Shop.Test.", host), PST_OK);
	CHECK_STR(host, "*.shop.test");
	CHECK_INT(route_match_pattern("Shop", host), PST_OK);
	CHECK_STR(host, "shop");
	memset(longest + 2, 'a', 253);
	CHECK_INT(route_match_pattern(longest, host), PST_OK);
	longest[255] = 'a';
	CHECK_INT(route_match_pattern(longest, host), PST_INVALID);
}

static void broken_authorities_match_nothing_by_name(void)
{
	static const char *const bad[] = {"gw:x",      "gw:1:2", "gw gw",
	                                  "[::1",      "[x]",    "[::1]x",
	                                  "gw:123456", "me@gw",  "g\xc3w"};
	char host[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		misses(&exact, bad[i], "/a/b", PST_MISDIRECTED);
		CHECK_INT(route_match_host(bad[i], strlen(bad[i]), host),
		          PST_INVALID);
	}
}

static void a_long_authority_is_no_host(void)
{
	static char longest[400];
	char host[256];

	memset(longest, 'a', sizeof(longest));
	CHECK_INT(route_match_host(longest, sizeof(longest), host),
	          PST_INVALID);
	CHECK_INT(route_match_host(longest, 255, host), PST_OK);
	CHECK_INT(route_match_host(longest, 256, host), PST_INVALID);
	CHECK_INT(route_match_host("", 0, host), PST_OK);
	CHECK_STR(host, "");
}

static void a_tunnel_is_found_without_host_and_path(void)
{
	const struct sni_node with = {
		.route_count = ALL, .routes = routes, .tunnel = &routes[2]};
	const struct route *r = NULL;

	CHECK_INT(route_match_tunnel(&with, &r), PST_OK);
	CHECK(r == &routes[2]);
	CHECK_INT(route_match_tunnel(&node, &r), PST_UNSUPPORTED);
	CHECK(r == NULL);
}

static CU_TestInfo tests[] = {
	TEST(a_tunnel_is_found_without_host_and_path),
	TEST(the_longest_path_wins),
	TEST(another_spelling_finds_the_same_service),
	TEST(paths_match_by_whole_segments),
	TEST(the_query_is_no_part_of_the_path),
	TEST(hosts_match_without_case_port_and_dot),
	TEST(addresses_match_in_any_form),
	TEST(any_host_comes_after_the_exact_one),
	TEST(a_wildcard_comes_after_the_exact_host_and_before_any),
	TEST(the_longest_wildcard_comes_first),
	TEST(a_host_without_the_path_leaves_it_to_the_next),
	TEST(a_wildcard_stands_for_whole_labels),
	TEST(a_wildcards_host_is_served_here),
	TEST(a_host_as_it_is_written_is_still_a_host),
	TEST(patterns_have_one_form),
	TEST(a_host_that_is_not_served_is_misdirected),
	TEST(no_host_at_all_takes_any_host_only),
	TEST(broken_authorities_match_nothing_by_name),
	TEST(a_long_authority_is_no_host),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
