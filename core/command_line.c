/* SPDX-License-Identifier: MIT */
/* The command line: one table of commands and options, parsed and explained. */
#include "command.h"

#include "suggest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PST_CONF_FILE
#define PST_CONF_FILE "/etc/penstock/penstock.conf"
#endif
#define OPTIONS_MAX 8

enum option_id {
	OPTION_CONFIG = 256,
	OPTION_FOREGROUND,
	OPTION_SINGLE,
	OPTION_INSPECT,
	OPTION_VERBOSE,
	OPTION_OPTION,
	OPTION_BINARY,
	OPTION_SUBPROTOCOL,
	OPTION_KEEP_OPEN,
	OPTION_HELP
};

struct command_option {
	enum option_id id;
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* "FILE"; NULL: takes none */
	const char *help;
};

static const struct command_option option_config = {
	OPTION_CONFIG, "config", 'c', "FILE",
	"read this configuration (default: " PST_CONF_FILE ")"};
static const struct command_option option_foreground = {
	OPTION_FOREGROUND, "foreground", 0, NULL,
	"stay in the foreground, which is what it does anyway"};
static const struct command_option option_single = {
	OPTION_SINGLE, "single", 0, NULL,
	"one process, with one worker and no supervisor; for debugging"};
static const struct command_option option_inspect = {
	OPTION_INSPECT, "inspect", 0, "FILE",
	"say what this one object offers, without running anything of it"};
static const struct command_option option_verbose = {
	OPTION_VERBOSE, "verbose", 'v', NULL,
	"say on stderr what each layer negotiated, and how it ended"};
static const struct command_option option_option = {
	OPTION_OPTION, "option", 'o', "[LAYER.]NAME=VALUE",
	"set an option of a layer, or the hop; may be given again"};
static const struct command_option option_binary = {
	OPTION_BINARY, "binary", 'b', NULL,
	"messages: what is read is one, and binary; not lines of text"};
static const struct command_option option_keep_open = {
	OPTION_KEEP_OPEN, "keep-open", 'k', NULL,
	"the end of standard input closes nothing: wait for the peer's"};
static const struct command_option option_subprotocol = {
	OPTION_SUBPROTOCOL, "subprotocol", 's', "NAME",
	"messages: offer this subprotocol; may be given again"};

static const struct command_option *const run_options[] = {
	&option_config, &option_foreground, &option_single, NULL};
static const struct command_option *const config_options[] = {&option_config,
                                                              NULL};
static const struct command_option *const plugins_options[] = {
	&option_config, &option_inspect, NULL};
static const struct command_option *const connect_options[] = {
	&option_verbose,   &option_binary, &option_subprotocol,
	&option_keep_open, &option_option, NULL};
static const struct command_option *const no_options[] = {NULL};

static const struct command commands[] = {
	{"run", NULL, "Run the gateway until it is told to end.", run_options,
         command_run},
	{"check", NULL,
         "Check the configuration, with all plugins and files, and bind "
         "nothing.",
         config_options, command_check},
	{"explain", "[SERVICE]",
         "Draw each service: both hops, layer by layer, with their settings.",
         config_options, command_explain},
	{"plugins", NULL,
         "List the plugins that are found and what they offer.",
         plugins_options, command_plugins},
	{"connect", "URL",
         "Join standard input and output to a connection through any layers.",
         connect_options, command_connect},
	{"reference", NULL,
         "Write the reference of all options as a manual page's source.",
         config_options, command_reference},
	{"version", NULL, "Tell the version.", no_options, command_version},
};

const struct command *command_at(size_t n)
{
	return n < sizeof(commands) / sizeof(commands[0]) ? &commands[n] : NULL;
}

/* -- help -------------------------------------------------------------- */

static int help_program(FILE *out, int code)
{
	const struct command *c;
	size_t n;

	fprintf(out, "Usage: penstock COMMAND [OPTION]...\n\nCommands:\n");
	for (n = 0; (c = command_at(n)) != NULL; n++) {
		fprintf(out, "  %-10s %s\n", c->name, c->help);
	}
	fprintf(out, "\n`penstock COMMAND --help` tells the options of one.\n");
	return code;
}

static void help_option(FILE *out, const struct command_option *o)
{
	char text[64];

	snprintf(text, sizeof(text), "%c%c%s--%s%s%s",
	         o->letter == 0 ? ' ' : '-', o->letter == 0 ? ' ' : o->letter,
	         o->letter == 0 ? "  " : ", ", o->name,
	         o->argument == NULL ? "" : " ",
	         o->argument == NULL ? "" : o->argument);
	fprintf(out, "  %-30s %s\n", text, o->help);
}

static int help_command(FILE *out, const struct command *c, int code)
{
	const struct command_option *const *o;

	fprintf(out, "Usage: penstock %s [OPTION]...%s%s\n%s\n\nOptions:\n",
	        c->name, c->operand == NULL ? "" : " ",
	        c->operand == NULL ? "" : c->operand, c->help);
	for (o = c->options; *o != NULL; o++) {
		help_option(out, *o);
	}
	fprintf(out, "  %-30s %s\n", "-h, --help", "tell this");
	return code;
}

/* -- parsing ----------------------------------------------------------- */

/* The rows as getopt_long wants them. */
struct getopt_rows {
	struct option longs[OPTIONS_MAX + 2];
	char shorts[2 * OPTIONS_MAX + 4];
};

static void getopt_fill(struct getopt_rows *rows, const struct command *c)
{
	char *s = rows->shorts;
	size_t n;

	memset(rows, 0, sizeof(*rows));
	*s++ = ':';
	*s++ = 'h';
	for (n = 0; n < OPTIONS_MAX && c->options[n] != NULL; n++) {
		const struct command_option *o = c->options[n];

		rows->longs[n] = (struct option){
			o->name,
			o->argument != NULL ? required_argument : no_argument,
			NULL, (int)o->id};
		if (o->letter != 0) {
			*s++ = o->letter;
		}
		if (o->letter != 0 && o->argument != NULL) {
			*s++ = ':';
		}
	}
	rows->longs[n] =
		(struct option){"help", no_argument, NULL, OPTION_HELP};
}

static int id_of_letter(const struct command *c, int got)
{
	size_t n;

	for (n = 0; got < 256 && c->options[n] != NULL; n++) {
		if (c->options[n]->letter == got) {
			return (int)c->options[n]->id;
		}
	}
	return got == 'h' ? OPTION_HELP : got;
}

static int setting_add(struct command_line *line, const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text) {
		fprintf(stderr,
		        "penstock: \"%s\" is not of the form "
		        "LAYER.NAME=VALUE or NAME=VALUE\n",
		        text);
		return EXIT_USAGE;
	}
	if (line->setting_count == COMMAND_SETTINGS_MAX) {
		fprintf(stderr, "penstock: more than %d options\n",
		        COMMAND_SETTINGS_MAX);
		return EXIT_USAGE;
	}
	line->settings[line->setting_count++] = text;
	return EXIT_FINE;
}

static int subprotocol_add(struct command_line *line, const char *name)
{
	if (name[0] == '\0' || strlen(name) > COMMAND_SUBPROTOCOL_MAX ||
	    strchr(name, ',') != NULL) {
		fprintf(stderr,
		        "penstock: \"%.300s\" is not the name of one "
		        "subprotocol; give the option again for each\n",
		        name);
		return EXIT_USAGE;
	}
	if (line->subprotocol_count == COMMAND_SUBPROTOCOLS_MAX) {
		fprintf(stderr, "penstock: more than %d subprotocols\n",
		        COMMAND_SUBPROTOCOLS_MAX);
		return EXIT_USAGE;
	}
	line->subprotocols[line->subprotocol_count++] = name;
	return EXIT_FINE;
}

static int usage(const struct command *c, const char *what, const char *which)
{
	fprintf(stderr, "penstock %s: %s%s; `penstock %s --help` tells more\n",
	        c->name, what, which, c->name);
	return EXIT_USAGE;
}

static int option_take(struct command_line *line, int id)
{
	switch (id) {
	case OPTION_CONFIG:
		line->config = optarg;
		line->config_given = true;
		return EXIT_FINE;
	case OPTION_FOREGROUND:
		line->foreground = true;
		return EXIT_FINE;
	case OPTION_SINGLE:
		line->single = true;
		return EXIT_FINE;
	case OPTION_INSPECT:
		line->inspect = optarg;
		return EXIT_FINE;
	case OPTION_VERBOSE:
		line->verbose = true;
		return EXIT_FINE;
	case OPTION_BINARY:
		line->binary = true;
		return EXIT_FINE;
	case OPTION_KEEP_OPEN:
		line->open = true;
		return EXIT_FINE;
	case OPTION_SUBPROTOCOL:
		return subprotocol_add(line, optarg);
	default:
		return setting_add(line, optarg);
	}
}

static int operand_take(struct command_line *line, const struct command *c,
                        int argc, char **argv)
{
	if (c->operand == NULL && optind < argc) {
		return usage(c, "takes no ", argv[optind]);
	}
	if (optind + 1 < argc) {
		return usage(c, "one too many: ", argv[optind + 1]);
	}
	if (c->operand != NULL && c->operand[0] != '[' && optind == argc) {
		return usage(c, "needs ", c->operand);
	}
	line->operand = optind < argc ? argv[optind] : NULL;
	return EXIT_FINE;
}

/* argv[0] is the command's name. */
static int command_parse_and_run(const struct command *c, int argc, char **argv)
{
	struct command_line line;
	struct getopt_rows rows;
	int got, id, code = EXIT_FINE;

	memset(&line, 0, sizeof(line));
	line.config = PST_CONF_FILE;
	getopt_fill(&rows, c);
	while ((got = getopt_long(argc, argv, rows.shorts, rows.longs, NULL)) !=
	       -1) {
		if (got == ':') {
			return usage(c, "a value is missing behind ",
			             argv[optind - 1]);
		}
		if (got == '?') {
			return usage(c, "does not know ", argv[optind - 1]);
		}
		id = id_of_letter(c, got);
		if (id == OPTION_HELP) {
			return help_command(stdout, c, EXIT_FINE);
		}
		code = option_take(&line, id);
		if (code != EXIT_FINE) {
			return code;
		}
	}
	code = operand_take(&line, c, argc, argv);
	return code == EXIT_FINE ? c->run(&line) : code;
}

static int unknown(const char *name)
{
	struct suggestion s;
	const struct command *c;
	size_t n;

	suggest_init(&s, name);
	for (n = 0; (c = command_at(n)) != NULL; n++) {
		suggest_try(&s, c->name);
	}
	fprintf(stderr, "penstock: there is no command \"%s\"%s%s%s\n", name,
	        s.best == NULL ? "" : "; did you mean ",
	        s.best == NULL ? "" : s.best, s.best == NULL ? "" : "?");
	return help_program(stderr, EXIT_USAGE);
}

int command_main(int argc, char **argv)
{
	const struct command *c;
	const char *name;
	size_t n;

	if (argc < 2) {
		return help_program(stderr, EXIT_USAGE);
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0) {
		return help_program(stdout, EXIT_FINE);
	}
	if (strcmp(name, "--version") == 0) {
		name = "version";
	}
	for (n = 0; (c = command_at(n)) != NULL; n++) {
		if (strcmp(c->name, name) == 0) {
			return command_parse_and_run(c, argc - 1, argv + 1);
		}
	}
	return unknown(name);
}
