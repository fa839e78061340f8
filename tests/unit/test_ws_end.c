/* SPDX-License-Identifier: MIT */
/* How the layer `ws` ends: Close frames both ways, ends, timers, drain. */
#include "ws_kit.h"

static const enum pst_role roles[] = {PST_ACCEPT, PST_CONNECT};

static void end_rx(struct pst_kit *k)
{
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
}

static void a_received_close_is_told_and_echoed(void)
{
	static const struct {
		const char *body;
		size_t length;
		uint16_t code;
		enum pst_class why;
		const char *text;
	} rows[] = {
		{"", 0, 0, PST_CLASS_CLEAN, ""},
		{"\x03\xe8", 2, 1000, PST_CLASS_CLEAN, ""},
		{"\x03\xe8"
	         "bye",
	         5, 1000, PST_CLASS_CLEAN, "bye"},
		{"\x03\xe9", 2, 1001, PST_CLASS_GOING_AWAY, ""},
		{"\x03\xf0no", 4, 1008, PST_CLASS_POLICY, "no"},
		{"\x03\xf3", 2, 1011, PST_CLASS_INTERNAL, ""},
		{"\x0f\xa1\xe2\x82\xac", 5, 4001, PST_CLASS_CLEAN,
	         "\xe2\x82\xac"},
	};
	size_t i, r;

	for (i = 0; i < COUNT(rows); i++) {
		for (r = 0; r < COUNT(roles); r++) {
			struct pst_kit *k = ws_open(roles[r], NULL);

			ws_feed_frame(k, 0x88, rows[i].body, rows[i].length);
			pst_kit_run(k);
			ws_expect_told(k, rows[i].code, rows[i].why,
			               rows[i].text);
			ws_expect_end(pst_kit_rx_out(k), PST_END_CLEAN);
			ws_expect_close(k, rows[i].code, "");
			CHECK(!pst_kit_failed(k));
			/* RFC 6455 7.1.1: the server closes first */
			ws_expect_end(pst_kit_tx_out(k),
			              roles[r] == PST_ACCEPT ? PST_END_CLEAN
			                                     : PST_END_OPEN);
			end_rx(k);
			ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
			CHECK(!pst_kit_failed(k));
			ws_done(k);
		}
	}
}

static void queued_messages_go_out_before_the_echo(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	pst_kit_feed_message(pst_kit_tx_in(k), "one", 3, PST_TEXT);
	pst_kit_feed_message(pst_kit_tx_in(k), "two", 3, PST_TEXT);
	ws_feed_frame(k, 0x88, "\x03\xe8", 2);
	pst_kit_run(k);
	ws_expect_frame(k, 0x81, "one", 3);
	ws_expect_frame(k, 0x81, "two", 3);
	ws_expect_close(k, 1000, "");
	pst_kit_feed_message(pst_kit_tx_in(k), "late", 4, PST_TEXT);
	pst_kit_run(k);
	ws_expect_silence(k);
	CHECK_INT(pst_kit_waiting(pst_kit_tx_in(k)), 0);
	ws_done(k);
}

static void what_comes_behind_a_close_is_dropped(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	ws_feed_frame(k, 0x88, "\x03\xe8", 2);
	ws_feed_frame(k, 0x81, "late", 4);
	ws_feed_frame(k, 0x83, "nonsense", 8);
	pst_kit_run(k);
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 0);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	pst_kit_feed(pst_kit_rx_in(k), "more", 4);
	end_rx(k);
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void messages_before_a_close_are_delivered(void)
{
	struct pst_kit *k = ws_connected(NULL);

	ws_feed_frame(k, 0x82, "last", 4);
	ws_feed_frame(k, 0x88, "\x03\xe8", 2);
	pst_kit_run(k);
	ws_expect_message(k, PST_BINARY, "last", 4);
	ws_expect_told(k, 1000, PST_CLASS_CLEAN, "");
	ws_done(k);
}

static void a_close_inside_a_message_cuts_it(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	ws_feed_frame(k, 0x02, "half", 4);
	ws_feed_frame(k, 0x88, "\x03\xe8", 2);
	pst_kit_run(k);
	CHECK(!pst_kit_failed(k));
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "half", 4));
	ws_expect_told(k, 1000, PST_CLASS_CLEAN, "");
	ws_expect_end(pst_kit_rx_out(k), PST_END_CUT);
	ws_expect_close(k, 1000, "");
	ws_done(k);
}

static void a_close_from_above_keeps_code_and_text(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);

		pst_kit_feed_message(pst_kit_tx_in(k), "x", 1, PST_TEXT);
		pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_CLOSE,
		                     PST_CLASS_POLICY, 4321, "because");
		pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
		pst_kit_run(k);
		ws_expect_frame(k, 0x81, "x", 1);
		ws_expect_close(k, 4321, "because");
		ws_expect_silence(k);
		ws_expect_end(pst_kit_tx_out(k), PST_END_OPEN);
		/* the peer goes on until it has seen it */
		ws_feed_frame(k, 0x82, "rest", 4);
		ws_feed_frame(k, 0x89, "ping", 4);
		ws_feed_frame(k, 0x88, "\x10\xe1", 2);
		pst_kit_run(k);
		ws_expect_message(k, PST_BINARY, "rest", 4);
		ws_expect_told(k, 4321, PST_CLASS_CLEAN, "");
		ws_expect_silence(k);
		ws_expect_end(pst_kit_tx_out(k), roles[r] == PST_ACCEPT
		                                         ? PST_END_CLEAN
		                                         : PST_END_OPEN);
		end_rx(k);
		ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
		ws_done(k);
	}
}

static void closes_from_above_without_a_code_go_by_the_table(void)
{
	static const struct {
		uint16_t code;
		enum pst_class why;
		const char *text;
		uint16_t want;
		const char *want_text;
	} rows[] = {
		{0, PST_CLASS_CLEAN, NULL, 0, ""},
		{0, PST_CLASS_POLICY, NULL, 1008, "policy"},
		{0, PST_CLASS_TIMEOUT, "x", 1001, "timeout"},
		{0, PST_CLASS_OVERLOAD, NULL, 1013, "overload"},
		/* codes that no Close frame may carry */
		{1005, PST_CLASS_CLEAN, "x", 1000, ""},
		{1006, PST_CLASS_TRUNCATED, NULL, 1011, "truncated"},
		{1015, PST_CLASS_INTERNAL, NULL, 1011, "internal error"},
		{7, PST_CLASS_GOING_AWAY, NULL, 1001, "going away"},
		{65535, PST_CLASS_CLEAN, NULL, 1000, ""},
		{1000, PST_CLASS_CLEAN, "\xff", 1000, ""},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k = ws_accepted(NULL);

		pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_CLOSE,
		                     rows[i].why, rows[i].code, rows[i].text);
		pst_kit_run(k);
		ws_expect_close(k, rows[i].want, rows[i].want_text);
		ws_done(k);
	}
}

static void ends_from_above_become_close_frames(void)
{
	static const struct {
		enum pst_end end;
		enum pst_class why;
		uint16_t code;
		const char *text;
	} rows[] = {
		{PST_END_CLEAN, PST_CLASS_CLEAN, 1000, ""},
		{PST_END_CUT, PST_CLASS_TRUNCATED, 1011, "truncated"},
		{PST_END_RESET, PST_CLASS_GOING_AWAY, 1001, "going away"},
		{PST_END_RESET, PST_CLASS_POLICY, 1008, "policy"},
		{PST_END_RESET, PST_CLASS_REFUSED, 1013, "refused"},
		{PST_END_RESET, PST_CLASS_UNREACHABLE, 1013, "unreachable"},
		{PST_END_RESET, PST_CLASS_OVERLOAD, 1013, "overload"},
		{PST_END_RESET, PST_CLASS_TIMEOUT, 1001, "timeout"},
		{PST_END_RESET, PST_CLASS_TOO_BIG, 1009, "too big"},
		{PST_END_RESET, PST_CLASS_PROTOCOL, 1002, "protocol error"},
		{PST_END_RESET, PST_CLASS_TRUNCATED, 1011, "truncated"},
		{PST_END_RESET, PST_CLASS_INTERNAL, 1011, "internal error"},
		{PST_END_RESET, PST_CLASS_CLEAN, 1011, "truncated"},
	};
	size_t i, r;

	for (i = 0; i < COUNT(rows); i++) {
		for (r = 0; r < COUNT(roles); r++) {
			struct pst_kit *k = ws_open(roles[r], NULL);

			pst_kit_feed_message(pst_kit_tx_in(k), "x", 1,
			                     PST_BINARY);
			pst_kit_end(pst_kit_tx_in(k), rows[i].end, rows[i].why);
			pst_kit_run(k);
			ws_expect_frame(k, 0x82, "x", 1);
			ws_expect_close(k, rows[i].code, rows[i].text);
			CHECK(!pst_kit_failed(k));
			ws_done(k);
		}
	}
}

static void an_end_inside_a_message_is_no_clean_close(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	pst_kit_feed_slice(pst_kit_tx_in(k), "half", 4, PST_TEXT);
	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	ws_expect_frame(k, 0x01, "half", 4);
	ws_expect_close(k, 1011, "truncated");
	ws_done(k);
}

static void a_peer_that_never_closes_times_out(void)
{
	static const char *const options[] = {"close_timeout", "5s", NULL};
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], options);

		CHECK(pst_kit_timer(k, WS_TIMER_CLOSE) == UINT64_MAX);
		pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
		pst_kit_run(k);
		ws_expect_close(k, 1000, "");
		CHECK_INT(pst_kit_timer(k, WS_TIMER_CLOSE), 5000);
		pst_kit_advance(k, 4999);
		CHECK(!pst_kit_failed(k));
		pst_kit_advance(k, 1);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
		ws_expect_end(pst_kit_rx_out(k), PST_END_RESET);
		ws_done(k);
	}
}

static void the_default_close_timeout_is_10s(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(pst_kit_timer(k, WS_TIMER_CLOSE), 10000);
	ws_done(k);
}

static void a_client_waits_for_the_server_to_hang_up_but_not_forever(void)
{
	struct pst_kit *k = ws_connected(NULL);

	ws_feed_frame(k, 0x88, "\x03\xe8", 2);
	pst_kit_run(k);
	ws_expect_close(k, 1000, "");
	ws_expect_end(pst_kit_tx_out(k), PST_END_OPEN);
	pst_kit_advance(k, 10000);
	CHECK(!pst_kit_failed(k));
	ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
	ws_done(k);
}

static void a_connection_that_ends_without_close_is_cut(void)
{
	static const enum pst_end ends[] = {PST_END_CLEAN, PST_END_CUT};
	static const char *const leftovers[] = {"", "\x81", "\x82\x85\x01"};
	size_t r, e, l;

	for (r = 0; r < COUNT(roles); r++) {
		for (e = 0; e < COUNT(ends); e++) {
			for (l = 0; l < (r == 0 ? COUNT(leftovers) : 2); l++) {
				struct pst_kit *k = ws_open(roles[r], NULL);

				ws_feed_frame(k, 0x82, "x", 1);
				pst_kit_feed(pst_kit_rx_in(k), leftovers[l],
				             strlen(leftovers[l]));
				pst_kit_end(pst_kit_rx_in(k), ends[e],
				            PST_CLASS_TRUNCATED);
				pst_kit_run(k);
				ws_expect_message(k, PST_BINARY, "x", 1);
				ws_expect_end(pst_kit_rx_out(k), PST_END_CUT);
				CHECK(pst_kit_failed(k));
				CHECK_INT(pst_kit_fail_class(k),
				          PST_CLASS_TRUNCATED);
				CHECK_INT(pst_kit_fail_code(k), 1006);
				ws_expect_silence(k);
				ws_done(k);
			}
		}
	}
}

static void a_reset_from_below_keeps_its_class(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TIMEOUT);
	pst_kit_run(k);
	ws_expect_end(pst_kit_rx_out(k), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_rx_out(k)), PST_CLASS_TIMEOUT);
	ws_done(k);
}

static void a_peer_that_hangs_up_on_our_close_is_cut_but_no_failure(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);

		pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
		pst_kit_run(k);
		ws_expect_close(k, 1000, "");
		end_rx(k);
		CHECK(!pst_kit_failed(k));
		ws_expect_end(pst_kit_rx_out(k), PST_END_CUT);
		ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
		CHECK(pst_kit_timer(k, WS_TIMER_CLOSE) == UINT64_MAX);
		ws_done(k);
	}
}

static void nonsense_behind_our_close_gets_no_second_one(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	ws_expect_close(k, 1000, "");
	ws_feed_frame(k, 0x83, "", 0);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	ws_expect_silence(k);
	ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
	ws_done(k);
}

static void a_drain_closes_with_1001_behind_what_is_queued(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);

		pst_kit_feed_message(pst_kit_tx_in(k), "last", 4, PST_TEXT);
		pst_kit_drain(k);
		pst_kit_run(k);
		ws_expect_frame(k, 0x81, "last", 4);
		ws_expect_close(k, 1001, "going away");
		ws_feed_frame(k, 0x88, "\x03\xe9", 2);
		pst_kit_run(k);
		ws_expect_told(k, 1001, PST_CLASS_GOING_AWAY, "");
		ws_done(k);
	}
}

static void a_drain_waits_for_the_end_of_a_message(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	pst_kit_feed_slice(pst_kit_tx_in(k), "ha", 2, PST_TEXT);
	pst_kit_drain(k);
	pst_kit_run(k);
	ws_expect_frame(k, 0x01, "ha", 2);
	ws_expect_silence(k);
	pst_kit_feed_slice(pst_kit_tx_in(k), "lf", 2, PST_TEXT | PST_EOM);
	pst_kit_run(k);
	ws_expect_frame(k, 0x80, "lf", 2);
	ws_expect_close(k, 1001, NULL);
	ws_done(k);
}

static void silence_gets_a_ping_at_half_time_and_an_end(void)
{
	static const char *const options[] = {"inactivity_timeout", "10s",
	                                      NULL};
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], options);

		pst_kit_advance(k, 4999);
		ws_expect_silence(k);
		pst_kit_advance(k, 1);
		ws_expect_ping(k, NULL);
		CHECK_INT(pst_kit_metric(k, "pings_sent"), 1);
		pst_kit_advance(k, 4999);
		CHECK(!pst_kit_failed(k));
		pst_kit_advance(k, 1);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
		ws_expect_close(k, 1001, "inactive");
		ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
		ws_done(k);
	}
}

static void any_traffic_from_the_peer_counts_as_life(void)
{
	static const char *const options[] = {"inactivity_timeout", "10s",
	                                      NULL};
	struct pst_kit *k = ws_accepted(options);
	int i;

	pst_kit_advance(k, 4000);
	ws_feed_frame(k, 0x81, "x", 1);
	pst_kit_run(k);
	pst_kit_advance(k, 4999);
	ws_expect_silence(k);
	pst_kit_advance(k, 1);
	for (i = 0; i < 20; i++) {
		ws_expect_ping(k, NULL);
		pst_kit_advance(k, 1000);
		ws_feed_frame(k, 0x8a, "", 0);
		pst_kit_run(k);
		pst_kit_advance(k, 5000);
	}
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void a_peer_that_we_do_not_read_is_not_silent(void)
{
	static const char *const options[] = {"inactivity_timeout", "10s",
	                                      NULL};
	struct pst_kit *k = ws_accepted(options);

	pst_kit_limit(pst_kit_rx_out(k), 1);
	pst_kit_stall(pst_kit_rx_out(k), true);
	ws_feed_frame(k, 0x82, "one", 3);
	ws_feed_frame(k, 0x82, "two", 3);
	pst_kit_run(k);
	pst_kit_advance(k, 60000);
	CHECK(!pst_kit_failed(k));
	ws_expect_silence(k);
	ws_done(k);
}

static void without_an_inactivity_timeout_nothing_is_timed(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	CHECK(pst_kit_timer(k, WS_TIMER_ALIVE) == UINT64_MAX);
	ws_done(k);
}

static void the_inactivity_timer_stops_with_the_close(void)
{
	static const char *const options[] = {"inactivity_timeout", "8s", NULL};
	struct pst_kit *k = ws_accepted(options);

	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	ws_expect_close(k, 1000, "");
	CHECK(pst_kit_timer(k, WS_TIMER_ALIVE) == UINT64_MAX);
	pst_kit_advance(k, 9000);
	ws_expect_silence(k);
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

/* Every code there is, as the peer's: told and echoed, or refused. */
static void every_close_code_is_taken_or_refused(void)
{
	unsigned code;

	for (code = 0; code < 65536;
	     code += code < 1020 || code > 2990 ? 1 : 97) {
		bool good = (code >= 1000 && code <= 1003) ||
		            (code >= 1007 && code <= 1014) ||
		            (code >= 3000 && code <= 4999);
		const uint8_t body[] = {(uint8_t)(code >> 8), (uint8_t)code,
		                        'x'};
		struct pst_kit *k;

		if (code > 5010 && code % 251 != 0) {
			continue;
		}
		k = ws_open(roles[code % 2], NULL);
		ws_feed_frame(k, 0x88, body, sizeof(body));
		pst_kit_run(k);
		if (good) {
			ws_expect_told(k, (uint16_t)code,
			               ws_close_class((uint16_t)code), "x");
		}
		ws_expect_close(k, good ? (uint16_t)code : 1002, NULL);
		CHECK_INT(pst_kit_failed(k), !good);
		ws_done(k);
	}
}

/* The same from above: what another hop received goes out unchanged. */
static void every_close_code_passes_unchanged(void)
{
	unsigned code;

	for (code = 1000; code < 5000; code++) {
		struct pst_kit *k;

		if (!ws_close_valid((uint16_t)code)) {
			continue;
		}
		k = ws_open(roles[code % 2], NULL);
		pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_CLOSE,
		                     ws_close_class((uint16_t)code),
		                     (uint16_t)code, "warum \xe2\x82\xac");
		pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
		pst_kit_run(k);
		ws_expect_close(k, (uint16_t)code, "warum \xe2\x82\xac");
		ws_done(k);
	}
}

static void a_drain_lets_a_received_message_end(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	ws_feed_frame(k, 0x01, "ha", 2);
	pst_kit_drain(k);
	pst_kit_run(k);
	ws_expect_silence(k);
	ws_feed_frame(k, 0x80, "lf", 2);
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "half", 4);
	ws_expect_close(k, 1001, "going away");
	/* what crossed the Close is taken */
	ws_feed_frame(k, 0x81, "more", 4);
	ws_feed_frame(k, 0x88, "\x03\xe9", 2);
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "more", 4);
	ws_expect_told(k, 1001, PST_CLASS_GOING_AWAY, "");
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void one_direction_may_end_before_the_other(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);

		pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
		pst_kit_run(k);
		ws_expect_close(k, 1000, "");
		pst_kit_advance(k, 5000);
		ws_feed_frame(k, 0x02, "still ", 6);
		pst_kit_run(k);
		pst_kit_advance(k, 4999);
		ws_feed_frame(k, 0x80, "here", 4);
		ws_feed_frame(k, 0x88, "\x03\xe8", 2);
		pst_kit_run(k);
		ws_expect_message(k, PST_BINARY, "still here", 10);
		ws_expect_told(k, 1000, PST_CLASS_CLEAN, "");
		end_rx(k);
		CHECK(!pst_kit_failed(k));
		ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
		ws_done(k);
	}
}

static CU_TestInfo tests[] = {
	TEST(every_close_code_is_taken_or_refused),
	TEST(every_close_code_passes_unchanged),
	TEST(a_drain_lets_a_received_message_end),
	TEST(one_direction_may_end_before_the_other),
	TEST(a_received_close_is_told_and_echoed),
	TEST(queued_messages_go_out_before_the_echo),
	TEST(what_comes_behind_a_close_is_dropped),
	TEST(messages_before_a_close_are_delivered),
	TEST(a_close_inside_a_message_cuts_it),
	TEST(a_close_from_above_keeps_code_and_text),
	TEST(closes_from_above_without_a_code_go_by_the_table),
	TEST(ends_from_above_become_close_frames),
	TEST(an_end_inside_a_message_is_no_clean_close),
	TEST(a_peer_that_never_closes_times_out),
	TEST(the_default_close_timeout_is_10s),
	TEST(a_client_waits_for_the_server_to_hang_up_but_not_forever),
	TEST(a_connection_that_ends_without_close_is_cut),
	TEST(a_reset_from_below_keeps_its_class),
	TEST(a_peer_that_hangs_up_on_our_close_is_cut_but_no_failure),
	TEST(nonsense_behind_our_close_gets_no_second_one),
	TEST(a_drain_closes_with_1001_behind_what_is_queued),
	TEST(a_drain_waits_for_the_end_of_a_message),
	TEST(silence_gets_a_ping_at_half_time_and_an_end),
	TEST(any_traffic_from_the_peer_counts_as_life),
	TEST(a_peer_that_we_do_not_read_is_not_silent),
	TEST(without_an_inactivity_timeout_nothing_is_timed),
	TEST(the_inactivity_timer_stops_with_the_close),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
