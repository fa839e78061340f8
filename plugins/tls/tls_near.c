/* SPDX-License-Identifier: MIT */
/* The distance of two names: letters to change, add or leave out. */
#include "tls_near.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME_MAX_LENGTH = 64
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LENGTH + 1];
	size_t i, j, length = strlen(b);

	for (j = 0; j <= length; j++) {
		row[j] = j;
	}
	for (i = 1; a[i - 1] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (j = 1; j <= length; j++) {
			size_t above = row[j];
			size_t change = toupper((unsigned char)a[i - 1]) !=
			                toupper((unsigned char)b[j - 1]);

			row[j] = least(least(above, row[j - 1]) + 1,
			               corner + change);
			corner = above;
		}
	}
	return row[length];
}

void tls_near_init(struct tls_near *near, const char *wanted)
{
	size_t length = strlen(wanted);

	near->wanted = wanted;
	near->best = NULL;
	/* a third may be wrong */
	near->distance = length > NAME_MAX_LENGTH ? 0 : length / 3 + 1;
}

void tls_near_try(struct tls_near *near, const char *name)
{
	size_t d;

	if (near->distance == 0 || strlen(name) > NAME_MAX_LENGTH) {
		return;
	}
	d = distance(near->wanted, name);
	if (d < near->distance) {
		near->distance = d;
		near->best = name;
	}
}

const char *tls_near_hint(const struct tls_near *near, char *out, size_t size)
{
	out[0] = '\0';
	if (near->best != NULL) {
		snprintf(out, size, "; did you mean \"%s\"?", near->best);
	}
	return out;
}
