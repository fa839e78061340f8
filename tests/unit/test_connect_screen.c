/* SPDX-License-Identifier: MIT */
/* What a terminal is spared. */
#include "connect_screen.h"
#include "pst_test.h"

/* The same comes of the whole and of single bytes. */
static void shows(const char *text, const char *wanted)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t length = strlen(text), i, at;
	struct screen screen = {0};
	char out[512];

	at = screen_clean(&screen, p, length, out);
	at += screen_rest(&screen, out + at);
	out[at] = '\0';
	CHECK_STR(out, wanted);
	memset(&screen, 0, sizeof(screen));
	for (at = 0, i = 0; i < length; i++) {
		at += screen_clean(&screen, p + i, 1, out + at);
	}
	at += screen_rest(&screen, out + at);
	out[at] = '\0';
	CHECK_STR(out, wanted);
}

static void plain_text_is_left_alone(void)
{
	shows("Hello, world\n\ttab \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80",
	      "Hello, world\n\ttab \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
}

static void controls_are_written_out(void)
{
	shows("\033[31m\a\b\177", "\\x1b[31m\\x07\\x08\\x7f");
	shows("\xC2\x9B"
	      "31m",
	      "\\xc2\\x9b31m");
	shows("\xC2\xA0", "\xC2\xA0");
}

static void a_return_counts_unless_the_line_ends(void)
{
	shows("a\r\nb", "a\nb");
	shows("safe\rbad", "safe\\x0dbad");
	shows("a\r\r\n\r", "a\\x0d\n\\x0d");
	shows("\r\033", "\\x0d\\x1b");
}

static void what_is_no_text_is_written_out(void)
{
	shows("\xFFx", "\\xffx");
	shows("\xC3x", "\\xc3x");
	shows("\xE2\x82x\xE2\x82", "\\xe2\\x82x\\xe2\\x82");
	shows("\xE2\x82\xC3\xA4", "\\xe2\\x82\xC3\xA4");
	shows("\xC3\033", "\\xc3\\x1b");
	shows("\xED\xA0\x80", "\\xed\\xa0\\x80");
	shows("\xF0\x9F\x98\r\n", "\\xf0\\x9f\\x98\n");
}

static void what_turns_text_around_is_written_out(void)
{
	shows("a\xE2\x80\xAEz\xE2\x81\xA6", "a\\xe2\\x80\\xaez\\xe2\\x81\\xa6");
	shows("\xE2\x80\xA6", "\xE2\x80\xA6"); /* an ellipsis does not */
}

static CU_TestInfo tests[] = {
	TEST(plain_text_is_left_alone),
	TEST(controls_are_written_out),
	TEST(a_return_counts_unless_the_line_ends),
	TEST(what_is_no_text_is_written_out),
	TEST(what_turns_text_around_is_written_out),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
