/* SPDX-License-Identifier: MIT */
/* How long a server keeps a connection: the field Keep-Alive. */
#ifndef HTTP_H1_KEEP_H
#define HTTP_H1_KEEP_H

#include "h1_fields.h"

/** Nothing was said. */
#define H1_KEEP_UNSAID UINT32_MAX

/** What a response's Keep-Alive fields say. */
struct h1_keep {
	uint32_t timeout; /* seconds that the connection may be idle */
	uint32_t max;     /* further requests that it may bring */
};

/**
 * Read "timeout=5, max=100". The smallest of several counts; what is no number
 * says nothing.
 *
 * Context    pure; any thread
 * Source     RFC 2068 19.7.1.1, in use and reserved by RFC 9110 7.6.1
 */
struct h1_keep h1_keep_read(const struct h1_fields *fields);

/** The time in ms after which a connection is not used again: earlier than the
 *  server ends it, since what it says begins when it wrote, and the next
 *  request is on its way for a while. 0: at once. */
uint64_t h1_keep_ms(uint32_t timeout);

#endif
