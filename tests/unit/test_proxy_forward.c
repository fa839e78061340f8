/* SPDX-License-Identifier: MIT */
/* The service `proxy`: who asked, told to the back-end. */
#include "proxy_kit.h"

static const char *const claims[] = {"X-Forwarded-For",
                                     "203.0.113.9",
                                     "X-Forwarded-For",
                                     "203.0.113.10",
                                     "X-Forwarded-Proto",
                                     "https",
                                     "X-Forwarded-Host",
                                     "evil.test",
                                     "X-Forwarded-Port",
                                     "666",
                                     "X_Forwarded_For",
                                     "1.2.3.4",
                                     "X-Real-IP",
                                     "1.2.3.4",
                                     "X-Forwarded-User",
                                     "root",
                                     "Forwarded",
                                     "for=1.2.3.4",
                                     NULL};

static void strangers_are_not_believed(void)
{
	const struct world w = {0};

	check_field(&w, claims, "X-Forwarded-For", "192.0.2.7");
	check_field(&w, claims, "X-Forwarded-Proto", "http");
	check_field(&w, claims, "X-Forwarded-Host", "gw.test");
	check_field(&w, claims, "X-Forwarded-Port", "80");
	check_field(&w, claims, "X_Forwarded_For", NULL);
	check_field(&w, claims, "X-Real-IP", NULL);
	check_field(&w, claims, "X-Forwarded-User", NULL);
	check_field(&w, claims, "Forwarded", NULL);
}

static void what_trusted_peers_sent_is_appended_to(void)
{
	static const char *const trust[] = {"trusted_peers", "192.0.2.0/24",
	                                    "forwarded", "append", NULL};
	const struct world w = {.options = trust};

	check_field(&w, claims, "X-Forwarded-For",
	            "203.0.113.9, 203.0.113.10, 192.0.2.7");
	check_field(&w, claims, "X-Forwarded-Proto", "https");
	check_field(&w, claims, "X-Forwarded-Host", "evil.test");
	check_field(&w, claims, "X-Forwarded-Port", "666");
	check_field(&w, claims, "X_Forwarded_For", NULL);
	check_field(&w, claims, "X-Real-IP", "1.2.3.4");
	check_field(&w, claims, "Forwarded",
	            "for=1.2.3.4, for=192.0.2.7;host=gw.test;proto=http");
	check_field(&w, NULL, "X-Forwarded-Proto", "http");
}

static void a_port_that_does_not_go_with_the_scheme_is_not_told(void)
{
	static const char *const trust[] = {"trusted_peers", "192.0.2.7", NULL};
	static const char *const proto[] = {"X-Forwarded-Proto", "https", NULL};
	static const char *const host[] = {"X-Forwarded-Host", "a.test", NULL};
	const struct world w = {.options = trust};

	check_field(&w, proto, "X-Forwarded-Port", NULL);
	check_field(&w, host, "X-Forwarded-Port", NULL);
	check_field(&w, NULL, "X-Forwarded-Port", "80");
}

static void replace_believes_nobody(void)
{
	static const char *const options[] = {
		"trusted_peers", "192.0.2.7", "forwarded", "replace",
		"x_forwarded",   "replace",   NULL};
	const struct world w = {.options = options};

	check_field(&w, claims, "X-Forwarded-For", "192.0.2.7");
	check_field(&w, claims, "X-Forwarded-Proto", "http");
	check_field(&w, claims, "X-Real-IP", NULL);
	check_field(&w, claims, "Forwarded",
	            "for=192.0.2.7;host=gw.test;proto=http");
}

static void drop_leaves_none(void)
{
	static const char *const options[] = {
		"trusted_peers", "192.0.2.7", "forwarded", "drop",
		"x_forwarded",   "drop",      NULL};
	const struct world w = {.options = options};

	check_field(&w, claims, "X-Forwarded-For", NULL);
	check_field(&w, claims, "X-Forwarded-User", NULL);
	check_field(&w, claims, "Forwarded", NULL);
}

static void pass_changes_nothing(void)
{
	static const char *const one[] = {"X-Forwarded-For", "1.2.3.4",
	                                  "Forwarded", "for=_x", NULL};
	static const char *const options[] = {"forwarded", "pass",
	                                      "x_forwarded", "pass", NULL};
	const struct world w = {.options = options};

	check_field(&w, one, "X-Forwarded-For", "1.2.3.4");
	check_field(&w, one, "X-Forwarded-Proto", NULL);
	check_field(&w, one, "Forwarded", "for=_x");
}

static void addresses_of_all_kinds_are_told(void)
{
	static const char *const both[] = {"forwarded", "append", NULL};
	static const struct {
		const char *peer, *x_for, *forwarded;
	} rows[] = {
		{"[2001:db8::7]:4", "2001:db8::7",
	         "for=\"[2001:db8::7]\";host=gw.test;proto=https"},
		{"[::ffff:192.0.2.9]:4", "192.0.2.9",
	         "for=192.0.2.9;host=gw.test;proto=https"},
		{"[fe80::1%eth0]:4", "fe80::1",
	         "for=\"[fe80::1]\";host=gw.test;proto=https"},
		{"unix:/run/x", "unknown",
	         "for=unknown;host=gw.test;proto=https"},
		{"", "unknown", "for=unknown;host=gw.test;proto=https"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = {.peer = rows[i].peer,
		                  .provides = i % 2 == 0 ? PST_PROVIDES_SECURE
		                                         : PST_PROVIDES_CLAIMED,
		                  .options = both};

		check_field(&w, NULL, "X-Forwarded-For", rows[i].x_for);
		check_field(&w, NULL, "X-Forwarded-Proto", "https");
		check_field(&w, NULL, "X-Forwarded-Port", "443");
		check_field(&w, NULL, "Forwarded", rows[i].forwarded);
	}
}

static void trust_is_by_prefix_and_kind(void)
{
	static const struct {
		const char *list, *peer;
		bool trusted;
	} rows[] = {
		{"192.0.2.7", "192.0.2.7:1", true},
		{"192.0.2.6", "192.0.2.7:1", false},
		{"192.0.2.0/29", "192.0.2.7:1", true},
		{"192.0.2.0/29", "192.0.2.8:1", false},
		{"0.0.0.0/0", "192.0.2.8:1", true},
		{"0.0.0.0/0", "[2001:db8::1]:1", false},
		{"0.0.0.0/0", "[::ffff:1.2.3.4]:1", true},
		{"::/0", "192.0.2.8:1", false},
		{"2001:db8::/33", "[2001:db8:7fff::1]:1", true},
		{"2001:db8::/33", "[2001:db8:8000::1]:1", false},
		{"unix", "unix:/run/x", true},
		{"unix", "192.0.2.7:1", false},
		{"0.0.0.0/0", "unix:", false},
	};
	static const char *const sent[] = {"X-Forwarded-Host", "a.test", NULL};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const options[] = {"trusted_peers", rows[i].list,
		                               NULL};
		const struct world w = {.peer = rows[i].peer,
		                        .options = options};

		check_field(&w, sent, "X-Forwarded-Host",
		            rows[i].trusted ? "a.test" : "gw.test");
	}
}

static CU_TestInfo tests[] = {
	TEST(strangers_are_not_believed),
	TEST(what_trusted_peers_sent_is_appended_to),
	TEST(a_port_that_does_not_go_with_the_scheme_is_not_told),
	TEST(replace_believes_nobody),
	TEST(drop_leaves_none),
	TEST(pass_changes_nothing),
	TEST(addresses_of_all_kinds_are_told),
	TEST(trust_is_by_prefix_and_kind),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
