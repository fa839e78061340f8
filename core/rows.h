/* SPDX-License-Identifier: MIT */
/* Rows of the tables that plugins bring, which may be longer than this core's. */
#ifndef CORE_ROWS_H
#define CORE_ROWS_H

#include <stddef.h>
#include <stdint.h>

/** Row `n` of a table whose rows are `stride` bytes long. Pure. */
static inline const void *row_at(const void *table, uint32_t stride, size_t n)
{
	return (const char *)table + n * stride;
}

#endif
