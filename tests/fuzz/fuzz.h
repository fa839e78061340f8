/* SPDX-License-Identifier: MIT */
/* What every fuzz target has. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** End the program, and say where and what, unless it holds. */
#define must(what) fuzz_must((what), #what, __FILE__, __LINE__)

static inline void fuzz_must(bool held, const char *what, const char *file,
                             int line)
{
	if (!held) {
		fprintf(stderr, "broken in %s:%d: %s\n", file, line, what);
		abort();
	}
}

/** The next of the strings that are parted by NUL in `text`, which has another
 *  NUL behind its `size` bytes; "" behind the last. */
static inline const char *fuzz_part(const char *text, size_t *at_io,
                                    size_t size)
{
	const char *p = text + *at_io;

	*at_io += strlen(p) + 1;
	*at_io = *at_io < size ? *at_io : size;
	return p;
}

#endif
