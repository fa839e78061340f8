/* SPDX-License-Identifier: MIT */
/* Integers that the parser would silently read as others. */
#include "conf_text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int conf_number_check(const char *number, char *error, size_t size)
{
	bool negative = number[0] == '-';
	bool wide = number[0] != '\0' && number[strlen(number) - 1] == 'L';
	const char *digits = number + (negative || number[0] == '+' ? 1 : 0);
	bool hex = digits[0] == '0' && (digits[1] | 0x20) == 'x';
	unsigned long long value, limit;

	if (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') {
		snprintf(error, size,
		         "%s begins with 0 but is not octal; write it without "
		         "the 0, or as a string: \"%s\"",
		         number, number);
		return PST_CONFIG;
	}
	errno = 0;
	value = strtoull(digits + (hex ? 2 : 0), NULL, hex ? 16 : 10);
	limit = wide ? (unsigned long long)INT64_MAX : INT32_MAX;
	if (errno == 0 && value <= limit + (negative ? 1 : 0)) {
		return PST_OK;
	}
	if (!wide && errno == 0 && value <= INT64_MAX) {
		snprintf(error, size,
		         "%s does not fit 32 bits and would be read as another "
		         "number; write %sL",
		         number, number);
	} else {
		snprintf(error, size,
		         "%s does not fit 64 bits; write a smaller number",
		         number);
	}
	return PST_CONFIG;
}
