/* SPDX-License-Identifier: MIT */
/* The field Range: RFC 9110 14.2. */
#include "directory_range.h"

#include <penstock/head.h>

static bool is_digit(const char *p, const char *end)
{
	return p != end && *p >= '0' && *p <= '9';
}

/* Numbers that no file reaches stay at the highest. False: no digits. */
static bool number(const char **at_io, const char *end, uint64_t *value_out)
{
	const char *p = *at_io;
	uint64_t value = 0;

	if (!is_digit(p, end)) {
		return false;
	}
	for (; is_digit(p, end); p++) {
		uint64_t d = (uint64_t)(*p - '0');

		value = value > (UINT64_MAX - d) / 10 ? UINT64_MAX
		                                      : value * 10 + d;
	}
	*at_io = p;
	*value_out = value;
	return true;
}

static bool names_bytes(const char *text, size_t length)
{
	static const char unit[] = "bytes=";
	size_t i;

	for (i = 0; i < sizeof(unit) - 1; i++) {
		if (i == length ||
		    pst_ascii_lower((uint8_t)text[i]) != (uint8_t)unit[i]) {
			return false;
		}
	}
	return true;
}

/* RFC 9110 14.1.2: the last bytes; all when there are fewer. Of nothing, all is
 * nothing, which no Content-Range can say. */
static enum directory_range suffix(uint64_t n, uint64_t size,
                                   uint64_t *first_out, uint64_t *count_out)
{
	if (n == 0) {
		return DIRECTORY_RANGE_OUTSIDE;
	}
	if (size == 0) {
		return DIRECTORY_RANGE_NONE;
	}
	*count_out = n < size ? n : size;
	*first_out = size - *count_out;
	return DIRECTORY_RANGE_PART;
}

enum directory_range directory_range_read(const char *text, size_t length,
                                          uint64_t size, uint64_t *first_out,
                                          uint64_t *count_out)
{
	const char *p, *end = text + length;
	uint64_t first, last = UINT64_MAX;
	bool from;

	if (!names_bytes(text, length)) {
		return DIRECTORY_RANGE_NONE;
	}
	p = text + 6;
	from = number(&p, end, &first);
	if (p == end || *p++ != '-') {
		return DIRECTORY_RANGE_NONE;
	}
	if (!number(&p, end, &last) && !from) {
		return DIRECTORY_RANGE_NONE;
	}
	if (p != end || (from && last < first)) {
		return DIRECTORY_RANGE_NONE;
	}
	if (!from) {
		return suffix(last, size, first_out, count_out);
	}
	if (first >= size) {
		return DIRECTORY_RANGE_OUTSIDE;
	}
	*first_out = first;
	*count_out = (last < size ? last + 1 : size) - first;
	return DIRECTORY_RANGE_PART;
}
