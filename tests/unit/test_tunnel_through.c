/* SPDX-License-Identifier: MIT */
/* The layer `tunnel`: how it asks a proxy, and what it makes of the answer. */
#include "kit_check.h"
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const struct pst_url url = {.scheme = "tls",
                                   .host = "db.internal",
                                   .path = "/",
                                   .query = "",
                                   .text = "tls://DB.internal:5432",
                                   .port = 5432};

static const struct pst_kit_file files[] = {
	{.name = "good", .data = "user:pass word\r\nmore\n", .length = 21},
	{.name = "nocolon", .data = "user\n", .length = 5},
	{.name = "control", .data = "user:p\tw\n", .length = 9},
	{.name = "empty", .data = "\nuser:pw\n", .length = 9},
};

static struct pst_kit *kit_of(const char *name, const char *value,
                              const struct pst_url *where)
{
	const char *const options[] = {name, value, NULL};
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.role = PST_CONNECT,
		.options = name == NULL ? NULL : options,
		.url = where,
		.files = files,
		.file_count = sizeof(files) / sizeof(files[0])};
	struct pst_kit *k = pst_kit_create(&p);

	if (pst_kit_ready(k)) {
		pst_kit_run(k);
	}
	return k;
}

/** It asked for `authority`, with `secret` (NULL: without). */
static void asked(struct pst_kit *k, const char *authority, const char *secret)
{
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK_INT(h->kind, PST_HEAD_REQUEST);
		CHECK(pst_kit_span_is(h, h->method, "CONNECT"));
		CHECK(pst_kit_span_is(h, h->authority, authority));
		CHECK_INT(h->upgrade_by, PST_UPGRADE_CONNECT);
		CHECK_INT(h->body, PST_BODY_NONE);
		CHECK_INT(s->flags & PST_EOM, 0);
		CHECK(pst_kit_field_is(h, "Proxy-Authorization", secret));
	}
	pst_kit_free(s);
}

static void answer(struct pst_kit *k, enum pst_head_kind kind, uint16_t status,
                   enum pst_upgrade by)
{
	const struct pst_kit_head head = {
		.kind = kind, .status = status, .upgrade_by = by};

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	pst_kit_run(k);
}

static void the_url_is_asked_for(void)
{
	struct pst_kit *k = kit_of(NULL, NULL, &url);

	asked(k, "db.internal:5432", NULL);
	CHECK_INT(pst_kit_ups(k), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void target_goes_before_the_url(void)
{
	struct pst_kit *k = kit_of("target", "[2001:DB8::0:1]:0080", &url);

	asked(k, "[2001:db8::1]:80", NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
	k = kit_of("target", "a.test:1", NULL);
	asked(k, "a.test:1", NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void credentials_are_told(void)
{
	struct pst_kit *k = kit_of("credentials", "good", &url);

	asked(k, "db.internal:5432", "Basic dXNlcjpwYXNzIHdvcmQ=");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void without_memory_nobody_is_asked(void)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.role = PST_CONNECT,
		.url = &url};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_fail_memory(k, 1);
	pst_kit_run(k);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	CHECK(pst_kit_take(pst_kit_tx_out(k)) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void it_leaves_once_it_is_let_through(void)
{
	struct pst_kit *k = kit_of(NULL, NULL, &url);

	pst_kit_discard(pst_kit_tx_out(k));
	pst_kit_feed(pst_kit_tx_in(k), "hello", 5);
	answer(k, PST_HEAD_INTERIM, 100, PST_UPGRADE_NONE);
	CHECK_INT(pst_kit_ups(k), 0);
	answer(k, PST_HEAD_RESPONSE, 204, PST_UPGRADE_CONNECT);
	CHECK(pst_kit_left(k));
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "hello", 5));
	pst_kit_feed(pst_kit_rx_in(k), "banner", 6);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "banner", 6));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_refusal_says_why(void)
{
	static const struct {
		uint16_t status;
		enum pst_class why;
	} rows[] = {
		{400, PST_CLASS_REFUSED},     {403, PST_CLASS_REFUSED},
		{407, PST_CLASS_REFUSED},     {302, PST_CLASS_REFUSED},
		{408, PST_CLASS_TIMEOUT},     {504, PST_CLASS_TIMEOUT},
		{429, PST_CLASS_OVERLOAD},    {503, PST_CLASS_OVERLOAD},
		{500, PST_CLASS_UNREACHABLE}, {502, PST_CLASS_UNREACHABLE},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pst_kit *k = kit_of(NULL, NULL, &url);

		answer(k, PST_HEAD_RESPONSE, rows[i].status, PST_UPGRADE_NONE);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), rows[i].why);
		CHECK_INT(pst_kit_fail_code(k), rows[i].status);
		CHECK(strstr(pst_kit_fail_text(k),
		             "answered CONNECT db.internal:5432 with") != NULL);
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void an_end_without_an_answer_fails(void)
{
	static const enum pst_end ends[] = {PST_END_CLEAN, PST_END_CUT,
	                                    PST_END_RESET};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct pst_kit *k = kit_of(NULL, NULL, &url);

		pst_kit_end(pst_kit_rx_in(k), ends[i], PST_CLASS_TRUNCATED);
		pst_kit_run(k);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void bytes_without_a_head_are_a_broken_protocol(void)
{
	struct pst_kit *k = kit_of(NULL, NULL, &url);

	pst_kit_feed(pst_kit_rx_in(k), "x", 1);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void is_wrong(const char *name, const char *value,
                     const struct pst_url *where, const char *option,
                     const char *words)
{
	struct pst_kit *k = kit_of(name, value, where);

	CHECK_REFUSED(k, option, words);
}

static void settings_that_are_wrong_are_refused(void)
{
	is_wrong(NULL, NULL, NULL, "target", "it is missing");
	is_wrong("target", "db", &url, "target", "is not a host and a port");
	is_wrong("target", "*.db:1", &url, "target", "is not a host");
	is_wrong("target", "db:0", &url, "target", "is not a host");
	is_wrong("target", "u@db:1", &url, "target", "is not a host");
	is_wrong("credentials", "nocolon", &url, "credentials",
	         "is not user:password");
	is_wrong("credentials", "control", &url, "credentials",
	         "is not user:password");
	is_wrong("credentials", "empty", &url, "credentials",
	         "is not user:password");
}

static CU_TestInfo tests[] = {
	TEST(the_url_is_asked_for),
	TEST(target_goes_before_the_url),
	TEST(credentials_are_told),
	TEST(without_memory_nobody_is_asked),
	TEST(it_leaves_once_it_is_let_through),
	TEST(a_refusal_says_why),
	TEST(an_end_without_an_answer_fails),
	TEST(bytes_without_a_head_are_a_broken_protocol),
	TEST(settings_that_are_wrong_are_refused),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
