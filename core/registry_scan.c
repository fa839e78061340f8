/* SPDX-License-Identifier: MIT */
/* What the plugins offer, by id: plugins are found by their notes. */
#include "registry.h"

#include "registry_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PST_PLUGIN_DIR
#define PST_PLUGIN_DIR "/usr/lib/penstock/plugins"
#endif

const struct kind registry_kinds[REGISTRY_KINDS] = {
	[REGISTRY_LAYER] = {"layer", "layer", PST_EXTENSION_LAYER,
                            offsetof(struct pst_layer, id),
                            sizeof(struct pst_layer)},
	[REGISTRY_MUX] = {"mux", "mux", PST_EXTENSION_MUX,
                          offsetof(struct pst_mux, id), sizeof(struct pst_mux)},
	[REGISTRY_SCHEME] = {"scheme", "scheme", PST_EXTENSION_SCHEME,
                             offsetof(struct pst_scheme, name),
                             sizeof(struct pst_scheme)},
	[REGISTRY_SERVICE] = {"service", "service type", PST_EXTENSION_SERVICE,
                              offsetof(struct pst_service, id),
                              sizeof(struct pst_service)},
	[REGISTRY_ENDPOINT] = {"endpoint", "endpoint", PST_EXTENSION_ENDPOINT,
                               offsetof(struct pst_endpoint, id),
                               sizeof(struct pst_endpoint)},
	[REGISTRY_RESOURCE] = {"resource", "kind of resource",
                               PST_EXTENSION_RESOURCE,
                               offsetof(struct pst_resource, id),
                               sizeof(struct pst_resource)},
	[REGISTRY_ROUTE] = {"route", "route", PST_EXTENSION_ROUTE,
                            offsetof(struct pst_route, layer),
                            sizeof(struct pst_route)},
	[REGISTRY_SIGNER] = {"signer", "signer", PST_EXTENSION_SIGNER,
                             offsetof(struct pst_signer, id),
                             sizeof(struct pst_signer)},
};

static void report(struct diag *d, enum pst_log_level level, const char *text)
{
	if (d != NULL) {
		diag_add(d, level, NULL, 0, NULL, "%s", text);
	}
}

static void no_memory(struct diag *d)
{
	report(d, PST_LOG_ERROR, "out of memory while plugins are looked up");
}

/* -- what notes offer -------------------------------------------------- */

/* A list of resources stands beside these. */
static bool is_taken(const char *id)
{
	return strcmp(id, "penstock") == 0 || strcmp(id, "defaults") == 0 ||
	       strcmp(id, "services") == 0;
}

static bool id_ok(enum registry_kind kind, const char *id)
{
	const char *more = kind == REGISTRY_SCHEME ? "+.-" : "-";
	const char *p = id;

	if (kind == REGISTRY_RESOURCE && is_taken(id)) {
		return false;
	}
	if (*p < 'a' || *p > 'z') {
		return false;
	}
	while ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
	       (*p != '\0' && strchr(more, *p) != NULL)) {
		p++;
	}
	return *p == '\0';
}

struct offer *registry_offer(const struct registry *r, enum registry_kind kind,
                             const char *id)
{
	size_t i;

	for (i = 0; i < r->offer_count; i++) {
		if (r->offers[i].kind == kind &&
		    strcmp(r->offers[i].id, id) == 0) {
			return &r->offers[i];
		}
	}
	return NULL;
}

static void offer_twice(const struct offer *first,
                        const struct plugin_object *second, struct diag *d)
{
	if (d != NULL) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "%s \"%s\" is offered by %s and by %s; remove one",
		         registry_kinds[first->kind].shown, first->id,
		         plugin_object_name(first->object),
		         plugin_object_name(second));
	}
}

static int offer_append(struct registry *r, enum registry_kind kind,
                        const char *id, struct plugin_object *o, struct diag *d)
{
	const struct offer *there = registry_offer(r, kind, id);
	struct offer *more;

	if (there != NULL) {
		offer_twice(there, o, d);
		return PST_CONFIG;
	}
	more = reallocarray(r->offers, r->offer_count + 1, sizeof(*more));
	if (more == NULL) {
		return PST_MEMORY;
	}
	r->offers = more;
	more += r->offer_count;
	*more = (struct offer){.kind = kind, .id = strdup(id), .object = o};
	if (more->id == NULL) {
		return PST_MEMORY;
	}
	r->offer_count++;
	return PST_OK;
}

/* One "kind:id" of a note. */
static int offer_word(struct registry *r, char *word, struct plugin_object *o,
                      struct diag *d)
{
	char *colon = strchr(word, ':');
	unsigned k;

	if (colon != NULL) {
		*colon = '\0';
		for (k = 0; k < REGISTRY_KINDS; k++) {
			if (strcmp(registry_kinds[k].word, word) == 0 &&
			    id_ok((enum registry_kind)k, colon + 1)) {
				return offer_append(r, (enum registry_kind)k,
				                    colon + 1, o, d);
			}
		}
		*colon = ':';
	}
	if (o->refused[0] == '\0') {
		plugin_object_refuse(
			o,
			"is refused: its note offers \"%s\", which is not a "
			"kind and an id",
			word);
	}
	return PST_OK;
}

static int offer_all(struct registry *r, struct plugin_object *o,
                     struct diag *d)
{
	char text[PST_NOTE_TEXT_MAX + 1], *save = NULL, *word;
	int result = PST_OK;

	snprintf(text, sizeof(text), "%s", o->provides);
	for (word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		int one = offer_word(r, word, o, d);

		result = one != PST_OK ? one : result;
	}
	return result;
}

/* Takes ownership of `o`, also on failure. */
static int object_append(struct registry *r, struct plugin_object *o,
                         struct diag *d)
{
	struct plugin_object **more;
	int result;

	more = reallocarray(r->objects, r->object_count + 1, sizeof(*more));
	if (more == NULL) {
		plugin_object_destroy(o);
		return PST_MEMORY;
	}
	r->objects = more;
	more[r->object_count++] = o;
	result = offer_all(r, o, d);
	if (o->refused[0] != '\0') {
		report(d, PST_LOG_WARNING, o->refused);
	}
	return result;
}

/* -- folders ----------------------------------------------------------- */

static int is_object_name(const struct dirent *entry)
{
	const size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 3 &&
	       strcmp(entry->d_name + length - 3, ".so") == 0;
}

static bool is_hidden(const struct registry *r, const char *name, size_t before)
{
	size_t i;

	for (i = 0; i < before; i++) {
		const char *path = r->objects[i]->shown;

		if (path != NULL && strcmp(strrchr(path, '/') + 1, name) == 0) {
			return true;
		}
	}
	return false;
}

static int folder_add(struct registry *r, const char *folder, struct diag *d)
{
	const size_t before = r->object_count;
	struct dirent **names;
	int i, n, result = PST_OK;

	n = scandir(folder, &names, is_object_name, alphasort);
	if (n < 0 && errno != ENOENT && d != NULL) {
		diag_add(d, PST_LOG_WARNING, folder, 0, NULL,
		         "the folder of plugins cannot be read: %s",
		         strerror(errno));
	}
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		struct plugin_object *o;
		int one;

		if (result == PST_MEMORY || is_hidden(r, name, before)) {
			free(names[i]);
			continue;
		}
		o = plugin_object_create(folder, name);
		one = o == NULL ? PST_MEMORY : object_append(r, o, d);
		result = one != PST_OK ? one : result;
		free(names[i]);
	}
	if (n >= 0) {
		free(names);
	}
	return result;
}

static int folder_remember(struct registry *r, const char *folder)
{
	char **more =
		reallocarray(r->folders, r->folder_count + 1, sizeof(*more));

	if (more == NULL) {
		return PST_MEMORY;
	}
	r->folders = more;
	more[r->folder_count] = strdup(folder);
	if (more[r->folder_count] == NULL) {
		return PST_MEMORY;
	}
	r->folder_count++;
	return PST_OK;
}

struct registry *registry_create(const char *const *folders, size_t count,
                                 struct diag *d)
{
	struct registry *r = calloc(1, sizeof(*r));
	size_t i;
	int result = r == NULL ? PST_MEMORY : PST_OK;

	for (i = 0; i < count && result != PST_MEMORY; i++) {
		result = folder_remember(r, folders[i]);
		if (result != PST_MEMORY) {
			result = folder_add(r, folders[i], d);
		}
	}
	if (result == PST_MEMORY) {
		no_memory(d);
		registry_destroy(r);
		return NULL;
	}
	return r;
}

static void setting_check(const struct pst_list *plugin_path, struct diag *d)
{
	size_t i;

	for (i = 0; plugin_path != NULL && i < plugin_path->count; i++) {
		const char *folder = plugin_path->item[i];
		DIR *dir = opendir(folder);

		if (dir != NULL) {
			closedir(dir);
		} else if (d != NULL) {
			diag_add(d, PST_LOG_ERROR, NULL, 0,
			         "penstock.plugin_path",
			         "the folder %s cannot be opened: %s", folder,
			         strerror(errno));
		}
	}
}

struct registry *registry_open(const struct pst_list *plugin_path,
                               struct diag *d)
{
	const size_t configured = plugin_path == NULL ? 0 : plugin_path->count;
	const char *env = secure_getenv("PENSTOCK_PLUGIN_PATH");
	char *copy = strdup(env == NULL ? "" : env), *save = NULL, *word;
	const char **folders =
		calloc(configured + strlen(copy == NULL ? "" : copy) + 2,
	               sizeof(*folders));
	struct registry *r = NULL;
	size_t n;

	setting_check(plugin_path, d);
	if (copy != NULL && folders != NULL) {
		for (n = 0; n < configured; n++) {
			folders[n] = plugin_path->item[n];
		}
		for (word = strtok_r(copy, ":", &save); word != NULL;
		     word = strtok_r(NULL, ":", &save)) {
			folders[n++] = word;
		}
		folders[n++] = PST_PLUGIN_DIR;
		r = registry_create(folders, n, d);
	} else {
		no_memory(d);
	}
	free(folders);
	free(copy);
	return r;
}

void registry_destroy(struct registry *r)
{
	size_t i;

	if (r == NULL) {
		return;
	}
	for (i = 0; i < r->offer_count; i++) {
		free(r->offers[i].id);
	}
	for (i = 0; i < r->object_count; i++) {
		plugin_object_destroy(r->objects[i]);
	}
	for (i = 0; i < r->folder_count; i++) {
		free(r->folders[i]);
	}
	free(r->offers);
	free(r->objects);
	free(r->folders);
	free(r);
}

int registry_add(struct registry *r, const struct pst_plugin *plugin,
                 const char *provides, struct diag *d)
{
	struct plugin_object *o = plugin_object_linked(plugin, provides);
	int result = o == NULL ? PST_MEMORY : object_append(r, o, d);

	if (result == PST_MEMORY) {
		no_memory(d);
	}
	return result;
}
