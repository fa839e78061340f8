/* SPDX-License-Identifier: MIT */
/* The layer `chaos`: each disturbance, alone and together. */
#include "kit_check.h"
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static struct pst_kit *kit_role(enum pst_role role, const char *const *options)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.role = role,
		.options = options};

	return pst_kit_create(&p);
}

static struct pst_kit *kit_with(const char *const *options)
{
	struct pst_kit *k = kit_role(PST_ACCEPT, options);

	CHECK(pst_kit_ready(k));
	return k;
}

/** Slices that wait, each of which may have at most `most` bytes. */
static unsigned slices_of(struct pst_kit_port *p, size_t most)
{
	const struct pst_slice *s;
	unsigned n = 0;

	for (s = pst_kit_peek(p); s != NULL; s = s->next) {
		CHECK(s->length <= most && s->length > 0);
		n++;
	}
	return n;
}

static void without_settings_everything_passes(void)
{
	struct pst_kit *k = kit_with(NULL);

	pst_kit_feed(pst_kit_rx_in(k), "hello", 5);
	pst_kit_feed(pst_kit_tx_in(k), "back", 4);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_INT(slices_of(pst_kit_rx_out(k), 5), 1);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "hello", 5));
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "back", 4));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CUT);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void chunk_cuts_slices(void)
{
	static const char *const options[] = {"chunk", "2", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_feed(pst_kit_rx_in(k), "hello", 5);
	CHECK_INT(pst_kit_step(k), PST_STEP_UP);
	CHECK_INT(pst_kit_step(k), PST_STEP_MORE);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 2);
	pst_kit_run(k);
	CHECK_INT(slices_of(pst_kit_rx_out(k), 2), 3);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "hello", 5));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void max_per_step_returns_after_so_many_bytes(void)
{
	static const char *const options[] = {"max_per_step", "3", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	CHECK_INT(pst_kit_step(k), PST_STEP_UP);
	CHECK_INT(pst_kit_step(k), PST_STEP_MORE);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 3);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "0123456789", 10));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void direction_leaves_the_other_alone(void)
{
	static const char *const options[] = {"chunk", "1", "direction", "tx",
	                                      NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_feed(pst_kit_rx_in(k), "abc", 3);
	pst_kit_feed(pst_kit_tx_in(k), "def", 3);
	pst_kit_run(k);
	CHECK_INT(slices_of(pst_kit_rx_out(k), 3), 1);
	CHECK_INT(slices_of(pst_kit_tx_out(k), 1), 3);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_stall_waits_for_its_timer(void)
{
	static const char *const options[] = {"stall_every", "4", "stall_ms",
	                                      "50", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "0123", 4));
	pst_kit_advance(k, 49);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 0);
	pst_kit_advance(k, 1);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "4567", 4));
	pst_kit_advance(k, 50);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "89", 2));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void an_error_comes_at_its_byte(void)
{
	static const char *const options[] = {"error_at", "5", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_split(pst_kit_rx_in(k), 3, 0);
	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "01234", 5));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void an_error_can_come_before_the_first_byte(void)
{
	static const char *const options[] = {"error_at", "0", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_cut_ends_the_direction_and_drops_the_rest(void)
{
	static const char *const options[] = {"cut_at", "5", "direction", "rx",
	                                      NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	pst_kit_run(k);
	pst_kit_feed(pst_kit_rx_in(k), "more", 4);
	pst_kit_feed(pst_kit_tx_in(k), "0123456789", 10);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "01234", 5));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CUT);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "0123456789", 10));
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void heavy_moves_on_the_helper_only(void)
{
	static const char *const options[] = {
		"heavy", "true",     "max_per_step", "4", "stall_every",
		"8",     "stall_ms", "10",           NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	CHECK_INT(pst_kit_step(k), PST_STEP_UP);
	CHECK_INT(pst_kit_step(k), PST_STEP_HEAVY);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 0);
	pst_kit_run(k);
	CHECK_INT(pst_kit_heavies(k), 2);
	pst_kit_advance(k, 10);
	CHECK_INT(pst_kit_heavies(k), 3);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "0123456789", 10));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_seed_chooses_sizes_that_repeat(void)
{
	static const char *const options[] = {"chunk", "100", "seed", "7",
	                                      NULL};
	char data[5000];
	unsigned count[2];
	int i;

	memset(data, 'x', sizeof(data));
	for (i = 0; i < 2; i++) {
		struct pst_kit *k = kit_with(options);

		pst_kit_feed(pst_kit_rx_in(k), data, sizeof(data));
		pst_kit_run(k);
		count[i] = slices_of(pst_kit_rx_out(k), 100);
		CHECK(pst_kit_reads(pst_kit_rx_out(k), data, sizeof(data)));
		CHECK_INT(pst_kit_destroy(k), 0);
	}
	CHECK(count[0] > 51);
	CHECK_INT(count[0], count[1]);
}

static void all_together_lose_nothing(void)
{
	static const char *const options[] = {
		"chunk",    "3", "max_per_step", "5",    "stall_every", "100",
		"stall_ms", "1", "heavy",        "true", "seed",        "5",
		NULL};
	struct pst_kit *both[2] = {kit_role(PST_ACCEPT, options),
	                           kit_role(PST_CONNECT, options)};
	uint8_t data[4000];
	size_t i;

	for (i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)(i * 7);
	}
	pst_kit_pair(both[0], both[1]);
	for (i = 0; i < 2; i++) {
		pst_kit_limit(pst_kit_tx_out(both[i]), 1);
		pst_kit_feed(pst_kit_tx_in(both[i]), data, sizeof(data));
		pst_kit_end(pst_kit_tx_in(both[i]), PST_END_CLEAN,
		            PST_CLASS_CLEAN);
	}
	for (i = 0; i < 200; i++) {
		pst_kit_advance(both[i & 1], 2);
		pst_kit_run_all(both, 2);
	}
	for (i = 0; i < 2; i++) {
		CHECK(pst_kit_reads(pst_kit_rx_out(both[i]), data,
		                    sizeof(data)));
		CHECK_INT(pst_kit_ended(pst_kit_rx_out(both[i])),
		          PST_END_CLEAN);
		CHECK_INT(pst_kit_destroy(both[i]), 0);
	}
}

static void a_stalled_reader_stops_it(void)
{
	static const char *const options[] = {"chunk", "2", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_stall(pst_kit_rx_out(k), true);
	pst_kit_limit(pst_kit_rx_out(k), 5);
	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 6);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 4);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void out_of_memory_is_a_failure(void)
{
	static const char *const options[] = {"chunk", "2", NULL};
	struct pst_kit *k = kit_with(options);

	pst_kit_fail_memory(k, 2);
	pst_kit_feed(pst_kit_rx_in(k), "0123456789", 10);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "01", 2));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void refused(const char *name, const char *value, const char *text)
{
	const char *const options[] = {name, value, NULL};
	struct pst_kit *k = kit_role(PST_ACCEPT, options);

	CHECK_REFUSED(k, name, text);
}

static void half_settings_are_diagnosed(void)
{
	refused("stall_every", "5", "set stall_ms");
	refused("stall_ms", "5", "set stall_every");
	refused("seed", "5", "set chunk");
	refused("direction", "up", "choices");
}

static CU_TestInfo tests[] = {
	TEST(without_settings_everything_passes),
	TEST(chunk_cuts_slices),
	TEST(max_per_step_returns_after_so_many_bytes),
	TEST(direction_leaves_the_other_alone),
	TEST(a_stall_waits_for_its_timer),
	TEST(an_error_comes_at_its_byte),
	TEST(an_error_can_come_before_the_first_byte),
	TEST(a_cut_ends_the_direction_and_drops_the_rest),
	TEST(heavy_moves_on_the_helper_only),
	TEST(a_seed_chooses_sizes_that_repeat),
	TEST(all_together_lose_nothing),
	TEST(a_stalled_reader_stops_it),
	TEST(out_of_memory_is_a_failure),
	TEST(half_settings_are_diagnosed),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
