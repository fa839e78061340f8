/* SPDX-License-Identifier: MIT */
/* The log: lines of text or JSON, one write each, to stderr or a file. */
#include "log.h"

#include "gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TAIL_ROOM 8 /* kept for what ends a line: the dots, `"}` and LF */

/* One line being made. What does not fit is left out and sets `full`. */
struct line {
	char text[LOG_LINE_MAX];
	size_t length;
	size_t limit;
	bool json, full;
};

static const char *const level_names[] = {
	[PST_LOG_ERROR] = "error",
	[PST_LOG_WARNING] = "warning",
	[PST_LOG_INFO] = "info",
	[PST_LOG_DEBUG] = "debug",
};

static void line_raw(struct line *l, const char *text, size_t length)
{
	if (l->full || length > l->limit - l->length) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->length, text, length);
	l->length += length;
}

static void line_text(struct line *l, const char *text)
{
	line_raw(l, text, strlen(text));
}

/* Bytes of the UTF-8 sequence at p[left], 0 when it is none (RFC 3629 4). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	static const unsigned char first_low[] = {[0xe0 - 0xe0] = 0xa0,
	                                          [0xf0 - 0xe0] = 0x90};
	unsigned char low = 0x80, high = 0xbf;
	size_t length, i;

	if (p[0] < 0x80) {
		return 1;
	}
	length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || length > left) {
		return 0;
	}
	if (p[0] == 0xe0 || p[0] == 0xf0) {
		low = first_low[p[0] - 0xe0];
	} else if (p[0] == 0xed) {
		high = 0x9f;
	} else if (p[0] == 0xf4) {
		high = 0x8f;
	}
	for (i = 1; i < length; i++) {
		if (p[i] < low || p[i] > high) {
			return 0;
		}
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

/* C0, DEL and, as UTF-8, C1: what a terminal would obey. */
static bool is_control(const unsigned char *p, size_t length)
{
	return (length == 1 && (p[0] < 0x20 || p[0] == 0x7f)) ||
	       (length == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

static void line_hex(struct line *l, const unsigned char *p, size_t length)
{
	char text[8];
	size_t i;

	for (i = 0; i < length; i++) {
		snprintf(text, sizeof(text), "%s\\x%02x", l->json ? "\\" : "",
		         p[i]);
		line_text(l, text);
	}
}

/* Bytes at p[most] that stand in any line as they are. */
static size_t plain_run(const unsigned char *p, size_t most)
{
	size_t n = 0;

	while (n < most && p[n] >= ' ' && p[n] < 0x7f && p[n] != '"' &&
	       p[n] != '\\') {
		n++;
	}
	return n;
}

/* Text as it may stand in a line; `quoted`: between quotation marks. */
static void line_escaped(struct line *l, const char *text, bool quoted)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t room = l->limit - l->length;
		size_t run = plain_run(p, left < room ? left : room);
		size_t n = run != 0 ? run : utf8_length(p, left);

		if (run != 0) {
			line_raw(l, (const char *)p, run);
		} else if (n == 0 || is_control(p, n)) {
			n = n == 0 ? 1 : n;
			line_hex(l, p, n);
		} else if (quoted && (*p == '"' || *p == '\\')) {
			const char pair[2] = {'\\', (char)*p};

			line_raw(l, pair, sizeof(pair));
		} else {
			line_raw(l, (const char *)p, n);
		}
		p += n;
		left -= n;
	}
}

static void line_time(struct line *l)
{
	struct timespec now;
	struct tm tm;
	char text[40];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03dZ",
	         (int)(now.tv_nsec / 1000000));
	line_text(l, text);
}

static void line_begin(struct line *l, const struct log *log,
                       enum pst_log_level level)
{
	l->length = 0;
	l->limit = sizeof(l->text) - TAIL_ROOM;
	l->json = log->format == LOG_JSON;
	l->full = false;
	line_text(l, l->json ? "{\"time\":\"" : "");
	line_time(l);
	line_text(l, l->json ? "\",\"level\":\"" : " ");
	line_text(l, level_names[level]);
	if (log->who != NULL) {
		line_text(l, l->json ? "\",\"who\":\"" : " ");
		line_escaped(l, log->who, l->json);
	}
	line_text(l, l->json ? "\",\"message\":\"" : ": ");
}

static bool needs_quotes(const char *text)
{
	return text[0] == '\0' || strpbrk(text, " \"=\\") != NULL;
}

static void line_value(struct line *l, const struct log_field *f)
{
	char number[24];
	bool quotes;

	if (f->text == NULL) {
		snprintf(number, sizeof(number), "%lld", (long long)f->number);
		line_text(l, number);
		return;
	}
	quotes = l->json || needs_quotes(f->text);
	line_text(l, quotes ? "\"" : "");
	line_escaped(l, f->text, quotes);
	line_text(l, quotes ? "\"" : "");
}

/* A field stands in the line whole or not at all. */
static void line_field(struct line *l, const struct log_field *f)
{
	const size_t length = l->length;

	line_text(l, l->json ? ",\"" : " ");
	line_escaped(l, f->key, l->json);
	line_text(l, l->json ? "\":" : "=");
	line_value(l, f);
	if (l->full) {
		l->length = length;
	}
}

static void line_end(struct line *l, const struct log *log, bool cut_message)
{
	ssize_t n;

	l->limit = sizeof(l->text);
	l->full = false;
	line_text(l, cut_message ? "..." : "");
	line_text(l, l->json ? (cut_message ? "\"}\n" : "}\n") : "\n");
	do {
		n = write(log->fd, l->text, l->length);
	} while (n < 0 && errno == EINTR);
}

void log_fields(const struct log *log, enum pst_log_level level,
                const char *message, const struct log_field *fields,
                size_t count)
{
	struct line l;
	size_t i;

	if (!log_wants(log, level)) {
		return;
	}
	line_begin(&l, log, level);
	line_escaped(&l, message, l.json);
	if (l.full) {
		line_end(&l, log, true);
		return;
	}
	line_text(&l, l.json ? "\"" : "");
	for (i = 0; i < count && !l.full; i++) {
		line_field(&l, &fields[i]);
	}
	line_end(&l, log, false);
}

void log_vline(const struct log *log, enum pst_log_level level, const char *fmt,
               va_list ap)
{
	char message[LOG_LINE_MAX];

	if (log_wants(log, level)) {
		vsnprintf(message, sizeof(message), fmt, ap);
		log_fields(log, level, message, NULL, 0);
	}
}

void log_line(const struct log *log, enum pst_log_level level, const char *fmt,
              ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(log, level, fmt, ap);
	va_end(ap);
}

void log_init(struct log *log)
{
	memset(log, 0, sizeof(*log));
	log->fd = STDERR_FILENO;
	log->level = PST_LOG_INFO;
	log->format = LOG_TEXT;
}

static int file_open(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
	            0640);
}

int log_open(struct log *log, const char *path)
{
	int fd = file_open(path);

	if (fd < 0) {
		return PST_IO;
	}
	log_close(log);
	log->fd = fd;
	log->path = path;
	return PST_OK;
}

int log_reopen(struct log *log)
{
	int fd, result = PST_OK;

	if (log->path == NULL) {
		return PST_OK;
	}
	fd = file_open(log->path);
	if (fd < 0 || dup3(fd, log->fd, O_CLOEXEC) < 0) {
		log_line(log, PST_LOG_ERROR,
		         "cannot open %s again: %s; lines still go to the file "
		         "of before",
		         log->path, strerror(errno));
		result = PST_IO;
	}
	if (fd >= 0) {
		close(fd);
	}
	return result;
}

void log_close(struct log *log)
{
	if (log->path != NULL) {
		close(log->fd);
	}
	log->fd = STDERR_FILENO;
	log->path = NULL;
}
