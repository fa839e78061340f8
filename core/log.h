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

struct log {
	int fd;
	uint32_t level;  /* enum pst_log_level: lines above it are dropped */
	uint32_t format; /* enum log_format */
	const char *who; /* "supervisor", "worker 1"; NULL: nobody */
};

/** One key and its value in a structured line. */
struct log_field {
	const char *key;
	const char *text; /* NULL: `number` */
	int64_t number;
};

/** Line to stderr, level info, text. */
void log_init(struct log *log);
/** Open `path` for appending (created 0640). Returns 0 or PST_IO. */
int log_open(struct log *log, const char *path);
static inline bool log_wants(const struct log *log, enum pst_log_level level)
{
	return (uint32_t)level <= log->level;
}
PST_PRINTF(3, 4)
void log_line(const struct log *log, enum pst_log_level level, const char *fmt,
	      ...);
void log_vline(const struct log *log, enum pst_log_level level,
	       const char *fmt, va_list ap);
/** A line with fields: text "message key=value ..." (values with spaces or
 *  quotes are quoted), JSON an object. Any thread; control bytes escaped. */
void log_fields(const struct log *log, enum pst_log_level level,
		const char *message, const struct log_field *fields,
		size_t count);

#endif
