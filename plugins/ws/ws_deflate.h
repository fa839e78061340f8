/* SPDX-License-Identifier: MIT */
/* permessage-deflate (RFC 7692): what two ends agree on. Pure functions. */
#ifndef WS_DEFLATE_H
#define WS_DEFLATE_H

#include <penstock/head.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	WS_DEFLATE_BITS_MIN = 9, /* zlib makes no window of 8 bits */
	WS_DEFLATE_BITS_MAX = 15,
	WS_DEFLATE_TEXT = 200 /* an offer or a response, with its final 0 */
};

/** One direction: who compresses in it keeps a window of 2^bits bytes, and
 *  from one message to the next unless `forgets`. A sender that was told 8
 *  bits sends without compressing. */
struct ws_deflate_way {
	uint8_t bits;
	bool forgets;
};

/** What this end wants, and what was agreed. */
struct ws_deflate {
	struct ws_deflate_way send;    /* what this end compresses */
	struct ws_deflate_way receive; /* what the peer compresses */
};

/**
 * Find the first offer of a client that fits what a server wants.
 *
 * request     its Sec-WebSocket-Extensions are looked at
 * want        the server's limits: bits are the most that it takes
 * agreed_out  written when there is one
 * text_out    the response's element: text_out[WS_DEFLATE_TEXT]
 * Returns     true when there is one; offers that are malformed or cannot be
 *             met are declined (RFC 7692 5.1, 7.1)
 */
bool ws_deflate_choose(const struct pst_head *request,
                       const struct ws_deflate *want,
                       struct ws_deflate *agreed_out, char *text_out);

/** Write a client's offer to text_out[WS_DEFLATE_TEXT]. Returns its length. */
size_t ws_deflate_offer(const struct ws_deflate *want, char *text_out);

/**
 * Check a server's response to our offer.
 *
 * response    every extension that it names must be the offered one
 * want        what was offered; NULL: nothing was
 * agreed_out  written when compression was agreed on
 * why_out     a sentence, on PST_PROTO
 * Returns     1 agreed, 0 no extension, PST_PROTO
 */
PST_MUST_CHECK int ws_deflate_confirm(const struct pst_head *response,
                                      const struct ws_deflate *want,
                                      struct ws_deflate *agreed_out,
                                      const char **why_out);

#endif
