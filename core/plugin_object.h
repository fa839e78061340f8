/* SPDX-License-Identifier: MIT */
/* One shared object that may be a plugin: looked at, loaded, begun, ended. */
#ifndef CORE_PLUGIN_OBJECT_H
#define CORE_PLUGIN_OBJECT_H

#include <penstock/plugin.h>
#include <stdbool.h>

#define PLUGIN_REFUSED_MAX 1536

struct plugin_object {
	char *path;  /* links resolved; NULL: linked into this program. Owned */
	char *shown; /* as it was found; owned */
	char provides[PST_NOTE_TEXT_MAX + 1]; /* the note's text */
	uint32_t abi;
	/** "/x.so is refused: ..."; empty: it is fine. */
	char refused[PLUGIN_REFUSED_MAX];
	const struct pst_plugin *plugin; /* NULL: not loaded */
	bool begun;                      /* init was called and succeeded */
};

/** Look at folder/name without running anything of it: permissions, note and
 *  ABI. What is wrong stands in `refused`. NULL on memory. */
struct plugin_object *plugin_object_create(const char *folder,
                                           const char *name);
/** One that is linked into this program; both borrowed for good. */
struct plugin_object *plugin_object_linked(const struct pst_plugin *plugin,
                                           const char *provides);
/** The object itself is never unloaded. NULL is accepted. */
void plugin_object_destroy(struct plugin_object *o);

/** Its path, for messages. */
const char *plugin_object_name(const struct plugin_object *o);
/** Set `refused` to the name and this sentence's rest. */
PST_PRINTF(2, 3)
void plugin_object_refuse(struct plugin_object *o, const char *fmt, ...);

/** Load it if that was not done. Returns 0, or PST_CONFIG: see `refused`. */
PST_MUST_CHECK int plugin_object_load(struct plugin_object *o);
/** Call init if that was not done. As load. */
PST_MUST_CHECK int plugin_object_init(struct plugin_object *o,
                                      const struct pst_core *core);
/** Call finish if init was called. */
void plugin_object_finish(struct plugin_object *o);

#endif
