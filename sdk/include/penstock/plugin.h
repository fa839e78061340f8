/* SPDX-License-Identifier: MIT */
/* The one symbol that a plugin exports, and the note that says what is in it
 * without running anything. */
#ifndef PENSTOCK_PLUGIN_H
#define PENSTOCK_PLUGIN_H

#include <penstock/core.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * ABI diary. Added: minor. Changed or removed: major. While the major is 0
 * every minor may break, and core and plugin must agree on it exactly.
 *
 * 0.1  2026-11-21  first: layer, mux, scheme, service, endpoint
 * 0.2  2026-11-21  resource, route, signer; options FILES and REFS, names that
 *                  are settings elsewhere; a file's mode; a setup's path, clock
 *                  and flags; check_secret, expires, seed, find; tell, told; a
 *                  refusal's response; conf_keep of a mux, flags of a stream
 * 0.3  2026-11-21  heads that pass a service's join, services that tunnel, and
 *                  their conf_explain; hops; a mux may keep rules of each
 *                  service (stream_admit, option flag STREAM); lost, respond
 *                  and hold of services; a setup's accepts; RELAY among what
 *                  layers provide; local_address; stream_answered of a mux
 */
#define PST_ABI_MAJOR 0u
#define PST_ABI_MINOR 3u
#define PST_ABI ((PST_ABI_MAJOR << 16) | PST_ABI_MINOR)
#define PST_MAGIC 0x54535031u /* "1PST" */

/** What a plugin is. Exported as `pst_plugin`, constant. */
struct pst_plugin {
	uint32_t magic; /* PST_MAGIC */
	uint32_t size;  /* sizeof(struct pst_plugin) */
	uint32_t abi;   /* PST_ABI */
	uint32_t reserved;
	const char *name;
	const char *version;
	const char *license; /* SPDX */
	/** [M] Once per process, before anything else of it: at the start, or
	 *  beside the loop when a reload needs it first. No threads, no fork.
	 *  Returns 0, or nonzero after pst-style text on stderr. May be NULL. */
	int (*init)(const struct pst_core *core);
	/** [M] At the end of the process. May be NULL. */
	void (*finish)(void);
	/** [M] The n-th record of an extension; NULL behind the last. */
	const void *(*get)(const char *extension, uint32_t n);
};

/*
 * The note: section .note.penstock, name "Penstock", type 1; its descriptor
 * is PST_ABI (4 bytes, little end as the machine has it) and then a text of
 * space-separated kind:id pairs: "layer:tls mux:http scheme:wss service:echo
 * endpoint:tcp".
 */
#define PST_NOTE_NAME "Penstock"
#define PST_NOTE_TYPE 1u
#define PST_NOTE_TEXT_MAX 244

struct pst_note {
	uint32_t name_size; /* 9 */
	uint32_t text_size; /* of abi and text */
	uint32_t type;
	char name[12];
	uint32_t abi;
	char text[PST_NOTE_TEXT_MAX];
};

#define PST_EXPORT __attribute__((visibility("default")))

#ifdef PST_STATIC /* linked into the program: one symbol per plugin */
#define PST_PLUGIN_JOIN(a, b) a##b
#define PST_PLUGIN_SYMBOL_OF(id) PST_PLUGIN_JOIN(pst_plugin_, id)
#define PST_PLUGIN_SYMBOL PST_PLUGIN_SYMBOL_OF(PST_STATIC)
#define PST_NOTE_SECTION ".penstock.static"
#else
#define PST_PLUGIN_SYMBOL pst_plugin
#define PST_NOTE_SECTION ".note.penstock"
#endif

/** Write the note: PST_PLUGIN_NOTE("layer:rot13"); */
#define PST_PLUGIN_NOTE(provided)                                            \
	__attribute__((used, section(PST_NOTE_SECTION), aligned(4))) static  \
	const struct pst_note pst_plugin_note = {                            \
		9, sizeof(uint32_t) + PST_NOTE_TEXT_MAX, PST_NOTE_TYPE,      \
		PST_NOTE_NAME, PST_ABI, provided}

extern PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL;

#ifdef __cplusplus
}
#endif
#endif
