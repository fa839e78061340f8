/* SPDX-License-Identifier: MIT */
/* What the log may show of a request that is not understood. */
#ifndef HTTP_H1_SHOWN_H
#define HTTP_H1_SHOWN_H

#include "h1_text.h"

#define H1_SHOWN_MAX 160

/**
 * The request line at the front of buf[n], as much of it as came: "GET /path
 * HTTP/1.1". What may be a secret is left out: query and fragment, an authority
 * with user information ("[...]"), and all behind the first word of what is no
 * request of HTTP. Bytes are shown as they are; nothing is shown of what does
 * not begin with a method.
 *
 * Returns    bytes in `out`, not terminated
 * Context    pure; any thread
 */
size_t h1_shown(const uint8_t *buf, size_t n, char out[H1_SHOWN_MAX]);

#endif
