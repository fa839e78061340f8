/* SPDX-License-Identifier: MIT */
/* Set-Cookie: paths, domains and flags, as browsers would read them. */
#include "proxy_cookie.h"
#include "proxy_rewriting.h"
#include "pst_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct proxy_view view = {
	.back_scheme = "http",
	.back_host = "app.back.test",
	.back_port = 8080,
	.sent = "app.back.test:8080",
	.scheme = "https",
	.authority = "gw.test:8443",
	.map = {.from = "/app", .to = "/v1"},
};

static const struct proxy_cookie_change own[] = {{NULL, NULL}};

static const struct proxy_cookie_rules automatic = {
	.path = own, .path_count = 1, .domain = own, .domain_count = 1};

static void cookie(const struct proxy_cookie_rules *rules,
                   const struct proxy_view *v, const char *value,
                   const char *want)
{
	struct rewriting r;
	bool changed;

	rewriting_begin(&r, value);
	changed = proxy_cookie(rules, v, r.value, r.length, &r.sink);
	rewriting_end(&r, changed, want);
}

static void own_paths_become_the_clients(void)
{
	cookie(&automatic, &view, "a=1; Path=/v1", "a=1; Path=/app");
	cookie(&automatic, &view, "a=1; path=/v1/x; HttpOnly",
	       "a=1; Path=/app/x; HttpOnly");
	cookie(&automatic, &view, "a=1;Path = /v1/ ;Secure",
	       "a=1; Path=/app/;Secure");
	cookie(&automatic, &view, "a=1; Path=/v1; PATH=/v1/y",
	       "a=1; Path=/app; Path=/app/y");
}

static void paths_are_whole_segments(void)
{
	cookie(&automatic, &view, "a=1; Path=/v10", NULL);
	cookie(&automatic, &view, "a=1; Path=/", NULL);
	cookie(&automatic, &view, "a=1; Path=/app/v1", NULL);
	cookie(&automatic, &view, "a=1; Path=v1", NULL);
	cookie(&automatic, &view, "a=1; Path=", NULL);
	cookie(&automatic, &view, "a=1; Path", NULL);
	cookie(&automatic, &view, "a=1; Path=\"/v1\"", NULL);
	cookie(&automatic, &view, "a=1; Path=/V1", NULL);
}

static void the_root_of_a_back_end_is_the_clients_path(void)
{
	struct proxy_view v = view;

	v.map.to = "/";
	cookie(&automatic, &v, "a=1; Path=/", "a=1; Path=/app");
	cookie(&automatic, &v, "a=1; Path=/x", "a=1; Path=/app/x");
	cookie(&automatic, &v, "a=1; Path=/app/x", NULL);
	v.map.from = "/app/";
	cookie(&automatic, &v, "a=1; Path=/", "a=1; Path=/app");
	v.map.from = "/";
	cookie(&automatic, &v, "a=1; Path=/x", NULL);
	v.map.to = "/v1";
	cookie(&automatic, &v, "a=1; Path=/v1", "a=1; Path=/");
}

static void without_a_map_paths_stay(void)
{
	struct proxy_view v = view;

	v.map.to = NULL;
	cookie(&automatic, &v, "a=1; Path=/v1", NULL);
}

static void own_domains_go(void)
{
	cookie(&automatic, &view, "a=1; Domain=app.back.test", "a=1");
	cookie(&automatic, &view, "a=1; domain = .APP.back.test ; Secure",
	       "a=1; Secure");
	cookie(&automatic, &view, "a=1; Domain=back.test; Path=/v1",
	       "a=1; Path=/app");
	cookie(&automatic, &view, "a=1; Domain=other.test", NULL);
	cookie(&automatic, &view, "a=1; Domain=xapp.back.test", NULL);
	cookie(&automatic, &view, "a=1; Domain=ack.test", NULL);
	cookie(&automatic, &view, "a=1; Domain=", NULL);
	cookie(&automatic, &view, "a=1; Domain=.", NULL);
	cookie(&automatic, &view, "a=1; Domain", NULL);
}

static void domains_that_are_the_clients_too_stay(void)
{
	struct proxy_view v = view;

	v.authority = "gw.back.test:8443";
	cookie(&automatic, &v, "a=1; Domain=back.test", NULL);
	cookie(&automatic, &v, "a=1; Domain=app.back.test", "a=1");
	v.sent = "gw.back.test:8443";
	cookie(&automatic, &v, "a=1; Domain=gw.back.test", NULL);
}

static void the_domain_that_was_asked_for_is_the_back_ends(void)
{
	struct proxy_view v = view;

	v.sent = "public.test:80";
	cookie(&automatic, &v, "a=1; Domain=public.test", "a=1");
}

static void domains_may_be_given(void)
{
	static const struct proxy_cookie_change domain[] = {
		{"old.test", "new.test"}, {NULL, "gw.test"}};
	static const struct proxy_cookie_rules rules = {.domain = domain,
	                                                .domain_count = 2};

	cookie(&rules, &view, "a=1; Domain=.OLD.test", "a=1; Domain=new.test");
	cookie(&rules, &view, "a=1; Domain=back.test", "a=1; Domain=gw.test");
	cookie(&rules, &view, "a=1; Domain=sub.old.test", NULL);
	cookie(&rules, &view, "a=1; Path=/v1", NULL);
}

static void paths_may_be_given(void)
{
	static const struct proxy_cookie_change path[] = {{"/two", "/"},
	                                                  {"/", "/one"}};
	static const struct proxy_cookie_rules rules = {.path = path,
	                                                .path_count = 2};

	cookie(&rules, &view, "a=1; Path=/two/x", "a=1; Path=/x");
	cookie(&rules, &view, "a=1; Path=/three", "a=1; Path=/one/three");
	cookie(&rules, &view, "a=1; Path=/", "a=1; Path=/one");
	cookie(&rules, &view, "a=1; Domain=app.back.test", NULL);
}

static void flags_are_set_and_cleared_by_name(void)
{
	static const struct proxy_cookie_flags flags[] = {
		{"sid", PROXY_COOKIE_SECURE | PROXY_COOKIE_HTTPONLY, 0,
	         "Strict"},
		{"plain", 0,
	         PROXY_COOKIE_SECURE | PROXY_COOKIE_HTTPONLY |
	                 PROXY_COOKIE_SAMESITE,
	         NULL},
		{"*", 0, 0, "Lax"},
	};
	static const struct proxy_cookie_rules rules = {
		.flags = flags, .flag_count = COUNT(flags)};

	cookie(&rules, &view, "sid=1",
	       "sid=1; Secure; HttpOnly; SameSite=Strict");
	cookie(&rules, &view, "sid=1; secure; samesite=None; Max-Age=5",
	       "sid=1; secure; Max-Age=5; HttpOnly; SameSite=Strict");
	cookie(&rules, &view, "plain=1; Secure; HttpOnly; SameSite=None; X=y",
	       "plain=1; X=y");
	cookie(&rules, &view, "plain=1", NULL);
	cookie(&rules, &view, "SID=1", "SID=1; SameSite=Lax");
}

static void secure_is_added_once(void)
{
	static const struct proxy_cookie_flags flags[] = {
		{"not", 0, PROXY_COOKIE_SECURE, NULL}};
	static const struct proxy_cookie_rules rules = {
		.secure = true, .flags = flags, .flag_count = 1};

	cookie(&rules, &view, "a=1", "a=1; Secure");
	cookie(&rules, &view, "a=1; SECURE", NULL);
	cookie(&rules, &view, "not=1", NULL);
	cookie(&rules, &view, "not=1; Secure", "not=1");
}

static void host_cookies_keep_their_path(void)
{
	struct proxy_view v = view;

	v.map.to = "/";
	cookie(&automatic, &v, "__Host-a=1; Path=/; Secure", NULL);
	cookie(&automatic, &v, "__host-a=1; Path=/; Secure", NULL);
	cookie(&automatic, &v, "__Secure-a=1; Path=/; Secure",
	       "__Secure-a=1; Path=/app; Secure");
}

static void what_is_not_ours_stays_as_it_is(void)
{
	static const char *const values[] = {
		"",
		";",
		"a",
		"=1; Path=/v1",
		" =1; Path=/v1",
		"a; Path=/v1",
		"; Path=/v1",
		"a=1",
		"a=1;",
		"a=1;;",
		"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Max-Age=5",
		"a=\"Path=/v1\"",
		"a=1; Partitioned; Priority=High",
		"a=1; XPath=/v1; Path2=/v1",
		"a=Path=/v1",
	};
	size_t i;

	for (i = 0; i < COUNT(values); i++) {
		cookie(&automatic, &view, values[i], NULL);
	}
	cookie(&automatic, &view, "a=\"x y\"; Foo = bar;Path=/v1;  Z",
	       "a=\"x y\"; Foo = bar; Path=/app;  Z");
	/* a browser ends the value at the semicolon, quoted or not */
	cookie(&automatic, &view, "a=\"x; Path=/v1; \"",
	       "a=\"x; Path=/app; \"");
}

static void no_rules_change_nothing(void)
{
	static const struct proxy_cookie_rules none = {.path_count = 0};

	cookie(&none, &view, "a=1; Path=/v1; Domain=app.back.test", NULL);
}

static CU_TestInfo tests[] = {
	TEST(own_paths_become_the_clients),
	TEST(paths_are_whole_segments),
	TEST(the_root_of_a_back_end_is_the_clients_path),
	TEST(without_a_map_paths_stay),
	TEST(own_domains_go),
	TEST(domains_that_are_the_clients_too_stay),
	TEST(the_domain_that_was_asked_for_is_the_back_ends),
	TEST(domains_may_be_given),
	TEST(paths_may_be_given),
	TEST(flags_are_set_and_cleared_by_name),
	TEST(secure_is_added_once),
	TEST(host_cookies_keep_their_path),
	TEST(what_is_not_ours_stays_as_it_is),
	TEST(no_rules_change_nothing),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
