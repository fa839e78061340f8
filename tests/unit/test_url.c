/* SPDX-License-Identifier: MIT */
#include "pst_test.h"
#include "url.h"

static const struct pst_scheme plain = {.name = "net", .default_port = 80};
static const struct pst_scheme strict = {.name = "mail",
                                         .flags = PST_SCHEME_NEEDS_PORT};
static const struct pst_scheme path_only = {.name = "file",
                                            .flags = PST_SCHEME_PATH_ONLY};

static struct arena memory;
static struct pst_url url;
static char error[URL_ERROR_MAX];

static bool accepted(const struct pst_scheme *scheme, const char *text)
{
	arena_finish(&memory);
	memset(&url, 0, sizeof(url));
	return CHECK_INT(url_parse(text, scheme, &memory, &url, error), PST_OK);
}

static bool refused(const struct pst_scheme *scheme, const char *text,
                    const char *part)
{
	bool held;

	error[0] = '\0';
	held = url_parse(text, scheme, &memory, &url, error) == PST_CONFIG &&
	       strstr(error, part) != NULL;
	if (!held) {
		printf("%s: %s (want %s)\n", text, error, part);
	}
	return CHECK(held);
}

static void the_scheme_is_lowered_and_given(void)
{
	char scheme[URL_SCHEME_MAX];

	CHECK_INT(url_scheme("WSS://x", "net", scheme, error), PST_OK);
	CHECK_STR(scheme, "wss");
	CHECK_INT(url_scheme("a+b-1.c://x", "net", scheme, error), PST_OK);
	CHECK_STR(scheme, "a+b-1.c");
}

static void a_url_without_scheme_says_what_to_write(void)
{
	static const char *const bad[] = {"gw:9000", "gw", "/path", ":",
	                                  "net:/x",  "",   "net:",  "//x"};
	char scheme[URL_SCHEME_MAX];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(url_scheme(bad[i], "net", scheme, error), PST_CONFIG);
		CHECK(strstr(error, "write e.g. net://host:port") != NULL);
	}
}

static void a_scheme_with_other_characters_is_refused(void)
{
	char scheme[URL_SCHEME_MAX];

	CHECK_INT(url_scheme("://x", "net", scheme, error), PST_CONFIG);
	CHECK_INT(url_scheme("1a://x", "net", scheme, error), PST_CONFIG);
	CHECK_INT(url_scheme("a_b://x", "net", scheme, error), PST_CONFIG);
	CHECK_INT(url_scheme("abcdefghijklmnopqrstuvwxyzabcdefghij://x", "net",
	                     scheme, error),
	          PST_CONFIG);
}

static void all_parts_are_split(void)
{
	CHECK(accepted(&plain, "net://Gw.Example.COM:9000/quotes/x?a=b&c"));
	CHECK_STR(url.scheme, "net");
	CHECK_STR(url.host, "gw.example.com");
	CHECK_INT(url.port, 9000);
	CHECK_STR(url.path, "/quotes/x");
	CHECK_STR(url.query, "a=b&c");
	CHECK_STR(url.text, "net://Gw.Example.COM:9000/quotes/x?a=b&c");
	CHECK_INT(url.host_is_address, 0);
}

static void what_is_not_written_has_its_default(void)
{
	CHECK(accepted(&plain, "net://gw"));
	CHECK_INT(url.port, 80);
	CHECK_STR(url.path, "/");
	CHECK_STR(url.query, "");
}

static void addresses_are_known_as_addresses(void)
{
	CHECK(accepted(&plain, "net://192.0.2.1:1"));
	CHECK_INT(url.host_is_address, 1);
	CHECK(accepted(&plain, "net://[2001:DB8:0:0::1]:65535/"));
	CHECK_STR(url.host, "2001:db8::1");
	CHECK_INT(url.port, 65535);
	CHECK_INT(url.host_is_address, 1);
	CHECK(accepted(&plain, "net://[::]"));
	CHECK_INT(url.port, 80);
}

static void ipv6_without_brackets_is_refused(void)
{
	refused(&plain, "net://::1:9000", "needs brackets");
	refused(&plain, "net://2001:db8::1", "needs brackets");
	refused(&plain, "net://[::1", "']'");
	refused(&plain, "net://[::1]9000", "behind the ']'");
	refused(&plain, "net://[127.0.0.1]:1", "not an IPv6 address");
	refused(&plain, "net://[fe80::1%25eth0]:1", "not an IPv6 address");
	refused(&plain, "net://[]:1", "no host");
}

static void ports_outside_of_the_range_are_refused(void)
{
	refused(&plain, "net://gw:0", "1 to 65535");
	refused(&plain, "net://gw:65536", "1 to 65535");
	refused(&plain, "net://gw:99999999999999999999", "1 to 65535");
	refused(&plain, "net://gw:080", "1 to 65535");
	refused(&plain, "net://gw:+80", "1 to 65535");
	refused(&plain, "net://gw:x", "1 to 65535");
	refused(&plain, "net://gw:", "no port behind");
}

static void a_scheme_may_need_a_port(void)
{
	refused(&strict, "mail://gw", "write mail://gw:PORT");
	refused(&strict, "mail://[::1]", "write mail://[::1]:PORT");
	CHECK(accepted(&strict, "mail://gw:25"));
}

static void user_and_fragment_are_refused(void)
{
	refused(&plain, "net://me:secret@gw/", "user or password");
	refused(&plain, "net://gw/#top", "fragment");
	refused(&plain, "net://gw/?a#top", "fragment");
}

static void hosts_that_are_no_names_are_refused(void)
{
	char text[300] = "net://";

	refused(&plain, "net://", "no host");
	refused(&plain, "net:///path", "no host");
	refused(&plain, "net://:80", "no host");
	refused(&plain, "net://a..b", "empty or too long");
	refused(&plain, "net://.a", "empty or too long");
	refused(&plain, "net://-a", "- at its end");
	refused(&plain, "net://a-", "- at its end");
	refused(&plain, "net://*", "letters, digits");
	refused(&plain, "net://a%41", "letters, digits");
	refused(&plain, "net://256.1.1.1", "neither a name nor");
	refused(&plain, "net://1.2.3", "neither a name nor");
	refused(&plain, "net://127.0.0.01", "neither a name nor");
	memset(text + 6, 'a', 64);
	refused(&plain, text, "empty or too long");
	memset(text + 6, 'a', 290);
	refused(&plain, text, "more than 253");
	CHECK(accepted(&plain, "net://my_host-1.a."));
}

static void bytes_that_no_url_has_are_refused(void)
{
	refused(&plain, "net://gw/a b", "space");
	refused(&plain, "net://gw/a\nb", "0x0a");
	refused(&plain, "net://gw/\xc3\xa4", "0xc3");
	refused(&plain, "net://gw/<", "%3C");
	refused(&plain, "net://gw\\x", "0x5c");
	refused(&plain, "net://gw/[", "%5B");
	refused(&plain, "net://gw/%", "two hexadecimal");
	refused(&plain, "net://gw/%4", "two hexadecimal");
	refused(&plain, "net://gw/%zz", "two hexadecimal");
	refused(&plain, "net://gw/?%", "two hexadecimal");
	refused(&plain, "net://gw/%00", "NUL");
	CHECK(accepted(&plain, "net://gw/%41@:!$&'()*+,;=-._~?/?:@"));
}

static void dots_in_the_path_are_refused(void)
{
	refused(&plain, "net://gw/..", "\"..\"");
	refused(&plain, "net://gw/a/../b", "\"..\"");
	refused(&plain, "net://gw/./b", "\"..\"");
	CHECK(accepted(&plain, "net://gw/.well-known/..a/a.."));
}

static void a_path_only_scheme_takes_a_path(void)
{
	CHECK(accepted(&path_only, "file:///run/x.sock"));
	CHECK_STR(url.host, "");
	CHECK_STR(url.path, "/run/x.sock");
	CHECK_INT(url.port, 0);
	refused(&path_only, "file://run/x.sock", "three slashes");
	refused(&path_only, "file://", "no path");
	refused(&path_only, "file:///", "no path");
	refused(&path_only, "file:///run/", "no path");
	refused(&path_only, "file:///run/x?y", "as it is");
	refused(&path_only, "file:///run/%41", "as it is");
}

static CU_TestInfo tests[] = {
	TEST(the_scheme_is_lowered_and_given),
	TEST(a_url_without_scheme_says_what_to_write),
	TEST(a_scheme_with_other_characters_is_refused),
	TEST(all_parts_are_split),
	TEST(what_is_not_written_has_its_default),
	TEST(addresses_are_known_as_addresses),
	TEST(ipv6_without_brackets_is_refused),
	TEST(ports_outside_of_the_range_are_refused),
	TEST(a_scheme_may_need_a_port),
	TEST(user_and_fragment_are_refused),
	TEST(hosts_that_are_no_names_are_refused),
	TEST(bytes_that_no_url_has_are_refused),
	TEST(dots_in_the_path_are_refused),
	TEST(a_path_only_scheme_takes_a_path),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	int failed;

	(void)argc;
	arena_init(&memory);
	failed = pst_test_run(argv[0], tests);
	arena_finish(&memory);
	return failed;
}
