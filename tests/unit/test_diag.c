/* SPDX-License-Identifier: MIT */
#include "diag.h"

#include "pst_test.h"
#include "suggest.h"

static void a_line_has_place_setting_and_text(void)
{
	struct diag d;

	diag_init(&d);
	diag_add(&d, PST_LOG_ERROR, "f.conf", 12, "a.b", "%d is bad", 5);
	diag_add(&d, PST_LOG_WARNING, "f.conf", 0, NULL, "odd");
	diag_add(&d, PST_LOG_ERROR, NULL, 7, "a", "no file");
	diag_add(&d, PST_LOG_ERROR, "", 7, "a", "no name");
	CHECK_INT(d.count, 4);
	CHECK_INT(d.errors, 3);
	CHECK_INT(d.warnings, 1);
	CHECK_STR(d.entries[0].text, "f.conf:12: a.b: 5 is bad");
	CHECK_STR(d.entries[1].text, "f.conf: warning: odd");
	CHECK_STR(d.entries[2].text, "a: no file");
	CHECK_STR(d.entries[3].text, "a: no name");
	diag_finish(&d);
}

static void what_was_said_is_not_said_again(void)
{
	struct diag d;

	diag_init(&d);
	diag_add(&d, PST_LOG_ERROR, "f", 1, "a", "x");
	diag_add(&d, PST_LOG_ERROR, "f", 1, "a", "x");
	diag_add(&d, PST_LOG_ERROR, "f", 2, "a", "x");
	CHECK_INT(d.count, 2);
	CHECK_INT(d.errors, 2);
	diag_finish(&d);
}

static void nothing_more_is_said_of_a_setting_that_is_settled(void)
{
	struct diag d;

	diag_init(&d);
	diag_add(&d, PST_LOG_ERROR, "f", 1, "a", "x");
	diag_settle(&d, "f", 1, "a");
	diag_settle(&d, "f", 1, "a");
	diag_add(&d, PST_LOG_ERROR, "f", 1, "a", "y");
	diag_add(&d, PST_LOG_WARNING, "f", 1, "a", "z");
	diag_add(&d, PST_LOG_ERROR, NULL, 0, "a", "y");
	CHECK_INT(d.count, 1);
	diag_add(&d, PST_LOG_ERROR, "f", 1, "a.b", "y");
	diag_add(&d, PST_LOG_ERROR, "f", 2, "a", "y");
	diag_add(&d, PST_LOG_ERROR, "f", 1, NULL, "y");
	CHECK_INT(d.count, 4);
	CHECK_INT(d.errors, 4);
	CHECK_INT(d.warnings, 0);
	diag_finish(&d);
}

static void who_knows_a_name_only_gets_its_place(void)
{
	struct diag d;

	diag_init(&d);
	diag_place(&d, "a.b", "f", 3);
	diag_place(&d, "a.c", NULL, 0);
	diag_add(&d, PST_LOG_ERROR, NULL, 0, "a.b", "x");
	diag_add(&d, PST_LOG_ERROR, NULL, 0, "a.c", "x");
	diag_add(&d, PST_LOG_ERROR, "g", 1, "a.b", "x");
	CHECK_STR(d.entries[0].text, "f:3: a.b: x");
	CHECK_STR(d.entries[1].text, "a.c: x");
	CHECK_STR(d.entries[2].text, "g:1: a.b: x");
	diag_finish(&d);
}

static void a_line_stays_a_line(void)
{
	struct diag d;

	diag_init(&d);
	diag_add(&d, PST_LOG_ERROR, "f", 1, "a", "x\ny\x1b[31m\x7f");
	CHECK_STR(d.entries[0].text, "f:1: a: x?y?[31m?");
	diag_finish(&d);
}

static void the_nearest_word_is_suggested(void)
{
	struct suggestion s;
	char hint[64];

	suggest_init(&s, "certifcate");
	suggest_try(&s, "trust");
	suggest_try(&s, "certificate");
	suggest_try(&s, "certificates");
	CHECK_STR(suggest_hint(&s, hint, sizeof(hint)),
	          "; did you mean \"certificate\"?");
}

static void a_far_word_is_not_suggested(void)
{
	struct suggestion s;
	char hint[64];

	suggest_init(&s, "abcdef");
	suggest_try(&s, "uvwxyz");
	CHECK_STR(suggest_hint(&s, hint, sizeof(hint)), "");
	suggest_init(&s, "tls");
	suggest_try(&s, "tcp");
	CHECK_STR(suggest_hint(&s, hint, sizeof(hint)), "");
	suggest_init(&s, "");
	suggest_try(&s, "uvwxyz");
	CHECK_STR(suggest_hint(&s, hint, sizeof(hint)), "");
}

static void a_third_may_be_wrong_and_at_least_one_letter(void)
{
	static const struct {
		const char *wanted, *known;
		bool near;
	} rows[] = {
		{"w", "ws", true},           {"x", "ws", false},
		{"tsl", "tls", true},        {"tlsx", "tls", true},
		{"tlsxy", "tls", false},     {"bakend", "backend", true},
		{"bakned", "backend", true}, {"bkned", "backend", false},
	};
	struct suggestion s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		suggest_init(&s, rows[i].wanted);
		suggest_try(&s, rows[i].known);
		CHECK_INT(s.best != NULL, rows[i].near);
	}
}

static CU_TestInfo tests[] = {
	TEST(a_line_has_place_setting_and_text),
	TEST(what_was_said_is_not_said_again),
	TEST(nothing_more_is_said_of_a_setting_that_is_settled),
	TEST(who_knows_a_name_only_gets_its_place),
	TEST(a_line_stays_a_line),
	TEST(the_nearest_word_is_suggested),
	TEST(a_far_word_is_not_suggested),
	TEST(a_third_may_be_wrong_and_at_least_one_letter),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
