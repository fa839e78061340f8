/* SPDX-License-Identifier: MIT */
/* The text of a configuration before it is parsed: @include, numbers that the
 * parser would get wrong, and ${NAME}. */
#ifndef CORE_CONF_TEXT_H
#define CORE_CONF_TEXT_H

#include "diag.h"

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>

#define CONF_MEMBERS_MAX 4096u /* in one group: the parser is quadratic */
#define CONF_NESTED_MAX  32    /* groups and lists in each other */
#define CONF_TEXT_LIMIT ((size_t)4 * 1024 * 1024) /* bytes, with includes */

/** Where one line of the joined text comes from. */
struct conf_line {
	unsigned file; /* index into files */
	unsigned line;
};

/** A file with what it @includes in place. */
struct conf_text {
	char *bytes; /* owned, terminated */
	size_t length, room;
	struct conf_line *lines; /* owned; of line n at [n - 1] */
	size_t line_count, line_room;
	char **files; /* owned */
	unsigned file_count;
	struct diag *diag;
	unsigned nested; /* groups and lists that are open */
	unsigned members[CONF_NESTED_MAX + 1]; /* of each of them so far */
	unsigned errors; /* that leave nothing to parse */
};

void conf_text_init(struct conf_text *t, struct diag *d);
void conf_text_finish(struct conf_text *t);

/**
 * Read `path` and the files that it @includes, relative to its folder, and
 * check the text: integers that do not fit 32 bits and have no L, leading
 * zeros, comments and strings that are not closed, NUL bytes.
 *
 * Returns  0, also when numbers were wrong; PST_CONFIG after a diagnosis:
 *          there is no use in parsing; PST_MEMORY
 */
PST_MUST_CHECK int conf_text_load(struct conf_text *t, const char *path);
/** The same for text[length] that is shown as `name`. */
PST_MUST_CHECK int conf_text_add(struct conf_text *t, const char *name,
                                 const char *text, size_t length);
/** Where line `line` of the joined text stands. */
const char *conf_text_place(const struct conf_text *t, unsigned line,
                            unsigned *line_out);

/** Check an integer as written, with sign and L: leading zeros, and whether
 *  it fits 32 bits or, with L, 64. Returns 0, or PST_CONFIG with error[size]
 *  written. Pure. */
PST_MUST_CHECK int conf_number_check(const char *number, char *error,
				     size_t size);

/**
 * Replace ${NAME} and ${NAME:-default} by the environment, $$ by $.
 *
 * error[size]  written after PST_CONFIG: what is wrong
 * Returns      0 with an owned copy, PST_CONFIG, PST_MEMORY
 */
PST_MUST_CHECK int conf_text_expand(const char *text, char **text_out,
                                    char *error, size_t size);

#endif
