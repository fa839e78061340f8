/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known word that is nearest to what was written. */
#include "suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 48u

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits that turn a into b: insert, delete, replace, swap of neighbours. */
static size_t edits(const char *a, size_t la, const char *b, size_t lb)
{
	size_t row[3][WORD_MAX + 1];
	size_t i, j;

	for (j = 0; j <= lb; j++) {
		row[0][j] = j;
	}
	for (i = 1; i <= la; i++) {
		size_t *now = row[i % 3];
		const size_t *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= lb; j++) {
			now[j] = least(up[j], now[j - 1]) + 1;
			now[j] = least(now[j],
			               up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1]) {
				now[j] = least(now[j], up2[j - 2] + 1);
			}
		}
	}
	return row[la % 3][lb];
}

void suggest_init(struct suggestion *s, const char *wanted)
{
	s->wanted = wanted;
	s->best = NULL;
	/* A third of the word may be wrong, and at least one letter. */
	s->distance = (strlen(wanted) < 3 ? 1 : strlen(wanted) / 3) + 1;
}

void suggest_try(struct suggestion *s, const char *word)
{
	const size_t la = strlen(s->wanted), lb = strlen(word);
	size_t distance;

	if (la == 0 || la > WORD_MAX || lb > WORD_MAX) {
		return;
	}
	distance = edits(s->wanted, la, word, lb);
	if (distance < s->distance) {
		s->distance = distance;
		s->best = word;
	}
}

const char *suggest_hint(const struct suggestion *s, char *text, size_t size)
{
	if (s->best == NULL) {
		snprintf(text, size, "%s", "");
	} else {
		snprintf(text, size, "; did you mean \"%s\"?", s->best);
	}
	return text;
}
