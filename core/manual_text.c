/* SPDX-License-Identifier: MIT */
/* Text in man(7) source. */
#include "manual_text.h"

void manual_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'') {
		fputs("\\&", out);
	}
	for (; *text != '\0'; text++) {
		if (*text == '\\') {
			fputs("\\e", out);
		} else if (*text == '-') {
			fputs("\\-", out);
		} else {
			fputc(*text == '\n' ? ' ' : *text, out);
		}
	}
}
