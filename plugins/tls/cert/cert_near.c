/* SPDX-License-Identifier: MIT */
/* The known word that is nearest to a mistyped one. */
#include "cert/cert_near.h"

#include <string.h>

enum {
	WORD_MAX = 31
};

/* How many letters must be put in, taken out or changed. */
static size_t distance_of(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], corner, above, i, j;

	for (j = 0; b[j] != '\0'; j++) {
		row[j] = j;
	}
	row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (j = 0; b[j] != '\0'; j++) {
			size_t best = corner + (a[i] != b[j]);

			above = row[j + 1];
			best = above + 1 < best ? above + 1 : best;
			best = row[j] + 1 < best ? row[j] + 1 : best;
			corner = above;
			row[j + 1] = best;
		}
	}
	return row[j];
}

void cert_near_init(struct cert_near *near, const char *wanted)
{
	near->wanted = wanted;
	near->best = NULL;
	near->distance = strlen(wanted) / 3 + 2;
}

void cert_near_try(struct cert_near *near, const char *word)
{
	size_t d;

	if (strlen(near->wanted) > WORD_MAX || strlen(word) > WORD_MAX) {
		return;
	}
	d = distance_of(near->wanted, word);
	if (strlen(near->wanted) >= 3 &&
	    strncmp(word, near->wanted, strlen(near->wanted)) == 0) {
		d = 0; /* the rest was left out */
	}
	if (d < near->distance) {
		near->distance = d;
		near->best = word;
	}
}
