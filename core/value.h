/* SPDX-License-Identifier: MIT */
/* The configuration as a tree of values that know where they stand. */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

enum conf_type {
	CONF_GROUP = 1, /* named children */
	CONF_LIST,      /* unnamed children */
	CONF_STRING,
	CONF_INT,
	CONF_BOOL,
	CONF_FLOAT /* kept to say that it is not wanted */
};

struct conf_value {
	enum conf_type type;
	char *name; /* NULL in lists and at the root */
	char *path; /* "services.quotes.accept.tls.min_version": lists of groups
	              * with `name` use it, others "[2]" */
	char *file;
	unsigned line;
	char *string;
	int64_t integer; /* CONF_INT, CONF_BOOL */
	double real;
	struct conf_value **children; /* owned */
	size_t count;
};

/** The child named `name`, or NULL. */
const struct conf_value *conf_get(const struct conf_value *group,
                                  const char *name);
void conf_value_destroy(struct conf_value *v);

/** A value of `type` at `file`:`line`; strings are copied, `name` and `path`
 *  may be NULL. NULL on memory. */
struct conf_value *conf_value_create(enum conf_type type, const char *name,
                                     const char *file, unsigned line);
/** Append `child`; takes ownership, also on failure. Returns 0, PST_MEMORY. */
PST_MUST_CHECK int conf_value_append(struct conf_value *parent,
                                     struct conf_value *child);
/** "a group", "a string": for messages. */
const char *conf_type_name(enum conf_type type);

#endif
