/* SPDX-License-Identifier: MIT */
/* The test mux `mux3`: three streams over one trunk, both roles. */
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static struct pst_kit *kit_of(enum pst_role role)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.mux = pst_plugin.get(PST_EXTENSION_MUX, 0),
		.role = role};
	struct pst_kit *k = pst_kit_create(&p);

	CHECK(pst_kit_ready(k));
	pst_kit_run(k);
	if (role == PST_ACCEPT) {
		pst_kit_feed(pst_kit_rx_in(k), "\0\0\1", 3);
		pst_kit_run(k);
		pst_kit_feed(pst_kit_rx_in(k), "!", 1);
		pst_kit_run(k);
		CHECK(pst_kit_reads(pst_kit_stream_rx_out(k, 0), "!", 1));
	}
	return k;
}

static void feed(struct pst_kit *k, const char *bytes, size_t length)
{
	pst_kit_feed(pst_kit_rx_in(k), bytes, length);
	pst_kit_run(k);
}

static bool got(struct pst_kit *k, unsigned n, const char *text)
{
	return pst_kit_reads(pst_kit_stream_rx_out(k, n), text, strlen(text));
}

static void the_front_opens_three_streams_at_once(void)
{
	struct pst_kit *k = kit_of(PST_ACCEPT);

	CHECK_INT(pst_kit_streams(k), 3);
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void frames_reach_their_streams(void)
{
	static const char wire[] = "\0\0\2ab\2\0\1z\1\0\3xyz\0\0\1c\0\0\0";
	struct pst_kit *k;
	size_t split;

	for (split = 0; split < 4; split++) {
		k = kit_of(PST_ACCEPT);
		pst_kit_split(pst_kit_rx_in(k), split, 0);
		pst_kit_limit(pst_kit_stream_rx_out(k, 0), 1);
		feed(k, wire, sizeof(wire) - 1);
		CHECK(got(k, 0, "abc"));
		CHECK(got(k, 1, "xyz"));
		CHECK(got(k, 2, "z"));
		CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)),
		          PST_END_CLEAN);
		CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 1)),
		          PST_END_OPEN);
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void streams_are_sent_as_frames(void)
{
	struct pst_kit *k = kit_of(PST_ACCEPT);

	pst_kit_feed(pst_kit_stream_tx_in(k, 2), "hey", 3);
	pst_kit_headroom(pst_kit_stream_tx_in(k, 2), 0);
	pst_kit_feed(pst_kit_stream_tx_in(k, 2), "you", 3);
	pst_kit_end(pst_kit_stream_tx_in(k, 2), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "\2\0\3hey\2\0\3you\2\0\0", 15));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_stream_that_breaks_is_reset_alone(void)
{
	struct pst_kit *k = kit_of(PST_ACCEPT);

	pst_kit_end(pst_kit_stream_tx_in(k, 1), PST_END_RESET,
	            PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "\x81\0\0", 3));
	pst_kit_stream_close(k, 0);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "\x80\0\0", 3));
	feed(k, "\x82\0\0", 3);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 2)), PST_END_RESET);
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_trunk_ends_after_its_streams(void)
{
	struct pst_kit *k = kit_of(PST_ACCEPT);
	unsigned i;

	feed(k, "\0\0\0\1\0\0\2\0\0", 9);
	for (i = 0; i < 3; i++) {
		CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
		pst_kit_end(pst_kit_stream_tx_in(k, i), PST_END_CLEAN,
		            PST_CLASS_CLEAN);
		pst_kit_run(k);
		CHECK(pst_kit_stream_done(k, i));
	}
	pst_kit_discard(pst_kit_tx_out(k));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_trunk_that_ends_cuts_streams_in_use(void)
{
	struct pst_kit *k = kit_of(PST_ACCEPT);

	feed(k, "\0\0\1a", 4);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(got(k, 0, "a"));
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CUT);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 1)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void refused(const char *bytes, size_t length)
{
	struct pst_kit *k = kit_of(PST_ACCEPT);

	feed(k, bytes, length);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 1)), PST_END_RESET);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_trunk_that_says_nothing_just_ends(void)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.mux = pst_plugin.get(PST_EXTENSION_MUX, 0)};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(pst_kit_streams(k), 0);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void bad_frames_end_the_trunk(void)
{
	refused("\3\0\1a", 4);
	refused("\x80\0\1a", 4);
	refused("\0\0\0\0\0\1a", 7);
}

static void no_route_is_a_failure(void)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.mux = pst_plugin.get(PST_EXTENSION_MUX, 0)};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_set_route(k, PST_NO_ROUTE);
	feed(k, "\0", 1);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_REFUSED);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_pair_carries_three_streams(void)
{
	struct pst_kit *both[2] = {kit_of(PST_ACCEPT), kit_of(PST_CONNECT)};
	static char data[3][70000];
	unsigned i;

	pst_kit_pair(both[0], both[1]);
	pst_kit_split(pst_kit_rx_in(both[0]), 7000, 3);
	for (i = 0; i < 3; i++) {
		memset(data[i], (int)('a' + i), sizeof(data[i]));
		CHECK_INT(pst_kit_stream_open(both[1]), i);
		pst_kit_feed(pst_kit_stream_tx_in(both[1], i), data[i],
		             sizeof(data[i]));
		pst_kit_end(pst_kit_stream_tx_in(both[1], i), PST_END_CLEAN,
		            PST_CLASS_CLEAN);
	}
	CHECK_INT(pst_kit_stream_open(both[1]), PST_AGAIN);
	pst_kit_run_all(both, 2);
	for (i = 0; i < 3; i++) {
		struct pst_kit_port *rx = pst_kit_stream_rx_out(both[0], i);

		CHECK(pst_kit_reads(rx, data[i], sizeof(data[i])));
		CHECK_INT(pst_kit_ended(rx), PST_END_CLEAN);
	}
	CHECK_INT(pst_kit_destroy(both[0]), 0);
	CHECK_INT(pst_kit_destroy(both[1]), 0);
}

static CU_TestInfo tests[] = {
	TEST(the_front_opens_three_streams_at_once),
	TEST(frames_reach_their_streams),
	TEST(streams_are_sent_as_frames),
	TEST(a_stream_that_breaks_is_reset_alone),
	TEST(the_trunk_ends_after_its_streams),
	TEST(a_trunk_that_ends_cuts_streams_in_use),
	TEST(a_trunk_that_says_nothing_just_ends),
	TEST(bad_frames_end_the_trunk),
	TEST(no_route_is_a_failure),
	TEST(a_pair_carries_three_streams),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
