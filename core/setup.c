/* SPDX-License-Identifier: MIT */
/* The core's side of struct pst_setup. */
#include "setup.h"

#include <stdio.h>
#include <string.h>

/* Where `option` was written; NULL when its default holds. */
static const struct option_origin *origin_of(const struct setup *s,
                                             const char *option)
{
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(s->options.rows, s->options.stride, i, &row);
	     i++) {
		if (strcmp(row.name, option) == 0 &&
		    s->options.origins[i].file != NULL) {
			return &s->options.origins[i];
		}
	}
	return NULL;
}

static void report(struct setup *s, enum pst_log_level level,
                   const char *option, const char *text)
{
	const struct option_origin *o =
		option == NULL ? NULL : origin_of(s, option);
	char path[512];

	if (o != NULL) {
		diag_add(s->diag, level, o->file, o->line, o->path, "%s", text);
		return;
	}
	snprintf(path, sizeof(path), "%s%s%s", s->path == NULL ? "" : s->path,
	         option == NULL ? "" : ".", option == NULL ? "" : option);
	diag_add(s->diag, level, s->file, s->line, path, "%s", text);
}

void setup_diagnose(struct pst_setup *base, enum pst_log_level level,
                    const char *option, const char *fmt, va_list ap)
{
	struct setup *s = (struct setup *)(void *)base;
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (level == PST_LOG_INFO || level == PST_LOG_DEBUG) {
		if (s->explain != NULL && option != NULL) {
			s->explain(s->explain_owner, option, text);
		}
		return;
	}
	if (level == PST_LOG_ERROR) {
		s->errors++;
	}
	if (s->diag != NULL) {
		report(s, level, option, text);
	}
}
