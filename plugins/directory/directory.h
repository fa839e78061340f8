/* SPDX-License-Identifier: MIT */
/* What the parts of the service `directory` share. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "directory_open.h"
#include "directory_type.h"

#include <penstock/head.h>
#include <penstock/service.h>

struct directory_page {
	unsigned status;
	const char *path; /* below the root */
};

struct directory_coding {
	const char *end;  /* ".gz" */
	const char *name; /* "gzip" */
	const char *mark; /* of entity tags */
};

struct directory_conf {
	const char *root_path;
	const char *prefix;
	struct pst_list index;
	struct pst_list types;
	struct pst_list cache_control;
	struct pst_list precompressed;
	struct pst_list error_pages;
	const char *fallback;
	struct pst_list show_hidden;
	int64_t max_open_files;

	/* derived, owned */
	struct directory_root *root;
	struct directory_pair *type;  /* types.count */
	struct directory_pair *cache; /* cache_control.count; name: pattern */
	struct directory_page *page;  /* error_pages.count */
	const struct directory_coding **coding; /* precompressed.count */
	size_t prefix_length; /* without a slash at its end */
	const char *fallback_name; /* below the root; borrowed */
};

extern const struct pst_option directory_options[];

int directory_conf_init(void *conf, struct pst_setup *setup);
void directory_conf_finish(void *conf);

/** The answer to one request: a head, and a body of text or of a file. */
struct directory_answer {
	struct pst_slice *head; /* owned; NULL after it was put */
	const char *text;       /* the body, when there is no file; may be NULL */
	int fd;                 /* owned, with a place of the root; -1: none */
	uint64_t at, end;       /* what is left of the body, in the file or text */
};

/** Decide about request[...] and fill `out`. Returns 0 or PST_MEMORY; what the
 *  file system refuses is an answer. */
PST_MUST_CHECK int directory_answer(struct pst_instance *me,
                                    const struct pst_head *request,
                                    struct directory_answer *out);

/** Close the file and give its place back. */
void directory_answer_close(struct pst_instance *me,
                            struct directory_answer *a);

#endif
