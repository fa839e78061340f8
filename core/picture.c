/* SPDX-License-Identifier: MIT */
/* Boxes and arrows of text. */
#include "picture.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MIN 60u

/* Marks of one alphabet. */
struct marks {
	const char *left_top, *right_top, *left_bottom, *right_bottom;
	const char *across, *down, *arrow, *branch;
};

static const struct marks ascii = {"+", "+", "+", "+", "-", "|", "v", "+-"};
static const struct marks lines = {"\xe2\x94\x8c", "\xe2\x94\x90",
                                   "\xe2\x94\x94", "\xe2\x94\x98",
                                   "\xe2\x94\x80", "\xe2\x94\x82",
                                   "\xe2\x96\xbc", "\xe2\x94\x9c\xe2\x94\x80"};

static const struct marks *marks_of(const struct picture *p)
{
	return p->utf8 ? &lines : &ascii;
}

void picture_clean(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

int picture_box_begin(struct picture_box *b)
{
	b->text = NULL;
	b->size = 0;
	b->lines = open_memstream(&b->text, &b->size);
	return b->lines == NULL ? PST_MEMORY : PST_OK;
}

/* Characters, not bytes: those that go on a character are not counted. */
static size_t columns(const char *text, size_t length)
{
	size_t i, n = 0;

	for (i = 0; i < length; i++) {
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	return n;
}

static size_t widest(const char *text)
{
	size_t width = WIDTH_MIN, length;

	while (*text != '\0') {
		length = strcspn(text, "\n");
		if (columns(text, length) > width) {
			width = columns(text, length);
		}
		text += length + (text[length] == '\n');
	}
	return width;
}

static void repeat(const struct picture *p, const char *mark, size_t count)
{
	while (count-- > 0) {
		fputs(mark, p->out);
	}
}

static void draw(const struct picture *p, const char *text, const char *title)
{
	const struct marks *m = marks_of(p);
	size_t length, width = widest(text),
		       used = columns(title, strlen(title));

	width = used + 3 > width ? used + 3 : width;
	fprintf(p->out, "  %s%s %s ", m->left_top, m->across, title);
	repeat(p, m->across, width - used - 1);
	fprintf(p->out, "%s\n", m->right_top);
	while (*text != '\0') {
		length = strcspn(text, "\n");
		fprintf(p->out, "  %s %.*s%*s %s\n", m->down, (int)length, text,
		        (int)(width - columns(text, length)), "", m->down);
		text += length + (text[length] == '\n');
	}
	fprintf(p->out, "  %s", m->left_bottom);
	repeat(p, m->across, width + 2);
	fprintf(p->out, "%s\n", m->right_bottom);
}

int picture_box_end(const struct picture *p, struct picture_box *b,
                    const char *title)
{
	int failed = ferror(b->lines);

	if (fclose(b->lines) != 0 || failed != 0 || b->text == NULL) {
		free(b->text);
		return PST_MEMORY;
	}
	draw(p, b->text, title);
	free(b->text);
	return PST_OK;
}

void picture_line(const struct picture *p, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(p->out, "        %s  ", marks_of(p)->down);
	picture_clean(p->out, text);
	fputc('\n', p->out);
}

void picture_branch(const struct picture *p, unsigned depth, const char *fmt,
                    ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(p->out, "    %*s%s ", (int)(depth * 3), "",
	        marks_of(p)->branch);
	picture_clean(p->out, text);
	fputc('\n', p->out);
}

void picture_arrow(const struct picture *p)
{
	fprintf(p->out, "        %s\n", marks_of(p)->arrow);
}
