/* SPDX-License-Identifier: MIT */
/* What conf_init may ask of a kit: the host's side of struct pst_setup. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

static struct kit_setup *own(struct pst_setup *setup)
{
	return (struct kit_setup *)(void *)setup;
}

/* Options of the layer stand alone in diagnoses. */
static const char *prefix_of(const struct pst_setup *setup)
{
	return ((const struct kit_setup *)(const void *)setup)->resource
	               ? setup->path
	               : NULL;
}

void kit_diagnose(struct pst_kit *k, const char *prefix, const char *option,
                  const char *text)
{
	char line[1280];

	snprintf(line, sizeof(line), "%s%s%s: %s", prefix == NULL ? "" : prefix,
	         prefix == NULL || option == NULL ? "" : ".",
	         option == NULL ? "" : option, text);
	kit_say(&k->diagnoses, line);
}

bool kit_secret_ok(struct pst_kit *k, const char *prefix, const char *option,
                   const struct pst_file *file)
{
	uint32_t wrong = k->params.strict ? 066 : 026;
	char text[512];

	if (file->data == NULL || (file->mode & wrong) == 0 ||
	    (k->params.setup_flags & PST_SETUP_CHECKED) != 0) {
		return true;
	}
	snprintf(text, sizeof(text),
	         "\"%s\" is secret, but others may use it (mode %04o)",
	         file->path, (unsigned)file->mode);
	kit_diagnose(k, prefix, option, text);
	return !k->params.strict;
}

PST_PRINTF(4, 0)
static void core_diagnose(struct pst_setup *setup, enum pst_log_level level,
                          const char *option, const char *fmt, va_list ap)
{
	char text[512];

	(void)level;
	vsnprintf(text, sizeof(text), fmt, ap);
	kit_diagnose(own(setup)->kit, prefix_of(setup), option, text);
}

static int core_check_secret(struct pst_setup *setup, const char *option,
                             const struct pst_file *file)
{
	return kit_secret_ok(own(setup)->kit, prefix_of(setup), option, file)
	               ? PST_OK
	               : PST_CONFIG;
}

PST_PRINTF(3, 0)
static void core_expires(struct pst_setup *setup, int64_t when, const char *fmt,
                         va_list ap)
{
	struct pst_kit *k = own(setup)->kit;
	unsigned n = k->expiries.count;
	int64_t *bigger = realloc(k->expiry, (n + 1) * sizeof(*bigger));
	char text[512];

	if (bigger == NULL) {
		fputs("testkit: memory ran out\n", stderr);
		abort();
	}
	k->expiry = bigger;
	bigger[n] = when;
	vsnprintf(text, sizeof(text), fmt, ap);
	kit_say(&k->expiries, text);
}

static const uint8_t *core_seed(struct pst_setup *setup)
{
	return own(setup)->kit->seed;
}

static const void *core_find(struct pst_setup *setup, const char *extension,
                             const char *id)
{
	const struct pst_kit_params *p = &own(setup)->kit->params;
	const struct pst_kit_offer *best = NULL;
	size_t i;

	for (i = 0; i < p->offer_count; i++) {
		const struct pst_kit_offer *o = &p->offers[i];

		if (strcmp(o->extension, extension) != 0 ||
		    (id != NULL && strcmp(o->id, id) != 0)) {
			continue;
		}
		if (best == NULL || strcmp(o->id, best->id) < 0) {
			best = o;
		}
	}
	return best == NULL ? NULL : best->record;
}

void kit_setup_entries(struct pst_core *core)
{
	core->diagnose = core_diagnose;
	core->check_secret = core_check_secret;
	core->expires = core_expires;
	core->seed = core_seed;
	core->find = core_find;
}
