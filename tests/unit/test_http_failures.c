/* SPDX-License-Identifier: MIT */
/* The http layer's accept side: failures of both sides, upgrades, time, limits
 * and options. */
#include "test_http_kit.h"

/* -- when it cannot be answered ------------------------------------------------ */

static void without_route_the_answer_is_by_result(void)
{
	static const struct {
		int result;
		const char *line;
	} routes[] = {{PST_NO_ROUTE, "HTTP/1.1 404 Not Found\r\n"},
	              {PST_MISDIRECTED, "HTTP/1.1 421 Misdirected Request\r\n"},
	              {PST_LIMIT, "HTTP/1.1 503 Service Unavailable\r\n"},
	              {PST_UNSUPPORTED, "HTTP/1.1 501 Not Implemented\r\n"}};
	struct pst_kit *k = front();
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		pst_kit_set_route(k, routes[i].result);
		receive(k, GET);
		CHECK(sends(k, routes[i].line));
		CHECK_INT(pst_kit_metric(k, "requests_refused"), i + 1);
	}
	pst_kit_set_route(k, 0);
	receive(k, GET);
	CHECK_INT(pst_kit_metric(k, "requests_refused"), i);
	CHECK_INT(pst_kit_streams(k), 1);
	FINISH(k);
}

static void on_a_connection_that_broke_nothing_is_answered(void)
{
	struct pst_kit *k = front();

	pst_kit_set_route(k, PST_INVALID);
	receive(k, GET GET);
	CHECK_STR(sent(k), "");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK(!pst_kit_logged(k, "request refused"));
	CHECK_INT(pst_kit_streams(k), 0);
	FINISH(k);
}

static void the_log_hears_of_a_request_without_a_stream(void)
{
	struct pst_kit *k = front();

	pst_kit_set_route(k, PST_NO_ROUTE);
	receive(k, "GET /q?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n");
	CHECK(pst_kit_logged(k, "request refused request=\"GET a/q\" "
	                        "status=404 class=0 reason=\"no service "
	                        "stands at this host and path\""));
	receive(k, "GET /z?secret=1 HTTP/1.1\r\nHo");
	receive(k, "st : a\r\n\r\n");
	CHECK(pst_kit_logged(k, "request refused request=\"GET /z HTTP/1.1\" "
	                        "status=400 class=8 reason=\"a field name is "
	                        "not a token\""));
	CHECK(!pst_kit_logged(k, "secret"));
	FINISH(k);
	k = front();
	receive(k, "\x16\x03\x01");
	CHECK(pst_kit_logged(k, "request refused request=\"\" status=400"));
	FINISH(k);
}

static void the_log_hears_what_was_answered_for_a_stream(void)
{
	struct pst_kit *k = front();

	receive(k, "POST / HTTP/1.1\r\nHost: a\r\n"
	           "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
	CHECK(pst_kit_logged(k, "answered status=400"));
	CHECK(!pst_kit_logged(k, "request refused"));
	FINISH(k);
}

static void our_own_answer_is_short_text(void)
{
	struct pst_kit *k = front();

	pst_kit_set_route(k, PST_NO_ROUTE);
	receive(k, GET "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	CHECK_STR(sent(k),
	          "HTTP/1.1 404 Not Found\r\n" DATE "Content-Length: 55\r\n"
	          "Content-Type: text/plain; charset=utf-8\r\n\r\n"
	          "404 Not Found: no service stands at this host and path\n"
	          "HTTP/1.1 404 Not Found\r\n" DATE "Content-Length: 55\r\n"
	          "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	FINISH(k);
}

static void our_own_answer_closes_when_a_body_is_unread(void)
{
	struct pst_kit *k = front();

	pst_kit_set_route(k, PST_NO_ROUTE);
	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
	CHECK(sends(k,
	            "HTTP/1.1 404 Not Found\r\n" DATE "Connection: close\r\n"));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	receive(k, "defghi" GET);
	CHECK_STR(sent(k), "");
	FINISH(k);
}

static void a_service_that_fails_is_answered_by_class(void)
{
	static const struct {
		enum pst_class why;
		const char *line;
	} classes[] = {
		{PST_CLASS_UNREACHABLE, "HTTP/1.1 502 Bad Gateway\r\n"},
		{PST_CLASS_TIMEOUT, "HTTP/1.1 504 Gateway Timeout\r\n"},
		{PST_CLASS_OVERLOAD, "HTTP/1.1 503 Service Unavailable\r\n"},
		{PST_CLASS_POLICY, "HTTP/1.1 403 Forbidden\r\n"},
		{PST_CLASS_TOO_BIG, "HTTP/1.1 413 Content Too Large\r\n"},
		{PST_CLASS_PROTOCOL, "HTTP/1.1 502 Bad Gateway\r\n"},
		{PST_CLASS_GOING_AWAY, "HTTP/1.1 503 Service Unavailable\r\n"},
		{PST_CLASS_INTERNAL, "HTTP/1.1 500 Internal Server Error\r\n"}};
	struct pst_kit *k = front();
	unsigned i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		receive(k, GET);
		break_off(k, i, classes[i].why);
		CHECK(sends(k, classes[i].line));
		CHECK(pst_kit_stream_done(k, i));
	}
	CHECK(!pst_kit_failed(k));
	FINISH(k);
}

static void a_service_that_ends_without_head_is_500(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	pst_kit_end(pst_kit_stream_tx_in(k, 0), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(sends(k, "HTTP/1.1 500 Internal Server Error\r\n"));
	FINISH(k);
}

static void a_chunked_response_that_is_cut_has_no_last_chunk(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	give_head(k, 0, &chunked_ok, 0);
	give(k, 0, "hel", 0);
	break_off(k, 0, PST_CLASS_TRUNCATED);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
	CHECK(strstr(sent(k), "0\r\n\r\n") == NULL);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK(pst_kit_stream_done(k, 0));
	FINISH(k);
}

static void an_upper_side_that_goes_is_answered_too(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	pst_kit_stream_close(k, 0);
	pst_kit_run(k);
	CHECK(sends(k, "HTTP/1.1 500 Internal Server Error\r\n"));
	receive(k, GET);
	give_head(k, 1, &chunked_ok, 0);
	pst_kit_stream_close(k, 1);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	sent(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	FINISH(k);
}

/* -- clients that break something ------------------------------------------------ */

static void check_refused(const char *text, const char *line,
                          enum pst_class why, const char *said)
{
	struct pst_kit *k = front();

	receive(k, text);
	CHECK(sends(k, line));
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), why);
	CHECK(strstr(pst_kit_fail_text(k), said) != NULL);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_metric(k, "requests_refused"), 1);
	FINISH(k);
}

static void what_is_not_http_is_refused_with_last_words(void)
{
	check_refused("\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request\r\n",
	              PST_CLASS_PROTOCOL,
	              "the client speaks TLS; this port speaks plain HTTP");
	check_refused("GET /\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
	              PST_CLASS_PROTOCOL, "version");
	check_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	              "HTTP/1.1 505 HTTP Version Not Supported\r\n",
	              PST_CLASS_PROTOCOL, "HTTP/2");
	check_refused("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
	              PST_CLASS_PROTOCOL, "Host");
	check_refused("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
	              "HTTP/1.1 417 Expectation Failed\r\n", PST_CLASS_PROTOCOL,
	              "Expect");
}

static void refusals_close_and_say_so(void)
{
	struct pst_kit *k = front();

	receive(k, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET);
	CHECK(sends(k, "HTTP/1.1 400 Bad Request\r\n" DATE
	               "Connection: close\r\n"));
	CHECK_INT(pst_kit_streams(k), 0);
	FINISH(k);
}

static void a_bad_chunk_is_400_and_resets_the_stream(void)
{
	struct pst_kit *k = front();

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n");
	CHECK(sends(k, "HTTP/1.1 400 Bad Request\r\n"));
	CHECK(pst_kit_failed(k));
	pst_kit_discard(pst_kit_stream_rx_out(k, 0));
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_stream_rx_out(k, 0)),
	          PST_CLASS_PROTOCOL);
	FINISH(k);
}

static void a_bad_chunk_during_the_response_cuts_it(void)
{
	struct pst_kit *k = front();

	receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
	           "Transfer-Encoding: chunked\r\n\r\n");
	give_head(k, 0, &chunked_ok, 0);
	receive(k, "zz\r\n");
	CHECK(pst_kit_failed(k));
	CHECK(strstr(sent(k), "400") == NULL);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	FINISH(k);
}

static void a_client_that_goes_within_its_body_resets_the_stream(void)
{
	static const enum pst_end ends[] = {PST_END_CLEAN, PST_END_CUT,
	                                    PST_END_RESET};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct pst_kit *k = front();

		receive(k, "PUT / HTTP/1.1\r\nHost: a\r\n"
		           "Content-Length: 9\r\n\r\nabc");
		hang_up(k, ends[i]);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
		pst_kit_discard(pst_kit_stream_rx_out(k, 0));
		CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)),
		          PST_END_RESET);
		CHECK((sent(k)[0] == '\0') == (ends[i] == PST_END_RESET));
		FINISH(k);
	}
}

static void a_client_that_half_closes_gets_its_response(void)
{
	static const enum pst_end ends[] = {PST_END_CLEAN, PST_END_CUT};
	size_t i;

	for (i = 0; i < 2; i++) {
		struct pst_kit *k = front();

		receive(k, GET);
		hang_up(k, ends[i]);
		give_ok(k, 0);
		CHECK_STR(sent(k), OK);
		CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
		CHECK(!pst_kit_failed(k));
		FINISH(k);
	}
}

static void a_client_that_resets_takes_its_stream_down(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	hang_up(k, PST_END_RESET);
	CHECK(pst_kit_failed(k));
	CHECK(pst_kit_stream_done(k, 0));
	FINISH(k);
}

static void an_end_within_a_head_is_400(void)
{
	struct pst_kit *k = front();

	receive(k, "GET / HTTP/1.1\r\nHo");
	hang_up(k, PST_END_CLEAN);
	CHECK(sends(k, "HTTP/1.1 400 Bad Request\r\n"));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
	FINISH(k);
}

static void an_end_between_requests_is_no_failure(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	give_ok(k, 0);
	sent(k);
	receive(k, "\r\n");
	hang_up(k, PST_END_CLEAN);
	CHECK(!pst_kit_failed(k));
	CHECK_STR(sent(k), "");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	FINISH(k);
}

/* -- upgrades ------------------------------------------------------------------- */

#define ASK                                                     \
	"GET /c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n" \
	"Upgrade: websocket\r\nX: y\r\n\r\n"

static const struct pst_kit_head switching = {.kind = PST_HEAD_RESPONSE,
                                              .status = 101,
                                              .upgrade_by = PST_UPGRADE_FIELD,
                                              .upgrade = "websocket"};

static void a_granted_upgrade_leaves_the_rest_to_the_core(void)
{
	struct pst_kit *k = front();
	const struct pst_head *h;
	uint32_t flags;

	receive(k, ASK "first bytes");
	h = next_head(k, 0, &flags);
	CHECK_INT(flags, PST_HEAD);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
	CHECK(pst_kit_span_is(h, h->upgrade, "websocket"));
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 11);
	pst_kit_feed_kit_head(pst_kit_stream_tx_in(k, 0), &switching, 0);
	pst_kit_feed(pst_kit_stream_tx_in(k, 0), "pong", 4);
	pst_kit_run(k);
	CHECK(pst_kit_left(k));
	CHECK_STR(sent(k), "HTTP/1.1 101 Switching Protocols\r\n" DATE
	                   "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	                   "pong");
	CHECK(pst_kit_reads(pst_kit_stream_rx_out(k, 0), "first bytes", 11));
	CHECK_INT(pst_kit_metric(k, "upgrades"), 1);
	CHECK_INT(pst_kit_timer(k, 0), UINT64_MAX);
	FINISH(k);
}

static void a_refused_upgrade_is_an_exchange_like_others(void)
{
	struct pst_kit *k = front();
	uint32_t flags;

	receive(k, ASK GET);
	next_head(k, 0, &flags);
	CHECK_INT(pst_kit_streams(k), 1);
	give_ok(k, 0);
	CHECK_STR(sent(k), OK);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CLEAN);
	CHECK_INT(pst_kit_streams(k), 2);
	FINISH(k);
}

static void an_upgrade_whose_service_fails_is_answered_by_class(void)
{
	struct pst_kit *k = front();

	receive(k, ASK);
	break_off(k, 0, PST_CLASS_UNREACHABLE);
	CHECK(sends(k, "HTTP/1.1 502 Bad Gateway\r\n"));
	receive(k, GET);
	CHECK_INT(pst_kit_streams(k), 2);
	FINISH(k);
}

static void a_101_that_nobody_asked_for_is_500(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	give_head(k, 0, &switching, 0);
	CHECK(sends(k, "HTTP/1.1 500 Internal Server Error\r\n"));
	CHECK(!pst_kit_left(k));
	FINISH(k);
}

static void a_client_that_goes_before_the_upgrade_is_a_failure(void)
{
	struct pst_kit *k = front();

	receive(k, ASK);
	hang_up(k, PST_END_CUT);
	CHECK(pst_kit_failed(k));
	pst_kit_discard(pst_kit_stream_rx_out(k, 0));
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_RESET);
	FINISH(k);
}

static void connect_tunnels_only_when_granted(void)
{
	const struct pst_kit_head tunnel = {.kind = PST_HEAD_RESPONSE,
	                                    .status = 200,
	                                    .upgrade_by = PST_UPGRADE_CONNECT};
	struct pst_kit *k = front();

	receive(k, "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nhello");
	give_ok(k, 0);
	CHECK(sends(k, "HTTP/1.1 501 Not Implemented\r\n" DATE
	               "Connection: close\r\n"));
	CHECK_INT(pst_kit_streams(k), 1);
	FINISH(k);
	k = front();
	receive(k, "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nhello");
	pst_kit_discard(pst_kit_stream_rx_out(k, 0));
	give_head(k, 0, &tunnel, 0);
	CHECK(pst_kit_left(k));
	CHECK_STR(sent(k), "HTTP/1.1 200 OK\r\n" DATE "\r\n");
	CHECK(pst_kit_reads(pst_kit_stream_rx_out(k, 0), "hello", 5));
	FINISH(k);
}

/* -- time, limits, options --------------------------------------------------------- */

static void an_idle_connection_is_closed_without_a_word(void)
{
	struct pst_kit *k = front_with("keepalive_timeout", "5s");

	pst_kit_advance(k, 4999);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	receive(k, GET);
	pst_kit_advance(k, 60000);
	give_ok(k, 0);
	sent(k);
	pst_kit_advance(k, 4999);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	pst_kit_advance(k, 1);
	CHECK_STR(sent(k), "");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK(!pst_kit_failed(k));
	FINISH(k);
}

static void a_peer_that_never_ends_is_cut_off(void)
{
	struct pst_kit *k = front_with("keepalive_timeout", "5s");

	pst_kit_advance(k, 5000);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	receive(k, GET);
	pst_kit_advance(k, 4999);
	CHECK(!pst_kit_failed(k));
	pst_kit_advance(k, 1);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_streams(k), 0);
	FINISH(k);
}

static void a_slow_head_is_408(void)
{
	struct pst_kit *k = front_with("header_timeout", "2s");
	int i;

	pst_kit_advance(k, 20000);
	receive(k, "GET / HTTP/1.1\r\n");
	for (i = 0; i < 3; i++) {
		pst_kit_advance(k, 500);
		receive(k, "X: y\r\n");
	}
	CHECK_STR(sent(k), "");
	pst_kit_advance(k, 500);
	CHECK(sends(k, "HTTP/1.1 408 Request Timeout\r\n"
	               "Date: "));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	FINISH(k);
}

static void max_requests_ends_the_connection(void)
{
	struct pst_kit *k = front_with("max_requests", "2");

	receive(k, GET GET GET);
	give_ok(k, 0);
	CHECK_STR(sent(k), OK);
	give_ok(k, 1);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n" DATE "Connection: close\r\n"));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_streams(k), 2);
	FINISH(k);
}

static void limits_are_those_of_the_options(void)
{
	struct pst_kit *k = front_with("max_fields", "2");

	receive(k, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n");
	CHECK_INT(pst_kit_streams(k), 1);
	give_ok(k, 0);
	sent(k);
	receive(k, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\n");
	CHECK(sends(k, "HTTP/1.1 431 "));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	FINISH(k);
	k = front_with("max_line", "64");
	receive(k,
	        "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	        "aaaaaaaaaaaaa");
	CHECK(sends(k, "HTTP/1.1 414 "));
	FINISH(k);
	k = http_kit(PST_ACCEPT,
	             (const char *const[]){"max_head", "256", "max_line", "100",
	                                   NULL},
	             NULL);
	receive(k, "GET / HTTP/1.1\r\nHost: a\r\n");
	pst_kit_drip(
		pst_kit_rx_in(k),
		"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
		"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
		"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
		"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
		"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
		285, 1);
	CHECK(sends(k, "HTTP/1.1 431 "));
	FINISH(k);
}

static void check_option(const char *name, const char *value, const char *said)
{
	struct pst_kit *k = front_with(name, value);

	CHECK_INT(pst_kit_ready(k), said == NULL);
	if (said != NULL) {
		CHECK(pst_kit_diagnosed(k, name, said));
	}
	FINISH(k);
}

static void options_are_checked(void)
{
	check_option("host", "a.example", NULL);
	check_option("host", "[::1]", NULL);
	check_option("host", "a b", "is not a host");
	check_option("host", "a:80", "is not a host");
	check_option("path", "/a/b", NULL);
	check_option("path", "a", "is not the path");
	check_option("path", "/a?b", "is not the path");
	check_option("path", "/a b", "is not the path");
	check_option("max_line", "32k", "more than max_head");
}

static void a_draining_connection_ends_after_its_exchange(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	pst_kit_drain(k);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	give_ok(k, 0);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n" DATE "Connection: close\r\n"));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	FINISH(k);
	k = front();
	pst_kit_drain(k);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	FINISH(k);
}

static void a_client_that_reads_nothing_gets_no_further_stream(void)
{
	struct pst_kit *k = front();

	pst_kit_limit(pst_kit_tx_out(k), 50);
	pst_kit_stall(pst_kit_tx_out(k), true);
	receive(k, GET GET);
	give_ok(k, 0);
	CHECK_INT(pst_kit_streams(k), 1);
	pst_kit_stall(pst_kit_tx_out(k), false);
	pst_kit_run(k);
	CHECK_INT(pst_kit_streams(k), 2);
	FINISH(k);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(without_route_the_answer_is_by_result),
	TEST(on_a_connection_that_broke_nothing_is_answered),
	TEST(the_log_hears_of_a_request_without_a_stream),
	TEST(the_log_hears_what_was_answered_for_a_stream),
	TEST(our_own_answer_is_short_text),
	TEST(our_own_answer_closes_when_a_body_is_unread),
	TEST(a_service_that_fails_is_answered_by_class),
	TEST(a_service_that_ends_without_head_is_500),
	TEST(a_chunked_response_that_is_cut_has_no_last_chunk),
	TEST(an_upper_side_that_goes_is_answered_too),
	TEST(what_is_not_http_is_refused_with_last_words),
	TEST(refusals_close_and_say_so),
	TEST(a_bad_chunk_is_400_and_resets_the_stream),
	TEST(a_bad_chunk_during_the_response_cuts_it),
	TEST(a_client_that_goes_within_its_body_resets_the_stream),
	TEST(a_client_that_half_closes_gets_its_response),
	TEST(a_client_that_resets_takes_its_stream_down),
	TEST(an_end_within_a_head_is_400),
	TEST(an_end_between_requests_is_no_failure),
	TEST(a_granted_upgrade_leaves_the_rest_to_the_core),
	TEST(a_refused_upgrade_is_an_exchange_like_others),
	TEST(an_upgrade_whose_service_fails_is_answered_by_class),
	TEST(a_101_that_nobody_asked_for_is_500),
	TEST(a_client_that_goes_before_the_upgrade_is_a_failure),
	TEST(connect_tunnels_only_when_granted),
	TEST(an_idle_connection_is_closed_without_a_word),
	TEST(a_peer_that_never_ends_is_cut_off),
	TEST(a_slow_head_is_408),
	TEST(max_requests_ends_the_connection),
	TEST(limits_are_those_of_the_options),
	TEST(options_are_checked),
	TEST(a_draining_connection_ends_after_its_exchange),
	TEST(a_client_that_reads_nothing_gets_no_further_stream),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
