/* SPDX-License-Identifier: MIT */
/* Inside the registry: shared by its two sources only. */
#ifndef CORE_REGISTRY_STATE_H
#define CORE_REGISTRY_STATE_H

#include "plugin_object.h"
#include "registry.h"

/** One id of one kind, and who offers it. */
struct offer {
	enum registry_kind kind;
	char *id;
	struct plugin_object *object;
	const void *record; /* NULL: not asked for yet */
};

struct registry {
	struct plugin_object **objects;
	size_t object_count;
	struct offer *offers;
	size_t offer_count;
	char **folders;
	size_t folder_count;
	const struct pst_core *core; /* NULL: do not call init yet */
	char *note;
	size_t note_size;
};

/** What the core knows of a kind. */
struct kind {
	const char *word;  /* in notes */
	const char *shown; /* in messages */
	const char *extension;
	size_t id_offset;
	size_t size; /* of the record */
};

extern const struct kind registry_kinds[REGISTRY_KINDS];

/** NULL: nobody offers it. */
struct offer *registry_offer(const struct registry *r, enum registry_kind kind,
                             const char *id);

#endif
