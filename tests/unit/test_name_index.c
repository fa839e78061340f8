/* SPDX-License-Identifier: MIT */
#include "name_index.h"

#include "pst_test.h"

#define MANY 5000

static void an_empty_index_finds_nothing(void)
{
	struct name_index x = {NULL, 0, 0};

	CHECK(name_index_find(&x, "") == NULL);
	CHECK(name_index_find(&x, "a") == NULL);
	name_index_finish(&x);
}

static void many_names_are_found_and_no_other(void)
{
	static char names[MANY][16];
	struct name_index x = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		CHECK_INT(name_index_add(&x, names[i], names[i]), PST_OK);
	}
	CHECK_INT(x.count, MANY);
	for (i = 0; i < MANY; i++) {
		char other[24];

		CHECK(name_index_find(&x, names[i]) == names[i]);
		snprintf(other, sizeof(other), "m%zu", i);
		CHECK(name_index_find(&x, other) == NULL);
	}
	name_index_finish(&x);
	CHECK(name_index_find(&x, names[0]) == NULL);
}

static CU_TestInfo tests[] = {
	TEST(an_empty_index_finds_nothing),
	TEST(many_names_are_found_and_no_other),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
