/* SPDX-License-Identifier: MIT */
/* The core's side of struct pst_setup. */
#include "setup.h"

#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int setup_begin(struct setup *s, const struct build *b, const struct place *at)
{
	s->base.core = b->core;
	s->base.now = b->world->now;
	s->base.flags = (b->world->checked ? (uint32_t)PST_SETUP_CHECKED : 0) |
	                (b->world->reload ? (uint32_t)PST_SETUP_RELOAD : 0);
	s->world = b->world;
	s->diag = b->diag;
	s->file = arena_string(b->memory, at->file == NULL ? "" : at->file);
	s->line = at->line;
	s->path = arena_string(b->memory, at->path);
	s->base.path = s->path;
	return s->file == NULL || (at->path != NULL && s->path == NULL)
	               ? PST_MEMORY
	               : PST_OK;
}

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

/* Where to complain about `option`; path[size] is lent for it. */
static struct place place_of(const struct setup *s, const char *option,
                             char *path, size_t size)
{
	const struct option_origin *o =
		option == NULL ? NULL : origin_of(s, option);

	if (o != NULL) {
		return (struct place){o->file, o->line, o->path};
	}
	snprintf(path, size, "%s%s%s", s->path == NULL ? "" : s->path,
	         option == NULL ? "" : ".", option == NULL ? "" : option);
	return (struct place){s->file, s->line, path};
}

void setup_diagnose(struct pst_setup *base, enum pst_log_level level,
                    const char *option, const char *fmt, va_list ap)
{
	struct setup *s = (struct setup *)(void *)base;
	char text[1024], path[512];
	struct place at;

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
	if (s->only_given && (option == NULL || origin_of(s, option) == NULL)) {
		return;
	}
	if (s->diag != NULL) {
		at = place_of(s, option, path, sizeof(path));
		diag_add(s->diag, level, at.file, at.line, at.path, "%s", text);
	}
}

int setup_check_secret(struct pst_setup *base, const char *option,
                       const struct pst_file *file)
{
	struct setup *s = (struct setup *)(void *)base;
	char path[512];
	struct place at;

	if (s->diag == NULL || s->world->checked || file->data == NULL) {
		return PST_OK;
	}
	at = place_of(s, option, path, sizeof(path));
	if (option_secret_ok(s->diag, s->world->strict, &at, file)) {
		return PST_OK;
	}
	s->errors++;
	return PST_CONFIG;
}

void setup_expires(struct pst_setup *base, int64_t when, const char *fmt,
                   va_list ap)
{
	const struct setup *s = (const struct setup *)(const void *)base;
	struct gateway *g = s->world->gateway;
	char text[512];
	struct expiry *more;

	/* The checker has told the supervisor. */
	if (s->diag == NULL || s->world->checked) {
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	more = reallocarray(g->expiries, g->expiry_count + 1, sizeof(*more));
	if (more == NULL) {
		g->memory->failed = true;
		return;
	}
	g->expiries = more;
	more[g->expiry_count].when = when;
	more[g->expiry_count].text = arena_string(g->memory, text);
	g->expiry_count += more[g->expiry_count].text != NULL;
}

const uint8_t *setup_seed(struct pst_setup *base)
{
	return ((const struct setup *)(const void *)base)->world->seed;
}

const void *setup_find(struct pst_setup *base, const char *extension,
                       const char *id)
{
	const struct setup *s = (const struct setup *)(const void *)base;

	return s->diag == NULL ? NULL
	                       : registry_find_extension(s->world->registry,
	                                                 extension, id);
}
