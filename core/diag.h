/* SPDX-License-Identifier: MIT */
/* Diagnostics of one load: every error and warning, each with its place. */
#ifndef CORE_DIAG_H
#define CORE_DIAG_H

#include "name_index.h"

#include <penstock/log.h>
#include <penstock/result.h>
#include <stddef.h>

struct diag_entry {
	enum pst_log_level level;
	char *text; /* "etc/gw.conf:12: services.quotes.accept.tls.min_version: ..." */
};

struct diag {
	struct diag_entry *entries;
	size_t count, errors, warnings;
	size_t room;            /* in entries */
	struct name_index said; /* texts of entries */
	char **settled;         /* places of which nothing more is said */
	size_t settled_count;
	struct name_index settled_at;
	struct diag_place *places; /* of settings by name */
};

struct conf_value;

void diag_init(struct diag *d);
void diag_finish(struct diag *d);

/** Add one line. `file` NULL: no place; `line` 0: only the file; `setting`
 *  may be NULL. Memory running out counts as an error all the same. */
PST_PRINTF(6, 7)
void diag_add(struct diag *d, enum pst_log_level level, const char *file,
              unsigned line, const char *setting, const char *fmt, ...);
/** `setting` was written at `file`:`line`: for those who complain of it and know
 *  its name only. Memory running out costs the place. */
void diag_place(struct diag *d, const char *setting, const char *file,
                unsigned line);
/** Say no more of this setting: what is wrong with it was said, and whatever
 *  else seems wrong with it follows from that. */
void diag_settle(struct diag *d, const char *file, unsigned line,
                 const char *setting);
/** Add an error at a value of the configuration. Returns PST_CONFIG. */
PST_PRINTF(3, 4)
int diag_refuse(struct diag *d, const struct conf_value *v, const char *fmt,
                ...);

#endif
