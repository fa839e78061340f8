/* SPDX-License-Identifier: MIT */
/* The log: lines of text or JSON, one write each, to stderr or a file. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <penstock/log.h>
#include <penstock/result.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 8192

struct log {
	int fd;
	uint32_t level;   /* enum pst_log_level: lines above it are dropped */
	uint32_t format;  /* enum log_format */
	const char *who;  /* "supervisor", "worker 1"; NULL: nobody */
	const char *path; /* of the file; NULL: stderr. Borrowed */
};

/** One key and its value in a structured line. */
struct log_field {
	const char *key;
	const char *text; /* NULL: `number` */
	int64_t number;
};

/** Line to stderr, level info, text. */
void log_init(struct log *log);
/** Open `path` (borrowed for good) for appending; made with 0640 when it is
 *  not there. Returns 0, or PST_IO with errno set and the log as it was. */
PST_MUST_CHECK int log_open(struct log *log, const char *path);
/** Open the same path again, after its file was moved away. On failure the
 *  old file stays and is told why: PST_IO. The descriptor keeps its number. */
int log_reopen(struct log *log);
/** Close the file, if there is one; from now on stderr. */
void log_close(struct log *log);
static inline bool log_wants(const struct log *log, enum pst_log_level level)
{
	return (uint32_t)level <= log->level;
}
PST_PRINTF(3, 4)
void log_line(const struct log *log, enum pst_log_level level, const char *fmt,
              ...);
PST_PRINTF(3, 0)
void log_vline(const struct log *log, enum pst_log_level level, const char *fmt,
               va_list ap);
/** A line with fields: text "message key=value ..." (values with spaces or
 *  quotes are quoted), JSON an object. Any thread. Control bytes and what is
 *  not UTF-8 is written as \xNN. A line is cut at LOG_LINE_MAX bytes. */
void log_fields(const struct log *log, enum pst_log_level level,
                const char *message, const struct log_field *fields,
                size_t count);

#endif
