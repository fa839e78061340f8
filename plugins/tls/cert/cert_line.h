/* SPDX-License-Identifier: MIT */
/* The command line of penstock-cert: commands and options in one table. */
#ifndef CERT_LINE_H
#define CERT_LINE_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>

enum cert_exit {
	CERT_GOOD = 0,
	CERT_BAD = 1,
	CERT_USAGE = 2
};

/* Which option; the index into struct cert_line's values. */
enum cert_option_id {
	CERT_OUT,
	CERT_KEY,
	CERT_KEY_FILE,
	CERT_DAYS,
	CERT_CLIENT,
	CERT_SERVER,
	CERT_SUBJECT,
	CERT_PASSWORD_FILE,
	CERT_CA,
	CERT_CA_KEY,
	CERT_CA_PASSWORD_FILE,
	CERT_REQUEST,
	CERT_CRL,
	CERT_FORCE,
	CERT_TRUST,
	CERT_NAME,
	CERT_ADDRESS,
	CERT_CERTIFICATE,
	CERT_PRIVATE_KEY,
	CERT_FORMAT,
	CERT_WITH_KEY,
	CERT_ALIAS,
	CERT_HELP,
	CERT_OPTION_COUNT
};

enum { CERT_TRUST_MAX = 32 };

/** What was given. Strings are borrowed from argv. */
struct cert_line {
	const char *command; /* its name, for messages */
	const char *value[CERT_OPTION_COUNT]; /* NULL: not given; "" for flags */
	const char *trust[CERT_TRUST_MAX];    /* --trust may be repeated */
	size_t trust_count;
	const char *const *operand;
	size_t operand_count;
};

struct cert_option {
	enum cert_option_id id;
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* "FILE"; NULL: a flag */
	const char *help;
};

struct cert_command {
	const char *name;
	const char *operands; /* "NAME..."; "[...]": may be left out */
	const char *help;     /* sentences */
	const struct cert_option *const *options; /* NULL at the end */
	int (*run)(const struct cert_line *line); /* enum cert_exit */
};

/** NULL behind the last. */
const struct cert_command *cert_command_at(size_t n);

/** Understand the line and run its command. Returns enum cert_exit. */
int cert_line_main(int argc, char **argv);

/** Tell what is wrong on stderr. Both return the exit code that they name. */
int cert_bad(const char *fmt, ...) PST_PRINTF(1, 2);
int cert_usage(const struct cert_line *line, const char *fmt, ...)
	PST_PRINTF(2, 3);
/** "penstock-cert: warning: ..." on stderr. */
void cert_warn(const char *fmt, ...) PST_PRINTF(1, 2);

static inline bool cert_given(const struct cert_line *line,
                              enum cert_option_id id)
{
	return line->value[id] != NULL;
}

int cert_self_signed(const struct cert_line *line);
int cert_ca(const struct cert_line *line);
int cert_request(const struct cert_line *line);
int cert_issue(const struct cert_line *line);
int cert_revoke(const struct cert_line *line);
int cert_show(const struct cert_line *line);
int cert_verify(const struct cert_line *line);
int cert_export(const struct cert_line *line);
int cert_fetch(const struct cert_line *line);

#endif
