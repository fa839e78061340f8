/* SPDX-License-Identifier: MIT */
/* Fuzz the configuration: any text is either built or refused with a reason. */
#include "configure.h"
#include "fuzz.h"
#include "worker.h"

const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses the text of a string that the file ends in */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static struct registry *plugins(void)
{
	static struct registry *r;
	static char folder[4096];
	static const char *folders[] = {folder};
	const char *tree = getenv("PST_BUILD");
	struct diag d;

	if (r == NULL) {
		diag_init(&d);
		snprintf(folder, sizeof(folder), "%s/plugins/loadable",
		         tree != NULL ? tree : ".");
		r = registry_create(folders, 1, &d);
		diag_finish(&d);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct configuration *c = NULL;
	struct gateway *g = NULL;
	struct diag d;
	char *text = malloc(size + 1);
	int result;

	if (text == NULL) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	diag_init(&d);
	result = configure_load_text("fuzz", text, &d, &c);
	if (c != NULL) {
		result = configure_build(c, plugins(), core_table(), &d, &g);
	}
	/* no refusal without a reason */
	must(result == 0 || d.errors != 0);
	gateway_destroy(g);
	configure_destroy(c);
	diag_finish(&d);
	free(text);
	return 0;
}
