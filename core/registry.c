/* SPDX-License-Identifier: MIT */
/* What the plugins offer, by id: plugins are loaded when they are needed. */
#include "registry.h"

#include "registry_state.h"
#include "suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RECORDS_MAX 1024u /* of one extension in one plugin */

/* Where a diagnosis of registry_find belongs. */
struct place {
	struct diag *d;
	const char *file;
	unsigned line;
	const char *setting;
};

PST_PRINTF(2, 3)
static void place_error(const struct place *at, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	if (at->d == NULL) {
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(at->d, PST_LOG_ERROR, at->file, at->line, at->setting, "%s",
	         text);
}

static void not_found(const struct registry *r, enum registry_kind kind,
                      const char *id, const struct place *at)
{
	struct suggestion s;
	char looked[1024] = "", hint[128];
	size_t i, length = 0;

	suggest_init(&s, id);
	for (i = 0; i < r->offer_count; i++) {
		if (r->offers[i].kind == kind) {
			suggest_try(&s, r->offers[i].id);
		}
	}
	for (i = 0; i < r->folder_count && length < sizeof(looked); i++) {
		length += (size_t)snprintf(looked + length,
		                           sizeof(looked) - length, "%s%s",
		                           i == 0 ? "" : ", ", r->folders[i]);
	}
	place_error(at, "no plugin offers %s \"%s\"%s (looked in %s)",
	            registry_kinds[kind].shown, id,
	            suggest_hint(&s, hint, sizeof(hint)),
	            r->folder_count == 0 ? "no folder" : looked);
}

static int object_init(struct registry *r, struct plugin_object *o)
{
	int result;

	registry_note(r, "init of plugin %s", plugin_object_name(o));
	result = plugin_object_init(o, r->core);
	registry_note(r, NULL);
	return result;
}

static int object_ready(struct registry *r, struct plugin_object *o)
{
	int result;

	registry_note(r, "loading of plugin %s", plugin_object_name(o));
	result = plugin_object_load(o);
	registry_note(r, NULL);
	if (result == PST_OK && r->core != NULL) {
		result = object_init(r, o);
	}
	return result;
}

static const char *record_id(const struct kind *k, const void *record)
{
	const char *id;

	memcpy(&id, (const char *)record + k->id_offset, sizeof(id));
	return id;
}

static const void *record_get(const struct offer *f)
{
	const struct kind *k = &registry_kinds[f->kind];
	const struct pst_plugin *p = f->object->plugin;
	uint32_t n;

	for (n = 0; n < RECORDS_MAX; n++) {
		const void *record = p->get(k->extension, n);
		uint32_t size;

		if (record == NULL) {
			return NULL;
		}
		memcpy(&size, record, sizeof(size));
		if (size >= k->size && record_id(k, record) != NULL &&
		    strcmp(record_id(k, record), f->id) == 0) {
			return record;
		}
	}
	return NULL;
}

const void *registry_find(struct registry *r, enum registry_kind kind,
                          const char *id, struct diag *d, const char *file,
                          unsigned line, const char *setting)
{
	const struct place at = {d, file, line, setting};
	struct offer *f = registry_offer(r, kind, id);

	if (f == NULL) {
		not_found(r, kind, id, &at);
		return NULL;
	}
	if (f->record != NULL) {
		return f->record;
	}
	if (object_ready(r, f->object) != PST_OK) {
		place_error(&at, "%s \"%s\": the plugin %s",
		            registry_kinds[kind].shown, id, f->object->refused);
		return NULL;
	}
	registry_note(r, "plugin %s", plugin_object_name(f->object));
	f->record = record_get(f);
	registry_note(r, NULL);
	if (f->record == NULL) {
		place_error(&at,
		            "%s \"%s\": the plugin %s promises it in its note "
		            "but has no such record of %zu bytes",
		            registry_kinds[kind].shown, id,
		            plugin_object_name(f->object),
		            registry_kinds[kind].size);
	}
	return f->record;
}

static const char *first_id(const struct registry *r, enum registry_kind kind)
{
	const char *best = NULL;
	size_t i;

	for (i = 0; i < r->offer_count; i++) {
		const struct offer *f = &r->offers[i];

		if (f->kind == kind &&
		    (best == NULL || strcmp(f->id, best) < 0)) {
			best = f->id;
		}
	}
	return best;
}

const void *registry_find_extension(struct registry *r, const char *extension,
                                    const char *id)
{
	unsigned k;

	for (k = 0; k < REGISTRY_KINDS; k++) {
		enum registry_kind kind = (enum registry_kind)k;
		const char *wanted = id == NULL ? first_id(r, kind) : id;

		if (strcmp(registry_kinds[k].extension, extension) == 0) {
			return wanted == NULL
			               ? NULL
			               : registry_find(r, kind, wanted, NULL,
			                               NULL, 0, NULL);
		}
	}
	return NULL;
}

const char *registry_id(const struct registry *r, enum registry_kind kind,
                        size_t n)
{
	size_t i;

	for (i = 0; i < r->offer_count; i++) {
		if (r->offers[i].kind == kind && n-- == 0) {
			return r->offers[i].id;
		}
	}
	return NULL;
}

bool registry_plugin(const struct registry *r, size_t n,
                     struct registry_plugin *out)
{
	const struct plugin_object *o;

	if (n >= r->object_count) {
		return false;
	}
	o = r->objects[n];
	out->path = o->path;
	out->provides = o->provides;
	out->refused = o->refused[0] == '\0' ? NULL : o->refused;
	out->loaded = o->plugin;
	return true;
}

/* -- init, finish, notes ----------------------------------------------- */

int registry_init_plugins(struct registry *r, const struct pst_core *core,
                          struct diag *d)
{
	const struct place at = {.d = d};
	size_t i;
	int result = PST_OK;

	r->core = core;
	for (i = 0; i < r->object_count; i++) {
		struct plugin_object *o = r->objects[i];

		if (o->plugin != NULL && object_init(r, o) != PST_OK) {
			place_error(&at, "the plugin %s", o->refused);
			result = PST_CONFIG;
		}
	}
	return result;
}

void registry_finish_plugins(struct registry *r)
{
	size_t i;

	for (i = 0; i < r->object_count; i++) {
		plugin_object_finish(r->objects[i]);
	}
}

void registry_note_in(struct registry *r, char *note, size_t size)
{
	r->note = note;
	r->note_size = size;
}

void registry_note(struct registry *r, const char *fmt, ...)
{
	va_list ap;

	if (r->note == NULL) {
		return;
	}
	va_start(ap, fmt);
	if (fmt == NULL) {
		r->note[0] = '\0';
	} else {
		vsnprintf(r->note, r->note_size, fmt, ap);
	}
	va_end(ap);
}
