/* SPDX-License-Identifier: MIT */
/* The layer `tls` with itself: opening, bytes, ends. */
#include "test_tls_world.h"

enum {
	BULK = 300 * 1024,
	RECORD_LIMIT = 16384 + 256 + 5
};

static uint8_t bulk[BULK];
static uint8_t copy[BULK];

/* A pair that is up. */
static void open_pair(struct world_pair *p)
{
	world_pair(p, NULL, NULL);
	world_run(p);
	CHECK_INT(pst_kit_ups(p->front), 1);
	CHECK_INT(pst_kit_ups(p->back), 1);
}

static void say(struct pst_kit *k, const char *text)
{
	pst_kit_feed(pst_kit_tx_in(k), text, strlen(text));
}

static bool hears(struct pst_kit *k, const char *text)
{
	return pst_kit_reads(pst_kit_rx_out(k), text, strlen(text));
}

static void both_ends_come_up(void)
{
	struct world_pair p;

	open_pair(&p);
	CHECK_STR(pst_kit_attribute(p.front, "tls.version", NULL), "TLS1.3");
	CHECK_STR(pst_kit_attribute(p.back, "tls.version", NULL), "TLS1.3");
	CHECK_STR(pst_kit_attribute(p.front, "tls.cipher", NULL),
	          "TLS_AES_128_GCM_SHA256");
	CHECK_STR(pst_kit_attribute(p.back, "tls.group", NULL), "X25519");
	CHECK_INT(pst_kit_metric(p.front, "handshakes"), 1);
	CHECK_INT(pst_kit_metric(p.back, "handshakes_failed"), 0);
	world_part(&p);
}

static void bytes_pass_both_ways(void)
{
	struct world_pair p;

	open_pair(&p);
	say(p.back, "what is the time?");
	say(p.front, "half past three");
	world_run(&p);
	CHECK(hears(p.front, "what is the time?"));
	CHECK(hears(p.back, "half past three"));
	world_part(&p);
}

static void bytes_queued_before_the_opening_are_sent_after_it(void)
{
	struct world_pair p;

	world_pair(&p, NULL, NULL);
	say(p.back, "early bird");
	pst_kit_end(pst_kit_tx_in(p.back), PST_END_CLEAN, PST_CLASS_CLEAN);
	world_run(&p);
	CHECK(hears(p.front, "early bird"));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_CLEAN);
	world_part(&p);
}

static void pass_bulk(struct pst_kit *from, struct pst_kit *to,
                      struct world_pair *p)
{
	pst_kit_feed(pst_kit_tx_in(from), bulk, BULK);
	world_run(p);
	CHECK_INT(pst_kit_read(pst_kit_rx_out(to), copy, BULK), BULK);
	CHECK_MEM(copy, bulk, BULK);
}

static void bulk_passes_in_all_sizes(void)
{
	static const size_t sizes[] = {0, 16, 1000, 2047, 2048, 4096, 16384};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct world_pair p;

		open_pair(&p);
		pst_kit_split(pst_kit_tx_in(p.front), sizes[i], 0);
		pst_kit_split(pst_kit_rx_in(p.back), sizes[i], 7);
		pass_bulk(p.front, p.back, &p);
		pass_bulk(p.back, p.front, &p);
		world_part(&p);
	}
}

static void one_byte_at_a_time_works(void)
{
	struct world_pair p;

	world_pair(&p, NULL, NULL);
	pst_kit_split(pst_kit_rx_in(p.front), 1, 0);
	pst_kit_split(pst_kit_rx_in(p.back), 1, 0);
	pst_kit_split(pst_kit_tx_in(p.back), 1, 0);
	world_run(&p);
	say(p.back, "one byte at a time");
	world_run(&p);
	CHECK(hears(p.front, "one byte at a time"));
	world_part(&p);
}

static void a_dripped_handshake_is_heavy_per_record_and_not_per_byte(void)
{
	struct world_pair p;
	struct pst_kit *loose;
	uint8_t hello[4096];
	size_t n;

	world_pair(&p, NULL, NULL);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	pst_kit_run(p.back);
	n = pst_kit_read(pst_kit_tx_out(p.back), hello, sizeof(hello));
	CHECK(n > 100);
	loose = p.front;
	pst_kit_drip(pst_kit_rx_in(loose), hello, n - 1, 1);
	CHECK_INT(pst_kit_heavies(loose), 0);
	pst_kit_drip(pst_kit_rx_in(loose), hello + n - 1, 1, 1);
	CHECK_INT(pst_kit_heavies(loose), 1);
	CHECK(pst_kit_waiting(pst_kit_tx_out(loose)) == 0);
	world_part(&p);
}

static unsigned heavies(const char *heavy, bool rsa)
{
	const char *front[] = {"certificate", rsa ? "rsa" : "gw",
	                       "private_key", rsa ? "rsa.key" : "gw.key",
	                       "heavy",       heavy,
	                       NULL};
	struct world_pair p;
	unsigned n;

	world_pair(&p, front, NULL);
	world_run(&p);
	CHECK_INT(pst_kit_ups(p.front), 1);
	n = pst_kit_heavies(p.front);
	world_part(&p);
	return n;
}

static void heavy_says_which_handshakes_leave_the_loop(void)
{
	CHECK(heavies("always", false) != 0);
	CHECK(heavies("always", true) != 0);
	CHECK_INT(heavies("rsa", false), 0);
	CHECK(heavies("rsa", true) != 0);
	CHECK_INT(heavies("never", true), 0);
}

static void small_slices_are_gathered_into_few_records(void)
{
	struct world_pair p;
	struct pst_kit_port *wire;
	size_t wired;

	open_pair(&p);
	wire = pst_kit_tx_out(p.front);
	pst_kit_link(wire, NULL);
	pst_kit_split(pst_kit_tx_in(p.front), 16, 0);
	pst_kit_feed(pst_kit_tx_in(p.front), bulk, 40960);
	pst_kit_run(p.front);
	wired = pst_kit_waiting(wire);
	CHECK(wired > 40960 && wired < 40960 + 11 * 40);
	world_part(&p);
}

static void a_full_record_is_one_slice(void)
{
	struct world_pair p;
	struct pst_slice *s;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.front), NULL);
	pst_kit_feed(pst_kit_tx_in(p.front), bulk, 16384);
	pst_kit_run(p.front);
	s = pst_kit_peek(pst_kit_tx_out(p.front));
	CHECK(s != NULL && s->length > 16384 && s->length <= RECORD_LIMIT);
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(p.front)),
	          s == NULL ? 0 : s->length);
	world_part(&p);
}

static void a_stalled_reader_pushes_back(void)
{
	struct world_pair p;
	size_t left;

	open_pair(&p);
	pst_kit_stall(pst_kit_rx_out(p.back), true);
	pst_kit_feed(pst_kit_tx_in(p.front), bulk, BULK);
	world_run(&p);
	left = pst_kit_waiting(pst_kit_tx_in(p.front)) +
	       pst_kit_waiting(pst_kit_tx_out(p.front));
	CHECK(left > BULK - 4 * 65536 - 2 * 16384);
	pst_kit_stall(pst_kit_rx_out(p.back), false);
	world_run(&p);
	CHECK_INT(pst_kit_read(pst_kit_rx_out(p.back), copy, BULK), BULK);
	CHECK_MEM(copy, bulk, BULK);
	world_part(&p);
}

static void a_small_limit_still_moves_everything(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_limit(pst_kit_tx_out(p.front), 1);
	pst_kit_limit(pst_kit_rx_out(p.back), 1);
	pass_bulk(p.front, p.back, &p);
	world_part(&p);
}

static void a_full_wire_stops_the_records(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.front), NULL);
	pst_kit_limit(pst_kit_tx_out(p.front), 20000);
	pst_kit_stall(pst_kit_tx_out(p.front), true);
	pst_kit_feed(pst_kit_tx_in(p.front), bulk, BULK);
	pst_kit_run(p.front);
	CHECK_INT(pst_kit_waiting(pst_kit_tx_in(p.front)), BULK - 2 * 16384);
	world_part(&p);
}

static void a_step_keeps_to_its_budget(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.front), NULL);
	pst_kit_limit(pst_kit_tx_out(p.front), 1024 * 1024);
	pst_kit_feed(pst_kit_tx_in(p.front), bulk, BULK);
	CHECK_INT(pst_kit_step(p.front), PST_STEP_MORE);
	CHECK(pst_kit_waiting(pst_kit_tx_in(p.front)) >= BULK - 5 * 16384);
	world_part(&p);
}

static void a_direction_closes_alone(void)
{
	struct world_pair p;

	open_pair(&p);
	say(p.back, "question");
	pst_kit_end(pst_kit_tx_in(p.back), PST_END_CLEAN, PST_CLASS_CLEAN);
	world_run(&p);
	CHECK(hears(p.front, "question"));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_CLEAN);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.back)), PST_END_OPEN);
	say(p.front, "answer");
	world_run(&p);
	CHECK(hears(p.back, "answer"));
	pst_kit_end(pst_kit_tx_in(p.front), PST_END_CLEAN, PST_CLASS_CLEAN);
	world_run(&p);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.back)), PST_END_CLEAN);
	CHECK(!pst_kit_failed(p.front) && !pst_kit_failed(p.back));
	world_part(&p);
}

static void tls_1_2_closes_a_direction_alone_too(void)
{
	static const char *const old[] = {"max_version", "1.2", NULL};
	struct world_pair p;

	world_pair(&p, old, NULL);
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.back, "tls.version", NULL), "TLS1.2");
	pst_kit_end(pst_kit_tx_in(p.back), PST_END_CLEAN, PST_CLASS_CLEAN);
	world_run(&p);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_CLEAN);
	say(p.front, "answer");
	world_run(&p);
	CHECK(hears(p.back, "answer"));
	world_part(&p);
}

static void a_wire_that_ends_without_close_notify_is_cut(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	say(p.back, "the first half of an upl");
	pst_kit_run(p.back);
	pst_kit_link(pst_kit_tx_out(p.back), pst_kit_rx_in(p.front));
	{
		uint8_t wire[512];
		size_t n = pst_kit_read(pst_kit_tx_out(p.back), wire,
		                        sizeof(wire));

		pst_kit_feed(pst_kit_rx_in(p.front), wire, n);
	}
	pst_kit_end(pst_kit_rx_in(p.front), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(p.front);
	CHECK(hears(p.front, "the first half of an upl"));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_CUT);
	CHECK_INT(pst_kit_end_class(pst_kit_rx_out(p.front)),
	          PST_CLASS_TRUNCATED);
	CHECK_INT(pst_kit_metric(p.front, "truncated"), 1);
	CHECK(!pst_kit_failed(p.front));
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	world_part(&p);
}

static void half_a_record_and_an_end_is_cut(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_feed(pst_kit_rx_in(p.front), "\x17\x03\x03\x00\x40half", 9);
	pst_kit_end(pst_kit_rx_in(p.front), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(p.front);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_CUT);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	world_part(&p);
}

static void a_reset_wire_resets_above(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_end(pst_kit_rx_in(p.front), PST_END_RESET, PST_CLASS_TIMEOUT);
	pst_kit_run(p.front);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_rx_out(p.front)),
	          PST_CLASS_TIMEOUT);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	world_part(&p);
}

static void an_abort_from_above_sends_no_close_notify(void)
{
	struct world_pair p;
	size_t n;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.front), NULL);
	say(p.front, "12345");
	pst_kit_end(pst_kit_tx_in(p.front), PST_END_RESET, PST_CLASS_OVERLOAD);
	pst_kit_run(p.front);
	n = pst_kit_waiting(pst_kit_tx_out(p.front));
	CHECK_INT(n, 5 + 5 + 1 + 16); /* header, payload, type, tag */
	pst_kit_discard(pst_kit_tx_out(p.front));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(p.front)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_tx_out(p.front)),
	          PST_CLASS_OVERLOAD);
	world_part(&p);
}

static void a_cut_from_above_becomes_a_reset(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.front), NULL);
	pst_kit_end(pst_kit_tx_in(p.front), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(p.front);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(p.front)), PST_END_RESET);
	world_part(&p);
}

static void what_follows_a_close_notify_is_dropped(void)
{
	struct world_pair p;

	open_pair(&p);
	pst_kit_end(pst_kit_tx_in(p.back), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	pst_kit_run(p.back);
	{
		uint8_t wire[64];
		size_t n = pst_kit_read(pst_kit_tx_out(p.back), wire,
		                        sizeof(wire));

		pst_kit_feed(pst_kit_rx_in(p.front), wire, n);
	}
	pst_kit_run(p.front);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(p.front)), PST_END_CLEAN);
	pst_kit_feed(pst_kit_rx_in(p.front), "rubbish", 7);
	pst_kit_end(pst_kit_rx_in(p.front), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(p.front);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(p.front)), 0);
	CHECK(!pst_kit_failed(p.front));
	world_part(&p);
}

static void a_refusal_before_the_opening_is_an_alert(void)
{
	struct world_pair p;

	world_pair(&p, NULL, NULL);
	pst_kit_end(pst_kit_tx_in(p.front), PST_END_RESET, PST_CLASS_POLICY);
	world_run(&p);
	CHECK(pst_kit_failed(p.front));
	CHECK_INT(pst_kit_fail_class(p.front), PST_CLASS_POLICY);
	CHECK_INT(pst_kit_fail_code(p.front), 49);
	CHECK(pst_kit_failed(p.back));
	CHECK_INT(pst_kit_fail_code(p.back), 49);
	CHECK_INT(pst_kit_fail_class(p.back), PST_CLASS_REFUSED);
	CHECK(strstr(pst_kit_fail_text(p.back), "access_denied") != NULL);
	world_part(&p);
}

static void a_changed_record_fails_with_an_alert(void)
{
	struct world_pair p;
	uint8_t wire[64];
	size_t n;

	open_pair(&p);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	say(p.back, "pay 10");
	pst_kit_run(p.back);
	n = pst_kit_read(pst_kit_tx_out(p.back), wire, sizeof(wire));
	wire[7] ^= 1;
	pst_kit_feed(pst_kit_rx_in(p.front), wire, n);
	world_run(&p);
	CHECK(pst_kit_failed(p.front));
	CHECK_INT(pst_kit_fail_class(p.front), PST_CLASS_PROTOCOL);
	CHECK_INT(pst_kit_fail_code(p.front), 20);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(p.front)), 0);
	CHECK(pst_kit_failed(p.back)); /* it was told */
	CHECK_INT(pst_kit_fail_code(p.back), 20);
	world_part(&p);
}

static void memory_that_runs_out_fails_and_nothing_else(void)
{
	unsigned n;

	for (n = 1; n < 40; n++) {
		struct world_pair p;

		world_pair(&p, NULL, NULL);
		pst_kit_fail_memory(n % 2 != 0 ? p.front : p.back, n / 2 + 1);
		world_run(&p);
		say(p.back, "hello");
		pst_kit_feed(pst_kit_tx_in(p.front), bulk, 100000);
		world_run(&p);
		if (pst_kit_failed(p.front) && !pst_kit_failed(p.back)) {
			CHECK_INT(pst_kit_fail_class(p.front),
			          PST_CLASS_INTERNAL);
		}
		world_part(&p);
	}
}

static void two_layers_stack(void)
{
	struct world_pair outer, inner;
	struct pst_kit *all[4];

	world_pair(&outer, NULL, NULL);
	world_pair(&inner, NULL, NULL);
	pst_kit_link(pst_kit_tx_out(inner.front), pst_kit_tx_in(outer.front));
	pst_kit_link(pst_kit_tx_out(inner.back), pst_kit_tx_in(outer.back));
	pst_kit_link(pst_kit_rx_out(outer.front), pst_kit_rx_in(inner.front));
	pst_kit_link(pst_kit_rx_out(outer.back), pst_kit_rx_in(inner.back));
	all[0] = outer.front;
	all[1] = outer.back;
	all[2] = inner.front;
	all[3] = inner.back;
	say(inner.back, "deep");
	pst_kit_run_all(all, 4);
	CHECK(hears(inner.front, "deep"));
	pst_kit_end(pst_kit_tx_in(inner.back), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run_all(all, 4);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(inner.front)), PST_END_CLEAN);
	world_part(&inner);
	world_part(&outer);
}

static void an_idle_connection_has_no_session_yet(void)
{
	static const char *const options[] = {"certificate", "gw",
	                                      "private_key", "gw.key", NULL};
	struct pst_kit *k = world_kit(PST_ACCEPT, options, NULL);

	pst_kit_run(k);
	CHECK_INT(pst_kit_heavies(k), 0);
	CHECK_INT(*(void **)pst_kit_instance(k)->state != NULL, 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void schemes_are_tls_and_ssl(void)
{
	const struct pst_scheme *tls = PST_PLUGIN_SYMBOL.get("pst.scheme/1", 0);
	const struct pst_scheme *ssl = PST_PLUGIN_SYMBOL.get("pst.scheme/1", 1);

	CHECK_STR(tls->name, "tls");
	CHECK_STR(ssl->name, "ssl");
	CHECK_STR(tls->layers[0], "tcp");
	CHECK_STR(tls->layers[1], "tls");
	CHECK(tls->layers[2] == NULL);
	CHECK_INT(ssl->flags, PST_SCHEME_SECURE | PST_SCHEME_NEEDS_PORT);
	CHECK(PST_PLUGIN_SYMBOL.get("pst.scheme/1", 2) == NULL);
	CHECK(PST_PLUGIN_SYMBOL.get("pst.layer/1", 1) == NULL);
	CHECK(PST_PLUGIN_SYMBOL.get("pst.mux/1", 0) == NULL);
}

static void make(void)
{
	size_t i;

	for (i = 0; i < BULK; i++) {
		bulk[i] = (uint8_t)(i * 2654435761u >> 13);
	}
	world_make();
}

static CU_TestInfo tests[] = {
	TEST(both_ends_come_up),
	TEST(bytes_pass_both_ways),
	TEST(bytes_queued_before_the_opening_are_sent_after_it),
	TEST(bulk_passes_in_all_sizes),
	TEST(one_byte_at_a_time_works),
	TEST(a_dripped_handshake_is_heavy_per_record_and_not_per_byte),
	TEST(heavy_says_which_handshakes_leave_the_loop),
	TEST(small_slices_are_gathered_into_few_records),
	TEST(a_full_record_is_one_slice),
	TEST(a_stalled_reader_pushes_back),
	TEST(a_small_limit_still_moves_everything),
	TEST(a_full_wire_stops_the_records),
	TEST(a_step_keeps_to_its_budget),
	TEST(a_direction_closes_alone),
	TEST(tls_1_2_closes_a_direction_alone_too),
	TEST(a_wire_that_ends_without_close_notify_is_cut),
	TEST(half_a_record_and_an_end_is_cut),
	TEST(a_reset_wire_resets_above),
	TEST(an_abort_from_above_sends_no_close_notify),
	TEST(a_cut_from_above_becomes_a_reset),
	TEST(what_follows_a_close_notify_is_dropped),
	TEST(a_refusal_before_the_opening_is_an_alert),
	TEST(a_changed_record_fails_with_an_alert),
	TEST(memory_that_runs_out_fails_and_nothing_else),
	TEST(two_layers_stack),
	TEST(an_idle_connection_has_no_session_yet),
	TEST(schemes_are_tls_and_ssl),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, make, world_finish)
