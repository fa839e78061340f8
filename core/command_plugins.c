/* SPDX-License-Identifier: MIT */
/* `penstock plugins`: what is found, and what one object offers. */
#include "command.h"

#include "configure.h"
#include "plugin_object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_words[REGISTRY_KINDS] = {
	[REGISTRY_LAYER] = "layer",       [REGISTRY_MUX] = "mux",
	[REGISTRY_SCHEME] = "scheme",     [REGISTRY_SERVICE] = "service",
	[REGISTRY_ENDPOINT] = "endpoint", [REGISTRY_RESOURCE] = "resource",
	[REGISTRY_ROUTE] = "route",       [REGISTRY_SIGNER] = "signer",
};

static const char *help_of(enum registry_kind kind, const void *record)
{
	switch (kind) {
	case REGISTRY_LAYER:
		return ((const struct pst_layer *)record)->help;
	case REGISTRY_SCHEME:
		return ((const struct pst_scheme *)record)->help;
	case REGISTRY_SERVICE:
		return ((const struct pst_service *)record)->help;
	case REGISTRY_ENDPOINT:
		return ((const struct pst_endpoint *)record)->help;
	case REGISTRY_MUX:
		return "Opens streams above the layer of this name.";
	case REGISTRY_RESOURCE:
		return ((const struct pst_resource *)record)->help;
	case REGISTRY_ROUTE:
		return "Tells services on one address apart.";
	case REGISTRY_SIGNER:
		return ((const struct pst_signer *)record)->help;
	case REGISTRY_KINDS:
		break;
	}
	return NULL;
}

/* One "kind:id" of a note; what it is, is only known to the loaded plugin. */
static void offer_print(const char *word, struct registry *r)
{
	const char *colon = strchr(word, ':');
	const char *help = NULL;
	const void *record;
	unsigned k;

	if (colon == NULL) {
		return;
	}
	for (k = 0; r != NULL && k < REGISTRY_KINDS; k++) {
		if (strncmp(kind_words[k], word, (size_t)(colon - word)) != 0 ||
		    kind_words[k][colon - word] != '\0') {
			continue;
		}
		record = registry_find(r, (enum registry_kind)k, colon + 1,
		                       NULL, NULL, 0, NULL);
		if (record != NULL) {
			help = help_of((enum registry_kind)k, record);
		}
	}
	printf("    %-9.*s %-16s %s\n", (int)(colon - word), word, colon + 1,
	       help == NULL ? "" : help);
}

static void offers_print(const char *provides, struct registry *r)
{
	char *copy = strdup(provides), *save = NULL, *word;

	for (word = copy == NULL ? NULL : strtok_r(copy, " ", &save);
	     word != NULL; word = strtok_r(NULL, " ", &save)) {
		offer_print(word, r);
	}
	free(copy);
}

static void list(struct registry *r)
{
	struct registry_plugin p;
	size_t n;

	for (n = 0; registry_plugin(r, n, &p); n++) {
		printf("%s\n", p.path == NULL ? "(linked in)" : p.path);
		offers_print(p.provides, p.refused == NULL ? r : NULL);
		if (p.refused == NULL && registry_plugin(r, n, &p) &&
		    p.refused != NULL) {
			/* Loading it has just failed. */
			printf("    %s\n", p.refused);
		} else if (p.loaded != NULL) {
			printf("    version %s, license %s\n",
			       p.loaded->version == NULL ? "unknown"
			                                 : p.loaded->version,
			       p.loaded->license == NULL ? "unknown"
			                                 : p.loaded->license);
		} else if (p.refused != NULL) {
			printf("    not usable\n");
		}
	}
	if (n == 0) {
		fprintf(stderr, "no plugins were found; PENSTOCK_PLUGIN_PATH "
		                "names folders to look in\n");
	}
}

static int inspect(const char *path)
{
	const char *slash = strrchr(path, '/');
	/* put together again as folder/name: of "/x" the folder is "" */
	char *folder = slash == NULL ? strdup(".")
	                             : strndup(path, (size_t)(slash - path));
	struct plugin_object *o =
		folder == NULL
			? NULL
			: plugin_object_create(
				  folder, slash == NULL ? path : slash + 1);
	int code = EXIT_FAILED;

	if (o == NULL) {
		fprintf(stderr, "out of memory\n");
	} else if (o->provides[0] == '\0') {
		fprintf(stderr, "%s\n", o->refused);
	} else {
		printf("%s\n    plugin ABI %u.%u, this program's is %u.%u\n",
		       o->path, o->abi >> 16, o->abi & 0xffff, PST_ABI_MAJOR,
		       PST_ABI_MINOR);
		offers_print(o->provides, NULL);
		code = o->refused[0] == '\0' ? EXIT_FINE : EXIT_FAILED;
		fputs(o->refused, stderr);
		fputs(o->refused[0] == '\0' ? "" : "\n", stderr);
	}
	plugin_object_destroy(o);
	free(folder);
	return code;
}

int command_plugins(const struct command_line *line)
{
	struct configuration *c = NULL;
	struct registry *r = NULL;
	struct diag d;
	int code = EXIT_FAILED;

	if (line->inspect != NULL) {
		return inspect(line->inspect);
	}
	diag_init(&d);
	if (!line->config_given ||
	    configure_load(line->config, &d, &c) == PST_OK) {
		r = registry_open(c == NULL ? NULL : &c->settings.plugin_path,
		                  &d);
	}
	diag_print(&d, stderr);
	if (r != NULL) {
		list(r);
		code = d.errors == 0 ? EXIT_FINE : EXIT_FAILED;
	}
	registry_destroy(r);
	configure_destroy(c);
	diag_finish(&d);
	return code;
}
