/* SPDX-License-Identifier: MIT */
/* Bytes to messages and back, by every rule and however they are split. */
#include "bridge.h"
#include "pst_test.h"

static struct pst_budget budget;
static struct pst_queue from, to;
static struct bridge bridge;

static void begin(const struct hop_bridge *rule)
{
	budget = (struct pst_budget){.limit = 1 << 20};
	queue_init(&from, &budget);
	queue_init(&to, &budget);
	bridge_init(&bridge, rule, &budget);
}

static void end(void)
{
	queue_purge(&from);
	queue_purge(&to);
	bridge_finish(&bridge);
	CHECK_INT(budget.held, 0);
}

static int feed(const char *data, size_t length)
{
	uint64_t taken = 0;
	int result;

	CHECK_INT(queue_write(&from, data, length, 0, 0), 0);
	result = bridge_take(&bridge, &from, &to, &taken);
	CHECK(result != 0 || taken == length);
	return result;
}

/* What is in `to`: "b:one|t:two|" with + behind a part that is no end. */
static const char *messages(void)
{
	static char text[4096];
	const struct pst_slice *s;
	bool fresh = true;
	size_t at = 0;

	for (s = to.first; s != NULL; s = s->next) {
		if (fresh) {
			text[at++] = (s->flags & PST_TEXT) != 0     ? 't'
			             : (s->flags & PST_BINARY) != 0 ? 'b'
			                                            : '?';
			text[at++] = ':';
		}
		memcpy(text + at, s->data, s->length);
		at += s->length;
		fresh = (s->flags & PST_EOM) != 0;
		if (fresh) {
			text[at++] = '|';
		}
	}
	if (!fresh) {
		text[at++] = '+';
	}
	text[at] = '\0';
	return text;
}

static struct bridge_mark mark(const char *text)
{
	struct bridge_mark m;

	CHECK_INT(bridge_mark_parse(text, &m), 0);
	return m;
}

/* The same messages come of the whole, of every two halves, and of bytes. */
static void becomes(const struct hop_bridge *rule, const char *data,
                    const char *wanted)
{
	size_t length = strlen(data), cut, i;

	for (cut = 0; cut <= length; cut++) {
		begin(rule);
		CHECK_INT(feed(data, cut), 0);
		CHECK_INT(feed(data + cut, length - cut), 0);
		CHECK_INT(bridge_end(&bridge, &to), 0);
		CHECK_STR(messages(), wanted);
		CHECK(!bridge_is_open(&bridge));
		end();
	}
	begin(rule);
	for (i = 0; i < length; i++) {
		CHECK_INT(feed(data + i, 1), 0);
	}
	CHECK_INT(bridge_end(&bridge, &to), 0);
	CHECK_STR(messages(), wanted);
	end();
}

/* -- when a message ends ----------------------------------------------- */

static void without_a_rule_a_turn_is_a_message(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};

	begin(&rule);
	CHECK_INT(feed("one", 3), 0);
	CHECK_INT(feed("two", 3), 0);
	CHECK_INT(feed("", 0), 0);
	CHECK_STR(messages(), "t:one|t:two|");
	end();
}

static void a_size_cuts(void)
{
	const struct hop_bridge rule = {.flush_size = 3};

	becomes(&rule, "abcdefgh", "b:abc|b:def|b:gh|");
	becomes(&rule, "abcdef", "b:abc|b:def|");
	becomes(&rule, "", "");
}

static void a_size_cuts_no_character(void)
{
	const struct hop_bridge three = {.bytes_as = BRIDGE_TEXT,
	                                 .flush_size = 3};
	const struct hop_bridge one = {.bytes_as = BRIDGE_TEXT,
	                               .flush_size = 1};

	becomes(&three, "a\xC3\xA4\xC3\xA4x", "t:a\xC3\xA4|t:\xC3\xA4x|");
	becomes(&three, "\xE2\x82\xAC\xE2\x82\xACq",
	        "t:\xE2\x82\xAC|t:\xE2\x82\xAC|t:q|");
	becomes(&three, "ab\xF0\x9F\x98\x80y", "t:ab|t:\xF0\x9F\x98\x80|t:y|");
	becomes(&one, "a\xE2\x82\xAC", "t:a|t:\xE2\x82\xAC|");
}

static void a_delimiter_ends_and_stays(void)
{
	const struct bridge_mark m = mark("\\r\\n");
	const struct hop_bridge rule = {.delimiter = &m};

	becomes(&rule, "a\r\nbc\r\n\r\nd", "b:a\r\n|b:bc\r\n|b:\r\n|b:d|");
	becomes(&rule, "a\rb\n\r\r\n", "b:a\rb\n\r\r\n|");
}

static void a_delimiter_ends_and_goes(void)
{
	const struct bridge_mark m = mark("\\r\\n");
	const struct hop_bridge rule = {.delimiter = &m,
	                                .delimiter_mode = BRIDGE_STRIP,
	                                .bytes_as = BRIDGE_TEXT};

	becomes(&rule, "a\r\nbc\r\n\r\nd\xC3\xA4", "t:a|t:bc|t:|t:d\xC3\xA4|");
	becomes(&rule, "\r\n", "t:|");
	becomes(&rule, "x\r", "t:x\r|");
}

static void a_delimiter_may_begin_like_itself(void)
{
	const struct bridge_mark m = mark("aabaaa");
	const struct hop_bridge rule = {.delimiter = &m,
	                                .delimiter_mode = BRIDGE_STRIP};

	becomes(&rule, "aabaabaaax", "b:aab|b:x|");
	becomes(&rule, "aaabaaaaabaaa", "b:a|b:|");
	becomes(&rule, "aabaabaabaab", "b:aabaabaabaab|");
}

static void a_delimiter_may_be_a_zero(void)
{
	const struct bridge_mark m = mark("\\0");
	const struct hop_bridge rule = {.delimiter = &m,
	                                .delimiter_mode = BRIDGE_STRIP};

	begin(&rule);
	CHECK_INT(feed("SEND\0RECV\0", 10), 0);
	CHECK_STR(messages(), "b:SEND|b:RECV|");
	end();
}

static void a_delimiter_does_not_count_for_the_size(void)
{
	const struct bridge_mark m = mark("\\r\\n");
	struct hop_bridge rule = {.delimiter = &m,
	                          .delimiter_mode = BRIDGE_STRIP,
	                          .flush_size = 4};

	becomes(&rule, "abcd\r\nefghi\r\n", "b:abcd|b:efgh|b:i|");
	becomes(&rule, "abcd\rf\r\n", "b:abcd|b:\rf|");
	becomes(&rule, "abcdefghi", "b:abcd|b:efgh|b:i|");
	rule.delimiter_mode = BRIDGE_KEEP;
	becomes(&rule, "abcd\r\ne\r\n", "b:abcd\r\n|b:e\r\n|");
}

static void a_flush_ends_what_is_open(void)
{
	const struct bridge_mark m = mark("\\n");
	const struct hop_bridge rule = {
		.delimiter = &m, .bytes_as = BRIDGE_TEXT, .flush_time = 100};

	begin(&rule);
	CHECK_INT(bridge_flush(&bridge, &to), 0);
	CHECK(!bridge_is_open(&bridge));
	CHECK_INT(feed("ab\xE2\x82", 4), 0);
	CHECK_STR(messages(), "");
	CHECK(bridge_is_open(&bridge));
	CHECK_INT(bridge_flush(&bridge, &to), 0);
	CHECK_INT(bridge_flush(&bridge, &to), 0);
	CHECK_STR(messages(), "t:ab|");
	CHECK_INT(feed("\xAC\n", 2), 0);
	CHECK_STR(messages(), "t:ab|t:\xE2\x82\xAC\n|");
	CHECK(!bridge_is_open(&bridge));
	end();
}

static void who_drains_waits_for_nothing(void)
{
	const struct hop_bridge rule = {.flush_size = 100};

	begin(&rule);
	bridge.drain = true;
	CHECK_INT(feed("ab", 2), 0);
	CHECK_STR(messages(), "b:ab|");
	end();
}

static void records_and_empty_slices_say_nothing(void)
{
	const struct hop_bridge rule = {.flush_size = 100};

	begin(&rule);
	CHECK_INT(queue_write(&from, "12345678", 8, PST_CONTROL, 0), 0);
	CHECK_INT(feed("", 0), 0);
	CHECK_INT(bridge_end(&bridge, &to), 0);
	CHECK_STR(messages(), "");
	end();
}

/* -- text -------------------------------------------------------------- */

static void text_waits_for_the_rest_of_a_character(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};

	begin(&rule);
	CHECK_INT(feed("a\xF0\x9F", 3), 0);
	CHECK_STR(messages(), "t:a|");
	CHECK_INT(feed("\x98", 1), 0);
	CHECK_STR(messages(), "t:a|");
	CHECK_INT(feed("\x80z", 2), 0);
	CHECK_STR(messages(), "t:a|t:\xF0\x9F\x98\x80z|");
	end();
}

static void what_is_not_text_is_refused(void)
{
	static const char *const bad[] = {
		"\x80",         "\xC0\x80",         "\xC1\xBF",
		"\xE0\x80\x80", "\xED\xA0\x80",     "\xF0\x80\x80\x80",
		"\xF5\x80",     "\xF4\x90\x80\x80", "\xFF",
		"\xC3x",        "\xE2\x82x",        "abcdefgh\xE9t\xE9",
	};
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};
	const struct hop_bridge plain = {.flush_size = 100};
	size_t i, k;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int result = PST_OK;

		begin(&rule);
		for (k = 0; result == PST_OK && bad[i][k] != '\0'; k++) {
			result = feed(bad[i] + k, 1);
		}
		CHECK_INT(result, PST_PROTO);
		end();
		begin(&plain);
		CHECK_INT(feed(bad[i], strlen(bad[i])), 0);
		end();
	}
}

static void an_end_within_a_character_is_refused(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT};
	const struct hop_bridge held = {.bytes_as = BRIDGE_TEXT,
	                                .flush_size = 100};

	begin(&rule);
	CHECK_INT(feed("ab\xE2\x82", 4), 0);
	CHECK_INT(bridge_end(&bridge, &to), PST_PROTO);
	CHECK_STR(messages(), "t:ab|");
	end();
	begin(&held);
	CHECK_INT(feed("ab\xE2\x82", 4), 0);
	CHECK_INT(bridge_end(&bridge, &to), PST_PROTO);
	CHECK_STR(messages(), "");
	end();
}

static void the_edges_of_utf8_are_text(void)
{
	CHECK(utf8_valid("\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80"
	                 "\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF",
	                 24));
	CHECK(utf8_valid("", 0));
	CHECK(!utf8_valid("\xF4\x8F\xBF", 3));
}

/* -- memory ------------------------------------------------------------ */

static void a_delimiter_that_never_comes_holds_little(void)
{
	const struct bridge_mark m = mark("\\r\\n");
	const struct hop_bridge rule = {.delimiter = &m,
	                                .delimiter_mode = BRIDGE_STRIP};
	char block[1000];
	size_t most = 0, sent = 0;
	int i;

	begin(&rule);
	budget.limit = 32768;
	memset(block, 'x', sizeof(block));
	block[999] = '\r';
	for (i = 0; i < 1000; i++) {
		CHECK_INT(feed(block, sizeof(block)), 0);
		most = budget.held > most ? budget.held : most;
		while (to.first != NULL) {
			CHECK_INT(to.first->flags & PST_EOM, 0);
			sent += to.first->length;
			segment_slice_free(queue_take(&to));
		}
	}
	CHECK(most < 2 * budget.limit);
	CHECK(sent > 900000);
	CHECK_INT(feed("\n", 1), 0);
	while (to.first != NULL && to.first->next != NULL) {
		sent += to.first->length;
		segment_slice_free(queue_take(&to));
	}
	if (CHECK(to.first != NULL)) {
		CHECK_INT(sent + to.first->length, 999999);
		CHECK_INT(to.first->flags, PST_BINARY | PST_EOM);
	}
	end();
}

static void parts_end_with_characters_too(void)
{
	const struct hop_bridge rule = {.bytes_as = BRIDGE_TEXT,
	                                .flush_size = 1 << 20};

	begin(&rule);
	budget.limit = 1; /* everything leaves at once */
	CHECK_INT(feed("ab\xE2\x82", 4), 0);
	CHECK_STR(messages(), "t:ab+");
	CHECK_INT(feed("\xAC", 1), 0);
	CHECK_STR(messages(), "t:ab\xE2\x82\xAC+");
	CHECK_INT(bridge_end(&bridge, &to), 0);
	CHECK_STR(messages(), "t:ab\xE2\x82\xAC|");
	end();
}

static void parts_count_for_the_size(void)
{
	const struct hop_bridge rule = {.flush_size = 4};

	begin(&rule);
	budget.limit = 1;
	CHECK_INT(feed("abc", 3), 0);
	CHECK_STR(messages(), "b:abc+");
	CHECK_INT(feed("defghi", 6), 0);
	CHECK_STR(messages(), "b:abcd|b:efgh|b:i+");
	end();
}

/* -- delimiters as they are written ------------------------------------ */

static void escapes_are_understood(void)
{
	struct bridge_mark m = mark("a\\0\\n\\r\\t\\\\\\x7f\\xFf");

	CHECK_INT(m.length, 8);
	CHECK_MEM(m.bytes, "a\0\n\r\t\\\x7f\xff", 8);
}

static void wrong_delimiters_are_refused(void)
{
	static const char *const bad[] = {"",     "\\",    "\\q",   "\\x",
	                                  "\\x1", "\\xg0", "\\x0g", "a\\"};
	struct bridge_mark m;
	char text[66];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(bridge_mark_parse(bad[i], &m), PST_INVALID);
	}
	memset(text, 'x', 65);
	text[65] = '\0';
	CHECK_INT(bridge_mark_parse(text, &m), PST_INVALID);
	CHECK_INT(bridge_mark_parse(text + 1, &m), 0);
	CHECK_INT(m.length, 64);
}

/* -- the other way ----------------------------------------------------- */

static void strip(const struct hop_bridge *rule, const char *wanted)
{
	char got[64] = "";
	uint64_t count = 0;
	size_t at = 0;

	begin(rule);
	CHECK_INT(queue_write(&from, "one", 3, PST_TEXT, 0), 0);
	CHECK_INT(queue_write(&from, "two", 3, PST_TEXT | PST_EOM, 0), 0);
	CHECK_INT(queue_write(&from, "", 0, PST_BINARY | PST_EOM, 0), 0);
	CHECK_INT(queue_write(&from, "12345678", 8, PST_CONTROL, 0), 0);
	CHECK_INT(queue_write(&from, "not", 3, PST_TEXT, 0), 0);
	CHECK_INT(bridge_strip(rule, &from, &to, &count), 6);
	CHECK_INT(count, 2);
	CHECK(from.first != NULL && (from.first->flags & PST_CONTROL) != 0);
	while (to.first != NULL) {
		CHECK_INT(to.first->flags, 0);
		memcpy(got + at, to.first->data, to.first->length);
		at += to.first->length;
		segment_slice_free(queue_take(&to));
	}
	CHECK_STR(got, wanted);
	end();
}

static void messages_become_bytes_one_after_another(void)
{
	const struct bridge_mark m = mark("\\r\\n");
	const struct hop_bridge plain = {0}, lines = {.append = &m};

	strip(&plain, "onetwo");
	strip(&lines, "onetwo\r\n\r\n");
}

static CU_TestInfo tests[] = {
	TEST(without_a_rule_a_turn_is_a_message),
	TEST(a_size_cuts),
	TEST(a_size_cuts_no_character),
	TEST(a_delimiter_ends_and_stays),
	TEST(a_delimiter_ends_and_goes),
	TEST(a_delimiter_may_begin_like_itself),
	TEST(a_delimiter_may_be_a_zero),
	TEST(a_delimiter_does_not_count_for_the_size),
	TEST(a_flush_ends_what_is_open),
	TEST(who_drains_waits_for_nothing),
	TEST(records_and_empty_slices_say_nothing),
	TEST(text_waits_for_the_rest_of_a_character),
	TEST(what_is_not_text_is_refused),
	TEST(an_end_within_a_character_is_refused),
	TEST(the_edges_of_utf8_are_text),
	TEST(a_delimiter_that_never_comes_holds_little),
	TEST(parts_end_with_characters_too),
	TEST(parts_count_for_the_size),
	TEST(escapes_are_understood),
	TEST(wrong_delimiters_are_refused),
	TEST(messages_become_bytes_one_after_another),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
