/* SPDX-License-Identifier: MIT */
/* When changed files are checked: a clock that the test moves. */
#include "pst_test.h"
#include "renewal.h"

#include <string.h>

static struct renewal idle(void)
{
	struct renewal r;

	memset(&r, 0, sizeof(r));
	return r;
}

static void nothing_is_due_without_a_change(void)
{
	struct renewal r = idle();

	CHECK(!renewal_begin(&r, 1000000));
	CHECK(renewal_due(&r) == UINT64_MAX);
}

static void a_change_is_checked_when_it_is_quiet(void)
{
	struct renewal r = idle();

	renewal_changed(&r, 1000);
	CHECK(!renewal_begin(&r, 1499));
	CHECK_INT(renewal_due(&r), 1500);
	CHECK(renewal_begin(&r, 1500));
	CHECK(!renewal_begin(&r, 9999)); /* it is under way */
}

static void more_changes_are_waited_for_but_not_for_ever(void)
{
	struct renewal r = idle();
	uint64_t now;

	for (now = 1000; now < 3900; now += 100) {
		renewal_changed(&r, now);
		CHECK(!renewal_begin(&r, now));
	}
	renewal_changed(&r, 3900);
	CHECK_INT(renewal_due(&r), 4000);
	CHECK(renewal_begin(&r, 4000));
}

static void a_good_check_ends_it(void)
{
	struct renewal r = idle();

	renewal_changed(&r, 1000);
	CHECK(renewal_begin(&r, 1500));
	CHECK(!renewal_checked(&r, RENEWAL_TAKEN, 1600));
	CHECK(renewal_due(&r) == UINT64_MAX);
	renewal_changed(&r, 2000);
	CHECK(renewal_begin(&r, 2500));
	CHECK(!renewal_checked(&r, RENEWAL_SAME, 2600));
	CHECK(renewal_due(&r) == UINT64_MAX);
}

static void a_change_while_it_is_checked_is_checked_too(void)
{
	struct renewal r = idle();

	renewal_changed(&r, 1000);
	CHECK(renewal_begin(&r, 1500));
	renewal_changed(&r, 1550);
	CHECK(!renewal_checked(&r, RENEWAL_TAKEN, 1600));
	CHECK_INT(renewal_due(&r), 2100);
	CHECK(renewal_begin(&r, 2100));
	CHECK(!renewal_checked(&r, RENEWAL_SAME, 2200));
	CHECK(renewal_due(&r) == UINT64_MAX);
}

static void a_bad_check_is_tried_each_second_for_ten(void)
{
	struct renewal r = idle();
	uint64_t now = 1500;
	unsigned tries = 1;

	renewal_changed(&r, 1000);
	CHECK(renewal_begin(&r, now));
	while (!renewal_checked(&r, RENEWAL_BAD, now)) {
		now = renewal_due(&r);
		CHECK(renewal_begin(&r, now));
		tries++;
	}
	CHECK_INT(now, 11500);
	CHECK_INT(tries, 11);
	CHECK(renewal_due(&r) == UINT64_MAX);
}

static void a_change_begins_the_patience_anew(void)
{
	struct renewal r = idle();

	renewal_changed(&r, 1000);
	CHECK(renewal_begin(&r, 1500));
	CHECK(!renewal_checked(&r, RENEWAL_BAD, 1500));
	renewal_changed(&r, 2400);
	CHECK_INT(renewal_due(&r), 2900);
	CHECK(renewal_begin(&r, 2900));
	CHECK(!renewal_checked(&r, RENEWAL_BAD, 12399));
	CHECK(renewal_begin(&r, 13399));
	CHECK(renewal_checked(&r, RENEWAL_BAD, 13399));
}

static void after_an_error_a_change_is_looked_at_again(void)
{
	struct renewal r = idle();

	renewal_changed(&r, 1000);
	CHECK(renewal_begin(&r, 20000));
	CHECK(renewal_checked(&r, RENEWAL_BAD, 20000));
	renewal_changed(&r, 30000);
	CHECK(renewal_begin(&r, 30500));
	CHECK(!renewal_checked(&r, RENEWAL_TAKEN, 30500));
}

static CU_TestInfo tests[] = {
	TEST(nothing_is_due_without_a_change),
	TEST(a_change_is_checked_when_it_is_quiet),
	TEST(more_changes_are_waited_for_but_not_for_ever),
	TEST(a_good_check_ends_it),
	TEST(a_change_while_it_is_checked_is_checked_too),
	TEST(a_bad_check_is_tried_each_second_for_ten),
	TEST(a_change_begins_the_patience_anew),
	TEST(after_an_error_a_change_is_looked_at_again),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
