/* SPDX-License-Identifier: MIT */
/* The test layer `pass`: as good as not there. */
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static void carries(const char *leave, uint32_t shape)
{
	const char *const options[] = {"leave", leave, NULL};
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.options = options,
		.below = shape};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_feed(pst_kit_rx_in(k), "up", 2);
	pst_kit_feed(pst_kit_tx_in(k), "down", 4);
	pst_kit_end(pst_kit_tx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "up", 2));
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "down", 4));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_left(k), strcmp(leave, "true") == 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void every_shape_passes(void)
{
	carries("false", PST_SHAPE_BYTES);
	carries("false", PST_SHAPE_MESSAGES);
	carries("false", PST_SHAPE_EXCHANGES);
}

static void it_leaves_when_told(void)
{
	carries("true", PST_SHAPE_BYTES);
}

static CU_TestInfo tests[] = {
	TEST(every_shape_passes),
	TEST(it_leaves_when_told),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
