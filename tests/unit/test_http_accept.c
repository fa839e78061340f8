/* SPDX-License-Identifier: MIT */
/* The http layer's accept side: requests in, responses out, as they should be. */
#include "test_http_kit.h"

/* -- requests ---------------------------------------------------------------- */

static void a_request_becomes_a_head_that_ends_its_direction(void)
{
	struct pst_kit *k = front();
	const struct pst_head *h;
	uint32_t flags;

	receive(k,
	        "GET /a?b HTTP/1.1\r\nHost: x.example:8\r\nAccept: c\r\n\r\n");
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_INT(pst_kit_streams(k), 1);
	h = next_head(k, 0, &flags);
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	CHECK(pst_kit_span_is(h, h->method, "GET"));
	CHECK(pst_kit_span_is(h, h->path, "/a?b"));
	CHECK(pst_kit_span_is(h, h->authority, "x.example:8"));
	CHECK(pst_kit_field_is(h, "accept", "c"));
	CHECK(pst_kit_field_is(h, "host", NULL));
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CLEAN);
	give_ok(k, 0);
	CHECK_STR(sent(k), OK);
	CHECK(pst_kit_stream_done(k, 0));
	FINISH(k);
}

static void one_byte_at_a_time_makes_no_difference(void)
{
	static const char text[] =
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		"\r\n3;e=\"f\"\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n" GET;
	struct pst_kit *k = front();
	const struct pst_head *h;
	uint32_t flags;
	char body[16];
	bool eom;

	pst_kit_drip(pst_kit_rx_in(k), text, sizeof(text) - 1, 1);
	h = next_head(k, 0, &flags);
	CHECK_INT(flags, PST_HEAD);
	CHECK_INT(h->body, PST_BODY_UNKNOWN);
	CHECK_INT(body_of(k, 0, body, sizeof(body), &eom), 5);
	CHECK_MEM(body, "abcde", 5);
	CHECK(!eom);
	h = next_head(k, 0, &flags);
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	CHECK_INT(h->kind, PST_HEAD_TRAILERS);
	CHECK(pst_kit_field_is(h, "t", "u"));
	CHECK_INT(pst_kit_streams(k), 1);
	give_ok(k, 0);
	CHECK_INT(pst_kit_streams(k), 2);
	FINISH(k);
}

static void a_body_with_length_ends_with_its_last_byte(void)
{
	struct pst_kit *k = front();
	uint32_t flags;
	char body[16];
	bool eom;

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
	CHECK_INT(next_head(k, 0, &flags)->body_length, 5);
	CHECK_INT(flags, PST_HEAD);
	CHECK_INT(body_of(k, 0, body, sizeof(body), &eom), 2);
	CHECK(!eom);
	receive(k, "cde" GET);
	CHECK_INT(body_of(k, 0, body, sizeof(body), &eom), 3);
	CHECK(eom);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CLEAN);
	CHECK_INT(pst_kit_streams(k), 1);
	FINISH(k);
}

static void a_chunked_body_without_trailers_ends_with_an_empty_slice(void)
{
	struct pst_kit *k = front();
	uint32_t flags;
	char body[16];
	bool eom;

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
	next_head(k, 0, &flags);
	CHECK_INT(body_of(k, 0, body, sizeof(body), &eom), 1);
	CHECK(eom);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CLEAN);
	FINISH(k);
}

static void pipelined_requests_wait_for_the_response_before(void)
{
	struct pst_kit *k = front();
	const struct pst_head *h;
	uint32_t flags;
	unsigned i;

	receive(k, "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n"
	           "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
	           "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	for (i = 0; i < 3; i++) {
		char path[3] = {'/', (char)('0' + i), '\0'};

		CHECK_INT(pst_kit_streams(k), i + 1);
		h = next_head(k, i, &flags);
		CHECK(pst_kit_span_is(h, h->path, path));
		CHECK_STR(sent(k), "");
		give_ok(k, i);
		CHECK_STR(sent(k), OK);
	}
	CHECK_INT(pst_kit_streams(k), 3);
	CHECK_INT(pst_kit_metric(k, "requests"), 3);
	FINISH(k);
}

static void a_response_alone_does_not_start_the_next_request(void)
{
	struct pst_kit *k = front();

	receive(k, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
	give_ok(k, 0);
	receive(k, "hi" GET);
	CHECK_INT(pst_kit_streams(k), 2);
	FINISH(k);
}

static void a_full_upper_side_stops_the_body(void)
{
	static char big[40000];
	struct pst_kit *k = front();
	struct pst_kit_port *above;

	memset(big, 'x', sizeof(big));
	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Content-Length: 40000\r\n\r\n");
	above = pst_kit_stream_rx_out(k, 0);
	pst_kit_limit(above, 8192);
	pst_kit_stall(above, true);
	pst_kit_split(pst_kit_rx_in(k), 1000, 0);
	pst_kit_feed(pst_kit_rx_in(k), big, sizeof(big));
	pst_kit_run(k);
	CHECK(pst_kit_waiting(above) <= 9192);
	CHECK(pst_kit_waiting(pst_kit_rx_in(k)) >= 30000);
	pst_kit_stall(above, false);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(above), 40000);
	FINISH(k);
}

/* -- responses --------------------------------------------------------------- */

static void a_response_of_unknown_length_is_chunked(void)
{
	struct pst_kit *k = front();
	static const char *const fields[] = {"X", "y", NULL};
	const struct pst_kit_head trailers = {.kind = PST_HEAD_TRAILERS,
	                                      .fields = fields};

	receive(k, GET);
	give_head(k, 0, &chunked_ok, 0);
	CHECK_STR(sent(k), "HTTP/1.1 200 OK\r\n" DATE
	                   "Transfer-Encoding: chunked\r\n\r\n");
	give(k, 0, "hello", 0);
	CHECK_STR(sent(k), "5\r\nhello\r\n");
	pst_kit_feed_slice(pst_kit_stream_tx_in(k, 0), "", 0, 0);
	pst_kit_run(k);
	CHECK_STR(sent(k), "");
	give_head(k, 0, &trailers, PST_EOM);
	CHECK_STR(sent(k), "0\r\nX: y\r\n\r\n");
	CHECK(pst_kit_stream_done(k, 0));
	receive(k, GET);
	give_head(k, 1, &chunked_ok, 0);
	sent(k);
	give(k, 1, "end", PST_EOM);
	CHECK_STR(sent(k), "3\r\nend\r\n0\r\n\r\n");
	FINISH(k);
}

static void chunks_need_no_headroom(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	give_head(k, 0, &chunked_ok, 0);
	sent(k);
	pst_kit_headroom(pst_kit_stream_tx_in(k, 0), 0);
	give(k, 0, "hello", PST_EOM);
	CHECK_STR(sent(k), "5\r\nhello\r\n0\r\n\r\n");
	FINISH(k);
}

static void a_response_with_length_is_passed_as_it_is(void)
{
	const struct pst_kit_head h = {.kind = PST_HEAD_RESPONSE,
	                               .status = 404,
	                               .reason = "Gone fishing",
	                               .body = PST_BODY_LENGTH,
	                               .body_length = 5};
	struct pst_kit *k = front();

	receive(k, GET);
	give_head(k, 0, &h, 0);
	give(k, 0, "hel", 0);
	give(k, 0, "lo", PST_EOM);
	CHECK_STR(sent(k), "HTTP/1.1 404 Gone fishing\r\n" DATE
	                   "Content-Length: 5\r\n\r\nhello");
	CHECK(pst_kit_stream_done(k, 0));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	FINISH(k);
}

static void head_and_304_have_no_body_whatever_comes(void)
{
	struct pst_kit_head h = {.kind = PST_HEAD_RESPONSE,
	                         .status = 200,
	                         .body = PST_BODY_LENGTH,
	                         .body_length = 5};
	struct pst_kit *k = front();

	receive(k, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	give_head(k, 0, &h, 0);
	give(k, 0, "hello", PST_EOM);
	CHECK_STR(sent(k),
	          "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 5\r\n\r\n");
	receive(k, GET);
	h.status = 304;
	give_head(k, 1, &h, PST_EOM);
	CHECK_STR(sent(k), "HTTP/1.1 304 Not Modified\r\n" DATE
	                   "Content-Length: 5\r\n\r\n");
	receive(k, GET);
	h.status = 204;
	give_head(k, 2, &h, 0);
	give(k, 2, "hello", PST_EOM);
	CHECK_STR(sent(k), "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
	receive(k, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	give_head(k, 3, &chunked_ok, PST_EOM);
	CHECK_STR(sent(k), "HTTP/1.1 200 OK\r\n" DATE "\r\n");
	receive(k, GET);
	CHECK_INT(pst_kit_streams(k), 5);
	FINISH(k);
}

static void http_1_0_gets_the_body_up_to_the_end(void)
{
	struct pst_kit *k = front();

	receive(k, "GET / HTTP/1.0\r\n\r\n");
	give_head(k, 0, &chunked_ok, 0);
	give(k, 0, "hello", PST_EOM);
	CHECK_STR(sent(k),
	          "HTTP/1.1 200 OK\r\n" DATE "Connection: close\r\n\r\nhello");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	FINISH(k);
}

static void http_1_0_may_ask_to_be_kept(void)
{
	struct pst_kit *k = front();

	receive(k, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	give_ok(k, 0);
	CHECK_STR(sent(k),
	          "HTTP/1.1 200 OK\r\n" DATE "Connection: keep-alive\r\n"
	          "Content-Length: 0\r\n\r\n");
	receive(k, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	give_head(k, 1, &chunked_ok, 0);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n" DATE "Connection: close\r\n"));
	FINISH(k);
}

static void a_truncated_body_to_http_1_0_is_reset(void)
{
	struct pst_kit *k = front();

	receive(k, "GET / HTTP/1.0\r\n\r\n");
	give_head(k, 0, &chunked_ok, 0);
	give(k, 0, "hel", 0);
	break_off(k, 0, PST_CLASS_TRUNCATED);
	CHECK(pst_kit_failed(k));
	sent(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	FINISH(k);
}

static void interim_heads_pass_but_not_to_http_1_0(void)
{
	const struct pst_kit_head h = {.kind = PST_HEAD_INTERIM, .status = 100};
	struct pst_kit *k = front();

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	           "Expect: 100-continue\r\n\r\n");
	give_head(k, 0, &h, 0);
	CHECK_STR(sent(k), "HTTP/1.1 100 Continue\r\n\r\n");
	receive(k, "x");
	give_ok(k, 0);
	CHECK_STR(sent(k), OK);
	receive(k, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	give_head(k, 1, &h, 0);
	CHECK_STR(sent(k), "");
	give_ok(k, 1);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n"));
	FINISH(k);
}

static void a_final_answer_to_expect_without_100_closes(void)
{
	struct pst_kit *k = front();

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	           "Expect: 100-continue\r\n\r\n");
	give_ok(k, 0);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n" DATE "Connection: close\r\n"));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	FINISH(k);
}

static void connection_close_ends_after_the_response(void)
{
	struct pst_kit *k = front();

	receive(k,
	        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET);
	give_ok(k, 0);
	CHECK_STR(sent(k), "HTTP/1.1 200 OK\r\n" DATE
	                   "Connection: close\r\nContent-Length: 0\r\n\r\n");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_streams(k), 1);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	FINISH(k);
}

static void a_service_that_lies_about_its_length_is_cut(void)
{
	const struct pst_kit_head h = {.kind = PST_HEAD_RESPONSE,
	                               .status = 200,
	                               .body = PST_BODY_LENGTH,
	                               .body_length = 5};
	struct pst_kit *k = front();

	receive(k, GET);
	give_head(k, 0, &h, 0);
	give(k, 0, "hel", PST_EOM);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	sent(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	FINISH(k);
	k = front();
	receive(k, GET);
	give_head(k, 0, &h, 0);
	give(k, 0, "hello!", PST_EOM);
	CHECK(pst_kit_failed(k));
	CHECK(strstr(sent(k), "hello!") == NULL);
	FINISH(k);
}

static void a_service_without_a_head_is_500(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	give(k, 0, "hello", PST_EOM);
	CHECK(sends(k, "HTTP/1.1 500 Internal Server Error\r\n"));
	CHECK(pst_kit_stream_done(k, 0));
	FINISH(k);
}

static void an_early_response_drops_the_rest_of_the_request(void)
{
	struct pst_kit *k = front();

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	give_ok(k, 0);
	CHECK_STR(sent(k), OK);
	CHECK(pst_kit_stream_done(k, 0));
	receive(k, "2\r\nde\r\n0\r\nX: y\r\n\r\n" GET);
	CHECK_INT(pst_kit_streams(k), 2);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	FINISH(k);
}

static void an_endless_unwanted_body_closes(void)
{
	static char big[65536];
	struct pst_kit *k = front();
	int i;

	memset(big, 'x', sizeof(big));
	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Content-Length: 100000000\r\n\r\n");
	give_ok(k, 0);
	sent(k);
	for (i = 0; i < 6; i++) {
		pst_kit_feed(pst_kit_rx_in(k), big, sizeof(big));
		pst_kit_run(k);
	}
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	FINISH(k);
}

static void exchange_of_everything(struct pst_kit *k)
{
	const struct pst_kit_head trailers = {
		.kind = PST_HEAD_TRAILERS,
		.fields = (const char *const[]){"X", "y", NULL}};
	struct pst_kit_port *in;

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
	           "X: y\r\n\r\n");
	if (pst_kit_streams(k) == 0) {
		return;
	}
	in = pst_kit_stream_tx_in(k, 0);
	pst_kit_headroom(in, 0);
	pst_kit_feed_kit_head(in, &chunked_ok, 0);
	pst_kit_feed(in, "hello", 5);
	pst_kit_feed_kit_head(in, &trailers, PST_EOM);
	pst_kit_run(k);
}

static void every_allocation_may_fail(void)
{
	unsigned n, failed = 0;

	for (n = 1; n < 30; n++) {
		struct pst_kit *k = front();

		pst_kit_fail_memory(k, n);
		exchange_of_everything(k);
		failed += pst_kit_failed(k);
		FINISH(k);
	}
	CHECK(failed >= 5 && failed < 29);
}

static void random_pieces_give_the_same_exchange(void)
{
	static const char head[] = "PUT / HTTP/1.1\r\nHost: a\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	static char text[60000], want[50000], got[50000];
	uint32_t seed;

	for (seed = 1; seed <= 20; seed++) {
		struct pst_kit *k = front();
		size_t n = sizeof(head) - 1, total = 0;
		uint32_t random = seed, flags;
		bool eom;

		memcpy(text, head, n);
		while (total < 40000) {
			size_t i, size;

			random = random * 1103515245u + 12345u;
			size = 1 + (random >> 8) % (seed % 2 ? 9000 : 90);
			n += (size_t)sprintf(text + n, "%zX\r\n", size);
			for (i = 0; i < size; i++) {
				want[total] = (char)(total * 7 + seed);
				text[n++] = want[total++];
			}
			n += (size_t)sprintf(text + n, "\r\n");
		}
		n += (size_t)sprintf(text + n, "0\r\n\r\n");
		pst_kit_split(pst_kit_rx_in(k), seed % 3 ? 40 : 3000, seed);
		pst_kit_feed(pst_kit_rx_in(k), text, n);
		pst_kit_run(k);
		next_head(k, 0, &flags);
		CHECK_INT(body_of(k, 0, got, sizeof(got), &eom), total);
		CHECK_MEM(got, want, total);
		CHECK(eom);
		FINISH(k);
	}
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(a_request_becomes_a_head_that_ends_its_direction),
	TEST(one_byte_at_a_time_makes_no_difference),
	TEST(a_body_with_length_ends_with_its_last_byte),
	TEST(a_chunked_body_without_trailers_ends_with_an_empty_slice),
	TEST(pipelined_requests_wait_for_the_response_before),
	TEST(a_response_alone_does_not_start_the_next_request),
	TEST(a_full_upper_side_stops_the_body),
	TEST(a_response_of_unknown_length_is_chunked),
	TEST(chunks_need_no_headroom),
	TEST(a_response_with_length_is_passed_as_it_is),
	TEST(head_and_304_have_no_body_whatever_comes),
	TEST(http_1_0_gets_the_body_up_to_the_end),
	TEST(http_1_0_may_ask_to_be_kept),
	TEST(a_truncated_body_to_http_1_0_is_reset),
	TEST(interim_heads_pass_but_not_to_http_1_0),
	TEST(a_final_answer_to_expect_without_100_closes),
	TEST(connection_close_ends_after_the_response),
	TEST(a_service_that_lies_about_its_length_is_cut),
	TEST(a_service_without_a_head_is_500),
	TEST(an_early_response_drops_the_rest_of_the_request),
	TEST(an_endless_unwanted_body_closes),
	TEST(every_allocation_may_fail),
	TEST(random_pieces_give_the_same_exchange),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
