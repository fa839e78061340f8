/* SPDX-License-Identifier: MIT */
/* Zeroed blocks from freelists. */
#include "block.h"
#include "pst_test.h"

#include <stdint.h>
#include <string.h>

static bool is_zero(const uint8_t *p, size_t size)
{
	while (size != 0 && *p == 0) {
		p++;
		size--;
	}
	return size == 0;
}

static void a_block_is_zeroed_however_often_it_was_used(void)
{
	static const size_t sizes[] = {1, 64, 65, 500, 1984, 1985, 100000};
	size_t i, n;

	for (n = 0; n < 3; n++) {
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			uint8_t *p = block_create(sizes[i]);

			CHECK(p != NULL);
			CHECK(is_zero(p, sizes[i]));
			CHECK_INT((uintptr_t)p % _Alignof(max_align_t), 0);
			memset(p, 0xff, sizes[i]);
			block_destroy(p);
		}
	}
	block_trim();
}

static void blocks_in_use_are_apart(void)
{
	uint8_t *p[100];
	size_t i, n;

	for (n = 0; n < 2; n++) {
		for (i = 0; i < 100; i++) {
			p[i] = block_create(200);
			CHECK(p[i] != NULL);
			memset(p[i], (int)i, 200);
		}
		for (i = 0; i < 100; i++) {
			CHECK_INT(p[i][0], i);
			CHECK_INT(p[i][199], i);
			block_destroy(p[i]);
		}
	}
	block_trim();
}

static void what_cannot_be_had_is_null(void)
{
	CHECK(block_create(SIZE_MAX) == NULL);
	CHECK(block_create(SIZE_MAX - 16) == NULL);
	block_destroy(NULL);
	block_trim();
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(a_block_is_zeroed_however_often_it_was_used),
	TEST(blocks_in_use_are_apart),
	TEST(what_cannot_be_had_is_null),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
