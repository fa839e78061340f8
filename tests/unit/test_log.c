/* SPDX-License-Identifier: MIT */
/* The log: lines of text and JSON, escaping, rotation. */
#include "gateway.h"
#include "log.h"
#include "pst_test.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char said[3 * LOG_LINE_MAX];

static struct log memory_log(uint32_t format)
{
	struct log log;

	log_init(&log);
	log.fd = memfd_create("log", MFD_CLOEXEC);
	log.format = format;
	return log;
}

/* All that was logged, without the time at the front of the first line. */
static const char *text_of(const struct log *log)
{
	const size_t time = strlen("2026-11-21T09:00:00.123Z ");
	const size_t json = strlen("{\"time\":\"2026-11-21T09:00:00.123Z\",");
	const size_t skip = log->format == LOG_JSON ? json : time;
	ssize_t n = pread(log->fd, said, sizeof(said) - 1, 0);

	said[n < 0 ? 0 : n] = '\0';
	return strlen(said) < skip ? said : said + skip;
}

static void message_says(uint32_t format, const char *message, const char *want)
{
	struct log log = memory_log(format);

	log_line(&log, PST_LOG_INFO, "%s", message);
	CHECK_STR(text_of(&log), want);
	close(log.fd);
}

static void line_begins_with_the_time_in_utc(void)
{
	struct log log = memory_log(LOG_TEXT);
	unsigned y, mon, d, h, min, s, ms;
	char z;

	log_line(&log, PST_LOG_INFO, "x");
	(void)text_of(&log);
	CHECK_INT(sscanf(said, "%4u-%2u-%2uT%2u:%2u:%2u.%3u%c", &y, &mon, &d,
	                 &h, &min, &s, &ms, &z),
	          8);
	CHECK(y >= 2024 && mon <= 12 && d <= 31 && h < 24 && z == 'Z');
	close(log.fd);
}

static void text_line_names_level_and_process(void)
{
	struct log log = memory_log(LOG_TEXT);

	log.who = "worker 1";
	log_line(&log, PST_LOG_WARNING, "it is %d", 5);
	CHECK_STR(text_of(&log), "warning worker 1: it is 5\n");
	close(log.fd);
}

static void json_line_names_level_and_process(void)
{
	struct log log = memory_log(LOG_JSON);

	log.who = "worker 1";
	log_line(&log, PST_LOG_ERROR, "it is %d", 5);
	CHECK_STR(text_of(&log), "\"level\":\"error\",\"who\":\"worker 1\","
	                         "\"message\":\"it is 5\"}\n");
	close(log.fd);
}

static void lines_above_the_level_are_dropped(void)
{
	struct log log = memory_log(LOG_TEXT);

	log.level = PST_LOG_WARNING;
	log_line(&log, PST_LOG_INFO, "no");
	log_line(&log, PST_LOG_WARNING, "yes");
	CHECK_STR(text_of(&log), "warning: yes\n");
	close(log.fd);
}

static void fields_follow_the_message(void)
{
	const struct log_field fields[] = {
		{.key = "service", .text = "quotes"},
		{.key = "bytes", .number = -12},
		{.key = "text", .text = "two words"},
		{.key = "empty", .text = ""},
		{.key = "quote", .text = "a\"b\\c"},
	};
	struct log log = memory_log(LOG_TEXT);

	log_fields(&log, PST_LOG_INFO, "stream ended", fields, 5);
	CHECK_STR(text_of(&log),
	          "info: stream ended service=quotes bytes=-12 "
	          "text=\"two words\" empty=\"\" quote=\"a\\\"b\\\\c\"\n");
	close(log.fd);
	log = memory_log(LOG_JSON);
	log_fields(&log, PST_LOG_INFO, "stream ended", fields, 5);
	CHECK_STR(text_of(&log),
	          "\"level\":\"info\",\"message\":\"stream ended\","
	          "\"service\":\"quotes\",\"bytes\":-12,"
	          "\"text\":\"two words\",\"empty\":\"\","
	          "\"quote\":\"a\\\"b\\\\c\"}\n");
	close(log.fd);
}

static void control_bytes_cannot_make_a_line(void)
{
	message_says(LOG_TEXT, "a\nb\rc\td\033[31m\177",
	             "info: a\\x0ab\\x0dc\\x09d\\x1b[31m\\x7f\n");
	message_says(LOG_JSON, "a\nb\"c\\",
	             "\"level\":\"info\",\"message\":"
	             "\"a\\\\x0ab\\\"c\\\\\"}\n");
	/* U+009B, a control sequence for some terminals */
	message_says(LOG_TEXT, "\xc2\x9b", "info: \\xc2\\x9b\n");
}

static void utf8_passes(void)
{
	message_says(LOG_TEXT, "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xb0",
	             "info: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xb0\n");
}

static void what_is_not_utf8_is_escaped(void)
{
	static const char *const bad[][2] = {
		{"\xff", "\\xff"},                   /* never in UTF-8 */
		{"\x80", "\\x80"},                   /* no first byte */
		{"\xc3", "\\xc3"},                   /* cut short */
		{"\xc0\xaf", "\\xc0\\xaf"},          /* overlong */
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"}, /* overlong */
		{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* > 10FFFF */
		{"\xe2\x82g", "\\xe2\\x82g"},
	};
	char want[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(want, sizeof(want), "info: %s\n", bad[i][1]);
		message_says(LOG_TEXT, bad[i][0], want);
	}
}

static void long_message_is_cut(void)
{
	struct log log = memory_log(LOG_TEXT);
	char *text = malloc(20000);
	size_t length;

	memset(text, 'a', 19999);
	text[19999] = '\0';
	log_line(&log, PST_LOG_INFO, "%s", text);
	(void)text_of(&log);
	length = strlen(said);
	CHECK(length <= LOG_LINE_MAX);
	CHECK_STR(said + length - 5, "a...\n");
	close(log.fd);
	log = memory_log(LOG_JSON);
	log_fields(&log, PST_LOG_INFO, text, NULL, 0);
	(void)text_of(&log);
	length = strlen(said);
	CHECK(length <= LOG_LINE_MAX);
	CHECK_STR(said + length - 7, "a...\"}\n");
	close(log.fd);
	free(text);
}

static void field_that_does_not_fit_is_left_out(void)
{
	struct log log = memory_log(LOG_JSON);
	char *text = malloc(20000);
	struct log_field fields[2] = {{.key = "long"},
	                              {.key = "next", .number = 1}};

	memset(text, '\n', 19999);
	text[19999] = '\0';
	fields[0].text = text;
	log_fields(&log, PST_LOG_INFO, "m", fields, 2);
	CHECK_STR(text_of(&log), "\"level\":\"info\",\"message\":\"m\"}\n");
	close(log.fd);
	free(text);
}

static void file_is_opened_again_after_it_was_moved(void)
{
	char folder[] = "/tmp/penstock-log-XXXXXX", path[64], moved[64];
	struct log log;
	struct stat st;
	int fd;

	if (!CHECK(mkdtemp(folder) != NULL)) {
		return;
	}
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(moved, sizeof(moved), "%s/log.1", folder);
	log_init(&log);
	CHECK_INT(log_open(&log, path), PST_OK);
	fd = log.fd;
	log_line(&log, PST_LOG_INFO, "one");
	CHECK_INT(rename(path, moved), 0);
	log_reopen(&log);
	CHECK_INT(log.fd, fd);
	log_line(&log, PST_LOG_INFO, "two");
	CHECK(stat(path, &st) == 0 && st.st_size > 0);
	CHECK_INT(st.st_mode & 07137, 0);
	log_close(&log);
	CHECK_INT(log.fd, STDERR_FILENO);
	unlink(path);
	unlink(moved);
	rmdir(folder);
}

static void file_that_cannot_be_opened_is_told(void)
{
	struct log log;

	log_init(&log);
	CHECK_INT(log_open(&log, "/nonexistent/folder/log"), PST_IO);
	CHECK_INT(log.fd, STDERR_FILENO);
	log_reopen(&log);
	CHECK_INT(log.fd, STDERR_FILENO);
}

static CU_TestInfo tests[] = {
	TEST(line_begins_with_the_time_in_utc),
	TEST(text_line_names_level_and_process),
	TEST(json_line_names_level_and_process),
	TEST(lines_above_the_level_are_dropped),
	TEST(fields_follow_the_message),
	TEST(control_bytes_cannot_make_a_line),
	TEST(utf8_passes),
	TEST(what_is_not_utf8_is_escaped),
	TEST(long_message_is_cut),
	TEST(field_that_does_not_fit_is_left_out),
	TEST(file_is_opened_again_after_it_was_moved),
	TEST(file_that_cannot_be_opened_is_told),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
