/* SPDX-License-Identifier: MIT */
/* Plugins for the registry's tests: built several times, each time with
 * another of these wrong. */
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <penstock/resource.h>
#include <penstock/scheme.h>
#include <penstock/signer.h>
#include <stdlib.h>
#include <string.h>

#ifndef FAKE_NOTE_ABI
#define FAKE_NOTE_ABI PST_ABI
#endif
#ifndef FAKE_ABI
#define FAKE_ABI FAKE_NOTE_ABI
#endif
#ifndef FAKE_MAGIC
#define FAKE_MAGIC PST_MAGIC
#endif
#ifndef FAKE_SIZE
#define FAKE_SIZE sizeof(struct pst_plugin)
#endif
#ifndef FAKE_RECORD_SIZE
#define FAKE_RECORD_SIZE sizeof(struct pst_layer)
#endif
#ifndef FAKE_NOTE
#define FAKE_NOTE                                                          \
	"layer:fake scheme:fakes resource:fakes signer:second signer:first"
#endif
#ifndef FAKE_INIT
#define FAKE_INIT 0
#endif

__attribute__((used, section(PST_NOTE_SECTION),
               aligned(4))) static const struct pst_note note = {
	9,
	sizeof(uint32_t) + PST_NOTE_TEXT_MAX,
	PST_NOTE_TYPE,
	PST_NOTE_NAME,
	FAKE_NOTE_ABI,
	FAKE_NOTE};

#ifndef FAKE_NO_SYMBOL

static const struct pst_layer layer = {
	.size = FAKE_RECORD_SIZE,
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "fake",
	.help = "Does nothing.",
	.below = PST_SHAPE_BYTES,
};
static const char *const layers[] = {"fake", NULL};
static const struct pst_scheme scheme = {
	.size = sizeof(struct pst_scheme),
	.name = "fakes",
	.layers = layers,
	.help = "Composes nothing.",
};

static const struct pst_resource resource = {
	.size = sizeof(struct pst_resource),
	.id = "fakes",
	.help = "Holds nothing.",
};
static const struct pst_signer signers[] = {
	{.size = sizeof(struct pst_signer), .id = "second"},
	{.size = sizeof(struct pst_signer), .id = "first"},
};

#ifdef FAKE_UNDEFINED
extern int there_is_no_such_function(void);
#endif

static int fake_init(const struct pst_core *core)
{
	(void)core;
#ifdef FAKE_UNDEFINED
	return there_is_no_such_function();
#endif
	return FAKE_INIT;
}

static const void *fake_get(const char *extension, uint32_t n)
{
	if (n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0) {
		return &layer;
	}
	if (n == 0 && strcmp(extension, PST_EXTENSION_SCHEME) == 0) {
		return &scheme;
	}
	if (n == 0 && strcmp(extension, PST_EXTENSION_RESOURCE) == 0) {
		return &resource;
	}
	if (n < 2 && strcmp(extension, PST_EXTENSION_SIGNER) == 0) {
		return &signers[n];
	}
	return NULL;
}

const struct pst_plugin pst_plugin = {
	.magic = FAKE_MAGIC,
	.size = FAKE_SIZE,
	.abi = FAKE_ABI,
	.name = "fake",
	.version = "1.0",
	.license = "MIT",
	.init = fake_init,
	.get = fake_get,
};

#endif
