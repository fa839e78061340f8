/* SPDX-License-Identifier: MIT */
/* Which requests the http layer takes: methods, bodies and their lengths. */
#include "kit_check.h"
#include "test_http_kit.h"

#define ASK(method, more) method " / HTTP/1.1\r\nHost: a\r\n" more "\r\n"
#define CHUNKED           "Transfer-Encoding: chunked\r\n"

static struct pst_kit *taking(const char *first, const char *second)
{
	const char *const options[] = {"methods", first, "methods", second,
	                               NULL};

	return http_kit(PST_ACCEPT, options, NULL);
}

static void takes(struct pst_kit *k, const char *request)
{
	unsigned before = pst_kit_streams(k);

	receive(k, request);
	if (CHECK_INT(pst_kit_streams(k), before + 1)) {
		give_ok(k, before);
		CHECK(sends(k, "HTTP/1.1 200 OK\r\n"));
	}
}

/** `head` is the answer's beginning; nobody but this layer has seen it. */
static void refuses(struct pst_kit *k, const char *request, const char *head)
{
	unsigned before = pst_kit_streams(k);

	receive(k, request);
	CHECK_INT(pst_kit_streams(k), before);
	CHECK(sends(k, head));
}

static void every_method_is_taken_without_a_list(void)
{
	static const char *const methods[] = {"GET",      "DELETE", "PATCH",
	                                      "PROPFIND", "get",    "X"};
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct pst_kit *k = front();

		snprintf(text, sizeof(text), ASK("%s", ""), methods[i]);
		takes(k, text);
		FINISH(k);
	}
}

static void a_known_method_that_is_not_listed_gets_405(void)
{
	struct pst_kit *k = taking("GET", "PROPFIND");

	refuses(k, ASK("POST", "Content-Length: 0\r\n"),
	        "HTTP/1.1 405 Method Not Allowed\r\n" DATE
	        "Content-Length: 60\r\n"
	        "Content-Type: text/plain; charset=utf-8\r\n"
	        "Allow: GET, PROPFIND, HEAD\r\n\r\n"
	        "405 Method Not Allowed: this method is not for this "
	        "service\n");
	takes(k, ASK("GET", ""));
	takes(k, ASK("PROPFIND", ""));
	FINISH(k);
}

static void an_unknown_method_that_is_not_listed_gets_501(void)
{
	struct pst_kit *k = taking("GET", "PROPFIND");

	refuses(k, ASK("BREW", ""), "HTTP/1.1 501 Not Implemented\r\n");
	refuses(k, ASK("get", ""), "HTTP/1.1 501 Not Implemented\r\n");
	refuses(k, ASK("GETX", ""), "HTTP/1.1 501 Not Implemented\r\n");
	refuses(k, ASK("PATCH", ""), "HTTP/1.1 405 Method Not Allowed\r\n");
	FINISH(k);
}

static void head_comes_with_get_and_not_alone(void)
{
	struct pst_kit *k = taking("GET", "POST");
	const char *got;

	receive(k, ASK("HEAD", ""));
	CHECK_INT(pst_kit_streams(k), 1);
	FINISH(k);
	k = taking("POST", "PUT");
	receive(k, ASK("HEAD", ""));
	CHECK_INT(pst_kit_streams(k), 0);
	got = sent(k);
	CHECK(strstr(got, "HTTP/1.1 405 ") == got);
	CHECK(strstr(got, "\r\nAllow: POST, PUT\r\n\r\n") != NULL);
	CHECK_STR(strstr(got, "\r\n\r\n"), "\r\n\r\n");
	FINISH(k);
}

static void connect_is_no_matter_of_the_list(void)
{
	struct pst_kit *k = taking("GET", "POST");

	receive(k, "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n");
	CHECK_INT(pst_kit_streams(k), 1);
	FINISH(k);
}

static void a_refusal_does_not_colour_the_next_answer(void)
{
	struct pst_kit *k = taking("GET", "POST");

	refuses(k, ASK("PUT", ""), "HTTP/1.1 405 Method Not Allowed\r\n");
	pst_kit_set_route(k, PST_NO_ROUTE);
	refuses(k, ASK("GET", ""), "HTTP/1.1 404 Not Found\r\n");
	FINISH(k);
}

static void a_body_that_is_told_to_be_too_long_gets_413_at_once(void)
{
	struct pst_kit *k = front_with("max_body", "10");

	takes(k, ASK("POST", "Content-Length: 10\r\n") "0123456789");
	refuses(k, ASK("POST", "Content-Length: 11\r\n"),
	        "HTTP/1.1 413 Content Too Large\r\n" DATE
	        "Connection: close\r\n");
	FINISH(k);
	k = front_with("max_body", "10");
	refuses(k,
	        ASK("POST", "Content-Length: 11\r\nExpect: 100-continue\r\n"),
	        "HTTP/1.1 413 Content Too Large\r\n");
	FINISH(k);
}

static void a_chunked_body_gets_413_when_it_is_too_long(void)
{
	struct pst_kit *k = front_with("max_body", "10");

	takes(k, ASK("POST", CHUNKED) "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n");
	receive(k, ASK("POST", CHUNKED) "a\r\n0123456789\r\n");
	CHECK_STR(sent(k), "");
	receive(k, "1\r\nx\r\n");
	CHECK(sends(k, "HTTP/1.1 413 Content Too Large\r\n"));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	pst_kit_discard(pst_kit_stream_rx_out(k, 1));
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 1)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_stream_rx_out(k, 1)),
	          PST_CLASS_TOO_BIG);
	FINISH(k);
}

static void a_long_body_behind_a_response_ends_the_connection(void)
{
	struct pst_kit *k = front_with("max_body", "3");
	const struct pst_kit_head ok = {.kind = PST_HEAD_RESPONSE,
	                                .status = 200,
	                                .body = PST_BODY_UNKNOWN};

	receive(k, ASK("POST", CHUNKED) "1\r\nx\r\n");
	give_head(k, 0, &ok, 0);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n"));
	receive(k, "3\r\nxyz\r\n");
	CHECK_STR(sent(k), "");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	FINISH(k);
}

static void bodies_are_not_limited_by_default(void)
{
	struct pst_kit *k = front();

	receive(k, ASK("POST", "Content-Length: 900000000000000000\r\n"));
	CHECK_INT(pst_kit_streams(k), 1);
	FINISH(k);
}

static void a_body_without_length_gets_411_where_it_must_have_one(void)
{
	struct pst_kit *k = front_with("require_length", "true");

	takes(k, ASK("GET", ""));
	takes(k, ASK("POST", ""));
	takes(k, ASK("POST", "Content-Length: 2\r\n") "ab");
	refuses(k, ASK("POST", CHUNKED),
	        "HTTP/1.1 411 Length Required\r\n" DATE
	        "Connection: close\r\n");
	FINISH(k);
}

static void is_wrong(const char *method, const char *words)
{
	struct pst_kit *k = taking("GET", method);

	CHECK_REFUSED(k, "methods", words);
}

static void lists_that_are_wrong_are_refused(void)
{
	char longer[300];

	is_wrong("", "is not a method");
	is_wrong("A B", "is not a method");
	is_wrong("A\r\nB", "is not a method");
	is_wrong("post", "small letters");
	is_wrong("CONNECT", "of type \"tunnel\"");
	memset(longer, 'A', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	is_wrong(longer, "too long");
}

static CU_TestInfo tests[] = {
	TEST(every_method_is_taken_without_a_list),
	TEST(a_known_method_that_is_not_listed_gets_405),
	TEST(an_unknown_method_that_is_not_listed_gets_501),
	TEST(head_comes_with_get_and_not_alone),
	TEST(connect_is_no_matter_of_the_list),
	TEST(a_refusal_does_not_colour_the_next_answer),
	TEST(a_body_that_is_told_to_be_too_long_gets_413_at_once),
	TEST(a_chunked_body_gets_413_when_it_is_too_long),
	TEST(a_long_body_behind_a_response_ends_the_connection),
	TEST(bodies_are_not_limited_by_default),
	TEST(a_body_without_length_gets_411_where_it_must_have_one),
	TEST(lists_that_are_wrong_are_refused),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
