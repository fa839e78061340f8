/* SPDX-License-Identifier: MIT */
/* Configuration files to a tree of values. Only conf_file.c sees libconfig. */
#ifndef CORE_CONF_FILE_H
#define CORE_CONF_FILE_H

#include "diag.h"
#include "value.h"

#include <stdbool.h>

#define CONF_DEPTH_MAX 32 /* groups and lists in each other, and includes */

/**
 * Read `path` and the files that its `include` settings name, expand
 * ${NAME} from the environment, and join it all: lists one after another,
 * groups member by member; one setting in two files is an error.
 *
 * whole_out  false when a file could not be read or parsed, so that settings
 *            are missing
 * Returns    the root group, owned, also after errors; NULL when the first
 *            file gave nothing or memory ran out (diagnosed)
 */
struct conf_value *conf_file_read(const char *path, struct diag *d,
                                  bool *whole_out);
/** The same from text, shown as `name`. */
struct conf_value *conf_text_read(const char *name, const char *text,
                                  size_t length, struct diag *d,
                                  bool *whole_out);

#endif
