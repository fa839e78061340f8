/* SPDX-License-Identifier: MIT */
/* What may stand in a head: judged eight bytes at a time, as by single ones. */
#include "pst_test.h"

#include <penstock/head.h>

enum {
	LONGEST = 26
};

static bool is_token_bytewise(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (!pst_is_token_char((uint8_t)text[i])) {
			return false;
		}
	}
	return length != 0;
}

/* Each byte at each place of texts of each length, among others that pass. */
static void every_byte_counts_wherever_it_stands(void)
{
	char text[LONGEST];
	size_t length, at;
	unsigned c;

	for (length = 1; length <= LONGEST; length++) {
		for (at = 0; at < length; at++) {
			for (c = 0; c < 256; c++) {
				memset(text, c % 2 == 0 ? 'x' : '_', length);
				text[at] = (char)c;
				CHECK(pst_is_token(text, length) ==
				      is_token_bytewise(text, length));
				CHECK(pst_head_text_ok(text, length) ==
				      (c != '\r' && c != '\n' && c != 0));
			}
		}
	}
}

static void two_bad_bytes_do_not_hide_each_other(void)
{
	char text[8];
	unsigned a, b;

	for (a = 0; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			memset(text, '0', sizeof(text));
			text[3] = (char)a;
			text[4] = (char)b;
			CHECK(pst_is_token(text, sizeof(text)) ==
			      is_token_bytewise(text, sizeof(text)));
		}
	}
}

static void an_empty_text_is_no_token(void)
{
	CHECK(!pst_is_token("", 0));
	CHECK(pst_head_text_ok("", 0));
	CHECK(pst_head_text_ok(NULL, 0));
}

static void letters_are_the_same_in_either_case_and_nothing_else_is(void)
{
	char a[LONGEST], b[LONGEST];
	size_t length, at;
	unsigned c, d;

	for (length = 1; length <= LONGEST; length += 6) {
		for (at = 0; at < length; at++) {
			for (c = 0; c < 256; c++) {
				d = c ^ (c % 3 == 0 ? 0x20 : 0x80);
				memset(a, 'x', length);
				memset(b, 'X', length);
				a[at] = (char)c;
				b[at] = (char)d;
				CHECK(pst_text_same(a, b, length) ==
				      (pst_ascii_lower((uint8_t)c) ==
				       pst_ascii_lower((uint8_t)d)));
			}
		}
	}
	CHECK(pst_text_same("", "", 0));
}

static void only_letters_are_made_lower(void)
{
	char text[LONGEST];
	size_t length, at;
	unsigned c;

	for (length = 1; length <= LONGEST; length++) {
		for (c = 0; c < 256; c++) {
			memset(text, (int)c, length);
			pst_text_lower(text, length);
			for (at = 0; at < length; at++) {
				CHECK((uint8_t)text[at] ==
				      pst_ascii_lower((uint8_t)c));
			}
		}
	}
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(every_byte_counts_wherever_it_stands),
	TEST(two_bad_bytes_do_not_hide_each_other),
	TEST(an_empty_text_is_no_token),
	TEST(letters_are_the_same_in_either_case_and_nothing_else_is),
	TEST(only_letters_are_made_lower),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
