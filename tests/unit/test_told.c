/* SPDX-License-Identifier: MIT */
/* What the hops of a session tell each other. */
#include "pst_test.h"
#include "told.h"

#include <string.h>

static void a_head_is_kept_until_it_is_told_again(void)
{
	struct told t;
	size_t length;

	memset(&t, 0, sizeof(t));
	CHECK(told_get(&t, PST_TOLD_REQUEST, &length) == NULL);
	CHECK_INT(length, 0);
	CHECK_INT(told_add(&t, PST_TOLD_REQUEST, "one", 3), PST_OK);
	CHECK_INT(told_add(&t, PST_TOLD_REQUEST, "four", 4), PST_OK);
	CHECK(memcmp(told_get(&t, PST_TOLD_REQUEST, &length), "four", 4) == 0);
	CHECK_INT(length, 4);
	told_finish(&t);
	CHECK(told_get(&t, PST_TOLD_REQUEST, NULL) == NULL);
}

static void a_body_grows_up_to_its_limit(void)
{
	static const char part[1000];
	struct told t;
	size_t length, sum = 0;
	int r = PST_OK;

	memset(&t, 0, sizeof(t));
	while (r == PST_OK) {
		r = told_add(&t, PST_TOLD_BODY, part, sizeof(part));
		told_get(&t, PST_TOLD_BODY, &length);
		sum += r == PST_OK ? sizeof(part) : 0;
		CHECK_INT(length, r == PST_OK ? sum : 0);
	}
	CHECK_INT(r, PST_LIMIT);
	CHECK_INT(sum, PST_TOLD_MAX / 1000 * 1000);
	told_finish(&t);
}

static void a_further_back_end_begins_anew(void)
{
	struct told t;

	memset(&t, 0, sizeof(t));
	CHECK_INT(told_add(&t, PST_TOLD_REQUEST, "q", 1), PST_OK);
	CHECK_INT(told_add(&t, PST_TOLD_RESPONSE, "r", 1), PST_OK);
	CHECK_INT(told_add(&t, PST_TOLD_BODY, "", 0), PST_OK);
	told_forget_back(&t);
	CHECK(told_get(&t, PST_TOLD_REQUEST, NULL) != NULL);
	CHECK(told_get(&t, PST_TOLD_RESPONSE, NULL) == NULL);
	CHECK(told_get(&t, PST_TOLD_BODY, NULL) == NULL);
	told_finish(&t);
}

static void what_nobody_knows_is_refused(void)
{
	struct told t;

	memset(&t, 0, sizeof(t));
	CHECK_INT(told_add(&t, PST_TOLD_COUNT, "x", 1), PST_INVALID);
	CHECK_INT(told_add(&t, UINT32_MAX, "x", 1), PST_INVALID);
	CHECK(told_get(&t, UINT32_MAX, NULL) == NULL);
	told_finish(&t);
}

static CU_TestInfo tests[] = {
	TEST(a_head_is_kept_until_it_is_told_again),
	TEST(a_body_grows_up_to_its_limit),
	TEST(a_further_back_end_begins_anew),
	TEST(what_nobody_knows_is_refused),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
