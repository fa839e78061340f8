/* SPDX-License-Identifier: MIT */
/* The service `respond`: each of its settings, and how it reads requests. */
#include "kit_check.h"
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const char large[50000] = {1, 2, 3};
static const struct pst_kit_file files[] = {{"page.html", "<p>hi</p>", 9, 0},
                                            {"large", large, sizeof(large), 0}};

static struct pst_kit *kit_with(const char *const *options)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options,
		.files = files,
		.file_count = 2};

	return pst_kit_create(&p);
}

static void request(struct pst_kit *k, const char *method,
                    const char *const *fields, uint32_t flags)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = method,
	                                  .path = "/",
	                                  .body = flags == 0 ? PST_BODY_UNKNOWN
	                                                     : PST_BODY_NONE,
	                                  .fields = fields};

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, flags), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
}

/** Take the response's head; the caller frees. */
static struct pst_slice *head_of(struct pst_kit *k, unsigned status,
                                 uint64_t length)
{
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK_INT(h->kind, PST_HEAD_RESPONSE);
		CHECK_INT(h->status, status);
		CHECK_INT(h->body_length, length);
	}
	return s;
}

static void the_default_is_an_empty_200(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct pst_slice *s;

	request(k, "GET", NULL, PST_EOM);
	s = head_of(k, 200, 0);
	CHECK_INT(s->flags, PST_HEAD | PST_EOM);
	CHECK_INT(pst_kit_head_of(s)->body, PST_BODY_LENGTH);
	pst_kit_free(s);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void every_setting_shows_in_the_response(void)
{
	static const char *const options[] = {
		"status",       "503",        "body",    "later",
		"content_type", "text/x-a",   "headers", "Retry-After: 5",
		"headers",      "X-Empty:  ", NULL};
	struct pst_kit *k = kit_with(options);
	const struct pst_head *h;
	struct pst_slice *s;

	request(k, "GET", NULL, PST_EOM);
	s = head_of(k, 503, 5);
	h = pst_kit_head_of(s);
	CHECK(pst_kit_field_is(h, "Content-Type", "text/x-a"));
	CHECK(pst_kit_field_is(h, "Retry-After", "5"));
	CHECK(pst_kit_field_is(h, "X-Empty", ""));
	pst_kit_free(s);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "later", 5));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_file_is_the_body(void)
{
	static const char *const options[] = {"file", "page.html", NULL};
	struct pst_kit *k = kit_with(options);

	request(k, "GET", NULL, PST_EOM);
	pst_kit_free(head_of(k, 200, 9));
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "<p>hi</p>", 9));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_large_body_waits_for_room(void)
{
	static const char *const options[] = {"file", "large", NULL};
	struct pst_kit *k = kit_with(options);
	struct pst_kit_port *out = pst_kit_tx_out(k);

	pst_kit_limit(out, 100);
	pst_kit_stall(out, true);
	request(k, "GET", NULL, PST_EOM);
	pst_kit_free(head_of(k, 200, sizeof(large)));
	CHECK_INT(pst_kit_waiting(out), 16384);
	pst_kit_stall(out, false);
	pst_kit_run(k);
	CHECK(pst_kit_reads(out, large, sizeof(large)));
	CHECK_INT(pst_kit_ended(out), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_head_request_gets_the_length_only(void)
{
	static const char *const options[] = {"body", "abc", NULL};
	struct pst_kit *k = kit_with(options);
	struct pst_slice *s;

	request(k, "HEAD", NULL, PST_EOM);
	s = head_of(k, 200, 3);
	CHECK_INT(s->flags, PST_HEAD | PST_EOM);
	pst_kit_free(s);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_204_has_no_body(void)
{
	static const char *const options[] = {"status", "204", NULL};
	struct pst_kit *k = kit_with(options);
	struct pst_slice *s;

	request(k, "GET", NULL, PST_EOM);
	s = head_of(k, 204, 0);
	CHECK_INT(pst_kit_head_of(s)->body, PST_BODY_NONE);
	CHECK(pst_kit_field_is(pst_kit_head_of(s), "Content-Type", NULL));
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_request_is_read_to_its_end_first(void)
{
	struct pst_kit *k = kit_with(NULL);

	request(k, "POST", NULL, 0);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	pst_kit_feed(pst_kit_rx_in(k), large, sizeof(large));
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	pst_kit_feed_message(pst_kit_rx_in(k), "end", 3, 0);
	pst_kit_run(k);
	pst_kit_free(head_of(k, 200, 0));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_that_asks_first_is_answered_at_once(void)
{
	static const char *const fields[] = {"Expect", "100-continue", NULL};
	struct pst_kit *k = kit_with(NULL);

	request(k, "POST", fields, 0);
	pst_kit_free(head_of(k, 200, 0));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_that_asks_for_an_upgrade_is_answered_at_once(void)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "GET",
	                                  .path = "/",
	                                  .body = PST_BODY_NONE,
	                                  .upgrade_by = PST_UPGRADE_FIELD,
	                                  .upgrade = "websocket"};
	struct pst_kit *k = kit_with(NULL);

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
	pst_kit_free(head_of(k, 200, 0));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_truncated_request_gets_a_reset(void)
{
	struct pst_kit *k = kit_with(NULL);

	request(k, "POST", NULL, 0);
	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void out_of_memory_is_a_failure(void)
{
	struct pst_kit *k = kit_with(NULL);

	pst_kit_fail_memory(k, 1);
	request(k, "GET", NULL, PST_EOM);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void refused(const char *const *options, const char *option,
                    const char *text)
{
	struct pst_kit *k = kit_with(options);

	CHECK_REFUSED(k, option, text);
}

static void refused_header(const char *line, const char *text)
{
	const char *const options[] = {"headers", line, NULL};

	refused(options, "headers", text);
}

static void bad_headers_are_diagnosed(void)
{
	refused_header("no colon", "not a field");
	refused_header(": value", "not a field");
	refused_header("Bad Name: x", "not a field");
	refused_header("X-A: one\r\nX-B: two", "control character");
	refused_header("X-A: \x7f", "control character");
	refused_header("content-length: 5", "set by the gateway");
	refused_header("Content-Type: a/b", "see content_type");
	refused_header("Transfer-Encoding: chunked", "set by the gateway");
	refused_header("upgrade: x", "set by the gateway");
}

static void all_bad_headers_are_told_at_once(void)
{
	static const char *const options[] = {"status",  "204",     "body",
	                                      "x",       "headers", "one bad",
	                                      "headers", "two bad", NULL};
	struct pst_kit *k = kit_with(options);

	CHECK(pst_kit_diagnosed(k, "status", "has no body"));
	CHECK(pst_kit_diagnosed(k, "headers", "one bad"));
	CHECK(pst_kit_diagnosed(k, "headers", "two bad"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void settings_that_contradict_are_diagnosed(void)
{
	static const char *const both[] = {"body", "x", "file", "page.html",
	                                   NULL};
	static const char *const low[] = {"status", "101", NULL};
	static const char *const type[] = {"content_type", "a\nb", NULL};

	refused(both, "body", "both given");
	refused(low, "status", "range");
	refused(type, "content_type", "control character");
}

static CU_TestInfo tests[] = {
	TEST(the_default_is_an_empty_200),
	TEST(every_setting_shows_in_the_response),
	TEST(a_file_is_the_body),
	TEST(a_large_body_waits_for_room),
	TEST(a_head_request_gets_the_length_only),
	TEST(a_204_has_no_body),
	TEST(the_request_is_read_to_its_end_first),
	TEST(a_client_that_asks_first_is_answered_at_once),
	TEST(a_client_that_asks_for_an_upgrade_is_answered_at_once),
	TEST(a_truncated_request_gets_a_reset),
	TEST(out_of_memory_is_a_failure),
	TEST(bad_headers_are_diagnosed),
	TEST(all_bad_headers_are_told_at_once),
	TEST(settings_that_contradict_are_diagnosed),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
