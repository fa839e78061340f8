/* SPDX-License-Identifier: MIT */
/* The command line of penstock-cert, parsed and explained. */
#include "cert/cert_line.h"

#include "tls_near.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	SHOWN = 256
}; /* what getopt_long returns for the option 0 */

int cert_bad(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("penstock-cert: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CERT_BAD;
}

void cert_warn(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("penstock-cert: warning: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cert_usage(const struct cert_line *line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "penstock-cert %s: ", line->command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; `penstock-cert %s --help` tells more\n",
	        line->command);
	return CERT_USAGE;
}

/* -- help -------------------------------------------------------------- */

static int help_program(FILE *out, int code)
{
	const struct cert_command *c;
	size_t n;

	fprintf(out, "Usage: penstock-cert COMMAND [OPTION]...\n\nCommands:\n");
	for (n = 0; (c = cert_command_at(n)) != NULL; n++) {
		fprintf(out, "  %-11s %s\n", c->name, c->help);
	}
	fprintf(out,
	        "\n`penstock-cert COMMAND --help` tells the options of one.\n");
	return code;
}

static void help_option(FILE *out, const struct cert_option *o)
{
	char text[64];

	snprintf(text, sizeof(text), "%c%c%s--%s%s%s",
	         o->letter == 0 ? ' ' : '-', o->letter == 0 ? ' ' : o->letter,
	         o->letter == 0 ? "  " : ", ", o->name,
	         o->argument == NULL ? "" : " ",
	         o->argument == NULL ? "" : o->argument);
	fprintf(out, "  %-30s %s\n", text, o->help);
}

static int help_command(FILE *out, const struct cert_command *c)
{
	const struct cert_option *const *o;

	fprintf(out, "Usage: penstock-cert %s [OPTION]... %s\n%s\n\nOptions:\n",
	        c->name, c->operands, c->help);
	for (o = c->options; *o != NULL; o++) {
		help_option(out, *o);
	}
	fprintf(out, "  %-30s %s\n", "-h, --help", "tell this");
	return CERT_GOOD;
}

/* -- parsing ----------------------------------------------------------- */

/* The rows as getopt_long wants them. */
struct getopt_rows {
	struct option longs[CERT_OPTION_COUNT + 1];
	char shorts[2 * CERT_OPTION_COUNT + 4];
};

static void getopt_fill(struct getopt_rows *rows, const struct cert_command *c)
{
	char *s = rows->shorts;
	size_t n;

	memset(rows, 0, sizeof(*rows));
	*s++ = ':';
	*s++ = 'h';
	for (n = 0; c->options[n] != NULL; n++) {
		const struct cert_option *o = c->options[n];

		rows->longs[n] = (struct option){
			o->name,
			o->argument != NULL ? required_argument : no_argument,
			NULL, (int)o->id + SHOWN};
		if (o->letter != 0) {
			*s++ = o->letter;
		}
		if (o->letter != 0 && o->argument != NULL) {
			*s++ = ':';
		}
	}
	rows->longs[n] =
		(struct option){"help", no_argument, NULL, CERT_HELP + SHOWN};
}

static enum cert_option_id id_of(const struct cert_command *c, int got)
{
	size_t n;

	for (n = 0; got < SHOWN && c->options[n] != NULL; n++) {
		if (c->options[n]->letter == got) {
			return c->options[n]->id;
		}
	}
	return got < SHOWN ? CERT_HELP : (enum cert_option_id)(got - SHOWN);
}

static int unknown_option(const struct cert_line *line,
                          const struct cert_command *c, const char *given)
{
	struct tls_near near;
	size_t n;

	tls_near_init(&near, given + strspn(given, "-"));
	for (n = 0; c->options[n] != NULL; n++) {
		tls_near_try(&near, c->options[n]->name);
	}
	return cert_usage(line, "does not know %s%s%s%s", given,
	                  near.best == NULL ? "" : "; did you mean --",
	                  near.best == NULL ? "" : near.best,
	                  near.best == NULL ? "" : "?");
}

static int option_take(struct cert_line *line, enum cert_option_id id)
{
	if (id == CERT_TRUST && line->trust_count == CERT_TRUST_MAX) {
		return cert_usage(line, "more than %d of --trust",
		                  CERT_TRUST_MAX);
	}
	if (id == CERT_TRUST) {
		line->trust[line->trust_count++] = optarg;
	}
	if (id != CERT_TRUST && cert_given(line, id) && optarg != NULL) {
		return cert_usage(line,
		                  "was given both %s and %s for one option",
		                  line->value[id], optarg);
	}
	line->value[id] = optarg == NULL ? "" : optarg;
	return CERT_GOOD;
}

static int operands_take(struct cert_line *line, const struct cert_command *c,
                         int argc, char **argv)
{
	bool several = strstr(c->operands, "...") != NULL;

	line->operand = (const char *const *)argv + optind;
	line->operand_count = (size_t)(argc - optind);
	if (c->operands[0] != '[' && line->operand_count == 0) {
		return cert_usage(line, "needs %s", c->operands);
	}
	if (!several && line->operand_count > 1) {
		return cert_usage(line, "one too many: %s", line->operand[1]);
	}
	return CERT_GOOD;
}

/* argv[0] is the command's name. */
static int command_run(const struct cert_command *c, int argc, char **argv)
{
	struct cert_line line;
	struct getopt_rows rows;
	int got, code = CERT_GOOD;

	memset(&line, 0, sizeof(line));
	line.command = c->name;
	getopt_fill(&rows, c);
	opterr = 0;
	while ((got = getopt_long(argc, argv, rows.shorts, rows.longs, NULL)) !=
	       -1) {
		enum cert_option_id id = id_of(c, got);

		if (got == ':') {
			return cert_usage(&line, "a value is missing behind %s",
			                  argv[optind - 1]);
		}
		if (got == '?') {
			return unknown_option(&line, c, argv[optind - 1]);
		}
		if (id == CERT_HELP) {
			return help_command(stdout, c);
		}
		code = option_take(&line, id);
		if (code != CERT_GOOD) {
			return code;
		}
	}
	code = operands_take(&line, c, argc, argv);
	return code == CERT_GOOD ? c->run(&line) : code;
}

static int unknown_command(const char *name)
{
	struct tls_near near;
	const struct cert_command *c;
	size_t n;

	tls_near_init(&near, name);
	for (n = 0; (c = cert_command_at(n)) != NULL; n++) {
		tls_near_try(&near, c->name);
	}
	fprintf(stderr, "penstock-cert: there is no command \"%s\"%s%s%s\n",
	        name, near.best == NULL ? "" : "; did you mean ",
	        near.best == NULL ? "" : near.best,
	        near.best == NULL ? "" : "?");
	return help_program(stderr, CERT_USAGE);
}

int cert_line_main(int argc, char **argv)
{
	const struct cert_command *c;
	const char *name;
	size_t n;

	if (argc < 2) {
		return help_program(stderr, CERT_USAGE);
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0) {
		return help_program(stdout, CERT_GOOD);
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
		printf("penstock-cert %s\n", PST_VERSION);
		return CERT_GOOD;
	}
	for (n = 0; (c = cert_command_at(n)) != NULL; n++) {
		if (strcmp(c->name, name) == 0) {
			return command_run(c, argc - 1, argv + 1);
		}
	}
	return unknown_command(name);
}
