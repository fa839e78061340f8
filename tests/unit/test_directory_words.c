/* SPDX-License-Identifier: MIT */
/* Pure functions of the service `directory`: dates, ranges, tags, codings, types
 * and patterns. */
#include "pst_test.h"

#include "directory_date.h"
#include "directory_match.h"
#include "directory_path.h"
#include "directory_range.h"
#include "directory_type.h"

#include <penstock/testkit.h>

#define NOW INT64_C(1800000000) /* 2027 */

struct date {
	const char *text;
	int64_t when; /* -1: not a date */
};

static const struct date dates[] = {
	{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
	{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
	{"Sun Nov  6 08:49:37 1994", 784111777},
	{"Wed Nov 16 08:49:37 1994", 784975777},
	{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
	{"Thu, 29 Feb 2024 12:00:00 GMT", 1709208000},
	{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
	{"Saturday, 01-Jan-77 00:00:00 GMT", 3376684800},
	{"Sunday, 01-Jan-78 00:00:00 GMT", 252460800},
	{"Tue, 29 Feb 2023 12:00:00 GMT", -1},
	{"Sun, 00 Nov 1994 08:49:37 GMT", -1},
	{"Sun, 31 Nov 1994 08:49:37 GMT", -1},
	{"Sun, 06 Nov 1994 24:49:37 GMT", -1},
	{"Sun, 06 Nov 1994 08:60:37 GMT", -1},
	{"Sun, 06 Nov 1994 08:49:61 GMT", -1},
	{"Sun, 06 Nov 1994 08:49:37", -1},
	{"Sun, 06 Nov 1994 08:49:37 UTC", -1},
	{"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
	{"Sun, 6 Nov 1994 08:49:37 GMT", -1},
	{"sun, 06 Nov 1994 08:49:37 GMT", -1},
	{"Sun, 06 nov 1994 08:49:37 GMT", -1},
	{"Sun, 06 Nov 0000 08:49:37 GMT", -1},
	{"Sun, 06 Nov -994 08:49:37 GMT", -1},
	{"Sunday, 06-Nov-1994 08:49:37 GMT", -1},
	{"Sun Nov 6 08:49:37 1994", -1},
	{"Sun", -1},
	{"Sunday", -1},
	{"Sun,", -1},
	{"", -1},
	{"784111777", -1},
};

static void dates_are_read_in_three_forms(void)
{
	size_t i;

	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		size_t n = strlen(dates[i].text);
		char *exact = malloc(n + 1); /* its end is watched */
		int64_t when = -1;
		int result;

		memcpy(exact, dates[i].text, n);
		exact = realloc(exact, n == 0 ? 1 : n);
		result = directory_date_read(exact, n, NOW, &when);
		if (!CHECK_INT(result, dates[i].when < 0 ? PST_PROTO : 0) ||
		    !CHECK_INT(when, dates[i].when)) {
			printf("  %s\n", dates[i].text);
		}
		free(exact);
	}
}

static void expect_date(int64_t when, const char *want)
{
	char text[DIRECTORY_DATE_SIZE];

	directory_date_write(when, text);
	CHECK_STR(text, want);
}

static void dates_are_written_in_one_form(void)
{
	expect_date(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
	expect_date(-1, "Wed, 31 Dec 1969 23:59:59 GMT");
	expect_date(INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT");
	expect_date(INT64_MIN, "Mon, 01 Jan 0001 00:00:00 GMT");
}

static void what_is_written_can_be_read(void)
{
	int64_t when, got;
	char text[DIRECTORY_DATE_SIZE];

	for (when = 0; when < 4000000000; when += 86400 * 5 + 3607) {
		directory_date_write(when, text);
		if (directory_date_read(text, strlen(text), NOW, &got) != 0 ||
		    got != when) {
			CHECK_INT(got, when);
			return;
		}
	}
	CHECK(when >= 4000000000);
}

struct range {
	const char *text;
	uint64_t size;
	enum directory_range want;
	uint64_t first, count;
};

static const struct range ranges[] = {
	{"bytes=0-0", 10, DIRECTORY_RANGE_PART, 0, 1},
	{"Bytes=0-9", 10, DIRECTORY_RANGE_PART, 0, 10},
	{"bytes=0-10", 10, DIRECTORY_RANGE_PART, 0, 10},
	{"bytes=9-", 10, DIRECTORY_RANGE_PART, 9, 1},
	{"bytes=-1", 10, DIRECTORY_RANGE_PART, 9, 1},
	{"bytes=-11", 10, DIRECTORY_RANGE_PART, 0, 10},
	{"bytes=0-18446744073709551615", 10, DIRECTORY_RANGE_PART, 0, 10},
	{"bytes=0-99999999999999999999999", 10, DIRECTORY_RANGE_PART, 0, 10},
	{"bytes=-99999999999999999999999", 10, DIRECTORY_RANGE_PART, 0, 10},
	{"bytes=99999999999999999999999-", 10, DIRECTORY_RANGE_OUTSIDE, 0, 0},
	{"bytes=10-", 10, DIRECTORY_RANGE_OUTSIDE, 0, 0},
	{"bytes=10-11", 10, DIRECTORY_RANGE_OUTSIDE, 0, 0},
	{"bytes=-0", 10, DIRECTORY_RANGE_OUTSIDE, 0, 0},
	{"bytes=0-", 0, DIRECTORY_RANGE_OUTSIDE, 0, 0},
	{"bytes=-5", 0, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=5-4", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=-", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=1", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=--1", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=+1-2", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=1-2x", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes= 1-2", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes =1-2", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=1-2,4-5", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"bytes=0x1-2", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"items=1-2", 10, DIRECTORY_RANGE_NONE, 0, 0},
	{"", 10, DIRECTORY_RANGE_NONE, 0, 0},
};

static void ranges_follow_the_table(void)
{
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct range *x = &ranges[i];
		uint64_t first = 0, count = 0;

		if (!CHECK_INT(directory_range_read(x->text, strlen(x->text),
		                                    x->size, &first, &count),
		               x->want) ||
		    !CHECK_INT(first, x->first) ||
		    !CHECK_INT(count, x->count)) {
			printf("  %s of %llu\n", x->text,
			       (unsigned long long)x->size);
		}
	}
}

static unsigned match(const char *name, const char *value)
{
	const char *const fields[] = {name, value, NULL};
	const struct pst_kit_head from = {.kind = PST_HEAD_REQUEST,
	                                  .method = "GET",
	                                  .path = "/",
	                                  .fields = fields};
	const struct directory_seen seen = {"\"a,b\"", 784111777, NOW};
	uint64_t record[128];

	CHECK(pst_kit_build_head(&from, record, sizeof(record)) > 0);
	return directory_match((const void *)record, &seen);
}

static void lists_of_tags_are_read_strictly(void)
{
	CHECK_INT(match("If-None-Match", "\"a,b\""), 304);
	CHECK_INT(match("If-None-Match", ",, \"x\" ,\t\"a,b\" ,"), 304);
	CHECK_INT(match("If-None-Match", "\"x\" \"a,b\""), 0);
	CHECK_INT(match("If-None-Match", "\"a,b"), 0);
	CHECK_INT(match("If-None-Match", "a,b"), 0);
	CHECK_INT(match("If-None-Match", "w/\"a,b\""), 0);
	CHECK_INT(match("If-None-Match", "\"x y\", \"a,b\""), 0);
	CHECK_INT(match("If-None-Match", "W/"), 0);
	CHECK_INT(match("If-None-Match", ""), 0);
	CHECK_INT(match("If-None-Match", "*, \"x\""), 0);
	CHECK_INT(match("If-Match", ""), 412);
	CHECK_INT(match("If-Match", "\"x\", \"a,b\""), 0);
}

static unsigned wants(const char *accept, const char *coding)
{
	const char *const fields[] = {"Accept-Encoding", accept, NULL};
	const struct pst_kit_head from = {.kind = PST_HEAD_REQUEST,
	                                  .method = "GET",
	                                  .path = "/",
	                                  .fields = fields};
	uint64_t record[128];

	CHECK(pst_kit_build_head(&from, record, sizeof(record)) > 0);
	return directory_match_coding((const void *)record, coding);
}

static void weights_of_codings(void)
{
	CHECK_INT(wants("gzip", "gzip"), 1000);
	CHECK_INT(wants("gzip;q=0.123", "gzip"), 123);
	CHECK_INT(wants("gzip;q=0.5", "gzip"), 500);
	CHECK_INT(wants("gzip;q=1.000", "gzip"), 1000);
	CHECK_INT(wants("gzip;q=1.001", "gzip"), 0);
	CHECK_INT(wants("gzip;q=0.1234", "gzip"), 0);
	CHECK_INT(wants("gzip;q=", "gzip"), 0);
	CHECK_INT(wants("gzip;q=-1", "gzip"), 0);
	CHECK_INT(wants("gzip2", "gzip"), 0);
	CHECK_INT(wants("br", "gzip"), 0);
	CHECK_INT(wants("*;q=0.3", "gzip"), 300);
	CHECK_INT(wants("br", "identity"), 1);
	CHECK_INT(wants("*;q=0", "identity"), 0);
	CHECK_INT(wants("*", "identity"), 1);
	CHECK_INT(wants("identity;q=0.2", "identity"), 200);
	CHECK_INT(wants(",,;,", "gzip"), 0);
}

static void types_hang_on_the_last_dot_of_the_last_name(void)
{
	static const struct directory_pair own[] = {{"abc=", 3, "a/b"}};

	CHECK_STR(directory_type_of("x/a.css", NULL, 0), "text/css");
	CHECK_STR(directory_type_of("a.tar.GZ", NULL, 0), "application/gzip");
	CHECK_STR(directory_type_of("a.html/b", NULL, 0),
	          "application/octet-stream");
	CHECK_STR(directory_type_of("html", NULL, 0),
	          "application/octet-stream");
	CHECK_STR(directory_type_of("a.", NULL, 0), "application/octet-stream");
	CHECK_STR(directory_type_of("a.wasm", own, 1), "application/wasm");
	CHECK_STR(directory_type_of("a.Abc", own, 1), "a/b");
	CHECK_STR(directory_type_of("a.ab", own, 1),
	          "application/octet-stream");
	CHECK(directory_type_is_text("text/html"));
	CHECK(!directory_type_is_text("text/html; charset=x"));
	CHECK(!directory_type_is_text("application/json"));
	CHECK(!directory_type_is_text("text/"));
}

static bool like(const char *pattern, const char *text)
{
	return directory_path_like(pattern, strlen(pattern), text);
}

static void stars_stand_for_anything(void)
{
	CHECK(like("*", ""));
	CHECK(like("*.css", "/a/b.css"));
	CHECK(!like("*.css", "/a/b.css2"));
	CHECK(like("/a/*/c", "/a/b/b/c"));
	CHECK(like("/a*b*c", "/abbbcbc"));
	CHECK(!like("/a*b*c", "/abbbcb"));
	CHECK(like("/x", "/x"));
	CHECK(!like("/x", "/xy"));
	CHECK(!like("/xy", "/x"));
	CHECK(like("/x**", "/x"));
	CHECK(!like("", "/"));
}

static CU_TestInfo tests[] = {
	TEST(dates_are_read_in_three_forms),
	TEST(dates_are_written_in_one_form),
	TEST(what_is_written_can_be_read),
	TEST(ranges_follow_the_table),
	TEST(lists_of_tags_are_read_strictly),
	TEST(weights_of_codings),
	TEST(types_hang_on_the_last_dot_of_the_last_name),
	TEST(stars_stand_for_anything),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
