/* SPDX-License-Identifier: MIT */
/* The text of a configuration before it is parsed: joining and checking. */
#include "conf_text.h"

#include "conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <penstock/text.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A walk over one file's text. */
struct scan {
	struct conf_text *text;
	const char *bytes;
	size_t length, at;
	unsigned file, line;
	unsigned depth;  /* of @include */
	bool line_start; /* only blanks since the line began */
};

static int add_path(struct conf_text *t, const char *path, unsigned depth);
static int add_bytes(struct conf_text *t, const char *name, const char *bytes,
                     size_t length, unsigned depth);

void conf_text_init(struct conf_text *t, struct diag *d)
{
	memset(t, 0, sizeof(*t));
	t->diag = d;
}

void conf_text_finish(struct conf_text *t)
{
	unsigned i;

	for (i = 0; i < t->file_count; i++) {
		free(t->files[i]);
	}
	free(t->files);
	free(t->lines);
	free(t->bytes);
	conf_text_init(t, t->diag);
}

const char *conf_text_place(const struct conf_text *t, unsigned line,
                            unsigned *line_out)
{
	const struct conf_line *l;

	*line_out = 0;
	if (t->line_count == 0) {
		return t->file_count == 0 ? NULL : t->files[0];
	}
	if (line == 0 || line > t->line_count) {
		line = line == 0 ? 1 : (unsigned)t->line_count;
	}
	l = &t->lines[line - 1];
	*line_out = l->line;
	return t->files[l->file];
}

/* -- the joined text --------------------------------------------------- */

static int put_line(struct conf_text *t, unsigned file, unsigned line)
{
	struct conf_line *lines;
	size_t room;

	if (t->line_count == t->line_room) {
		room = t->line_room == 0 ? 64 : t->line_room * 2;
		lines = realloc(t->lines, room * sizeof(*lines));
		if (lines == NULL) {
			return PST_MEMORY;
		}
		t->lines = lines;
		t->line_room = room;
	}
	t->lines[t->line_count].file = file;
	t->lines[t->line_count++].line = line;
	return PST_OK;
}

static int put_bytes(struct conf_text *t, const char *bytes, size_t n)
{
	size_t room = t->room == 0 ? 4096 : t->room;
	char *grown;

	while (room - t->length < n + 1) {
		room *= 2;
	}
	if (room != t->room) {
		grown = realloc(t->bytes, room);
		if (grown == NULL) {
			return PST_MEMORY;
		}
		t->bytes = grown;
		t->room = room;
	}
	memcpy(t->bytes + t->length, bytes, n);
	t->length += n;
	t->bytes[t->length] = '\0';
	return PST_OK;
}

PST_PRINTF(3, 4)
static void complain(struct scan *s, unsigned line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(s->text->diag, PST_LOG_ERROR, s->text->files[s->file], line,
	         NULL, "%s", text);
}

/* Pass `n` bytes on, and keep count of lines. */
static int pass(struct scan *s, size_t n)
{
	size_t i, end = s->at + n;
	int result = put_bytes(s->text, s->bytes + s->at, n);

	for (i = s->at; i < end && result == PST_OK; i++) {
		if (s->bytes[i] == '\n') {
			s->line_start = true;
			result = put_line(s->text, s->file, ++s->line);
		} else if (s->bytes[i] != ' ' && s->bytes[i] != '\t') {
			s->line_start = false;
		}
	}
	s->at = end;
	return result;
}

static char peek(const struct scan *s, size_t ahead)
{
	return s->length - s->at > ahead ? s->bytes[s->at + ahead] : '\0';
}

/* -- tokens ------------------------------------------------------------ */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c) || c == '-' || c == '_';
}

static int skip_line_comment(struct scan *s)
{
	const char *end = memchr(s->bytes + s->at, '\n', s->length - s->at);

	return pass(s, end == NULL ? s->length - s->at
	                           : (size_t)(end - (s->bytes + s->at)));
}

static int skip_block_comment(struct scan *s)
{
	const char *from = s->bytes + s->at;
	const char *end = memmem(from + 2, s->length - s->at - 2, "*/", 2);

	if (end == NULL) {
		complain(s, s->line,
		         "the comment that begins here has no end; "
		         "write */ behind it");
		s->text->errors++;
		s->at = s->length;
		return PST_OK;
	}
	return pass(s, (size_t)(end - from) + 2);
}

static int skip_string(struct scan *s)
{
	unsigned line = s->line;
	size_t n = 1;

	while (peek(s, n) != '"' && s->length - s->at > n) {
		if (peek(s, n) != '\\') {
			n++;
			continue;
		}
		if (peek(s, n + 1) == 'x' && peek(s, n + 2) == '0' &&
		    peek(s, n + 3) == '0') {
			complain(s, line,
			         "a string has a NUL byte (\\x00) in "
			         "it; remove it");
		}
		n += 2;
	}
	if (s->length - s->at <= n) {
		complain(s, line,
		         "the string that begins here has no end; "
		         "write \" behind it");
		s->text->errors++;
		s->at = s->length;
		return PST_OK;
	}
	return pass(s, n + 1);
}

static int skip_name(struct scan *s)
{
	size_t n = 1;

	while (is_name(peek(s, n))) {
		n++;
	}
	return pass(s, n);
}

/* What the parser reads as one number, with its sign and its L. */
static size_t number_length(const struct scan *s, bool *is_float_out)
{
	size_t n = peek(s, 0) == '-' || peek(s, 0) == '+' ? 1 : 0;

	*is_float_out = false;
	if (peek(s, n) == '0' && (peek(s, n + 1) | 0x20) == 'x') {
		n += 2;
		while (pst_hex_digit(peek(s, n)) >= 0) {
			n++;
		}
	} else {
		while (is_digit(peek(s, n)) || peek(s, n) == '.' ||
		       (peek(s, n) | 0x20) == 'e' ||
		       ((peek(s, n) == '-' || peek(s, n) == '+') && n > 0 &&
		        (peek(s, n - 1) | 0x20) == 'e')) {
			*is_float_out |= !is_digit(peek(s, n));
			n++;
		}
	}
	while (peek(s, n) == 'L') {
		n++;
	}
	return n;
}

static int skip_number(struct scan *s)
{
	char number[64], error[256];
	bool is_float;
	size_t n = number_length(s, &is_float);

	if (!is_float && n < sizeof(number)) {
		memcpy(number, s->bytes + s->at, n);
		number[n] = '\0';
		if (conf_number_check(number, error, sizeof(error)) != PST_OK) {
			complain(s, s->line, "%s", error);
		}
	} else if (!is_float) {
		complain(s, s->line,
		         "a number has %zu digits; write a smaller one", n);
	}
	return pass(s, n);
}

/* -- @include ---------------------------------------------------------- */

static char *beside(const char *file, const char *name, size_t n)
{
	const char *slash = strrchr(file, '/');
	size_t folder = slash == NULL || name[0] == '/'
	                        ? 0
	                        : (size_t)(slash - file) + 1;
	char *path = malloc(folder + n + 1);

	if (path != NULL) {
		memcpy(path, file, folder);
		memcpy(path + folder, name, n);
		path[folder + n] = '\0';
	}
	return path;
}

static int include(struct scan *s, size_t name_at)
{
	const char *name = s->bytes + s->at + name_at;
	const char *end = memchr(name, '"', s->length - s->at - name_at);
	int result;
	char *path;

	if (end == NULL || memchr(name, '\n', (size_t)(end - name)) != NULL) {
		complain(s, s->line, "@include has no '\"' behind its file");
		s->text->errors++;
		return pass(s, 1);
	}
	if (s->depth >= CONF_DEPTH_MAX) {
		complain(s, s->line,
		         "@include goes deeper than %d files; does "
		         "one include itself?",
		         CONF_DEPTH_MAX);
		s->text->errors++;
		s->at = (size_t)(end - s->bytes) + 1;
		return PST_OK;
	}
	path = beside(s->text->files[s->file], name, (size_t)(end - name));
	if (path == NULL) {
		return PST_MEMORY;
	}
	result = add_path(s->text, path, s->depth + 1);
	if (result == PST_IO) {
		complain(s, s->line, "@include \"%s\": %s", path,
		         strerror(errno));
		s->text->errors++;
		result = PST_OK;
	}
	free(path);
	s->at = (size_t)(end - s->bytes) + 1;
	s->line_start = false;
	if (result == PST_OK) { /* the rest of this line goes on */
		result = put_line(s->text, s->file, s->line);
	}
	return result == PST_OK ? put_bytes(s->text, "\n", 1) : result;
}

/* Returns the offset of the file's name behind `@include "`, or 0. */
static size_t include_name(const struct scan *s)
{
	static const char word[] = "@include";
	size_t n = sizeof(word) - 1;

	if (!s->line_start || s->length - s->at < n ||
	    memcmp(s->bytes + s->at, word, n) != 0) {
		return 0;
	}
	if (peek(s, n) != ' ' && peek(s, n) != '\t') {
		return 0;
	}
	while (peek(s, n) == ' ' || peek(s, n) == '\t') {
		n++;
	}
	return peek(s, n) == '"' ? n + 1 : 0;
}

/* -- one file ---------------------------------------------------------- */

static int check_nesting(struct scan *s, char c)
{
	struct conf_text *t = s->text;

	if (c == '{' || c == '(') {
		if (t->nested == CONF_NESTED_MAX) {
			complain(s, s->line,
			         "groups and lists stand more than %d deep in "
			         "each other",
			         CONF_NESTED_MAX);
			t->errors++;
			return PST_CONFIG;
		}
		t->members[++t->nested] = 0;
	} else if ((c == '}' || c == ')') && t->nested > 0) {
		t->nested--;
	} else if ((c == '=' || c == ':') &&
	           ++t->members[t->nested] > CONF_MEMBERS_MAX) {
		complain(s, s->line, "a group has more than %u settings",
		         CONF_MEMBERS_MAX);
		t->errors++;
		return PST_CONFIG;
	}
	return PST_OK;
}

static int scan_token(struct scan *s)
{
	char c = peek(s, 0), next = peek(s, 1);
	size_t name_at;

	if (c == '#' || (c == '/' && next == '/')) {
		return skip_line_comment(s);
	}
	if (c == '/' && next == '*') {
		return skip_block_comment(s);
	}
	if (c == '"') {
		return skip_string(s);
	}
	if (is_name_start(c)) {
		return skip_name(s);
	}
	if (is_digit(c) || ((c == '-' || c == '+') && is_digit(next)) ||
	    (c == '.' && is_digit(next))) {
		return skip_number(s);
	}
	name_at = c == '@' ? include_name(s) : 0;
	if (name_at != 0) {
		return include(s, name_at);
	}
	if (c == '@') { /* the parser must not open files itself */
		complain(s, s->line,
		         "an @ means something only in @include \"FILE\" at "
		         "the start of a line");
		s->text->errors++;
		s->at++;
		return PST_OK;
	}
	if (check_nesting(s, c) != PST_OK) {
		return PST_CONFIG;
	}
	return pass(s, 1);
}

static int add_file_name(struct conf_text *t, const char *name)
{
	char **files = realloc(t->files, (t->file_count + 1) * sizeof(char *));

	if (files == NULL) {
		return PST_MEMORY;
	}
	t->files = files;
	files[t->file_count] = strdup(name);
	if (files[t->file_count] == NULL) {
		return PST_MEMORY;
	}
	t->file_count++;
	return PST_OK;
}

static int check_whole(struct scan *s)
{
	if (memchr(s->bytes, '\0', s->length) != NULL) {
		complain(s, 0, "has a NUL byte in it: it is not a text file");
		s->text->errors++;
		return PST_CONFIG;
	}
	if (s->text->length + s->length > CONF_TEXT_LIMIT) {
		complain(s, 0, "makes the configuration larger than %zu MiB",
		         CONF_TEXT_LIMIT / 1024 / 1024);
		s->text->errors++;
		return PST_CONFIG;
	}
	return PST_OK;
}

static int add_bytes(struct conf_text *t, const char *name, const char *bytes,
                     size_t length, unsigned depth)
{
	struct scan s;
	int result = add_file_name(t, name);

	memset(&s, 0, sizeof(s));
	s.text = t;
	s.bytes = bytes;
	s.length = length;
	s.file = t->file_count - 1;
	s.line = 1;
	s.depth = depth;
	s.line_start = true;
	if (result == PST_OK) {
		result = check_whole(&s);
	}
	if (result == PST_OK && (t->line_count == 0 || depth == 0)) {
		result = put_line(t, s.file, 1);
	} else if (result == PST_OK) { /* this line is now ours */
		t->lines[t->line_count - 1].file = s.file;
		t->lines[t->line_count - 1].line = 1;
	}
	while (result == PST_OK && s.at < s.length) {
		result = scan_token(&s);
	}
	return result;
}

int conf_text_add(struct conf_text *t, const char *name, const char *text,
                  size_t length)
{
	int result = add_bytes(t, name, text, length, 0);

	return result == PST_OK && t->errors != 0 ? PST_CONFIG : result;
}

/* -- reading ----------------------------------------------------------- */

static int read_fd(int fd, char **bytes_out, size_t *length_out)
{
	size_t room = 16384, length = 0;
	char *bytes = malloc(room), *grown;
	ssize_t n = 1;

	while (bytes != NULL && n != 0 && length <= CONF_TEXT_LIMIT) {
		n = read(fd, bytes + length, room - length);
		if (n < 0 && errno != EINTR) {
			free(bytes);
			return PST_IO;
		}
		length += n > 0 ? (size_t)n : 0;
		if (length == room) {
			room *= 2;
			grown = realloc(bytes, room);
			if (grown == NULL) {
				free(bytes);
			}
			bytes = grown;
		}
	}
	*bytes_out = bytes;
	*length_out = length;
	return bytes == NULL ? PST_MEMORY : PST_OK;
}

static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0) {
			close(fd);
		}
		return -1;
	}
	if (S_ISREG(st.st_mode)) {
		return fd;
	}
	close(fd);
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return -1;
}

static int add_path(struct conf_text *t, const char *path, unsigned depth)
{
	char *bytes = NULL;
	size_t length = 0;
	int result, fd = open_regular(path), error;

	if (fd < 0) {
		return PST_IO;
	}
	result = read_fd(fd, &bytes, &length);
	error = errno;
	close(fd);
	if (result == PST_OK) {
		result = add_bytes(t, path, bytes, length, depth);
		free(bytes);
	}
	errno = error;
	return result;
}

static const char *what_to_do(int error)
{
	switch (error) {
	case ENOENT:
		return "; make it, or name another with -c";
	case EISDIR:
	case ENOTDIR:
		return "; name a file";
	case EACCES:
		return "; let the user that starts this program read it";
	default:
		return "";
	}
}

int conf_text_load(struct conf_text *t, const char *path)
{
	int result = add_path(t, path, 0);

	if (result == PST_IO) {
		const int error = errno;

		diag_add(t->diag, PST_LOG_ERROR, path, 0, NULL, "%s%s",
		         strerror(error), what_to_do(error));
		return PST_CONFIG;
	}
	return result == PST_OK && t->errors != 0 ? PST_CONFIG : result;
}
