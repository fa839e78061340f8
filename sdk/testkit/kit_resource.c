/* SPDX-License-Identifier: MIT */
/* Resources for REFS options: made when something refers to them. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

PST_PRINTF(3, 4)
static const struct kit_resource *refuse(const struct kit_fill *f,
                                         const struct pst_option *o,
                                         const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kit_diagnose(f->k, f->prefix, o->name, text);
	return NULL;
}

static const struct pst_resource *kind_of(const struct pst_kit *k,
                                          const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < k->params.kind_count; i++) {
		if (strcmp(k->params.kinds[i]->id, id) == 0) {
			return k->params.kinds[i];
		}
	}
	return NULL;
}

static const struct pst_kit_resource *given(const struct pst_kit *k,
                                            const char *kind, const char *name)
{
	size_t i;

	for (i = 0; i < k->params.resource_count; i++) {
		const struct pst_kit_resource *r = &k->params.resources[i];

		if (strcmp(r->kind, kind) == 0 && strcmp(r->name, name) == 0) {
			return r;
		}
	}
	return NULL;
}

/* The words for an option that refers to nothing that is there. */
static const struct kit_resource *nothing(const struct kit_fill *f,
                                          const struct pst_option *o,
                                          const char *value)
{
	const struct pst_kit_params *p = &f->k->params;
	char names[256] = "";
	size_t i, at = 0;

	for (i = 0; i < p->resource_count && at < sizeof(names); i++) {
		if (strcmp(p->resources[i].kind, o->kind) == 0) {
			at += (size_t)snprintf(names + at, sizeof(names) - at,
			                       "%s%s", at == 0 ? "" : ", ",
			                       p->resources[i].name);
		}
	}
	return refuse(f, o, "\"%s\" is not one of %s: %s", value, o->kind,
	              names);
}

static int fill_and_init(struct pst_kit *k, struct kit_resource *r,
                         const char *const *options)
{
	const struct kit_fill f = {.k = k,
	                           .rows = r->kind->options,
	                           .stride = r->kind->option_stride,
	                           .given = options,
	                           .conf = r->conf,
	                           .prefix = r->path};
	unsigned before;
	int err;

	if (kit_options_fill(&f) != 0) {
		return PST_CONFIG;
	}
	r->begun = true;
	before = k->diagnoses.count;
	err = r->kind->conf_init == NULL
	              ? 0
	              : r->kind->conf_init(r->conf, &r->setup.s);
	if (err != 0 && k->diagnoses.count == before) {
		kit_violate(k, "conf_init of %s: failed without pst_error",
		            r->path);
	}
	return err;
}

static struct kit_resource *make(struct pst_kit *k,
                                 const struct pst_resource *kind,
                                 const char *key, const char *const *options)
{
	struct kit_resource *r = kit_alloc(sizeof(*r));
	size_t size = strlen(kind->id) + strlen(key) + 2;

	r->kind = kind;
	r->key = kit_text(key, strlen(key));
	r->path = kit_alloc(size);
	snprintf(r->path, size, "%s.%s", kind->id,
	         key[0] == '@' ? key + 1 : key);
	r->conf = kit_alloc(kind->conf_size);
	r->setup.kit = k;
	r->setup.resource = true;
	r->setup.s.core = &k->core;
	r->setup.s.path = r->path;
	r->setup.s.conf = r->conf;
	r->setup.s.now = k->setup.s.now;
	r->setup.s.flags = k->setup.s.flags;
	r->failed = fill_and_init(k, r, options) != 0;
	r->next = k->resources;
	k->resources = r;
	return r;
}

static const struct kit_resource *find(const struct pst_kit *k,
                                       const struct pst_resource *kind,
                                       const char *key)
{
	const struct kit_resource *r = k->resources;

	while (r != NULL && (r->kind != kind || strcmp(r->key, key) != 0)) {
		r = r->next;
	}
	return r;
}

const struct kit_resource *kit_refer(const struct kit_fill *f,
                                     const struct pst_option *o,
                                     const char *value)
{
	const char *name = value[0] == '@' ? value + 1 : value;
	const struct pst_resource *kind = kind_of(f->k, o->kind);
	const char *one[] = {NULL, value, NULL};
	const struct pst_kit_resource *g;
	const struct kit_resource *r;

	if (kind == NULL) {
		return refuse(f, o, "the kit has no kind of resource \"%s\"",
		              o->kind == NULL ? "" : o->kind);
	}
	r = find(f->k, kind, value);
	if (r != NULL) {
		return r->failed ? NULL : r;
	}
	g = given(f->k, kind->id, name);
	if (g != NULL) {
		r = make(f->k, kind, value, g->options);
	} else if (kind->word_option != NULL &&
	           strcmp(kind->word_option, value) == 0) {
		one[0] = kind->word_option;
		one[1] = "true";
		r = make(f->k, kind, value, one);
	} else if (kind->path_option != NULL && strpbrk(value, "./") != NULL) {
		one[0] = kind->path_option;
		r = make(f->k, kind, value, one);
	} else {
		return nothing(f, o, value);
	}
	return r->failed ? NULL : r;
}

void kit_resources_explain(struct pst_kit *k)
{
	struct kit_resource *r;

	for (r = k->resources; r != NULL; r = r->next) {
		if (!r->failed && r->kind->conf_explain != NULL) {
			r->kind->conf_explain(r->conf, &r->setup.s);
		}
	}
}

void kit_resources_finish(struct pst_kit *k)
{
	struct kit_resource *r;

	while ((r = k->resources) != NULL) {
		k->resources = r->next;
		if (r->begun && r->kind->conf_finish != NULL) {
			r->kind->conf_finish(r->conf);
		}
		free(r->conf);
		free(r->path);
		free(r->key);
		free(r);
	}
}
