/* SPDX-License-Identifier: MIT */
/* Option rows at work: from values to a filled struct, and back to text. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include "arena.h"
#include "diag.h"
#include "file_store.h"
#include "value.h"

#include <penstock/option.h>
#include <stdbool.h>

#define OPTIONS_GROUPS_MAX 4

/** Where the value of one row was written. */
struct option_origin {
	const char *file; /* NULL: nowhere, the row's default holds */
	const char *path; /* "services.quotes.accept.tls.min_version" */
	unsigned line;
	bool shared; /* from the `defaults` group */
};

/** A table and what it filled: enough to explain and to compare. */
struct options {
	const struct pst_option *rows; /* NULL: no options */
	uint32_t stride; /* sizeof(struct pst_option) of its maker */
	void *conf;
	const struct option_origin *origins; /* one per row */
	bool only_names; /* names were wrong, and nothing else: what was given
	                  * under right ones is there */
};

struct resources;

struct options_input {
	struct arena *memory;     /* strings and lists are made in it */
	struct file_store *files; /* NULL: the table has no files */
	struct diag *diag;
	/** Strongest first; unused ones NULL. A value is taken from the first
	 *  that has it. */
	const struct conf_value *groups[OPTIONS_GROUPS_MAX];
	unsigned shared_from;    /* groups from this index on are `defaults` */
	const char *const *also; /* other names that may stand in them; NULL */
	/** Where a name that is none here belongs: "; ..." into text[size], or
	 *  false. NULL: nobody knows. */
	bool (*advise)(const void *advisor, const char *name, char *text,
	               size_t size);
	const void *advisor;
	const char *file;        /* place and name for what is missing */
	unsigned line;
	const char *path;
	uint32_t role; /* enum pst_role; 0: rows have no roles */
	bool partial;  /* required rows may be missing */
	bool strict;   /* secrets that others can read are errors */
	struct resources *resources; /* NULL: the table has no REFS */
};

/** Where something was written. */
struct place {
	const char *file;
	unsigned line;
	const char *path;
};

/** Judge who may use a file with a secret in it; reports what is wrong. False:
 *  it is an error. */
bool option_secret_ok(struct diag *d, bool strict, const struct place *at,
                      const struct pst_file *file);

/** Row `index` of a table whose maker had `stride` bytes per row, widened to
 *  ours; false behind the last. */
bool options_row(const struct pst_option *rows, uint32_t stride, unsigned index,
                 struct pst_option *row_out);
unsigned options_count(const struct pst_option *rows, uint32_t stride);

/**
 * Check the groups against the rows and fill `conf`: values, then defaults.
 * Reports everything that is wrong: unknown names (with a suggestion), types,
 * ranges, choices, units, roles, what is required, files.
 *
 * options_out  written in any case
 * Returns      0, PST_CONFIG after diagnoses, PST_MEMORY
 */
PST_MUST_CHECK int options_fill(const struct options_input *in,
                                const struct pst_option *rows, uint32_t stride,
                                void *conf, struct options *options_out);

/** The effective value of a row as it would be written, into text[size]; a
 *  secret is "(secret)", an unset one "". */
void options_show(const struct pst_option *row, const void *conf, char *text,
                  size_t size);

/** Two words over the canonical bytes of `id` and all settings, with the
 *  contents of files and of what it refers to, without ROUTE rows. */
void options_digest(const struct options *o, const char *id,
                    uint64_t digest_out[2]);
/** The first row (not ROUTE) in which two fillings of one table differ; NULL
 *  when they are equal. Borrowed from the table. */
const char *options_difference(const struct options *a,
                               const struct options *b);

/* Pure parsers, also for tests. Each returns 0 or PST_INVALID. */
PST_MUST_CHECK int option_parse_int(const char *text, int64_t *value_out);
/** Bytes: a number and k, m or g (powers of 1024), or none. */
PST_MUST_CHECK int option_parse_size(const char *text, uint64_t *value_out);
/** Milliseconds: a number and ms, s, m, h or d; only 0 needs no unit. */
PST_MUST_CHECK int option_parse_time(const char *text, uint64_t *value_out);
PST_MUST_CHECK int option_parse_bool(const char *text, bool *value_out);
void option_show_size(uint64_t value, char *text, size_t size);
void option_show_time(uint64_t value, char *text, size_t size);
/** "string", "boolean", "integer", "size", "time", "choice", "file", "list",
 *  "files", "names" */
const char *option_type_name(uint32_t type);

#endif
