/* SPDX-License-Identifier: MIT */
/* What a pipeline's text says: ids of layers and the groups of their options.
 * Between pipeline_stack.c, which reads it, and pipeline.c. */
#ifndef CORE_PIPELINE_STACK_H
#define CORE_PIPELINE_STACK_H

#include "pipeline.h"

struct stack_entry {
	const char *id;
	const struct conf_value *own;    /* its group; NULL */
	const struct conf_value *around; /* the pipeline's group for it; NULL */
	const char *file;                /* where it, or what has it, stands */
	unsigned line;
	const char *path;
};

struct stack_text {
	const struct conf_value *value; /* the URL, or the pipeline's group */
	struct pst_url url;             /* text NULL: a list of layers */
	bool url_secure, url_path_only;
	struct stack_entry entries[PIPELINE_LAYERS_MAX]; /* bottom first */
	unsigned count;
	bool failed; /* something was reported */
	bool memory; /* memory ran out */
};

/** Read `value` for `role`. Reports all that is wrong with it, except what is
 *  inside of options. */
void pipeline_stack_read(const struct build *b, enum pst_role role,
                         const struct conf_value *value,
                         struct stack_text *stack_out);

#endif
