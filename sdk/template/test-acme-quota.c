/* SPDX-License-Identifier: MIT */
/* Tests of acme-quota with the test kit: no daemon, no socket, no clock. */
#include <CUnit/Basic.h>
#include <penstock/plugin.h>
#include <penstock/testkit.h>

static struct pst_kit *kit_with(const char *max_bytes)
{
	const char *const options[] = {"max_bytes", max_bytes, NULL};
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.options = options};
	struct pst_kit *k = pst_kit_create(&p);

	CU_ASSERT(pst_kit_ready(k));
	return k;
}

static void bytes_within_the_quota_pass(void)
{
	struct pst_kit *k = kit_with("5");

	pst_kit_split(pst_kit_rx_in(k), 2, 0);
	pst_kit_feed(pst_kit_rx_in(k), "hello", 5);
	pst_kit_feed(pst_kit_tx_in(k), "as long as it likes", 19);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CU_ASSERT(pst_kit_reads(pst_kit_rx_out(k), "hello", 5));
	CU_ASSERT_EQUAL(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CLEAN);
	CU_ASSERT(pst_kit_reads(pst_kit_tx_out(k), "as long as it likes", 19));
	CU_ASSERT_EQUAL(pst_kit_destroy(k), 0);
}

static void one_byte_too_many_fails(void)
{
	struct pst_kit *k = kit_with("5");

	pst_kit_drip(pst_kit_rx_in(k), "hello!", 6, 1);
	CU_ASSERT(pst_kit_failed(k));
	CU_ASSERT_EQUAL(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	CU_ASSERT_EQUAL(pst_kit_metric(k, "exceeded"), 1);
	CU_ASSERT(pst_kit_reads(pst_kit_rx_out(k), "hello", 5));
	CU_ASSERT_EQUAL(pst_kit_ended(pst_kit_rx_out(k)), PST_END_RESET);
	CU_ASSERT_EQUAL(pst_kit_destroy(k), 0);
}

static void a_reader_that_stalls_holds_it_back(void)
{
	struct pst_kit *k = kit_with("1m");

	pst_kit_stall(pst_kit_rx_out(k), true);
	pst_kit_limit(pst_kit_rx_out(k), 3);
	pst_kit_split(pst_kit_rx_in(k), 1, 0);
	pst_kit_feed(pst_kit_rx_in(k), "hello", 5);
	pst_kit_run(k);
	CU_ASSERT_EQUAL(pst_kit_waiting(pst_kit_rx_out(k)), 3);
	CU_ASSERT_EQUAL(pst_kit_destroy(k), 0);
}

static void no_limit_is_warned_of(void)
{
	struct pst_kit *k = kit_with("0");

	CU_ASSERT(pst_kit_diagnosed(k, "max_bytes", "no limit"));
	CU_ASSERT_EQUAL(pst_kit_destroy(k), 0);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	{"bytes_within_the_quota_pass", bytes_within_the_quota_pass},
	{"one_byte_too_many_fails", one_byte_too_many_fails},
	{"a_reader_that_stalls_holds_it_back",
	 a_reader_that_stalls_holds_it_back},
	{"no_limit_is_warned_of", no_limit_is_warned_of},
	CU_TEST_INFO_NULL,
};

static CU_SuiteInfo suites[] = {
	{"acme-quota", NULL, NULL, NULL, NULL, tests},
	CU_SUITE_INFO_NULL,
};
/* clang-format on */

int main(void)
{
	unsigned failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    CU_register_suites(suites) != CUE_SUCCESS) {
		return 99;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
