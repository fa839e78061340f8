/* SPDX-License-Identifier: MIT */
/* `penstock run`, `check` and `version`. */
#include "command.h"

#include "checker.h"
#include "configure.h"
#include "supervisor.h"

#include <penstock/plugin.h>
#include <stdio.h>

#ifndef PST_VERSION
#define PST_VERSION "0"
#endif

int command_run(const struct command_line *line)
{
	return line->single ? single_run(line->config)
	                    : supervisor_run(line->config);
}

int command_check(const struct command_line *line)
{
	const struct check_order order = {.path = line->config,
	                                  .generation = -1};
	struct checked checked;
	struct diag d;
	int result;

	diag_init(&d);
	result = checker_run(&order, &d, &checked);
	diag_print(&d, stderr);
	if (result == PST_OK) {
		printf("%s: good, %zu warning%s\n", line->config, d.warnings,
		       d.warnings == 1 ? "" : "s");
	} else {
		fprintf(stderr, "%s: %zu error%s, %zu warning%s\n",
		        line->config, d.errors, d.errors == 1 ? "" : "s",
		        d.warnings, d.warnings == 1 ? "" : "s");
	}
	checked_finish(&checked);
	diag_finish(&d);
	return result == PST_OK ? EXIT_FINE : EXIT_FAILED;
}

int command_version(const struct command_line *line)
{
	(void)line;
	printf("penstock %s, plugin ABI %u.%u\n", PST_VERSION, PST_ABI_MAJOR,
	       PST_ABI_MINOR);
	return EXIT_FINE;
}
