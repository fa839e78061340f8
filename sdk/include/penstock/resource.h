/* SPDX-License-Identifier: MIT */
/* A resource: something that many places of a configuration share by name, like
 * a certificate or whom to trust. Extension pst.resource/1. */
#ifndef PENSTOCK_RESOURCE_H
#define PENSTOCK_RESOURCE_H

#include <penstock/option.h>
#include <penstock/setup.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_RESOURCE "pst.resource/1"

/**
 * A kind of resource. Static and constant in the plugin; in its note it is
 * "resource:ID".
 *
 * The configuration has a list named `id` beside `services`, whose groups have a
 * `name` ([a-z][a-z0-9-]*) and the options below. An option of type REFS takes
 * from it, as a list or one alone: a name; a group, which is one made in place;
 * and, where the kind has such options, a path (a string with a dot or a slash
 * in it) or its word.
 *
 * One conf is made for each resource and shared by all that refer to it; its
 * setup has the role 0 and no URL.
 */
struct pst_resource {
	uint32_t size;
	uint32_t conf_size;
	const char *id;          /* "identities": the list's name */
	const char *help;        /* one sentence */
	const char *path_option; /* a FILE or FILES option that a path in place of
	                          * a name fills; NULL: paths are errors */
	const char *word_option; /* a BOOL option that its own name in place of a
	                          * resource's turns on; NULL: none */
	const struct pst_option *options;
	uint32_t option_stride; /* sizeof(struct pst_option) */
	uint32_t reserved;

	/** As a layer's. [M] */
	int (*conf_init)(void *conf, struct pst_setup *setup);
	void (*conf_finish)(void *conf);
	void (*conf_explain)(const void *conf, struct pst_setup *setup);
};

#ifdef __cplusplus
}
#endif
#endif
