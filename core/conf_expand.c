/* SPDX-License-Identifier: MIT */
/* ${NAME} in the strings of a configuration. */
#include "conf_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64
#define RESULT_MAX     65536u /* bytes: no string grows beyond all measure */

struct expansion {
	char *text;
	size_t length, room;
	char *error;
	size_t error_size;
};

static int append(struct expansion *e, const char *bytes, size_t n)
{
	size_t room = e->room == 0 ? 64 : e->room;
	char *grown;

	if (n > RESULT_MAX || e->length + n > RESULT_MAX) {
		snprintf(e->error, e->error_size,
		         "becomes longer than %u bytes when it is expanded",
		         RESULT_MAX);
		return PST_CONFIG;
	}
	while (room - e->length < n + 1) {
		room *= 2;
	}
	if (room != e->room) {
		grown = realloc(e->text, room);
		if (grown == NULL) {
			return PST_MEMORY;
		}
		e->text = grown;
		e->room = room;
	}
	if (n != 0) {
		memcpy(e->text + e->length, bytes, n);
	}
	e->length += n;
	e->text[e->length] = '\0';
	return PST_OK;
}

static size_t name_length(const char *text)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz_";
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz_0123456789";

	return text[0] == '\0' || strchr(first, text[0]) == NULL
	               ? 0
	               : strspn(text, more);
}

static int complain(struct expansion *e, const char *what)
{
	snprintf(e->error, e->error_size, "%s", what);
	return PST_CONFIG;
}

/* `*text_io` stands behind "${", and is moved behind "}". */
static int expand_one(struct expansion *e, const char **text_io)
{
	const char *name = *text_io, *end = strchr(name, '}'), *value;
	size_t n = name_length(name);
	char copy[NAME_MAX_BYTES];

	if (end == NULL) {
		return complain(e, "has a ${ without a }; write $$ for a "
		                   "dollar sign");
	}
	if (n == 0 || n >= sizeof(copy) ||
	    (name + n != end && strncmp(name + n, ":-", 2) != 0)) {
		return complain(e, "has something other than ${NAME} or "
		                   "${NAME:-default}; a name has letters, "
		                   "digits and _");
	}
	memcpy(copy, name, n);
	copy[n] = '\0';
	*text_io = end + 1;
	value = getenv(copy);
	if (value != NULL && (value[0] != '\0' || name + n == end)) {
		return append(e, value, strlen(value));
	}
	if (name + n != end) { /* empty counts as unset, as in the shell */
		return append(e, name + n + 2, (size_t)(end - (name + n + 2)));
	}
	snprintf(e->error, e->error_size,
	         "names ${%s}, which the environment does not have; set it, or "
	         "write ${%s:-default}",
	         copy, copy);
	return PST_CONFIG;
}

static int expand_all(struct expansion *e, const char *text)
{
	const char *dollar;
	int result = append(e, "", 0);

	while (result == PST_OK && (dollar = strchr(text, '$')) != NULL) {
		result = append(e, text, (size_t)(dollar - text));
		text = dollar + 2;
		if (result != PST_OK) {
			break;
		}
		if (dollar[1] == '$') {
			result = append(e, "$", 1);
		} else if (dollar[1] == '{') {
			result = expand_one(e, &text);
		} else {
			result = complain(e, "has a $ that begins neither "
			                     "${NAME} nor $$; write $$ for a "
			                     "dollar sign");
		}
	}
	return result == PST_OK ? append(e, text, strlen(text)) : result;
}

int conf_text_expand(const char *text, char **text_out, char *error,
                     size_t size)
{
	struct expansion e = {NULL, 0, 0, error, size};
	int result = expand_all(&e, text);

	if (result != PST_OK) {
		free(e.text);
		return result;
	}
	*text_out = e.text;
	return PST_OK;
}
