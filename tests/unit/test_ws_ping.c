/* SPDX-License-Identifier: MIT */
/* Pings of our own: when they go out, what answers them, what they tell. */
#include "kit_check.h"
#include "ws_kit.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const enum pst_role roles[] = {PST_ACCEPT, PST_CONNECT};

static void feed(struct pst_kit *k, uint8_t first, const void *payload,
                 size_t length)
{
	ws_feed_frame(k, first, payload, length);
	pst_kit_run(k);
}

static void a_ping_goes_out_each_interval_whatever_else_comes(void)
{
	size_t r;
	int i;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("ping_interval", "10s"));
		uint8_t payload[WS_PING_SIZE];

		for (i = 0; i < 5; i++) {
			pst_kit_advance(k, 9999);
			ws_expect_silence(k);
			feed(k, 0x82, "x", 1);
			pst_kit_advance(k, 1);
			ws_expect_ping(k, payload);
			feed(k, 0x8a, payload, sizeof(payload));
		}
		CHECK_INT(pst_kit_metric(k, "pings_sent"), 5);
		CHECK_INT(pst_kit_metric(k, "pongs_received"), 5);
		ws_done(k);
	}
}

static void without_settings_nothing_is_timed(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	CHECK(pst_kit_timer(k, WS_TIMER_ALIVE) == UINT64_MAX);
	CHECK(pst_kit_timer(k, WS_TIMER_RATE) == UINT64_MAX);
	pst_kit_advance(k, 100000000);
	ws_expect_silence(k);
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void no_answer_to_a_ping_ends_the_connection(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("ping_interval", "10s",
		                               "ping_timeout", "3s"));

		pst_kit_advance(k, 10000);
		ws_expect_ping(k, NULL);
		pst_kit_advance(k, 2999);
		CHECK(!pst_kit_failed(k));
		pst_kit_advance(k, 1);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
		ws_expect_close(k, 1001, "no answer to a ping");
		ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
		ws_done(k);
	}
}

static void a_timeout_longer_than_the_interval_sends_no_second_ping(void)
{
	struct pst_kit *k =
		ws_accepted(LIST("ping_interval", "2s", "ping_timeout", "7s"));

	pst_kit_advance(k, 2000);
	ws_expect_ping(k, NULL);
	pst_kit_advance(k, 6999);
	ws_expect_silence(k);
	CHECK(!pst_kit_failed(k));
	pst_kit_advance(k, 1);
	CHECK(pst_kit_failed(k));
	ws_done(k);
}

static void an_answer_restarts_the_interval_at_once(void)
{
	struct pst_kit *k =
		ws_accepted(LIST("ping_interval", "2s", "ping_timeout", "7s"));

	pst_kit_advance(k, 2000);
	ws_expect_ping(k, NULL);
	pst_kit_advance(k, 3000); /* the interval is long over */
	feed(k, 0x81, "late", 4);
	pst_kit_advance(k, 1000);
	ws_expect_ping(k, NULL);
	ws_done(k);
}

static void any_traffic_answers_a_ping(void)
{
	static const struct {
		uint8_t first;
		const char *payload;
	} rows[] = {
		{0x8a, "nobody asked"}, {0x8a, ""},   {0x89, "ping"},
		{0x82, "message"},      {0x02, "pa"}, {0x80, "rt"},
	};
	struct pst_kit *k =
		ws_accepted(LIST("ping_interval", "10s", "ping_timeout", "3s"));
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		pst_kit_advance(k, i == 0 ? 10000 : 7001);
		ws_expect_ping(k, NULL);
		pst_kit_advance(k, 2999);
		feed(k, rows[i].first, rows[i].payload,
		     strlen(rows[i].payload));
		pst_kit_discard(pst_kit_tx_out(k)); /* our pong */
		CHECK(!pst_kit_failed(k));
	}
	CHECK_INT(pst_kit_metric(k, "rtt_count"), 0);
	ws_done(k);
}

static void a_part_of_a_frame_answers_a_ping(void)
{
	struct pst_kit *k =
		ws_accepted(LIST("ping_interval", "10s", "ping_timeout", "3s"));
	uint8_t frame[64];

	(void)ws_frame_to(PST_ACCEPT, frame, 0x82, "0123456789", 10);
	pst_kit_advance(k, 10000);
	ws_expect_ping(k, NULL);
	pst_kit_feed(pst_kit_rx_in(k), frame, 8);
	pst_kit_run(k);
	pst_kit_advance(k, 3000);
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void unanswered_pings_go_on_where_nothing_times_them(void)
{
	struct pst_kit *k = ws_accepted(LIST("ping_interval", "1s"));
	int i;

	for (i = 0; i < 10; i++) {
		pst_kit_advance(k, 1000);
		ws_expect_ping(k, NULL);
	}
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void a_peer_that_takes_nothing_gets_one_ping(void)
{
	struct pst_kit *k = ws_accepted(LIST("ping_interval", "1s"));
	char data[300] = "";

	pst_kit_limit(pst_kit_tx_out(k), 100);
	pst_kit_stall(pst_kit_tx_out(k), true);
	pst_kit_feed_message(pst_kit_tx_in(k), data, sizeof(data), PST_BINARY);
	pst_kit_run(k);
	pst_kit_advance(k, 100000);
	CHECK_INT(pst_kit_metric(k, "pings_sent"), 1);
	ws_done(k);
}

static void the_pong_of_the_last_ping_tells_the_round_trip_time(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("ping_interval", "10s"));
		uint8_t payload[WS_PING_SIZE];

		CHECK(pst_kit_attribute(k, "ws.rtt_ms", NULL) == NULL);
		pst_kit_advance(k, 10000);
		ws_expect_ping(k, payload);
		pst_kit_advance(k, 37);
		feed(k, 0x8a, payload, sizeof(payload));
		CHECK_STR(pst_kit_attribute(k, "ws.rtt_ms", NULL), "37");
		CHECK_INT(pst_kit_metric(k, "rtt_count"), 1);
		CHECK_INT(pst_kit_metric(k, "rtt_sum_ms"), 37);
		CHECK_INT(pst_kit_metric(k, "rtt_le_20ms"), 0);
		CHECK_INT(pst_kit_metric(k, "rtt_le_50ms"), 1);
		CHECK_INT(pst_kit_metric(k, "rtt_le_10s"), 1);
		pst_kit_advance(k, 10000 - 37);
		ws_expect_ping(k, payload);
		feed(k, 0x8a, payload, sizeof(payload));
		CHECK_STR(pst_kit_attribute(k, "ws.rtt_ms", NULL), "0");
		CHECK_INT(pst_kit_metric(k, "rtt_count"), 2);
		CHECK_INT(pst_kit_metric(k, "rtt_sum_ms"), 37);
		CHECK_INT(pst_kit_metric(k, "rtt_le_1ms"), 1);
		ws_done(k);
	}
}

static void other_pongs_tell_no_time(void)
{
	struct pst_kit *k = ws_accepted(LIST("ping_interval", "10s"));
	uint8_t old[WS_PING_SIZE], last[WS_PING_SIZE], wrong[WS_PING_SIZE + 1];

	feed(k, 0x8a, "12345678", 8); /* before any ping */
	pst_kit_advance(k, 10000);
	ws_expect_ping(k, old);
	pst_kit_advance(k, 10000);
	ws_expect_ping(k, last);
	CHECK(memcmp(old, last, sizeof(old)) != 0);
	memcpy(wrong, last, sizeof(last));
	wrong[WS_PING_SIZE] = 0;
	feed(k, 0x8a, old, sizeof(old));
	feed(k, 0x8a, "", 0);
	feed(k, 0x8a, last, sizeof(last) - 1);
	feed(k, 0x8a, wrong, sizeof(wrong));
	CHECK_INT(pst_kit_metric(k, "rtt_count"), 0);
	CHECK(pst_kit_attribute(k, "ws.rtt_ms", NULL) == NULL);
	feed(k, 0x8a, last, sizeof(last));
	CHECK_INT(pst_kit_metric(k, "rtt_count"), 1);
	feed(k, 0x8a, last, sizeof(last)); /* once */
	CHECK_INT(pst_kit_metric(k, "rtt_count"), 1);
	ws_done(k);
}

static const char *bucket_name(unsigned ms, char *out, size_t size)
{
	if (ms < 1000) {
		snprintf(out, size, "rtt_le_%ums", ms);
	} else {
		snprintf(out, size, "rtt_le_%us", ms / 1000);
	}
	return out;
}

static int64_t in_bucket(unsigned bound, unsigned rtt)
{
	struct pst_kit *k = ws_accepted(LIST("ping_interval", "60s"));
	uint8_t payload[WS_PING_SIZE];
	char name[32];
	int64_t count;

	pst_kit_advance(k, 60000);
	ws_expect_ping(k, payload);
	pst_kit_advance(k, rtt);
	feed(k, 0x8a, payload, sizeof(payload));
	CHECK_INT(pst_kit_metric(k, "rtt_count"), 1);
	count = pst_kit_metric(k, bucket_name(bound, name, sizeof(name)));
	ws_done(k);
	return count;
}

static void each_bucket_counts_what_is_not_above_its_bound(void)
{
	size_t i;

	for (i = 0; i < WS_RTT_BUCKETS; i++) {
		CHECK_INT(in_bucket(ws_rtt_bounds[i], 0), 1);
		CHECK_INT(in_bucket(ws_rtt_bounds[i], ws_rtt_bounds[i]), 1);
		CHECK_INT(in_bucket(ws_rtt_bounds[i], ws_rtt_bounds[i] + 1u),
		          0);
	}
}

static void nobody_is_pinged_or_missed_while_we_do_not_read(void)
{
	size_t empty;

	for (empty = 0; empty < 2; empty++) {
		struct pst_kit *k =
			ws_accepted(LIST("ping_interval", "10s", "ping_timeout",
		                         "3s", "inactivity_timeout", "30s"));

		pst_kit_limit(pst_kit_rx_out(k), 1);
		pst_kit_stall(pst_kit_rx_out(k), true);
		feed(k, 0x82, "one", 3);
		if (empty == 0) {
			feed(k, 0x82, "two", 3); /* stays below us */
		}
		pst_kit_advance(k, 100000);
		CHECK(!pst_kit_failed(k));
		ws_expect_silence(k);
		pst_kit_stall(pst_kit_rx_out(k), false);
		pst_kit_run(k);
		pst_kit_discard(pst_kit_rx_out(k));
		pst_kit_advance(k, 10000);
		ws_expect_ping(k, NULL);
		pst_kit_advance(k, 3000);
		CHECK(pst_kit_failed(k));
		ws_done(k);
	}
}

static void the_ping_at_half_time_can_be_timed_too(void)
{
	struct pst_kit *k = ws_accepted(
		LIST("inactivity_timeout", "60s", "ping_timeout", "5s"));

	pst_kit_advance(k, 30000);
	ws_expect_ping(k, NULL);
	pst_kit_advance(k, 5000);
	CHECK(pst_kit_failed(k));
	ws_expect_close(k, 1001, "no answer to a ping");
	ws_done(k);
}

static void interval_and_inactivity_go_together(void)
{
	struct pst_kit *k = ws_accepted(
		LIST("inactivity_timeout", "10s", "ping_interval", "4s"));

	pst_kit_advance(k, 4000);
	ws_expect_ping(k, NULL);
	pst_kit_advance(k, 4000);
	ws_expect_ping(k, NULL);
	pst_kit_advance(k, 1999);
	CHECK(!pst_kit_failed(k));
	pst_kit_advance(k, 1);
	CHECK(pst_kit_failed(k));
	ws_expect_close(k, 1001, "inactive");
	ws_done(k);
}

static void a_timeout_without_pings_is_an_error(void)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, LIST("ping_timeout", "5s"));

	CHECK_REFUSED(k, "ping_timeout", "set ping_interval");
}

static void pings_stop_with_the_close(void)
{
	struct pst_kit *k =
		ws_accepted(LIST("ping_interval", "1s", "ping_timeout", "1s"));

	pst_kit_advance(k, 1000);
	ws_expect_ping(k, NULL);
	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	ws_expect_close(k, 1000, "");
	feed(k, 0x82, "x", 1);
	CHECK(pst_kit_timer(k, WS_TIMER_ALIVE) == UINT64_MAX);
	pst_kit_advance(k, 9000);
	ws_expect_silence(k);
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void memory_that_runs_out_fails_cleanly(void)
{
	unsigned n;

	for (n = 1; n < 4; n++) {
		struct pst_kit *k = ws_accepted(LIST("ping_interval", "1s"));

		pst_kit_fail_memory(k, n);
		pst_kit_advance(k, 3000);
		ws_done(k);
	}
}

static CU_TestInfo tests[] = {
	TEST(a_ping_goes_out_each_interval_whatever_else_comes),
	TEST(without_settings_nothing_is_timed),
	TEST(no_answer_to_a_ping_ends_the_connection),
	TEST(a_timeout_longer_than_the_interval_sends_no_second_ping),
	TEST(an_answer_restarts_the_interval_at_once),
	TEST(any_traffic_answers_a_ping),
	TEST(a_part_of_a_frame_answers_a_ping),
	TEST(unanswered_pings_go_on_where_nothing_times_them),
	TEST(a_peer_that_takes_nothing_gets_one_ping),
	TEST(the_pong_of_the_last_ping_tells_the_round_trip_time),
	TEST(other_pongs_tell_no_time),
	TEST(each_bucket_counts_what_is_not_above_its_bound),
	TEST(nobody_is_pinged_or_missed_while_we_do_not_read),
	TEST(the_ping_at_half_time_can_be_timed_too),
	TEST(interval_and_inactivity_go_together),
	TEST(a_timeout_without_pings_is_an_error),
	TEST(pings_stop_with_the_close),
	TEST(memory_that_runs_out_fails_cleanly),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
