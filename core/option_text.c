/* SPDX-License-Identifier: MIT */
/* Values of options as text: parsing and showing, pure functions. */
#include "options.h"
#include "resource.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"g", 1024u * 1024u * 1024u},
	{"m", 1024u * 1024u},
	{"k", 1024u},
	{"", 1u},
	{NULL, 0},
};

static const struct unit time_units[] = {
	{"d", 86400000u}, {"h", 3600000u}, {"m", 60000u},
	{"s", 1000u},     {"ms", 1u},      {NULL, 0},
};

int option_parse_int(const char *text, int64_t *value_out)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	long long value;

	if (digits[0] == '\0' ||
	    strspn(digits, "0123456789") != strlen(digits) ||
	    (digits[0] == '0' && digits[1] != '\0')) {
		return PST_INVALID;
	}
	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno != 0) {
		return PST_INVALID;
	}
	*value_out = value;
	return PST_OK;
}

static int parse_unit(const char *text, const struct unit *units,
                      uint64_t *value_out)
{
	size_t n = strspn(text, "0123456789");
	unsigned long long number;
	char *end;

	if (n == 0 || (text[0] == '0' && n > 1)) {
		return PST_INVALID;
	}
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0) {
		return PST_INVALID;
	}
	for (; units->name != NULL; units++) {
		if (strcmp(end, units->name) == 0) {
			if (number > (uint64_t)INT64_MAX / units->factor) {
				return PST_INVALID;
			}
			*value_out = number * units->factor;
			return PST_OK;
		}
	}
	return PST_INVALID;
}

int option_parse_size(const char *text, uint64_t *value_out)
{
	return parse_unit(text, size_units, value_out);
}

int option_parse_time(const char *text, uint64_t *value_out)
{
	if (strcmp(text, "0") == 0) {
		*value_out = 0;
		return PST_OK;
	}
	return parse_unit(text, time_units, value_out);
}

int option_parse_bool(const char *text, bool *value_out)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 ||
	    strcmp(text, "on") == 0) {
		*value_out = true;
		return PST_OK;
	}
	if (strcmp(text, "false") == 0 || strcmp(text, "no") == 0 ||
	    strcmp(text, "off") == 0) {
		*value_out = false;
		return PST_OK;
	}
	return PST_INVALID;
}

static void show_unit(uint64_t value, const struct unit *units, char *text,
                      size_t size)
{
	if (value == 0) {
		snprintf(text, size, "0");
		return;
	}
	while (value % units->factor != 0) {
		units++;
	}
	snprintf(text, size, "%" PRIu64 "%s", value / units->factor,
	         units->name);
}

void option_show_size(uint64_t value, char *text, size_t size)
{
	show_unit(value, size_units, text, size);
}

void option_show_time(uint64_t value, char *text, size_t size)
{
	show_unit(value, time_units, text, size);
}

const char *option_type_name(uint32_t type)
{
	switch ((enum pst_option_type)type) {
	case PST_OPTION_STRING:
		return "string";
	case PST_OPTION_BOOL:
		return "boolean";
	case PST_OPTION_INT:
		return "integer";
	case PST_OPTION_SIZE:
		return "size";
	case PST_OPTION_TIME:
		return "time";
	case PST_OPTION_ENUM:
		return "choice";
	case PST_OPTION_FILE:
		return "file";
	case PST_OPTION_LIST:
		return "list";
	case PST_OPTION_FILES:
		return "files";
	case PST_OPTION_REFS:
		return "names";
	}
	return "unknown";
}

/* -- from a filled struct ---------------------------------------------- */

static void show_list(const struct pst_list *list, char *text, size_t size)
{
	size_t i, at = 0;
	int n;

	text[0] = '\0';
	for (i = 0; i < list->count && at < size; i++) {
		n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ",
		             list->item[i]);
		at += n < 0 ? 0 : (size_t)n;
	}
}

#define FILES_SHOWN 8u

static void show_files(const struct pst_files *files, char *text, size_t size)
{
	size_t i, at = 0;
	int n;

	text[0] = '\0';
	for (i = 0; i < files->count && i < FILES_SHOWN && at < size; i++) {
		n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ",
		             files->item[i].path);
		at += n < 0 ? 0 : (size_t)n;
	}
	if (i < files->count && at < size) {
		snprintf(text + at, size - at, " and %zu more",
		         files->count - i);
	}
}

static void show_refs(const struct pst_refs *refs, char *text, size_t size)
{
	size_t i, at = 0;
	int n;

	text[0] = '\0';
	for (i = 0; i < refs->count && at < size; i++) {
		n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ",
		             resource_of(&refs->item[i])->shown);
		at += n < 0 ? 0 : (size_t)n;
	}
}

static void show_choice(const struct pst_option *row, uint32_t index,
                        char *text, size_t size)
{
	uint32_t i = 0;

	while (row->choices != NULL && row->choices[i] != NULL && i < index) {
		i++;
	}
	snprintf(text, size, "%s",
	         row->choices == NULL || row->choices[i] == NULL
	                 ? ""
	                 : row->choices[i]);
}

/* A member of any type, copied out of the struct. */
union member {
	const char *string;
	bool truth;
	int64_t integer;
	uint64_t number;
	uint32_t choice;
	struct pst_file file;
	struct pst_list list;
	struct pst_files files;
	struct pst_refs refs;
};

static size_t member_size(uint32_t type)
{
	switch ((enum pst_option_type)type) {
	case PST_OPTION_STRING:
		return sizeof(const char *);
	case PST_OPTION_BOOL:
		return sizeof(bool);
	case PST_OPTION_INT:
		return sizeof(int64_t);
	case PST_OPTION_SIZE:
	case PST_OPTION_TIME:
		return sizeof(uint64_t);
	case PST_OPTION_ENUM:
		return sizeof(uint32_t);
	case PST_OPTION_FILE:
		return sizeof(struct pst_file);
	case PST_OPTION_LIST:
		return sizeof(struct pst_list);
	case PST_OPTION_FILES:
		return sizeof(struct pst_files);
	case PST_OPTION_REFS:
		return sizeof(struct pst_refs);
	}
	return 0;
}

static void member_get(const struct pst_option *row, const void *conf,
                       union member *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out, (const char *)conf + row->offset, member_size(row->type));
}

static void show_member(const struct pst_option *row, const union member *m,
                        char *text, size_t size)
{
	switch ((enum pst_option_type)row->type) {
	case PST_OPTION_STRING:
		snprintf(text, size, "%s", m->string == NULL ? "" : m->string);
		return;
	case PST_OPTION_BOOL:
		snprintf(text, size, "%s", m->truth ? "true" : "false");
		return;
	case PST_OPTION_INT:
		snprintf(text, size, "%" PRId64, m->integer);
		return;
	case PST_OPTION_SIZE:
		option_show_size(m->number, text, size);
		return;
	case PST_OPTION_TIME:
		option_show_time(m->number, text, size);
		return;
	case PST_OPTION_ENUM:
		show_choice(row, m->choice, text, size);
		return;
	case PST_OPTION_FILE:
		snprintf(text, size, "%s",
		         m->file.path == NULL ? "" : m->file.path);
		return;
	case PST_OPTION_LIST:
		show_list(&m->list, text, size);
		return;
	case PST_OPTION_FILES:
		show_files(&m->files, text, size);
		return;
	case PST_OPTION_REFS:
		show_refs(&m->refs, text, size);
		return;
	}
}

void options_show(const struct pst_option *row, const void *conf, char *text,
                  size_t size)
{
	union member m;

	if (size == 0) {
		return;
	}
	text[0] = '\0';
	if ((row->flags & PST_OPTION_ELSEWHERE) != 0) {
		return;
	}
	member_get(row, conf, &m);
	if ((row->flags & PST_OPTION_SECRET) != 0 &&
	    row->type != PST_OPTION_FILE && row->type != PST_OPTION_FILES) {
		snprintf(text, size, "%s",
		         row->type == PST_OPTION_STRING && m.string == NULL
		                 ? ""
		                 : "(secret)");
		return;
	}
	show_member(row, &m, text, size);
}

/* -- digest ------------------------------------------------------------ */

#define FNV_PRIME 0x100000001b3u

/* FNV-1a, twice with different offsets. */
static void digest_bytes(uint64_t d[2], const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	size_t i;

	for (i = 0; i < length; i++) {
		d[0] = (d[0] ^ p[i]) * FNV_PRIME;
		d[1] = (d[1] ^ p[i] ^ 0x5au) * FNV_PRIME;
	}
}

/* With its length, so that no two lists of texts are one text. */
static void digest_text(uint64_t d[2], const void *text, size_t length)
{
	uint64_t n = text == NULL ? UINT64_MAX : length;

	digest_bytes(d, &n, sizeof(n));
	if (text != NULL) {
		digest_bytes(d, text, length);
	}
}

static void digest_string(uint64_t d[2], const char *text)
{
	digest_text(d, text, text == NULL ? 0 : strlen(text));
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void digest_member(uint64_t d[2], const struct pst_option *row,
                          const union member *m)
{
	char text[64];
	size_t i;

	digest_string(d, row->name);
	switch ((enum pst_option_type)row->type) {
	case PST_OPTION_STRING:
		digest_string(d, m->string);
		return;
	case PST_OPTION_FILE:
		digest_text(d, m->file.data, m->file.length);
		return;
	case PST_OPTION_FILES:
		digest_bytes(d, &m->files.count, sizeof(m->files.count));
		for (i = 0; i < m->files.count; i++) {
			/* in a folder, what belongs together is told by name */
			digest_string(d, base_of(m->files.item[i].path));
			digest_text(d, m->files.item[i].data,
			            m->files.item[i].length);
		}
		return;
	case PST_OPTION_REFS:
		digest_bytes(d, &m->refs.count, sizeof(m->refs.count));
		for (i = 0; i < m->refs.count; i++) {
			digest_bytes(d, resource_of(&m->refs.item[i])->digest,
			             sizeof(uint64_t[2]));
		}
		return;
	case PST_OPTION_LIST:
		digest_bytes(d, &m->list.count, sizeof(m->list.count));
		for (i = 0; i < m->list.count; i++) {
			digest_string(d, m->list.item[i]);
		}
		return;
	case PST_OPTION_BOOL:
	case PST_OPTION_INT:
	case PST_OPTION_SIZE:
	case PST_OPTION_TIME:
	case PST_OPTION_ENUM:
		show_member(row, m, text, sizeof(text));
		digest_string(d, text);
		return;
	}
}

static void digest_begin(uint64_t d[2])
{
	d[0] = 0xcbf29ce484222325u;
	d[1] = 0x9ae16a3b2f90404fu;
}

static void digest_row(uint64_t d[2], const struct pst_option *row,
                       const void *conf)
{
	union member m;

	const uint32_t apart =
		PST_OPTION_ROUTE | PST_OPTION_STREAM | PST_OPTION_ELSEWHERE;

	if ((row->flags & apart) == 0) {
		member_get(row, conf, &m);
		digest_member(d, row, &m);
	}
}

void options_digest(const struct options *o, const char *id,
                    uint64_t digest_out[2])
{
	struct pst_option row;
	unsigned i;

	digest_begin(digest_out);
	digest_string(digest_out, id);
	for (i = 0; options_row(o->rows, o->stride, i, &row); i++) {
		digest_row(digest_out, &row, o->conf);
	}
}

const char *options_difference(const struct options *a, const struct options *b)
{
	uint64_t da[2], db[2];
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(a->rows, a->stride, i, &row); i++) {
		digest_begin(da);
		digest_begin(db);
		digest_row(da, &row, a->conf);
		digest_row(db, &row, b->conf);
		if (da[0] != db[0] || da[1] != db[1]) {
			return row.name;
		}
	}
	return NULL;
}
