/* SPDX-License-Identifier: MIT */
/* The service `proxy`: connect, answer, join, and what to do when refused. */
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static struct pst_kit *offered(void)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0)};
	struct pst_kit *k = pst_kit_create(&p);

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_offer(k), 0);
	return k;
}

static void an_offer_connects_the_first_pipeline(void)
{
	struct pst_kit *k = offered();

	CHECK_INT(pst_kit_connects(k), 1);
	CHECK_INT(pst_kit_connect_index(k, 0), 0);
	CHECK(pst_kit_answer(k) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_back_stream_that_is_up_is_joined(void)
{
	struct pst_kit *k = offered();

	pst_kit_back(k, 0, PST_BACK_UP);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->accept, 1);
	}
	CHECK(pst_kit_joined(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_next_pipeline_is_tried_when_one_refuses(void)
{
	struct pst_kit *k = offered();

	pst_kit_back(k, 0, PST_BACK_REFUSED);
	CHECK_INT(pst_kit_connects(k), 2);
	CHECK_INT(pst_kit_connect_index(k, 1), 1);
	CHECK_INT(pst_kit_metric(k, "next_tried"), 1);
	pst_kit_back(k, 1, PST_BACK_UP);
	CHECK(pst_kit_joined(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_refusal_carries_the_reason(void)
{
	struct pst_kit *k = offered();

	pst_kit_set_connect(k, PST_INVALID); /* there is no second one */
	pst_kit_set_reason(k, PST_CLASS_TIMEOUT, "connect took too long");
	pst_kit_back(k, 0, PST_BACK_REFUSED);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->accept, 0);
		CHECK_INT(pst_kit_answer(k)->reason, PST_CLASS_TIMEOUT);
		CHECK_STR(pst_kit_answer(k)->text, "connect took too long");
	}
	CHECK(!pst_kit_joined(k));
	CHECK_INT(pst_kit_metric(k, "refused"), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void nothing_to_connect_is_unreachable(void)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0)};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_set_connect(k, PST_INVALID);
	CHECK_INT(pst_kit_offer(k), 0);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->accept, 0);
		CHECK_INT(pst_kit_answer(k)->reason, PST_CLASS_UNREACHABLE);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static CU_TestInfo tests[] = {
	TEST(an_offer_connects_the_first_pipeline),
	TEST(a_back_stream_that_is_up_is_joined),
	TEST(the_next_pipeline_is_tried_when_one_refuses),
	TEST(a_refusal_carries_the_reason),
	TEST(nothing_to_connect_is_unreachable),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
