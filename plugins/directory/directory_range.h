/* SPDX-License-Identifier: MIT */
/* The field Range: RFC 9110 14.2. */
#ifndef DIRECTORY_RANGE_H
#define DIRECTORY_RANGE_H

#include <stddef.h>
#include <stdint.h>

enum directory_range {
	DIRECTORY_RANGE_NONE = 0, /* send the whole: not a range of bytes, several
	                           * of them, or not well formed */
	DIRECTORY_RANGE_PART,
	DIRECTORY_RANGE_OUTSIDE   /* 416 */
};

/** Read text[length] for a representation of `size` bytes. `first_out` and
 *  `count_out` (at least 1) are written with PART only. Pure. */
enum directory_range directory_range_read(const char *text, size_t length,
                                          uint64_t size, uint64_t *first_out,
                                          uint64_t *count_out);

#endif
