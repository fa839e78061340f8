/* SPDX-License-Identifier: MIT */
/* What clients are told of back-ends that fail, and error pages. */
#include "kit_check.h"
#include "proxy_error.h"
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const struct pst_kit_file files[] = {
	{.name = "pages/5xx.html", .data = "<p>any", .length = 6},
	{.name = "pages/502.txt", .data = "502!", .length = 4},
	{.name = "pages/404.json", .data = "{}", .length = 2},
};

static const struct pst_hop front = {
	.size = sizeof(front), .path = "/", .peer = "192.0.2.1:1", .host = ""};

static struct pst_kit *kit_with(const char *const *options)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options,
		.files = files,
		.file_count = sizeof(files) / sizeof(files[0]),
		.below = PST_SHAPE_EXCHANGES,
		.front = &front,
	};
	return pst_kit_create(&p);
}

static const struct pst_kit_head get = {.kind = PST_HEAD_REQUEST,
                                        .method = "GET",
                                        .authority = "gw.test",
                                        .path = "/x"};

/* A request has been offered. */
static struct pst_kit *offered(const char *const *options)
{
	struct pst_kit *k = kit_with(options);

	if (CHECK(pst_kit_ready(k))) {
		CHECK_INT(
			pst_kit_feed_kit_head(pst_kit_rx_in(k), &get, PST_EOM),
			0);
		CHECK_INT(pst_kit_offer(k), 0);
	}
	return k;
}

/* It has been joined, too. */
static struct pst_kit *joined(const char *const *options)
{
	struct pst_kit *k = offered(options);

	pst_kit_back(k, 0, PST_BACK_UP);
	CHECK(pst_kit_joined(k));
	return k;
}

static struct pst_slice *responds(struct pst_kit *k, uint16_t status)
{
	static const char *const fields[] = {
		"Retry-After", "7", "Server", "x", "Content-Type", "a/b", NULL};
	const struct pst_kit_head head = {.kind = PST_HEAD_RESPONSE,
	                                  .status = status,
	                                  .body = PST_BODY_UNKNOWN,
	                                  .fields = fields};

	return pst_kit_pass_head(k, PST_CONNECT, &head);
}

static void is_body(const struct pst_head *h, const void *body, size_t length,
                    const char *want)
{
	CHECK_INT(h->body, PST_BODY_LENGTH);
	CHECK_INT(h->body_length, length);
	if (CHECK_INT(length, strlen(want))) {
		CHECK_MEM(body, want, length);
	}
}

static void each_class_has_words_without_a_full_stop(void)
{
	unsigned why;

	for (why = 0; why <= PST_CLASS_COUNT; why++) {
		const struct proxy_trouble *a =
			proxy_trouble(PROXY_CONNECTING, (enum pst_class)why);
		const struct proxy_trouble *b =
			proxy_trouble(PROXY_RESPONDING, (enum pst_class)why);

		CHECK(a->status >= 500 && a->status <= 504);
		CHECK(b->status >= 500 && b->status <= 504);
		CHECK(strlen(a->text) > 10 &&
		      a->text[strlen(a->text) - 1] != '.');
		CHECK(strlen(b->text) > 10 &&
		      b->text[strlen(b->text) - 1] != '.');
		CHECK(a->later == (a->status == 503));
		CHECK(b->later == (b->status == 503));
		CHECK(proxy_phrase(a->status)[0] != '\0');
	}
}

static void classes_are_told_apart(void)
{
	CHECK_INT(
		proxy_trouble(PROXY_CONNECTING, PST_CLASS_UNREACHABLE)->status,
		502);
	CHECK_INT(proxy_trouble(PROXY_CONNECTING, PST_CLASS_TIMEOUT)->status,
	          504);
	CHECK_INT(proxy_trouble(PROXY_CONNECTING, PST_CLASS_POLICY)->status,
	          502);
	CHECK_INT(proxy_trouble(PROXY_CONNECTING, PST_CLASS_OVERLOAD)->status,
	          503);
	CHECK_INT(proxy_trouble(PROXY_RESPONDING, PST_CLASS_GOING_AWAY)->status,
	          503);
	CHECK_INT(proxy_trouble(PROXY_RESPONDING, PST_CLASS_TIMEOUT)->status,
	          504);
	CHECK_INT(proxy_trouble(PROXY_RESPONDING, PST_CLASS_TOO_BIG)->status,
	          502);
	CHECK(strcmp(proxy_trouble(PROXY_RESPONDING, PST_CLASS_TRUNCATED)->text,
	             proxy_trouble(PROXY_RESPONDING, PST_CLASS_PROTOCOL)
	                     ->text) != 0);
}

static void a_refusal_has_a_response_of_its_own(void)
{
	struct pst_kit *k = offered(NULL);
	const struct pst_answer *a;

	pst_kit_set_connect(k, PST_INVALID);
	pst_kit_set_reason(k, PST_CLASS_OVERLOAD, "all are busy at 10.0.0.1");
	pst_kit_back(k, 0, PST_BACK_REFUSED);
	a = pst_kit_answer(k);
	if (CHECK(a != NULL) && CHECK(a->head != NULL)) {
		CHECK_INT(a->head->status, 503);
		CHECK(pst_kit_field_is(a->head, "Retry-After", "10"));
		CHECK(pst_kit_field_is(a->head, "Content-Type",
		                       "text/plain; charset=utf-8"));
		is_body(a->head, a->body, a->body_length,
		        "503 Service Unavailable: there is no free back-end at "
		        "the moment\n");
		CHECK_STR(a->text, "all are busy at 10.0.0.1");
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void retry_after_is_as_it_is_set(void)
{
	static const char *const options[] = {"retry_after", "1500ms", NULL};
	static const char *const none[] = {"retry_after", "0", NULL};
	struct pst_kit *k = joined(options);

	pst_kit_lost(k, PST_CLASS_GOING_AWAY);
	CHECK(pst_kit_field_is(pst_kit_response(k, NULL, NULL), "Retry-After",
	                       "2"));
	CHECK_INT(pst_kit_destroy(k), 0);
	k = joined(none);
	pst_kit_lost(k, PST_CLASS_GOING_AWAY);
	CHECK(pst_kit_field_is(pst_kit_response(k, NULL, NULL), "Retry-After",
	                       NULL));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_lost_exchange_gets_a_response(void)
{
	struct pst_kit *k = joined(NULL);
	const struct pst_head *h;
	const void *body;
	size_t length;

	pst_kit_lost(k, PST_CLASS_TRUNCATED);
	h = pst_kit_response(k, &body, &length);
	if (CHECK(h != NULL)) {
		CHECK_INT(h->status, 502);
		is_body(h, body, length,
		        "502 Bad Gateway: the back-end ended the connection "
		        "without a whole response\n");
	}
	CHECK_INT(pst_kit_metric(k, "lost"), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void an_exchange_that_waits_for_its_back_end_is_lost_otherwise(void)
{
	struct pst_kit *k = offered(NULL);
	const struct pst_head *h;
	const void *body;
	size_t length;

	pst_kit_lost(k, PST_CLASS_TIMEOUT);
	h = pst_kit_response(k, &body, &length);
	if (CHECK(h != NULL)) {
		is_body(h, body, length,
		        "504 Gateway Timeout: the back-end could not be "
		        "reached in time\n");
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void without_memory_nothing_is_responded(void)
{
	struct pst_kit *k = joined(NULL);

	pst_kit_fail_memory(k, 1);
	pst_kit_lost(k, PST_CLASS_TRUNCATED);
	CHECK(pst_kit_response(k, NULL, NULL) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void pages_are_found_by_status(void)
{
	static const char *const options[] = {"error_pages", "pages", NULL};
	static const struct {
		enum pst_class why;
		unsigned status;
		const char *type, *body;
	} rows[] = {
		{PST_CLASS_TRUNCATED, 502, "text/plain; charset=utf-8", "502!"},
		{PST_CLASS_TIMEOUT, 504, "text/html; charset=utf-8", "<p>any"},
	};
	size_t i, length;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pst_kit *k = joined(options);
		const struct pst_head *h;
		const void *body;

		pst_kit_lost(k, rows[i].why);
		h = pst_kit_response(k, &body, &length);
		if (CHECK(h != NULL)) {
			CHECK_INT(h->status, rows[i].status);
			CHECK(pst_kit_field_is(h, "Content-Type",
			                       rows[i].type));
			is_body(h, body, length, rows[i].body);
		}
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void errors_of_the_back_end_pass(void)
{
	static const char *const options[] = {"error_pages", "pages", NULL};
	struct pst_kit *k = joined(options);
	struct pst_slice *s = responds(k, 404);

	if (CHECK(s != NULL)) {
		CHECK_INT(pst_kit_head_of(s)->status, 404);
		CHECK(pst_kit_field_is(pst_kit_head_of(s), "Server", "x"));
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void errors_with_a_page_are_intercepted(void)
{
	static const char *const options[] = {"error_pages", "pages",
	                                      "intercept_errors", "true", NULL};
	struct pst_kit *k = joined(options);
	const struct pst_head *h;
	const void *body;
	size_t length;

	CHECK(responds(k, 404) == NULL);
	h = pst_kit_response(k, &body, &length);
	if (CHECK(h != NULL)) {
		CHECK_INT(h->status, 404);
		is_body(h, body, length, "{}");
		CHECK(pst_kit_field_is(h, "Content-Type", "application/json"));
		CHECK(pst_kit_field_is(h, "Retry-After", "7"));
		CHECK(pst_kit_field_is(h, "Server", NULL));
	}
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_destroy(k), 0);
	k = joined(options);
	pst_kit_free(responds(k, 403));
	CHECK(pst_kit_response(k, NULL, NULL) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void responses_are_held_as_it_is_set(void)
{
	static const char *const options[] = {"buffer_response", "4k", NULL};
	struct pst_kit *k = joined(options);

	pst_kit_free(responds(k, 200));
	CHECK_INT(pst_kit_hold(k), 4096);
	CHECK_INT(pst_kit_destroy(k), 0);
	k = joined(NULL);
	pst_kit_free(responds(k, 200));
	CHECK_INT(pst_kit_hold(k), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void pages_must_be_named_for_a_status(void)
{
	static const char *const names[] = {
		"502",        "502.css",   "200.html", "50.html",
		"5x.html",    "5xxx.html", "6xx.html", "502.html.bak",
		"index.html", "x"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pst_kit_file file = {
			.name = names[i], .data = "x", .length = 1};
		const char *const options[] = {"error_pages", names[i], NULL};
		struct pst_kit_params p = {
			.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
			.options = options,
			.files = &file,
			.file_count = 1,
		};
		struct pst_kit *k = pst_kit_create(&p);

		CHECK_REFUSED(k, "error_pages", names[i]);
	}
}

static CU_TestInfo tests[] = {
	TEST(each_class_has_words_without_a_full_stop),
	TEST(classes_are_told_apart),
	TEST(a_refusal_has_a_response_of_its_own),
	TEST(retry_after_is_as_it_is_set),
	TEST(a_lost_exchange_gets_a_response),
	TEST(an_exchange_that_waits_for_its_back_end_is_lost_otherwise),
	TEST(without_memory_nothing_is_responded),
	TEST(pages_are_found_by_status),
	TEST(errors_of_the_back_end_pass),
	TEST(errors_with_a_page_are_intercepted),
	TEST(responses_are_held_as_it_is_set),
	TEST(pages_must_be_named_for_a_status),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
