/* SPDX-License-Identifier: MIT */
/* The layer `ws` against itself: a connecting end and an accepting one. */
#include "ws_kit.h"

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void fill(uint8_t *data, size_t length, uint32_t seed, bool text)
{
	size_t i;

	for (i = 0; i < length; i++) {
		data[i] =
			(uint8_t)(text ? ' ' + next(&seed) % 95 : next(&seed));
	}
}

static void messages_keep_boundaries_and_types_both_ways(void)
{
	static const size_t splits[] = {0, 1, 3, 1000};
	enum {
		MOST = 3000
	};
	uint8_t data[MOST];
	uint32_t seed = 1;
	size_t i, n;
	int turn;

	for (i = 0; i < COUNT(splits); i++) {
		struct ws_pair p;

		ws_pair_open(&p, NULL, NULL);
		pst_kit_split(pst_kit_rx_in(p.front), splits[i], 5);
		pst_kit_split(pst_kit_rx_in(p.back), splits[i], 9);
		for (turn = 0; turn < 60; turn++) {
			bool text = turn % 3 == 0;
			uint32_t type = text ? PST_TEXT : PST_BINARY;
			struct pst_kit *from = turn % 2 ? p.front : p.back;
			struct pst_kit *to = turn % 2 ? p.back : p.front;

			n = next(&seed) % (turn % 4 == 0 ? 4 : MOST);
			fill(data, n, seed, text);
			pst_kit_feed_message(pst_kit_tx_in(from), data, n,
			                     type);
			ws_pair_run(&p);
			ws_expect_message(to, type, data, n);
		}
		ws_pair_done(&p);
	}
}

static void a_close_passes_unchanged(void)
{
	struct ws_pair p;

	ws_pair_open(&p, NULL, NULL);
	pst_kit_feed_message(pst_kit_tx_in(p.front), "last", 4, PST_TEXT);
	pst_kit_feed_control(pst_kit_tx_in(p.front), PST_CONTROL_CLOSE,
	                     PST_CLASS_CLEAN, 4999, "na\xc3\xafve");
	pst_kit_end(pst_kit_tx_in(p.front), PST_END_CLEAN, PST_CLASS_CLEAN);
	ws_pair_run(&p);
	ws_expect_message(p.back, PST_TEXT, "last", 4);
	ws_expect_told(p.back, 4999, PST_CLASS_CLEAN, "na\xc3\xafve");
	ws_expect_end(pst_kit_rx_out(p.back), PST_END_CLEAN);
	ws_expect_told(p.front, 4999, PST_CLASS_CLEAN, "");
	ws_expect_end(pst_kit_rx_out(p.front), PST_END_CLEAN);
	CHECK(!pst_kit_failed(p.front) && !pst_kit_failed(p.back));
	ws_pair_done(&p);
}

static void both_may_close_at_once(void)
{
	struct ws_pair p;

	ws_pair_open(&p, NULL, NULL);
	pst_kit_stall(pst_kit_tx_out(p.front), true);
	pst_kit_end(pst_kit_tx_in(p.front), PST_END_CLEAN, PST_CLASS_CLEAN);
	ws_pair_run(&p);
	pst_kit_end(pst_kit_tx_in(p.back), PST_END_RESET, PST_CLASS_GOING_AWAY);
	ws_pair_run(&p);
	pst_kit_stall(pst_kit_tx_out(p.front), false);
	ws_pair_run(&p);
	ws_expect_told(p.back, 1000, PST_CLASS_CLEAN, "");
	ws_expect_told(p.front, 1001, PST_CLASS_GOING_AWAY, "going away");
	CHECK(!pst_kit_failed(p.front) && !pst_kit_failed(p.back));
	ws_pair_done(&p);
}

/* Pass `total` bytes as one message, `part` at a time, and check them as they
 * come out; returns the most that ever waited in between. */
static size_t stream(struct ws_pair *p, size_t total, size_t part,
                     uint32_t type)
{
	uint8_t *data = malloc(part), *got = malloc(part);
	size_t sent = 0, received = 0, most = 0, n, waiting;
	bool eom = false;

	fill(data, part, 77, true);
	while (sent < total) {
		n = total - sent < part ? total - sent : part;
		sent += n;
		pst_kit_feed_slice(pst_kit_tx_in(p->front), data, n,
		                   type | (sent == total ? PST_EOM : 0));
		ws_pair_run(p);
		waiting = pst_kit_waiting(pst_kit_rx_out(p->back)) +
		          pst_kit_waiting(pst_kit_rx_in(p->back)) +
		          pst_kit_waiting(pst_kit_tx_in(p->front));
		most = waiting > most ? waiting : most;
		while (pst_kit_peek(pst_kit_rx_out(p->back)) != NULL) {
			struct pst_slice *s =
				pst_kit_take(pst_kit_rx_out(p->back));
			size_t at = received % part;

			CHECK(!eom);
			CHECK(at + s->length <= part &&
			      memcmp(s->data, data + at, s->length) == 0);
			received += s->length;
			eom = (s->flags & PST_EOM) != 0;
			pst_kit_free(s);
		}
	}
	CHECK(eom);
	CHECK_INT(received, total);
	free(data);
	free(got);
	return most;
}

static void a_message_of_a_gibibyte_streams_through(void)
{
	static const char *const options[] = {"max_message", "0", NULL};
	struct ws_pair p;

	ws_pair_open(&p, options, options);
	CHECK(stream(&p, (size_t)1 << 30, 65536, PST_BINARY) < 1 << 20);
	ws_pair_done(&p);
}

static void text_in_tiny_fragments_streams_through(void)
{
	static const char *const options[] = {"max_message", "0", NULL};
	struct ws_pair p;

	ws_pair_open(&p, options, options);
	CHECK(stream(&p, 1 << 18, 1, PST_TEXT) < 64);
	ws_pair_done(&p);
}

static void many_tiny_messages_in_one_run_pass(void)
{
	struct ws_pair p;
	uint8_t one;
	int i, n;

	ws_pair_open(&p, NULL, NULL);
	for (i = 0; i < 100000; i++) {
		one = (uint8_t)i;
		pst_kit_feed_message(pst_kit_tx_in(p.front), &one, 1,
		                     PST_BINARY);
		if (i % 10000 == 9999) {
			ws_pair_run(&p);
		}
	}
	ws_pair_run(&p);
	for (n = 0; n < i; n++) {
		if (ws_take_message(p.back, PST_BINARY, &one, 1) != 1 ||
		    one != (uint8_t)n) {
			break;
		}
	}
	CHECK_INT(n, 100000);
	ws_pair_done(&p);
}

static CU_TestInfo tests[] = {
	TEST(messages_keep_boundaries_and_types_both_ways),
	TEST(a_close_passes_unchanged),
	TEST(both_may_close_at_once),
	TEST(a_message_of_a_gibibyte_streams_through),
	TEST(text_in_tiny_fragments_streams_through),
	TEST(many_tiny_messages_in_one_run_pass),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
