/* SPDX-License-Identifier: MIT */
/* Options that refer to resources. */
#include "option_set.h"
#include "resource.h"

void option_set_refs(struct fill *f, const struct given *g)
{
	const struct options_input *in = f->in;
	bool list = g->value != NULL && g->value->type == CONF_LIST;
	size_t i, count = list ? g->value->count : 1;
	struct pst_refs refs = {0, NULL};
	struct pst_ref *items =
		arena_array(in->memory, count + 1, sizeof(*items));

	refs.item = items;
	if (in->resources == NULL) {
		option_refuse_type(f, g);
		return;
	}
	for (i = 0; items != NULL && i < count; i++) {
		const struct conf_value *v =
			list ? g->value->children[i] : g->value;
		const struct resource_wish wish = {
			.kind = g->row->kind,
			.option = g->row->name,
			.value = v,
			.text = v != NULL && v->type == CONF_STRING ? v->string
		                : v == NULL                         ? g->text
		                                                    : NULL,
			.file = v == NULL ? in->file : v->file,
			.line = v == NULL ? in->line : v->line,
			.path = v == NULL ? in->path : v->path,
		};
		int result = resources_refer(in->resources, &wish,
		                             &items[refs.count]);

		refs.count += result == PST_OK;
		f->failed |= result == PST_CONFIG;
		f->memory |= result == PST_MEMORY;
	}
	f->memory |= items == NULL;
	option_put(f, g->row, &refs, sizeof(refs));
}
