/* SPDX-License-Identifier: MIT */
/* A thin cover over CUnit: one table of tests, checks that say what they got. */
#ifndef PST_TEST_H
#define PST_TEST_H

#include <CUnit/Basic.h>
#include <CUnit/TestDB.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * static void short_header_asks_for_more(void)
 * {
 *         CHECK_INT(frame_parse(NULL, 0, &f), PST_AGAIN);
 * }
 *
 * static CU_TestInfo tests[] = {
 *         TEST(short_header_asks_for_more),
 *         CU_TEST_INFO_NULL,
 * };
 *
 * PST_TEST_MAIN(tests)
 *
 * Exit codes are those that automake's test driver knows: 0 all passed, 1 a
 * test failed, 77 skipped, 99 the test program itself did not work.
 */

/* clang-format off */
#define TEST(fn) { #fn, fn }
/* clang-format on */

/** Each CHECK yields true when it held; a test goes on after a failure. */
#define CHECK(condition) \
	pst_check((condition) ? true : false, __FILE__, __LINE__, #condition)
#define CHECK_INT(got, want)                                                 \
	pst_check_int((intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__, \
	              #got)
#define CHECK_STR(got, want) \
	pst_check_str((got), (want), __FILE__, __LINE__, #got)
/** `length` bytes at `got` and at `want` are equal. */
#define CHECK_MEM(got, want, length) \
	pst_check_mem((got), (want), (length), __FILE__, __LINE__, #got)

#define PST_TEST_MAIN(tests)                         \
	int main(int argc, char **argv)              \
	{                                            \
		(void)argc;                          \
		return pst_test_run(argv[0], tests); \
	}

/** The same with calls that stand before and behind all tests. */
#define PST_TEST_MAIN_WITHIN(tests, before, behind)    \
	int main(int argc, char **argv)                \
	{                                              \
		int code;                              \
                                                       \
		(void)argc;                            \
		before();                              \
		code = pst_test_run(argv[0], tests);   \
		behind();                              \
		return code;                           \
	}

__attribute__((unused)) static bool pst_check(bool held, const char *file,
                                              unsigned line, const char *text)
{
	CU_assertImplementation(held ? CU_TRUE : CU_FALSE, line, text, file, "",
	                        CU_FALSE);
	return held;
}

__attribute__((unused)) static bool pst_check_int(intmax_t got, intmax_t want,
                                                  const char *file,
                                                  unsigned line,
                                                  const char *text)
{
	char said[512];

	snprintf(said, sizeof(said), "%s: got %" PRIdMAX ", want %" PRIdMAX,
	         text, got, want);
	return pst_check(got == want, file, line, said);
}

__attribute__((unused)) static bool pst_check_str(const char *got,
                                                  const char *want,
                                                  const char *file,
                                                  unsigned line,
                                                  const char *text)
{
	char said[2048];
	bool same = got == NULL || want == NULL ? got == want
	                                        : strcmp(got, want) == 0;

	snprintf(said, sizeof(said), "%.500s: got \"%.700s\", want \"%.700s\"",
	         text, got == NULL ? "(null)" : got,
	         want == NULL ? "(null)" : want);
	return pst_check(same, file, line, said);
}

__attribute__((unused)) static bool pst_check_mem(
	const void *got, const void *want, size_t length, const char *file,
	unsigned line, const char *text)
{
	const uint8_t *g = got, *w = want;
	char said[512];
	size_t i;

	for (i = 0; i < length && g != NULL && w != NULL; i++) {
		if (g[i] != w[i]) {
			snprintf(said, sizeof(said),
			         "%.300s: byte %zu of %zu: got %02x, want %02x",
			         text, i, length, g[i], w[i]);
			return pst_check(false, file, line, said);
		}
	}
	return pst_check(i == length, file, line, text);
}

/** End the program as skipped because `why`. Call it from a main of your own,
 *  before pst_test_run. */
__attribute__((unused, noreturn)) static void pst_test_skip(const char *why)
{
	printf("skipped: %s\n", why);
	exit(77);
}

/** Run the table under the program's name; returns the exit code. */
__attribute__((unused)) static int pst_test_run(const char *program,
                                                CU_TestInfo *tests)
{
	const char *slash = strrchr(program, '/');
	char name[128];
	CU_SuiteInfo suites[2];
	unsigned failed;

	snprintf(name, sizeof(name), "%s", slash == NULL ? program : slash + 1);
	memset(suites, 0, sizeof(suites));
	suites[0].pName = name;
	suites[0].pTests = tests;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (CU_initialize_registry() != CUE_SUCCESS ||
	    CU_register_suites(suites) != CUE_SUCCESS) {
		fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
		return 99;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (CU_basic_run_tests() != CUE_SUCCESS) {
		fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
		CU_cleanup_registry();
		return 99;
	}
	failed = CU_get_number_of_tests_failed() +
	         CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

#endif
