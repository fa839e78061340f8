/* SPDX-License-Identifier: MIT */
/* Text in man(7) source. */
#ifndef CORE_MANUAL_TEXT_H
#define CORE_MANUAL_TEXT_H

#include <stdio.h>

/** Text as roff shows it: no escape, and no request at a line's start. */
void manual_text(FILE *out, const char *text);

#endif
