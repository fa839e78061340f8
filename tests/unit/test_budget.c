/* SPDX-License-Identifier: MIT */
/* Budgets: who may hold more than usual, and for how long. */
#include "budget.h"
#include "pst_test.h"

enum {
	USUAL = 64 * 1024,
	SEGMENT = 16640
};

static struct pst_budget *usual(void)
{
	struct pst_budget *b = budget_create(USUAL);

	CHECK(b != NULL);
	CHECK_INT(b->limit, USUAL);
	return b;
}

static void hold(struct pst_budget *b, int segments)
{
	for (; segments > 0; segments--) {
		budget_charge(b, SEGMENT);
	}
	for (; segments < 0; segments++) {
		budget_uncharge(b, SEGMENT);
	}
}

static void one_that_holds_little_may_be_wide(void)
{
	struct pst_budget *b = usual();

	budget_widen(b);
	CHECK_INT(b->limit, 4 * USUAL);
	budget_settle(b);
	hold(b, 1);
	budget_widen(b);
	CHECK_INT(b->limit, 4 * USUAL);
	hold(b, -1);
	budget_release(b);
}

static void one_that_holds_much_may_not(void)
{
	struct pst_budget *b = usual();

	hold(b, 2);
	budget_widen(b);
	CHECK_INT(b->limit, USUAL);
	hold(b, -2);
	budget_release(b);
}

static void it_is_wide_until_no_more_than_usual_is_held(void)
{
	struct pst_budget *b = usual();

	budget_widen(b);
	hold(b, 5);
	hold(b, -1);
	CHECK_INT(b->limit, 4 * USUAL);
	hold(b, -1);
	CHECK_INT(b->limit, USUAL);
	CHECK(!b->wide);
	hold(b, -3);
	budget_release(b);
}

static void a_peer_that_does_not_take_makes_it_narrow(void)
{
	struct pst_budget *b = usual();

	budget_widen(b);
	hold(b, 5);
	budget_narrow(b);
	CHECK_INT(b->limit, USUAL);
	CHECK(b->wide);
	budget_widen(b);
	CHECK_INT(b->limit, USUAL);
	hold(b, -4);
	budget_widen(b);
	CHECK_INT(b->limit, 4 * USUAL);
	hold(b, -1);
	budget_release(b);
}

/* A frame's first bytes are told apart by the rest of them: what a layer makes
 * of what was read must not wait for the reading to stop holding so much. */
static void layers_have_room_beyond_all_that_was_read(void)
{
	struct pst_budget *b = usual();

	CHECK_INT(budget_for_layers(b), 2 * USUAL);
	budget_widen(b);
	hold(b, 4 * USUAL / SEGMENT);
	CHECK_INT(budget_for_layers(b), 5 * USUAL);
	budget_narrow(b);
	CHECK_INT(budget_for_layers(b), 5 * USUAL);
	hold(b, -(4 * USUAL / SEGMENT));
	CHECK_INT(budget_for_layers(b), 2 * USUAL);
	budget_release(b);
}

static void four_times_as_much_or_what_is_most(void)
{
	static const struct {
		uint64_t high_water;
		uint32_t wide;
	} rows[] = {
		{32 * 1024, 128 * 1024},         {100 * 1024, BUDGET_WIDE},
		{BUDGET_WIDE, BUDGET_WIDE},      {1024 * 1024, 1024 * 1024},
		{UINT64_C(1) << 40, UINT32_MAX},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pst_budget *b = budget_create(rows[i].high_water);

		CHECK(b != NULL);
		budget_widen(b);
		CHECK_INT(b->limit, rows[i].wide);
		budget_release(b);
	}
}

/* Those that stall keep theirs, so the rest has to do with less. */
static void only_so_many_are_wide_at_once(void)
{
	struct pst_budget *b[BUDGET_WIDE_MOST], *late = usual();
	int i;

	for (i = 0; i < BUDGET_WIDE_MOST; i++) {
		b[i] = usual();
		budget_widen(b[i]);
		CHECK_INT(b[i]->limit, 4 * USUAL);
		hold(b[i], 5);
		budget_narrow(b[i]);
	}
	budget_widen(late);
	CHECK_INT(late->limit, USUAL);
	hold(b[0], -2);
	budget_widen(late);
	CHECK_INT(late->limit, 4 * USUAL);
	hold(b[0], 2);
	for (i = 0; i < BUDGET_WIDE_MOST; i++) {
		hold(b[i], -5);
		budget_release(b[i]);
	}
	budget_release(late);
}

static void an_orphan_gives_its_permit_back(void)
{
	int i;

	for (i = 0; i <= BUDGET_WIDE_MOST; i++) {
		struct pst_budget *b = usual();

		budget_widen(b);
		CHECK_INT(b->limit, 4 * USUAL);
		hold(b, 5);
		budget_release(b);
		hold(b, -5);
	}
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(one_that_holds_little_may_be_wide),
	TEST(one_that_holds_much_may_not),
	TEST(it_is_wide_until_no_more_than_usual_is_held),
	TEST(a_peer_that_does_not_take_makes_it_narrow),
	TEST(layers_have_room_beyond_all_that_was_read),
	TEST(four_times_as_much_or_what_is_most),
	TEST(only_so_many_are_wide_at_once),
	TEST(an_orphan_gives_its_permit_back),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
