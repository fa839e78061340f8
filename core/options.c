/* SPDX-License-Identifier: MIT */
/* Option rows at work: from values to a filled struct. */
#include "options.h"

#include "option_set.h"
#include "suggest.h"

#include <penstock/instance.h>
#include <string.h>

_Static_assert((int)PST_OPTION_ACCEPT == (int)PST_ACCEPT &&
                       (int)PST_OPTION_CONNECT == (int)PST_CONNECT,
               "roles of rows are roles of hops");

bool options_row(const struct pst_option *rows, uint32_t stride, unsigned index,
                 struct pst_option *row_out)
{
	size_t known = stride < sizeof(*row_out) ? stride : sizeof(*row_out);

	if (rows == NULL || stride < sizeof(row_out->name)) {
		return false;
	}
	memset(row_out, 0, sizeof(*row_out));
	memcpy(row_out, (const char *)rows + (size_t)stride * index, known);
	return row_out->name != NULL;
}

unsigned options_count(const struct pst_option *rows, uint32_t stride)
{
	struct pst_option row;
	unsigned n = 0;

	while (options_row(rows, stride, n, &row)) {
		n++;
	}
	return n;
}

static bool row_applies(const struct pst_option *row, uint32_t role)
{
	uint32_t roles = row->flags & PST_BOTH_HOPS;

	return role == 0 || roles == 0 || (roles & role) != 0;
}

/* -- rows -------------------------------------------------------------- */

static void note_origin(struct fill *f, unsigned row,
                        const struct conf_value *v, unsigned group)
{
	struct option_origin *o = &f->origins[row];

	o->file = arena_string(f->in->memory, v->file == NULL ? "" : v->file);
	o->path = arena_string(f->in->memory, v->path);
	o->line = v->line;
	o->shared = group >= f->in->shared_from;
	f->memory |= o->file == NULL;
}

/* Weakest first: what is overridden is checked too. */
static bool fill_given(struct fill *f, const struct pst_option *row,
                       unsigned index)
{
	struct given g = {row, NULL, NULL};
	unsigned i = OPTIONS_GROUPS_MAX;
	bool any = false;

	while (i-- > 0) {
		g.value = conf_get(f->in->groups[i], row->name);
		if (g.value == NULL || !row_applies(row, f->in->role)) {
			continue;
		}
		g.text = g.value->type == CONF_STRING ? g.value->string : NULL;
		option_set(f, &g);
		note_origin(f, index, g.value, i);
		any = true;
	}
	return any;
}

/* The row named `name` that is for this hop: an option may have two rows, one
 * for each hop, that differ in their defaults. */
static bool find_row(const struct fill *f, const char *name,
                     struct pst_option *row_out)
{
	bool found = false;
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(f->rows, f->stride, i, &row); i++) {
		if (strcmp(row.name, name) != 0) {
			continue;
		}
		if (!found || row_applies(&row, f->in->role)) {
			*row_out = row;
		}
		found = true;
	}
	return found;
}

static bool is_for_other_hop(const struct fill *f, const struct pst_option *row)
{
	struct pst_option twin;

	return !row_applies(row, f->in->role) &&
	       find_row(f, row->name, &twin) && row_applies(&twin, f->in->role);
}

static void fill_row(struct fill *f, const struct pst_option *row,
                     unsigned index)
{
	const struct options_input *in = f->in;
	struct given g = {row, NULL, row->initial};

	if (is_for_other_hop(f, row) ||
	    (row->flags & PST_OPTION_ELSEWHERE) != 0) {
		return;
	}

	/* what it refers to would be made for nothing */
	if (row->type == PST_OPTION_REFS && !row_applies(row, in->role)) {
		return;
	}
	if (row->initial != NULL) {
		option_set(f, &g);
	}
	if (fill_given(f, row, index) || row->initial != NULL || in->partial) {
		return;
	}
	if ((row->flags & PST_OPTION_REQUIRED) != 0 &&
	    row_applies(row, in->role)) {
		f->failed = true;
		diag_add(in->diag, PST_LOG_ERROR, in->file, in->line, in->path,
		         "%s is missing: %s", row->name,
		         row->help == NULL ? "it must be set" : row->help);
	}
}

/* -- names ------------------------------------------------------------- */

static void refuse_name(struct fill *f, const struct conf_value *v)
{
	const char *const *also = f->in->also;
	struct pst_option row;
	struct suggestion s;
	char hint[256];
	unsigned i;

	suggest_init(&s, v->name);
	for (i = 0; options_row(f->rows, f->stride, i, &row); i++) {
		if (row_applies(&row, f->in->role) &&
		    (row.flags & PST_OPTION_ELSEWHERE) == 0) {
			suggest_try(&s, row.name);
		}
	}
	for (; also != NULL && *also != NULL; also++) {
		suggest_try(&s, *also);
	}
	if (f->in->advise == NULL ||
	    !f->in->advise(f->in->advisor, v->name, hint, sizeof(hint))) {
		suggest_hint(&s, hint, sizeof(hint));
	}
	f->failed = true;
	diag_add(f->in->diag, PST_LOG_ERROR, v->file, v->line, v->path,
	         "there is no setting \"%s\" here%s", v->name, hint);
}

static void check_name(struct fill *f, const struct conf_value *v)
{
	const char *const *also = f->in->also;
	struct pst_option row;

	if (!find_row(f, v->name, &row)) {
		for (; also != NULL && *also != NULL; also++) {
			if (strcmp(*also, v->name) == 0) {
				return;
			}
		}
		refuse_name(f, v);
	} else if ((row.flags & PST_OPTION_ELSEWHERE) != 0) {
		f->failed = true;
		diag_add(f->in->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "there is no setting \"%s\" here; %s", v->name,
		         row.help);
	} else if (!row_applies(&row, f->in->role)) {
		f->failed = true;
		diag_add(f->in->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "\"%s\" is a setting for the %s hop only", v->name,
		         (row.flags & PST_OPTION_ACCEPT) != 0 ? "accept"
		                                              : "connect");
	}
}

static void check_names(struct fill *f, const struct conf_value *group)
{
	size_t i;

	if (group == NULL) {
		return;
	}
	if (group->type != CONF_GROUP) {
		f->failed = true;
		diag_add(f->in->diag, PST_LOG_ERROR, group->file, group->line,
		         group->path,
		         "must be a group, { name = value; ... }, and is %s",
		         conf_type_name(group->type));
		return;
	}
	for (i = 0; i < group->count; i++) {
		check_name(f, group->children[i]);
	}
}

int options_fill(const struct options_input *in, const struct pst_option *rows,
                 uint32_t stride, void *conf, struct options *options_out)
{
	struct fill f = {in, rows, stride, conf, NULL, false, false};
	struct pst_option row;
	bool names;
	unsigned i;

	f.origins = arena_array(in->memory, options_count(rows, stride) + 1,
	                        sizeof(*f.origins));
	memset(options_out, 0, sizeof(*options_out));
	if (f.origins == NULL) {
		return PST_MEMORY;
	}
	options_out->rows = rows;
	options_out->stride = stride;
	options_out->conf = conf;
	options_out->origins = f.origins;
	for (i = 0; i < OPTIONS_GROUPS_MAX; i++) {
		check_names(&f, in->groups[i]);
	}
	names = f.failed;
	f.failed = false;
	for (i = 0; options_row(rows, stride, i, &row); i++) {
		fill_row(&f, &row, i);
	}
	options_out->only_names = names && !f.failed;
	if (f.memory) {
		return PST_MEMORY;
	}
	return names || f.failed ? PST_CONFIG : PST_OK;
}
