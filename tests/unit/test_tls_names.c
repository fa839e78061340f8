/* SPDX-License-Identifier: MIT */
/* Names in certificates (RFC 9525), and what they look like in a sentence. */
#include "pst_test.h"
#include "tinyca.h"
#include "tls_names.h"

static bool matches(const char *pattern, const char *host)
{
	return tls_name_matches(pattern, strlen(pattern), host);
}

static void exact_names_match_without_case(void)
{
	CHECK(matches("gw.example.com", "gw.example.com"));
	CHECK(matches("GW.Example.COM", "gw.example.com"));
	CHECK(matches("gw.example.com.", "gw.example.com"));
	CHECK(matches("localhost", "localhost"));
	CHECK(!matches("gw.example.com", "gw.example.co"));
	CHECK(!matches("gw.example.co", "gw.example.com"));
	CHECK(!matches("", "gw.example.com"));
	CHECK(!matches(".", "gw.example.com"));
}

static void a_name_with_a_nul_matches_nothing(void)
{
	CHECK(!tls_name_matches("gw.example.com\0.evil.org", 24,
	                        "gw.example.com"));
	CHECK(!tls_name_matches("\0", 1, "gw"));
}

static void a_wildcard_is_one_whole_first_label(void)
{
	CHECK(matches("*.example.com", "gw.example.com"));
	CHECK(matches("*.EXAMPLE.com.", "gw.example.com"));
	CHECK(!matches("*.example.com", "a.gw.example.com"));
	CHECK(!matches("*.example.com", "example.com"));
	CHECK(!matches("*.example.com", ".example.com"));
	CHECK(!matches("g*.example.com", "gw.example.com"));
	CHECK(!matches("*w.example.com", "gw.example.com"));
	CHECK(!matches("gw.*.com", "gw.example.com"));
	CHECK(!matches("*.*.com", "gw.example.com"));
	CHECK(!matches("**.example.com", "gw.example.com"));
}

static void a_wildcard_never_covers_a_top_level(void)
{
	CHECK(!matches("*.com", "example.com"));
	CHECK(!matches("*.", "com"));
	CHECK(!matches("*", "com"));
	CHECK(!matches("*.com.", "example.com"));
}

static void hosts_are_normalised(void)
{
	struct tls_name name;
	const char *why;

	CHECK_INT(tls_name_parse("GW.Example.COM.", &name, &why), PST_OK);
	CHECK_STR(name.text, "gw.example.com");
	CHECK_INT(name.address_length, 0);
	CHECK_INT(tls_name_parse("2001:DB8::7", &name, &why), PST_OK);
	CHECK_INT(name.address_length, 16);
	CHECK_INT(tls_name_parse("192.0.2.7", &name, &why), PST_OK);
	CHECK_INT(name.address_length, 4);
	CHECK_INT(tls_name_parse("my_host-1", &name, &why), PST_OK);
}

static void what_is_no_host_is_refused(void)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		"a..b",
		".a",
		"a b",
		"a/b",
		"[::1]",
		"a:1",
		"b\xc3\xbc"
		"cher",
		"*.a.b",
		"a\n",
		"a..",
	};
	struct tls_name name;
	const char *why;
	char label[80];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(tls_name_parse(bad[i], &name, &why), PST_INVALID);
		CHECK(why != NULL);
	}
	memset(label, 'a', sizeof(label));
	label[64] = '\0';
	CHECK_INT(tls_name_parse(label, &name, &why), PST_INVALID);
	label[63] = '\0';
	CHECK_INT(tls_name_parse(label, &name, &why), PST_OK);
}

static struct tinyca_cert cert;

static bool is_for(const char *host)
{
	struct tls_name name;
	const char *why;

	CHECK_INT(tls_name_parse(host, &name, &why), PST_OK);
	return tls_name_in(cert.crt, &name);
}

static void addresses_match_addresses_only(void)
{
	struct tinyca_spec spec = {.cn = "192.0.2.9",
	                           .dns = {"192.0.2.8", "a.example"},
	                           .ip = {"192.0.2.7", "::ffff:192.0.2.6"}};

	tinyca_make(&cert, &spec);
	CHECK(is_for("192.0.2.7"));
	CHECK(!is_for("192.0.2.8"));
	CHECK(!is_for("192.0.2.9"));
	CHECK(!is_for("192.0.2.6"));
	CHECK(is_for("::ffff:192.0.2.6"));
	CHECK(is_for("a.example"));
	tinyca_finish(&cert);
}

static void the_common_name_is_not_looked_at(void)
{
	struct tinyca_spec spec = {.cn = "gw.example.com"};

	tinyca_make(&cert, &spec);
	CHECK(!is_for("gw.example.com"));
	tinyca_finish(&cert);
}

static void many_names_are_cut_short(void)
{
	struct tinyca_spec spec = {
		.dns = {"a.example", "b.example", "c.example", "d.example",
	                "e.example", "f.example", "g.example"},
		.ip = {"192.0.2.1", "192.0.2.2"}};
	char text[TLS_NAMES_TEXT], tiny[8];

	tinyca_make(&cert, &spec);
	tls_names_list(cert.crt, text, sizeof(text));
	CHECK_STR(text, "a.example, b.example, c.example, d.example, "
	                "e.example, f.example and 3 more");
	tls_names_list(cert.crt, tiny, sizeof(tiny));
	CHECK_STR(tiny, "a.examp");
	CHECK(is_for("g.example"));
	CHECK(is_for("192.0.2.2"));
	tls_subject(cert.crt, text, sizeof(text));
	CHECK_STR(text, "(no subject)");
	tinyca_finish(&cert);
}

static void odd_bytes_in_names_are_masked(void)
{
	struct tinyca_spec spec = {.raw_dns = "a\x1b[31m\n\0.example",
	                           .raw_dns_length = 16};
	char text[TLS_NAMES_TEXT];

	tinyca_make(&cert, &spec);
	tls_names_list(cert.crt, text, sizeof(text));
	CHECK_STR(text, "a?[31m??.example");
	tinyca_finish(&cert);
}

static void dates_are_utc(void)
{
	char text[32];

	tls_date(0, text, sizeof(text));
	CHECK_STR(text, "1970-01-01 00:00 UTC");
}

static CU_TestInfo tests[] = {
	TEST(exact_names_match_without_case),
	TEST(a_name_with_a_nul_matches_nothing),
	TEST(a_wildcard_is_one_whole_first_label),
	TEST(a_wildcard_never_covers_a_top_level),
	TEST(hosts_are_normalised),
	TEST(what_is_no_host_is_refused),
	TEST(addresses_match_addresses_only),
	TEST(the_common_name_is_not_looked_at),
	TEST(many_names_are_cut_short),
	TEST(odd_bytes_in_names_are_masked),
	TEST(dates_are_utc),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
