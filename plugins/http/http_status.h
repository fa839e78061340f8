/* SPDX-License-Identifier: MIT */
/* Statuses: their phrases, and the table from reason classes to them. */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

/** RFC 9110 15: the phrase of `status`, or that of its hundred. */
const char *http_status_phrase(unsigned status);

/** The status that tells a client why the service had no answer for it. The
 *  class comes from above, so PROTOCOL and TRUNCATED blame the back-end. */
unsigned http_class_status(enum pst_class why);

/** One sentence for the body of that answer. */
const char *http_class_text(enum pst_class why);

/** What pst_stream_accept reported: status and sentence. */
unsigned http_route_status(int result, const char **text_out);

#define HTTP_DATE_SIZE 30

/** RFC 9110 5.6.7: `wall` seconds since 1970 as "Sun, 06 Nov 1994 08:49:37
 *  GMT", terminated. Context: pure; any thread. */
void http_date(int64_t wall, char out[HTTP_DATE_SIZE]);

#endif
