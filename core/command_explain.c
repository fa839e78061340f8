/* SPDX-License-Identifier: MIT */
/* `penstock explain`, `connect` and `reference`: commands on a gateway that is
 * built in this process. */
#include "command.h"

#include "configure.h"
#include "connect_tool.h"
#include "explain.h"
#include "manual.h"
#include "options.h"
#include "service_conf.h"
#include "suggest.h"
#include "url.h"
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

	if (b->registry == NULL) {
		b->registry = registry_open(
			&b->configuration->settings.plugin_path, &b->d);
	}
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

static void no_service(const struct command_line *line, const struct gateway *g)
{
	struct suggestion near;
	char hint[256];
	unsigned i;

	suggest_init(&near, line->operand);
	for (i = 0; i < g->service_count; i++) {
		suggest_try(&near, g->services[i]->name);
	}
	fprintf(stderr, "%s: there is no service \"%s\"%s\n", line->config,
	        line->operand,
	        near.best == NULL ? "; without a name all are drawn"
	                          : suggest_hint(&near, hint, sizeof(hint)));
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
			no_service(line, b.gateway);
		}
	}
	build_finish(&b);
	return code;
}

/* -- connect ----------------------------------------------------------- */

#define SUBPROTOCOLS "subprotocols"

static bool has_option(const struct pst_layer *l, const char *name)
{
	struct pst_option row;
	unsigned i;

	for (i = 0;
	     l != NULL && options_row(l->options, l->option_stride, i, &row);
	     i++) {
		if (strcmp(row.name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* NULL is found out when the URL is read, too. */
static const struct pst_scheme *scheme_of(struct registry *r, const char *url)
{
	char name[URL_SCHEME_MAX], error[URL_ERROR_MAX];

	if (url_scheme(url, "scheme", name, error) != PST_OK) {
		return NULL;
	}
	return registry_find(r, REGISTRY_SCHEME, name, NULL, NULL, 0, NULL);
}

/* The layer that negotiates subprotocols; NULL: none. */
static const char *subprotocol_layer(struct registry *r,
                                     const struct pst_scheme *scheme)
{
	unsigned i;

	for (i = 0; scheme->layers[i] != NULL; i++) {
		if (has_option(registry_find(r, REGISTRY_LAYER,
		                             scheme->layers[i], NULL, NULL, 0,
		                             NULL),
		               SUBPROTOCOLS)) {
			return scheme->layers[i];
		}
	}
	return NULL;
}

/* What was set, and subprotocols as settings of their layer. */
struct connect_settings {
	const char *all[COMMAND_SETTINGS_MAX + COMMAND_SUBPROTOCOLS_MAX];
	char subprotocols[COMMAND_SUBPROTOCOLS_MAX][512];
	size_t count;
};

static int fill_subprotocols(struct built *b, const struct command_line *line,
                             struct connect_settings *s)
{
	const struct pst_scheme *scheme;
	const char *layer;
	size_t i;

	b->registry = registry_open(NULL, &b->d);
	if (b->registry == NULL) {
		return PST_MEMORY;
	}
	scheme = scheme_of(b->registry, line->operand);
	if (scheme == NULL) {
		return PST_OK;
	}
	layer = subprotocol_layer(b->registry, scheme);
	if (layer == NULL) {
		diag_add(&b->d, PST_LOG_ERROR, NULL, 0, NULL,
		         "\"%.200s\" has no layer that offers subprotocols",
		         line->operand);
		return PST_CONFIG;
	}
	for (i = 0; i < line->subprotocol_count; i++) {
		snprintf(s->subprotocols[i], sizeof(s->subprotocols[i]),
		         "%s." SUBPROTOCOLS "=%s", layer,
		         line->subprotocols[i]);
		s->all[s->count++] = s->subprotocols[i];
	}
	return PST_OK;
}

static int fill_settings(struct built *b, const struct command_line *line,
                         struct connect_settings *s)
{
	memcpy(s->all, line->settings,
	       line->setting_count * sizeof(line->settings[0]));
	s->count = line->setting_count;
	return line->subprotocol_count == 0 ? PST_OK
	                                    : fill_subprotocols(b, line, s);
}

static int connect_build(struct built *b, const struct command_line *line)
{
	struct connect_settings s;
	int result = fill_settings(b, line, &s);

	if (result == PST_OK) {
		result = build(b,
		               configure_load_url(line->operand, s.all, s.count,
		                                  &b->d, &b->configuration));
	}
	diag_print(&b->d, stderr);
	return result;
}

int command_connect(const struct command_line *line)
{
	struct connect_tool_params params = {.verbose = line->verbose,
	                                     .binary = line->binary,
	                                     .open = line->open};
	struct built b;
	struct log log;
	int code = EXIT_FAILED;

	signal(SIGPIPE, SIG_IGN);
	log_init(&log);
	log.level = line->verbose ? PST_LOG_DEBUG : PST_LOG_WARNING;
	params.log = &log;
	build_init(&b);
	if (connect_build(&b, line) == PST_OK) {
		params.connect = b.gateway->services[0]->connect[0];
		code = connect_tool_run(&params);
	}
	build_finish(&b);
	return code;
}

/* -- reference --------------------------------------------------------- */

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
