/* SPDX-License-Identifier: MIT */
/* The option reference, generated from the option tables, as man(7) source. */
#include "manual.h"

#include "gateway_settings.h"
#include "manual_facts.h"
#include "manual_text.h"
#include "options.h"
#include "pipeline.h"

#include <stdlib.h>
#include <string.h>

static void put_number(FILE *out, const struct pst_option *row, int64_t value)
{
	char text[32];

	if (row->type == PST_OPTION_SIZE) {
		option_show_size((uint64_t)value, text, sizeof(text));
	} else if (row->type == PST_OPTION_TIME) {
		option_show_time((uint64_t)value, text, sizeof(text));
	} else {
		snprintf(text, sizeof(text), "%lld", (long long)value);
	}
	manual_text(out, text);
}

static void put_range(FILE *out, const struct pst_option *row)
{
	bool open_end = row->max == 0 && row->min >= 0;

	if (row->min == 0 && row->max == 0) {
		return;
	}
	if (open_end || row->max == INT64_MAX) {
		if (row->min != 0) {
			fputs(", at least ", out);
			put_number(out, row, row->min);
		}
		return;
	}
	fputs(", ", out);
	put_number(out, row, row->min);
	fputs(" to ", out);
	put_number(out, row, row->max);
}

static void put_type(FILE *out, const struct pst_option *row)
{
	size_t i;

	if (row->type != PST_OPTION_ENUM || row->choices == NULL) {
		fputs(option_type_name(row->type), out);
		if (row->type == PST_OPTION_REFS && row->kind != NULL) {
			fputs(" of ", out);
			manual_text(out, row->kind);
		}
		put_range(out, row);
		return;
	}
	for (i = 0; row->choices[i] != NULL; i++) {
		fputs(i == 0 ? "" : " | ", out);
		manual_text(out, row->choices[i]);
	}
}

static void put_flags(FILE *out, const struct pst_option *row)
{
	uint32_t roles = row->flags & PST_BOTH_HOPS;

	if (roles == PST_OPTION_ACCEPT) {
		fputs("; accept only", out);
	} else if (roles == PST_OPTION_CONNECT) {
		fputs("; connect only", out);
	}
	if ((row->flags & PST_OPTION_REQUIRED) != 0) {
		fputs("; required", out);
	}
	if ((row->flags & PST_OPTION_SECRET) != 0) {
		fputs("; secret", out);
	}
	if (row->initial != NULL) {
		fputs("; default ", out);
		manual_text(out, row->initial);
	}
}

static void put_row(FILE *out, const struct pst_option *row)
{
	fputs(".TP\n\\fB", out);
	manual_text(out, row->name);
	fputs("\\fR (", out);
	put_type(out, row);
	put_flags(out, row);
	fputs(")\n", out);
	manual_text(out, row->help == NULL ? "" : row->help);
	fputc('\n', out);
}

static void put_title(FILE *out, const char *title, const char *help)
{
	fputs(".SS ", out);
	manual_text(out, title);
	fputc('\n', out);
	if (help != NULL) {
		manual_text(out, help);
		fputc('\n', out);
	}
}

static void put_rows(FILE *out, const struct pst_option *rows, uint32_t stride)
{
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(rows, stride, i, &row); i++) {
		if ((row.flags & PST_OPTION_ELSEWHERE) == 0) {
			put_row(out, &row);
		}
	}
}

void manual_table(FILE *out, const char *title, const char *help,
                  const struct pst_option *rows, uint32_t stride)
{
	put_title(out, title, help);
	put_rows(out, rows, stride);
}

/* -- what plugins offer ------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* Owned array of `*count_out` borrowed ids, sorted; NULL: none, or memory. */
static const char **sorted_ids(struct registry *r, enum registry_kind kind,
                               size_t *count_out)
{
	const char **ids;
	size_t i, n = 0;

	while (registry_id(r, kind, n) != NULL) {
		n++;
	}
	ids = n == 0 ? NULL : calloc(n, sizeof(*ids));
	*count_out = ids == NULL ? 0 : n;
	for (i = 0; i < *count_out; i++) {
		ids[i] = registry_id(r, kind, i);
	}
	if (ids != NULL) {
		qsort(ids, n, sizeof(*ids), compare);
	}
	return ids;
}

static void put_endpoint(FILE *out, const struct pst_endpoint *e)
{
	char title[128];

	snprintf(title, sizeof(title), "Endpoint %s", e->id);
	manual_table(out, title, e->help, e->options, e->option_stride);
}

static void put_layer(FILE *out, const struct pst_layer *l)
{
	char title[128];

	snprintf(title, sizeof(title), "Layer %s", l->id);
	manual_table(out, title, l->help, l->options, l->option_stride);
	manual_metrics(out, "layer", l->id, l->metrics, l->metric_stride);
	manual_attributes(out, l->attributes, l->attribute_stride);
}

static void put_service(FILE *out, const struct pst_service *s)
{
	char title[128];

	snprintf(title, sizeof(title), "Service type %s", s->id);
	manual_table(out, title, s->help, s->options, s->option_stride);
	manual_metrics(out, "service-type", s->id, s->metrics,
	               s->metric_stride);
}

static void put_signer(FILE *out, const struct pst_signer *s)
{
	fputs(".TP\n\\fB", out);
	manual_text(out, s->id);
	fputs("\\fR\n", out);
	manual_text(out, s->help == NULL ? "" : s->help);
	fputc('\n', out);
}

/* How an option may refer to one. */
static void put_ways(FILE *out, const struct pst_resource *k)
{
	fprintf(out,
	        "The list \\fB%s\\fR stands beside \\fBservices\\fR: groups "
	        "with a \\fBname\\fR of a\\-z, 0\\-9 and \\-, and the options "
	        "below. An option of the type \"names of %s\" takes one or a "
	        "list of: such a name; a group with these options, in place",
	        k->id, k->id);
	if (k->path_option != NULL) {
		fputs("; a path, which has a dot or a slash in it, for \\fB",
		      out);
		manual_text(out, k->path_option);
		fputs("\\fR", out);
	}
	if (k->word_option != NULL) {
		fputs("; the word \\fB", out);
		manual_text(out, k->word_option);
		fputs("\\fR", out);
	}
	fputs(".\n", out);
}

static void put_resource(FILE *out, const struct pst_resource *k)
{
	char title[128];

	snprintf(title, sizeof(title), "List %s", k->id);
	put_title(out, title, k->help);
	put_ways(out, k);
	put_rows(out, k->options, k->option_stride);
}

static void put_scheme(FILE *out, const struct pst_scheme *s)
{
	size_t i;

	fputs(".TP\n\\fB", out);
	manual_text(out, s->name);
	fputs("\\fR (", out);
	for (i = 0; s->layers[i] != NULL; i++) {
		fputs(i == 0 ? "" : ", ", out);
		manual_text(out, s->layers[i]);
	}
	if (s->default_port != 0) {
		fprintf(out, "; port %u", s->default_port);
	}
	fputs(")\n", out);
	manual_text(out, s->help == NULL ? "" : s->help);
	fputc('\n', out);
}

static void put_record(FILE *out, enum registry_kind kind, const void *record)
{
	switch (kind) {
	case REGISTRY_ENDPOINT:
		put_endpoint(out, record);
		return;
	case REGISTRY_LAYER:
		put_layer(out, record);
		return;
	case REGISTRY_SERVICE:
		put_service(out, record);
		return;
	case REGISTRY_SCHEME:
		put_scheme(out, record);
		return;
	case REGISTRY_RESOURCE:
		put_resource(out, record);
		return;
	case REGISTRY_SIGNER:
		put_signer(out, record);
		return;
	case REGISTRY_MUX:   /* told as a layer */
	case REGISTRY_ROUTE: /* likewise */
	case REGISTRY_KINDS:
		return;
	}
}

static void put_kind(FILE *out, struct registry *r, enum registry_kind kind)
{
	const void *record;
	const char **ids;
	size_t i, count;

	ids = sorted_ids(r, kind, &count);
	for (i = 0; i < count; i++) {
		record = registry_find(r, kind, ids[i], NULL, NULL, 0, NULL);
		if (record != NULL) {
			put_record(out, kind, record);
		}
	}
	free(ids);
}

void manual_print(FILE *out, struct registry *r)
{
	const uint32_t stride = sizeof(struct pst_option);

	manual_table(out, "The penstock group", "The whole process.",
	             gateway_options, stride);
	manual_table(out, "The log group in penstock", "Where log lines go.",
	             gateway_log_options, stride);
	manual_table(out, "Options of a hop",
	             "They stand in accept and connect themselves.",
	             hop_options, stride);
	put_kind(out, r, REGISTRY_RESOURCE);
	put_kind(out, r, REGISTRY_ENDPOINT);
	put_kind(out, r, REGISTRY_LAYER);
	put_kind(out, r, REGISTRY_SERVICE);
	fputs(".SS URL schemes\n", out);
	put_kind(out, r, REGISTRY_SCHEME);
	if (registry_id(r, REGISTRY_SIGNER, 0) != NULL) {
		fputs(".SS Signers\n", out);
		put_kind(out, r, REGISTRY_SIGNER);
	}
}
