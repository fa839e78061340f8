/* SPDX-License-Identifier: MIT */
/* Dates of HTTP: RFC 9110 5.6.7. */
#ifndef DIRECTORY_DATE_H
#define DIRECTORY_DATE_H

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DIRECTORY_DATE_SIZE = 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and its end */
};

/** Write `when`, seconds since 1970, years 0 to 9999; later and earlier ones
 *  become the first or last of these. */
void directory_date_write(int64_t when, char out[DIRECTORY_DATE_SIZE]);

/** Read text[length] in any of the three forms. `now` places the two digits of
 *  RFC 850's years. Returns 0 or PST_PROTO. */
PST_MUST_CHECK int directory_date_read(const char *text, size_t length,
                                       int64_t now, int64_t *when_out);

#endif
