/* SPDX-License-Identifier: MIT */
/* Media types by the ends of names. */
#ifndef DIRECTORY_TYPE_H
#define DIRECTORY_TYPE_H

#include <stdbool.h>
#include <stddef.h>

/** "name=value" of a setting; borrowed from its text. */
struct directory_pair {
	const char *name;
	size_t length; /* of name */
	const char *value;
};

/** The type of a file: from own[count], then of the built-in ones;
 *  "application/octet-stream" when none knows the name's end. */
const char *directory_type_of(const char *name,
                              const struct directory_pair *own, size_t count);

/** True when the charset shall be told: text without parameters. */
bool directory_type_is_text(const char *type);

#endif
