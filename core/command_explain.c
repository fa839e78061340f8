/* SPDX-License-Identifier: MIT */
/* `penstock explain`, `connect` and `reference`: commands on a gateway that is
 * built in this process. */
#include "command.h"

#include "configure.h"
#include "connect_tool.h"
#include "explain.h"
#include "manual.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* What such a command stands on. */
struct built {
	struct configuration *configuration;
	struct registry *registry;
	struct gateway *gateway;
	struct diag d;
};

static int build_gateway(struct built *b)
{
	int result;

	b->registry =
		registry_open(&b->configuration->settings.plugin_path, &b->d);
	if (b->registry == NULL) {
		return PST_MEMORY;
	}
	result = registry_init_plugins(b->registry, core_table(), &b->d);
	if (result != PST_OK) {
		return result;
	}
	return configure_build(b->configuration, b->registry, core_table(),
	                       &b->d, &b->gateway);
}

/* `loaded` is what loading b->configuration gave. */
static int build(struct built *b, int loaded)
{
	int result = PST_CONFIG;

	if (b->configuration != NULL) {
		result = build_gateway(b);
	}
	return loaded != PST_OK ? loaded : result;
}

static void build_finish(struct built *b)
{
	gateway_destroy(b->gateway);
	if (b->registry != NULL) {
		registry_finish_plugins(b->registry);
	}
	registry_destroy(b->registry);
	configure_destroy(b->configuration);
	diag_finish(&b->d);
}

static void build_init(struct built *b)
{
	memset(b, 0, sizeof(*b));
	diag_init(&b->d);
}

int command_explain(const struct command_line *line)
{
	struct built b;
	int code = EXIT_FAILED, result;

	build_init(&b);
	result =
		build(&b, configure_load(line->config, &b.d, &b.configuration));
	diag_print(&b.d, stderr);
	if (result == PST_OK) {
		if (explain_print(stdout, b.gateway, line->operand,
		                  explain_wants_utf8(stdout)) == PST_OK) {
			code = EXIT_FINE;
		} else {
			fprintf(stderr, "%s: there is no service \"%s\"\n",
			        line->config, line->operand);
		}
	}
	build_finish(&b);
	return code;
}

int command_connect(const struct command_line *line)
{
	struct built b;
	struct log log;
	int code = EXIT_FAILED, result;

	signal(SIGPIPE, SIG_IGN);
	log_init(&log);
	log.level = line->verbose ? PST_LOG_DEBUG : PST_LOG_WARNING;
	build_init(&b);
	result = build(&b, configure_load_url(line->operand, line->settings,
	                                      line->setting_count, &b.d,
	                                      &b.configuration));
	diag_print(&b.d, stderr);
	if (result == PST_OK) {
		code = connect_tool_run(b.gateway->services[0]->connect[0],
		                        &log, line->verbose);
	}
	build_finish(&b);
	return code;
}

int command_reference(const struct command_line *line)
{
	struct built b;
	const struct pst_list *folders = NULL;
	int result = PST_OK;

	build_init(&b);
	if (line->config_given) {
		result = configure_load(line->config, &b.d, &b.configuration);
	}
	if (b.configuration != NULL) {
		folders = &b.configuration->settings.plugin_path;
	}
	if (result == PST_OK) {
		b.registry = registry_open(folders, &b.d);
	}
	diag_print(&b.d, stderr);
	if (b.registry != NULL) {
		manual_print(stdout, b.registry);
	}
	result =
		b.registry != NULL && b.d.errors == 0 ? EXIT_FINE : EXIT_FAILED;
	build_finish(&b);
	return result;
}
