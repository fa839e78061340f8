/* SPDX-License-Identifier: MIT */
/* Where a setting belongs that stands in the wrong place. */
#include "setting_home.h"

#include "gateway_settings.h"

#include <stdio.h>
#include <string.h>

static bool find_row(const struct pst_option *rows, uint32_t stride,
                     const char *name, struct pst_option *row_out)
{
	unsigned i;

	for (i = 0; rows != NULL && options_row(rows, stride, i, row_out);
	     i++) {
		if (strcmp(row_out->name, name) == 0) {
			return true;
		}
	}
	return false;
}

static const void *find_silently(const struct build *b, enum registry_kind kind,
                                 const char *id)
{
	return registry_find(b->registry, kind, id, NULL, NULL, 0, NULL);
}

/* Rows of the layer or endpoint `id`. */
static bool find_in(const struct build *b, const char *id, const char *name,
                    struct pst_option *row_out)
{
	const struct pst_layer *l = find_silently(b, REGISTRY_LAYER, id);
	const struct pst_endpoint *e = find_silently(b, REGISTRY_ENDPOINT, id);

	return (l != NULL &&
	        find_row(l->options, l->option_stride, name, row_out)) ||
	       (e != NULL &&
	        find_row(e->options, e->option_stride, name, row_out));
}

bool home_from_root(const char *name, char *text, size_t size)
{
	struct pst_option row;

	if (!find_row(gateway_options, sizeof(gateway_options[0]), name,
	              &row) &&
	    strcmp(name, "log") != 0 && strcmp(name, "include") != 0) {
		return false;
	}
	snprintf(text, size, "; write penstock: { %s = ...; };", name);
	return true;
}

static bool home_from_pipeline(const struct build *b, const struct pipeline *p,
                               const char *name, char *text, size_t size)
{
	const char *hop = p->role == PST_ACCEPT ? "accept" : "connect";
	struct pst_option row;
	unsigned i;

	for (i = 0; p->layers != NULL && i < p->count; i++) {
		const char *id = p->layers[i].id;

		if (id != NULL && strcmp(id, name) == 0) {
			snprintf(text, size,
			         "; write %s = { url = \"...\"; %s = { ... }; "
			         "}",
			         hop, id);
			return true;
		}
		if (id != NULL && find_in(b, id, name, &row) &&
		    (row.flags & PST_OPTION_ELSEWHERE) == 0 &&
		    (row.flags & (uint32_t)p->role) != 0) {
			snprintf(text, size,
			         "; write %s = { url = \"...\"; %s = { %s = "
			         "...; }; }",
			         hop, id, name);
			return true;
		}
	}
	return false;
}

/* A word of another gateway that a layer of the pipeline knows. */
static bool word_of_pipeline(const struct build *b, const struct pipeline *p,
                             const char *name, char *text, size_t size)
{
	const char *hop = p->role == PST_ACCEPT ? "accept" : "connect";
	struct pst_option row;
	unsigned i;

	for (i = 0; p->layers != NULL && i < p->count; i++) {
		const char *id = p->layers[i].id;

		if (id != NULL && find_in(b, id, name, &row) &&
		    (row.flags & (uint32_t)p->role) != 0) {
			snprintf(text, size,
			         "; in %s = { url = \"...\"; %s = { ... }; }, "
			         "%s",
			         hop, id, row.help);
			return true;
		}
	}
	return false;
}

typedef bool (*home_fn)(const struct build *, const struct pipeline *,
                        const char *, char *, size_t);

static bool in_pipelines(const struct build *b, const struct service_conf *s,
                         home_fn look, const char *name, char *text,
                         size_t size)
{
	unsigned i;

	for (i = 0; i < s->accept_count; i++) {
		if (look(b, s->accept[i], name, text, size)) {
			return true;
		}
	}
	for (i = 0; i < s->connect_count; i++) {
		if (look(b, s->connect[i], name, text, size)) {
			return true;
		}
	}
	return false;
}

bool home_from_service(const struct build *b, const struct service_conf *s,
                       const char *name, char *text, size_t size)
{
	struct pst_option row;

	if (find_row(hop_options, sizeof(hop_options[0]), name, &row) ||
	    strcmp(name, "url") == 0 || strcmp(name, "layers") == 0 ||
	    strcmp(name, "insert") == 0) {
		snprintf(text, size,
		         "; write it within accept = { ... } or connect = { "
		         "... }");
		return true;
	}
	return in_pipelines(b, s, home_from_pipeline, name, text, size) ||
	       in_pipelines(b, s, word_of_pipeline, name, text, size) ||
	       home_from_root(name, text, size);
}

bool home_from_hop(const struct build *b, const struct stack_text *s,
                   const char *name, char *text, size_t size)
{
	struct pst_option row;
	unsigned i;

	for (i = 0; i < s->count; i++) {
		const char *id = s->entries[i].id;

		if (!find_in(b, id, name, &row)) {
			continue;
		}
		if ((row.flags & PST_OPTION_ELSEWHERE) != 0) {
			snprintf(text, size, "; in %s = { ... }, %s", id,
			         row.help);
		} else {
			snprintf(text, size, "; write %s = { %s = ...; }", id,
			         name);
		}
		return true;
	}
	return false;
}
