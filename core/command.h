/* SPDX-License-Identifier: MIT */
/* The commands of the program: one table, from which help is made too. */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_CLOSED = 3 /* connect: the peer said no */
};

#define COMMAND_SETTINGS_MAX     256
#define COMMAND_SUBPROTOCOLS_MAX 16
#define COMMAND_SUBPROTOCOL_MAX  255 /* bytes of one */

/** What was given on the command line. Strings are borrowed from argv. */
struct command_line {
	const char *config; /* -c, or the built-in path */
	bool config_given;
	bool foreground, single, verbose, binary, open;
	const char *inspect;
	const char *settings[COMMAND_SETTINGS_MAX]; /* --option, in order */
	size_t setting_count;
	const char *subprotocols[COMMAND_SUBPROTOCOLS_MAX]; /* in order */
	size_t subprotocol_count;
	const char *operand; /* NULL: none */
};

struct command_option; /* a row: name, letter, argument, help */

struct command {
	const char *name;
	const char *operand; /* "URL", "[SERVICE]"; NULL: takes none */
	const char *help;    /* one sentence */
	const struct command_option *const *options; /* NULL at the end */
	int (*run)(const struct command_line *line); /* enum exit_code */
};

/** NULL behind the last. */
const struct command *command_at(size_t n);

/** Understand the line and run its command. Returns an exit code. */
int command_main(int argc, char **argv);

int command_run(const struct command_line *line);
int command_check(const struct command_line *line);
int command_explain(const struct command_line *line);
int command_plugins(const struct command_line *line);
int command_connect(const struct command_line *line);
int command_reference(const struct command_line *line);
int command_version(const struct command_line *line);

#endif
