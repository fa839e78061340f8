/* SPDX-License-Identifier: MIT */
/* The test layer `heavy`: nothing moves but on the helper. */
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static void every_move_is_a_heavy_step(void)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0)};
	struct pst_kit *k = pst_kit_create(&p);
	int i;

	CHECK_INT(pst_kit_step(k), PST_STEP_HEAVY);
	CHECK_INT(pst_kit_step(k), PST_STEP_UP);
	CHECK_INT(pst_kit_step(k), PST_STEP_OK);
	for (i = 0; i < 3; i++) {
		pst_kit_feed(pst_kit_rx_in(k), "abc", 3);
		pst_kit_feed(pst_kit_tx_in(k), "de", 2);
		pst_kit_run(k);
		CHECK(pst_kit_reads(pst_kit_rx_out(k), "abc", 3));
		CHECK(pst_kit_reads(pst_kit_tx_out(k), "de", 2));
	}
	CHECK_INT(pst_kit_heavies(k), 4);
	CHECK_INT(pst_kit_metric(k, "heavy_steps"), 3);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void ends_are_heavy_too(void)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0)};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_run(k);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_heavies(k), 2);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CUT);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static CU_TestInfo tests[] = {
	TEST(every_move_is_a_heavy_step),
	TEST(ends_are_heavy_too),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
