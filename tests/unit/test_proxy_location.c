/* SPDX-License-Identifier: MIT */
/* URLs in responses: which are the back-end's, and what the client calls them.
 */
#include "proxy_rewriting.h"
#include "pst_test.h"

/* https://gw.test:8443/app stands for http://back.test:8080/v1 */
static const struct proxy_view mapped = {
	.back_scheme = "http",
	.back_host = "back.test",
	.back_port = 8080,
	.sent = "back.test:8080",
	.scheme = "https",
	.authority = "gw.test:8443",
	.map = {.from = "/app", .to = "/v1"},
};

typedef bool rewrite_fn(const struct proxy_view *, const char *, size_t,
                        const struct proxy_sink *);

static void becomes(rewrite_fn *rewrite, const struct proxy_view *v,
                    const char *value, const char *want)
{
	struct rewriting r;
	bool changed;

	rewriting_begin(&r, value);
	changed = rewrite(v, r.value, r.length, &r.sink);
	rewriting_end(&r, changed, want);
}

static void url(const struct proxy_view *v, const char *value, const char *want)
{
	becomes(proxy_location, v, value, want);
}

static void a_url_of_the_back_end_becomes_the_clients(void)
{
	url(&mapped, "http://back.test:8080/v1/x",
	    "https://gw.test:8443/app/x");
	url(&mapped, "http://back.test:8080/v1", "https://gw.test:8443/app");
	url(&mapped, "http://back.test:8080/v1/", "https://gw.test:8443/app/");
	url(&mapped, "http://back.test:8080/v1/a/b?q=1&r=/v1#top",
	    "https://gw.test:8443/app/a/b?q=1&r=/v1#top");
	url(&mapped, "http://back.test:8080/v1;p=1?q",
	    "https://gw.test:8443/app;p=1?q");
	url(&mapped, "http://back.test:8080/v1?q#f",
	    "https://gw.test:8443/app?q#f");
	url(&mapped, "HTTP://Back.TEST:8080/v1/x",
	    "https://gw.test:8443/app/x");
	url(&mapped, "//back.test:8080/v1/x", "//gw.test:8443/app/x");
}

static void prefixes_are_whole_segments(void)
{
	url(&mapped, "http://back.test:8080/v10/x", NULL);
	url(&mapped, "http://back.test:8080/v/1", NULL);
	url(&mapped, "http://back.test:8080/other", NULL);
	url(&mapped, "http://back.test:8080/", NULL);
	url(&mapped, "http://back.test:8080", NULL);
	url(&mapped, "http://back.test:8080/V1/x", NULL);
	url(&mapped, "/v10", NULL);
}

static void foreign_urls_stay(void)
{
	static const char *const values[] = {
		"http://other.test:8080/v1/x",
		"http://back.test/v1/x", /* another port */
		"http://back.test:80/v1/x",
		"https://back.test:8080/v1/x", /* another scheme */
		"http://back.test:8080.evil.test/v1/x",
		"http://back.test.evil.test:8080/v1/x",
		"http://xback.test:8080/v1/x",
		"http://back.test:8080@evil.test/v1/x",
		"http://user@back.test:8080/v1/x",
		"http://back.test:8080\\@evil.test/v1/x",
		"http://back.test:08080x/v1/x",
		"http://back.test:18080/v1/x",
		"http://back.test:73616/v1/x",
		"http://back.test:999999999999/v1/x",
		"http:/back.test:8080/v1/x",
		"http:back.test:8080/v1/x",
		"http:///v1/x",
		"http://:8080/v1/x",
		"http://[back.test]:8080x/v1/x",
		"ftp://back.test:8080/v1/x",
		"ws://back.test:8080/v1/x",
		"javascript:alert(1)",
		"http://",
		"http:",
		"http",
		":",
		"",
		" http://back.test:8080/v1/x",
	};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		url(&mapped, values[i], NULL);
	}
}

static void relative_references_stay(void)
{
	url(&mapped, "x", NULL);
	url(&mapped, "../v1/x", NULL);
	url(&mapped, "?q=1", NULL);
	url(&mapped, "#f", NULL);
	url(&mapped, "v1/x", NULL);
}

static void paths_from_the_root_are_mapped(void)
{
	url(&mapped, "/v1/login?next=/v1/", "/app/login?next=/v1/");
	url(&mapped, "/v1", "/app");
	url(&mapped, "/other", NULL);
	url(&mapped, "/app/x", NULL);
}

static void a_back_end_that_knows_the_clients_path_keeps_it(void)
{
	struct proxy_view v = mapped;

	v.map.to = "/";
	url(&v, "/login", "/app/login");
	url(&v, "/", "/app/");
	url(&v, "/app/login", NULL);
	url(&v, "/application", "/app/application");
	url(&v, "http://back.test:8080/app/x", "https://gw.test:8443/app/x");
	url(&v, "http://back.test:8080", "https://gw.test:8443/app/");
	url(&v, "http://back.test:8080?q", "https://gw.test:8443/app/?q");
}

static void a_client_at_the_root_has_no_double_slash(void)
{
	struct proxy_view v = mapped;

	v.map.from = "/";
	v.map.to = "/v1/";
	url(&v, "/v1/x", "/x");
	url(&v, "/v1/", "/");
	url(&v, "/v1", "/");
	url(&v, "/v1?q", "/?q");
	url(&v, "http://back.test:8080/v1", "https://gw.test:8443/");
}

static void a_path_never_becomes_a_host(void)
{
	struct proxy_view v = mapped;

	v.map.from = "/";
	url(&v, "/v1//evil.test/x", "//gw.test:8443//evil.test/x");
	url(&v, "/v1/\\evil.test", "//gw.test:8443/\\evil.test");
	url(&v, "/v1/\t/evil.test", "//gw.test:8443/\t/evil.test");
	url(&v, "/v1/x//y", "/x//y");
	url(&v, "http://back.test:8080/v1//evil.test",
	    "https://gw.test:8443//evil.test");
	becomes(proxy_refresh, &v, "0; url=/v1//evil.test",
	        "0; url=//gw.test:8443//evil.test");
	v.authority = "";
	url(&v, "/v1//evil.test/x", NULL);
	url(&v, "/v1/x", "/x");
}

static void without_a_map_paths_pass(void)
{
	struct proxy_view v = mapped;

	v.map.to = NULL;
	url(&v, "http://back.test:8080/any/x", "https://gw.test:8443/any/x");
	url(&v, "http://back.test:8080", "https://gw.test:8443/");
	url(&v, "/v1/x", NULL);
}

static void default_ports_count_whether_written_or_not(void)
{
	struct proxy_view v = mapped;

	v.back_port = 80;
	v.sent = "";
	url(&v, "http://back.test/v1", "https://gw.test:8443/app");
	url(&v, "http://back.test:80/v1", "https://gw.test:8443/app");
	url(&v, "http://back.test:/v1", "https://gw.test:8443/app");
	url(&v, "http://back.test:443/v1", NULL);
	v.back_scheme = "https";
	v.back_port = 443;
	url(&v, "https://back.test/v1", "https://gw.test:8443/app");
	url(&v, "http://back.test/v1", NULL);
}

static void the_authority_that_was_asked_for_is_the_back_ends_too(void)
{
	struct proxy_view v = mapped;

	v.sent = "public.test";
	url(&v, "http://public.test/v1/x", "https://gw.test:8443/app/x");
	url(&v, "https://public.test/v1/x", "https://gw.test:8443/app/x");
	url(&v, "http://public.test:80/v1/x", "https://gw.test:8443/app/x");
	url(&v, "http://public.test:81/v1/x", NULL);
	url(&v, "http://public.test/other", NULL);
	v.sent = "gw.test:8443"; /* the client's own */
	url(&v, "http://gw.test:8443/v1/x", "https://gw.test:8443/app/x");
	url(&v, "http://gw.test:8443/other", "https://gw.test:8443/other");
}

static void addresses_of_ipv6_have_brackets(void)
{
	struct proxy_view v = mapped;

	v.back_host = "2001:db8::1";
	v.sent = "[2001:db8::1]:8080";
	url(&v, "http://[2001:DB8::1]:8080/v1", "https://gw.test:8443/app");
	url(&v, "http://[2001:db8::2]:8080/v1", NULL);
	url(&v, "http://2001:db8::1:8080/v1", NULL);
}

static void nothing_is_known_without_a_clients_authority(void)
{
	struct proxy_view v = mapped;

	v.authority = "";
	url(&v, "http://back.test:8080/v1/x", NULL);
	url(&v, "/v1/x", "/app/x");
}

static void refresh_leads_where_location_would(void)
{
	becomes(proxy_refresh, &mapped, "5; url=http://back.test:8080/v1/x",
	        "5; url=https://gw.test:8443/app/x");
	becomes(proxy_refresh, &mapped, "0;URL=/v1/x", "0;URL=/app/x");
	becomes(proxy_refresh, &mapped, "0, url = \"/v1/x\" ",
	        "0, url = \"/app/x\" ");
	becomes(proxy_refresh, &mapped, "0; url='/v1/x", "0; url='/app/x");
	becomes(proxy_refresh, &mapped, "5", NULL);
	becomes(proxy_refresh, &mapped, "", NULL);
	becomes(proxy_refresh, &mapped, ";", NULL);
	becomes(proxy_refresh, &mapped, "5;", NULL);
	becomes(proxy_refresh, &mapped, "5; url", NULL);
	becomes(proxy_refresh, &mapped, "5; url=", NULL);
	becomes(proxy_refresh, &mapped, "5; url=\"", NULL);
	becomes(proxy_refresh, &mapped, "5; url=http://other.test/v1", NULL);
	becomes(proxy_refresh, &mapped, "5; uri=/v1/x", NULL);
}

static CU_TestInfo tests[] = {
	TEST(a_url_of_the_back_end_becomes_the_clients),
	TEST(prefixes_are_whole_segments),
	TEST(foreign_urls_stay),
	TEST(relative_references_stay),
	TEST(paths_from_the_root_are_mapped),
	TEST(a_back_end_that_knows_the_clients_path_keeps_it),
	TEST(a_client_at_the_root_has_no_double_slash),
	TEST(a_path_never_becomes_a_host),
	TEST(without_a_map_paths_pass),
	TEST(default_ports_count_whether_written_or_not),
	TEST(the_authority_that_was_asked_for_is_the_back_ends_too),
	TEST(addresses_of_ipv6_have_brackets),
	TEST(nothing_is_known_without_a_clients_authority),
	TEST(refresh_leads_where_location_would),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
