/* SPDX-License-Identifier: MIT */
/* Boxes and arrows of text, in ASCII or with lines of UTF-8. */
#ifndef CORE_PICTURE_H
#define CORE_PICTURE_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stdio.h>

/** A box whose lines are collected, so that its width fits the longest. */
struct picture_box {
	FILE *lines; /* write into it, with '\n' behind each line */
	char *text;
	size_t size;
};

struct picture {
	FILE *out;
	bool utf8;
};

/** Begin a box. Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int picture_box_begin(struct picture_box *b);
/** Draw it with `title` in its upper edge, and free it. Returns 0 or
 *  PST_MEMORY. */
PST_MUST_CHECK int picture_box_end(const struct picture *p,
                                   struct picture_box *b, const char *title);
/** A stretch of the line between two boxes, with words beside it. */
PST_PRINTF(2, 3)
void picture_line(const struct picture *p, const char *fmt, ...);
/** A line of a tree, `depth` levels below its root. */
PST_PRINTF(3, 4)
void picture_branch(const struct picture *p, unsigned depth, const char *fmt,
                    ...);
/** Write a text from outside: no byte of it may steer a terminal. */
void picture_clean(FILE *out, const char *text);
/** The line's end at what stands below. */
void picture_arrow(const struct picture *p);

#endif
