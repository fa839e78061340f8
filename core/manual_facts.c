/* SPDX-License-Identifier: MIT */
/* What layers and services count, and what layers tell the log. */
#include "manual_facts.h"

#include "manual_text.h"
#include "rows.h"

void manual_metrics(FILE *out, const char *what, const char *id,
                    const struct pst_metric *all, uint32_t stride)
{
	const struct pst_metric *m;
	unsigned i;

	if (all == NULL || all->name == NULL) {
		return;
	}
	fputs(".PP\nCounters:\n", out);
	for (i = 0; (m = row_at(all, stride, i))->name != NULL; i++) {
		fputs(".TP\n\\fB", out);
		manual_text(out, what);
		fputc('.', out);
		manual_text(out, id);
		fputc('.', out);
		manual_text(out, m->name);
		fputs(m->gauge != 0 ? "\\fR (up and down)\n" : "\\fR\n", out);
		manual_text(out, m->help == NULL ? "" : m->help);
		fputc('\n', out);
	}
}

void manual_attributes(FILE *out, const struct pst_attribute *all,
                       uint32_t stride)
{
	const struct pst_attribute *a;
	unsigned i;

	if (all == NULL || all->key == NULL) {
		return;
	}
	fputs(".PP\nAttributes:\n", out);
	for (i = 0; (a = row_at(all, stride, i))->key != NULL; i++) {
		fputs(".TP\n\\fB", out);
		manual_text(out, a->key);
		fputs((a->flags & PST_ATTRIBUTE_LOG) != 0
		              ? "\\fR (in log lines)\n"
		              : "\\fR\n",
		      out);
		manual_text(out, a->help == NULL ? "" : a->help);
		fputc('\n', out);
	}
}
