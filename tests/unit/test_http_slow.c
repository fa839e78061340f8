/* SPDX-License-Identifier: MIT */
/* Slow clients of the http layer: pauses, and rates both ways. */
#include "kit_check.h"
#include "test_http_kit.h"

#define POST(n) "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " #n "\r\n\r\n"
#define CHUNKED                          \
	"POST / HTTP/1.1\r\nHost: a\r\n" \
	"Transfer-Encoding: chunked\r\n\r\n"

static struct pst_kit *rated(const char *rate, const char *time)
{
	const char *const options[] = {
		"min_rate", rate, "min_rate_time", time, "body_timeout",
		"0",        NULL};

	return http_kit(PST_ACCEPT, options, NULL);
}

/** The client was told, and the session knows why. */
static void is_late(struct pst_kit *k, const char *why)
{
	CHECK(sends(k, "HTTP/1.1 408 Request Timeout\r\n"));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	CHECK_INT(pst_kit_fail_code(k), 408);
	CHECK_STR(pst_kit_fail_text(k), why);
	CHECK_INT(pst_kit_end_class(pst_kit_stream_rx_out(k, 0)),
	          PST_CLASS_TIMEOUT);
	FINISH(k);
}

static void is_fine(struct pst_kit *k)
{
	CHECK_STR(sent(k), "");
	CHECK(!pst_kit_failed(k));
}

/** The exchange ends well, and the connection goes on. */
static void goes_on(struct pst_kit *k)
{
	is_fine(k);
	give_ok(k, 0);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n"));
	CHECK_INT(pst_kit_timer(k, 1), UINT64_MAX);
	receive(k, GET);
	CHECK_INT(pst_kit_streams(k), 2);
	give_ok(k, 1);
	CHECK(sends(k, "HTTP/1.1 200 OK\r\n"));
	FINISH(k);
}

static void a_pause_in_a_body_of_known_length_gets_408(void)
{
	struct pst_kit *k = front();

	receive(k, POST(10) "abc");
	pst_kit_advance(k, 59999);
	is_fine(k);
	pst_kit_advance(k, 1);
	is_late(k, "the request's body did not arrive in time");
}

static void a_pause_in_chunks_gets_408(void)
{
	static const char *const parts[] = {
		"",        "5",          "5\r\n",
		"5\r\nab", "1\r\na\r\n", "0\r\nTrailer: on its w"};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct pst_kit *k = front_with("body_timeout", "2s");

		receive(k, CHUNKED);
		receive(k, parts[i]);
		pst_kit_advance(k, 1999);
		is_fine(k);
		pst_kit_advance(k, 1);
		is_late(k, "the request's body did not arrive in time");
	}
}

static void each_byte_ends_the_pause(void)
{
	struct pst_kit *k = front_with("body_timeout", "2s");
	int i;

	receive(k, POST(10));
	for (i = 0; i < 9; i++) {
		pst_kit_advance(k, 1500);
		receive(k, "x");
		is_fine(k);
	}
	receive(k, "x");
	pst_kit_advance(k, 600000);
	goes_on(k);
}

static void trickled_trailers_are_no_pause(void)
{
	struct pst_kit *k = front_with("body_timeout", "2s");
	const char *at;

	receive(k, CHUNKED "0\r\n");
	for (at = "A: b\r\n\r\n"; *at != '\0'; at++) {
		const char text[2] = {*at, '\0'};

		pst_kit_advance(k, 1500);
		receive(k, text);
	}
	goes_on(k);
}

static void no_body_timeout_waits_for_ever(void)
{
	struct pst_kit *k = front_with("body_timeout", "0");

	receive(k, POST(3) "ab");
	CHECK_INT(pst_kit_timer(k, 1), UINT64_MAX);
	pst_kit_advance(k, 1000000000);
	receive(k, "c");
	goes_on(k);
}

static void a_request_without_body_needs_no_timer(void)
{
	struct pst_kit *k = front();

	receive(k, GET);
	CHECK_INT(pst_kit_timer(k, 1), UINT64_MAX);
	pst_kit_advance(k, 1000000);
	goes_on(k);
}

static void a_client_that_waits_for_100_is_not_late(void)
{
	static const struct pst_kit_head go = {.kind = PST_HEAD_INTERIM,
	                                       .status = 100};
	struct pst_kit *k = front_with("body_timeout", "2s");

	receive(k, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
	           "Expect: 100-continue\r\n\r\n");
	pst_kit_advance(k, 10000);
	is_fine(k);
	give_head(k, 0, &go, 0);
	CHECK(sends(k, "HTTP/1.1 100 Continue\r\n\r\n"));
	pst_kit_advance(k, 1999);
	is_fine(k);
	pst_kit_advance(k, 2001);
	is_late(k, "the request's body did not arrive in time");
}

static void a_client_that_we_hold_back_is_not_late(void)
{
	static const char *const options[] = {
		"body_timeout",  "2s", "min_rate", "1k",
		"min_rate_time", "1s", NULL};
	struct pst_kit *k = http_kit(PST_ACCEPT, options, NULL);
	struct pst_kit_port *up;

	receive(k, POST(100));
	up = pst_kit_stream_rx_out(k, 0);
	pst_kit_stall(up, true);
	pst_kit_limit(up, 10);
	receive(k, "0123456789");
	receive(k, "0123456789");
	pst_kit_advance(k, 600000);
	is_fine(k);
	pst_kit_stall(up, false);
	pst_kit_limit(up, 1000);
	pst_kit_discard(up);
	pst_kit_run(k);
	is_fine(k);
	pst_kit_advance(k, 4000);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	FINISH(k);
}

static void an_upgrade_that_waits_for_its_answer_is_not_late(void)
{
	static const struct pst_kit_head yes = {.kind = PST_HEAD_RESPONSE,
	                                        .status = 101,
	                                        .upgrade = "x",
	                                        .upgrade_by =
	                                                PST_UPGRADE_FIELD};
	struct pst_kit *k = rated("1m", "1s");

	receive(k, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"
	           "Upgrade: x\r\n\r\n");
	pst_kit_advance(k, 1000000);
	is_fine(k);
	give_head(k, 0, &yes, 0);
	CHECK(sends(k, "HTTP/1.1 101 Switching Protocols\r\n"));
	CHECK(pst_kit_left(k));
	FINISH(k);
}

static void a_late_body_behind_a_response_is_cut_off(void)
{
	struct pst_kit *k = front_with("body_timeout", "2s");

	receive(k, POST(10));
	give_head(k, 0, &chunked_ok, 0);
	give(k, 0, "some", 0);
	sent(k);
	pst_kit_advance(k, 2000);
	CHECK_STR(sent(k), "");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	FINISH(k);
}

static void a_body_below_the_rate_gets_408(void)
{
	struct pst_kit *k = rated("10", "2s");
	int i;

	receive(k, POST(1000));
	for (i = 0; i < 19; i++) {
		pst_kit_advance(k, 100);
		receive(k, "x");
	}
	is_fine(k);
	pst_kit_advance(k, 100);
	is_late(k, "the request's body arrives too slowly");
}

static void a_body_at_the_rate_is_taken(void)
{
	struct pst_kit *k = rated("10", "2s");
	int i;

	receive(k, POST(1000));
	for (i = 0; i < 100; i++) {
		receive(k, "0123456789");
		pst_kit_advance(k, 1000);
	}
	goes_on(k);
}

static void the_time_of_the_rate_is_a_setting(void)
{
	struct pst_kit *k = rated("10", "50ms");

	receive(k, POST(1000));
	pst_kit_advance(k, 49);
	is_fine(k);
	pst_kit_advance(k, 1);
	is_late(k, "the request's body arrives too slowly");
}

static struct pst_kit *stalled(const char *rate, const char *time)
{
	struct pst_kit *k = rated(rate, time);

	receive(k, GET);
	give_head(k, 0, &chunked_ok, 0);
	sent(k);
	pst_kit_limit(pst_kit_tx_out(k), 100);
	pst_kit_stall(pst_kit_tx_out(k), true);
	return k;
}

static void a_client_that_does_not_read_is_cut_off(void)
{
	static const char part[200] = "x";
	struct pst_kit *k = stalled("100", "3s");

	pst_kit_feed(pst_kit_stream_tx_in(k, 0), part, sizeof(part));
	pst_kit_run(k);
	pst_kit_advance(k, 2999);
	CHECK(!pst_kit_failed(k));
	pst_kit_advance(k, 1);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	CHECK_STR(pst_kit_fail_text(k), "the response is read too slowly");
	FINISH(k);
}

static void a_client_that_waits_for_the_service_is_not_slow(void)
{
	struct pst_kit *k = stalled("100", "3s");

	give(k, 0, "short", 0);
	pst_kit_advance(k, 1000000);
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_timer(k, 1), UINT64_MAX);
	FINISH(k);
}

static void no_rate_lets_clients_read_as_they_like(void)
{
	static const char part[200] = "x";
	struct pst_kit *k = stalled("0", "3s");

	pst_kit_feed(pst_kit_stream_tx_in(k, 0), part, sizeof(part));
	pst_kit_run(k);
	pst_kit_advance(k, 1000000);
	CHECK(!pst_kit_failed(k));
	FINISH(k);
}

static void bad_settings_are_diagnosed(void)
{
	static const char *const rows[][3] = {{"body_timeout", "soon", NULL},
	                                      {"min_rate", "fast", NULL},
	                                      {"min_rate", "2g", NULL},
	                                      {"min_rate_time", "0", NULL},
	                                      {"min_rate_time", "2h", NULL}};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pst_kit *k = http_kit(PST_ACCEPT, rows[i], NULL);

		CHECK_REFUSED(k, rows[i][0], "");
	}
}

static CU_TestInfo tests[] = {
	TEST(a_pause_in_a_body_of_known_length_gets_408),
	TEST(a_pause_in_chunks_gets_408),
	TEST(each_byte_ends_the_pause),
	TEST(trickled_trailers_are_no_pause),
	TEST(no_body_timeout_waits_for_ever),
	TEST(a_request_without_body_needs_no_timer),
	TEST(a_client_that_waits_for_100_is_not_late),
	TEST(a_client_that_we_hold_back_is_not_late),
	TEST(an_upgrade_that_waits_for_its_answer_is_not_late),
	TEST(a_late_body_behind_a_response_is_cut_off),
	TEST(a_body_below_the_rate_gets_408),
	TEST(a_body_at_the_rate_is_taken),
	TEST(the_time_of_the_rate_is_a_setting),
	TEST(a_client_that_does_not_read_is_cut_off),
	TEST(a_client_that_waits_for_the_service_is_not_slow),
	TEST(no_rate_lets_clients_read_as_they_like),
	TEST(bad_settings_are_diagnosed),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
