/* SPDX-License-Identifier: MIT */
/* Diagnostics of one load. */
#include "diag.h"

#include "configure.h"
#include "value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The few settings whose values are used far from where they are read. */
struct diag_place {
	struct diag_place *next;
	char *setting, *file;
	unsigned line;
};

void diag_init(struct diag *d)
{
	memset(d, 0, sizeof(*d));
}

void diag_finish(struct diag *d)
{
	size_t i;

	for (i = 0; i < d->count; i++) {
		free(d->entries[i].text);
	}
	for (i = 0; i < d->settled_count; i++) {
		free(d->settled[i]);
	}
	free(d->entries);
	free(d->settled);
	while (d->places != NULL) {
		struct diag_place *p = d->places;

		d->places = p->next;
		free(p->setting);
		free(p->file);
		free(p);
	}
	name_index_finish(&d->said);
	name_index_finish(&d->settled_at);
	diag_init(d);
}

static int place_write(char *text, size_t size, enum pst_log_level level,
                       const char *file, unsigned line, const char *setting)
{
	char number[16] = "";

	if (file != NULL && file[0] == '\0') {
		file = NULL;
	}
	if (line != 0) {
		snprintf(number, sizeof(number), ":%u", line);
	}
	return snprintf(text, size, "%s%s%s%s%s%s", file == NULL ? "" : file,
	                file == NULL ? "" : number, file == NULL ? "" : ": ",
	                level == PST_LOG_WARNING ? "warning: " : "",
	                setting == NULL ? "" : setting,
	                setting == NULL ? "" : ": ");
}

/* A line stays a line, whatever a file has in its strings. */
static void mask_control_bytes(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			*text = '?';
		}
	}
}

PST_PRINTF(5, 0)
static char *compose(enum pst_log_level level, const char *file, unsigned line,
                     const char *setting, const char *fmt, va_list ap)
{
	va_list again;
	int place, length;
	char *text = NULL;

	va_copy(again, ap);
	place = place_write(NULL, 0, level, file, line, setting);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (place < 0 || length < 0) {
		return NULL;
	}
	text = malloc((size_t)place + (size_t)length + 1);
	if (text == NULL) {
		return NULL;
	}
	place_write(text, (size_t)place + 1, level, file, line, setting);
	vsnprintf(text + place, (size_t)length + 1, fmt, ap);
	mask_control_bytes(text);
	return text;
}

static bool append(struct diag *d, enum pst_log_level level, char *text)
{
	size_t room = d->room == 0 ? 16 : d->room * 2;
	struct diag_entry *entries;

	if (d->count == d->room) {
		entries = realloc(d->entries, room * sizeof(*entries));
		if (entries == NULL) {
			return false;
		}
		d->entries = entries;
		d->room = room;
	}
	if (name_index_add(&d->said, text, text) != PST_OK) {
		return false;
	}
	d->entries[d->count].level = level;
	d->entries[d->count++].text = text;
	return true;
}

static void tally(struct diag *d, enum pst_log_level level)
{
	if (level == PST_LOG_ERROR) {
		d->errors++;
	} else if (level == PST_LOG_WARNING) {
		d->warnings++;
	}
}

static char *place_text(const char *file, unsigned line, const char *setting)
{
	char *text;
	int length = place_write(NULL, 0, PST_LOG_ERROR, file, line, setting);

	text = length < 0 ? NULL : malloc((size_t)length + 1);
	if (text != NULL) {
		place_write(text, (size_t)length + 1, PST_LOG_ERROR, file, line,
		            setting);
	}
	return text;
}

void diag_place(struct diag *d, const char *setting, const char *file,
                unsigned line)
{
	struct diag_place *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		return;
	}
	p->setting = strdup(setting);
	p->file = file == NULL ? NULL : strdup(file);
	p->line = line;
	if (p->setting == NULL || p->file == NULL) {
		free(p->setting);
		free(p->file);
		free(p);
		return;
	}
	p->next = d->places;
	d->places = p;
}

static const struct diag_place *place_of(const struct diag *d,
                                         const char *setting)
{
	const struct diag_place *p = d->places;

	while (p != NULL && strcmp(p->setting, setting) != 0) {
		p = p->next;
	}
	return p;
}

static void settle(struct diag *d, char *place)
{
	char **more = NULL;

	if (place != NULL && name_index_find(&d->settled_at, place) == NULL) {
		more = reallocarray(d->settled, d->settled_count + 1,
		                    sizeof(*more));
	}
	if (more != NULL) {
		d->settled = more;
	}
	if (more == NULL ||
	    name_index_add(&d->settled_at, place, place) != PST_OK) {
		free(place); /* without memory more is said than need be */
		return;
	}
	d->settled[d->settled_count++] = place;
}

void diag_settle(struct diag *d, const char *file, unsigned line,
                 const char *setting)
{
	settle(d, place_text(file, line, setting));
	settle(d, place_text(NULL, 0, setting)); /* by who knows no file */
}

static bool is_settled(const struct diag *d, const char *file, unsigned line,
                       const char *setting)
{
	char *place;
	bool settled;

	if (d->settled_count == 0 || setting == NULL) {
		return false;
	}
	place = place_text(file, line, setting);
	settled =
		place != NULL && name_index_find(&d->settled_at, place) != NULL;
	free(place);
	return settled;
}

void diag_add(struct diag *d, enum pst_log_level level, const char *file,
              unsigned line, const char *setting, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (is_settled(d, file, line, setting)) {
		return;
	}
	if (file == NULL && setting != NULL && place_of(d, setting) != NULL) {
		file = place_of(d, setting)->file;
		line = place_of(d, setting)->line;
	}
	va_start(ap, fmt);
	text = compose(level, file, line, setting, fmt, ap);
	va_end(ap);
	if (text == NULL) {
		d->errors++;
		return;
	}
	if (name_index_find(&d->said, text) != NULL) {
		free(text); /* what many pipelines share is said once */
		return;
	}
	if (!append(d, level, text)) {
		free(text);
		d->errors++;
		return;
	}
	tally(d, level);
}

void diag_print(const struct diag *d, FILE *out)
{
	size_t i;

	for (i = 0; i < d->count; i++) {
		fprintf(out, "%s\n", d->entries[i].text);
	}
}

int diag_refuse(struct diag *d, const struct conf_value *v, const char *fmt,
                ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(d, PST_LOG_ERROR, v->file, v->line, v->path, "%s", text);
	return PST_CONFIG;
}
