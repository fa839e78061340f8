/* SPDX-License-Identifier: MIT */
/* Close codes (RFC 6455 7.4) and the one vocabulary of reasons. */
#ifndef WS_CLOSE_H
#define WS_CLOSE_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ws_code {
	WS_CODE_NONE = 0, /* a Close frame without a body */
	WS_CODE_NORMAL = 1000,
	WS_CODE_GOING_AWAY = 1001,
	WS_CODE_PROTOCOL = 1002,
	WS_CODE_UNSUPPORTED = 1003,
	WS_CODE_ABNORMAL = 1006, /* never on the wire: no Close frame came */
	WS_CODE_DATA = 1007,
	WS_CODE_POLICY = 1008,
	WS_CODE_TOO_BIG = 1009,
	WS_CODE_EXTENSION = 1010,
	WS_CODE_INTERNAL = 1011,
	WS_CODE_RESTART = 1012,
	WS_CODE_TRY_LATER = 1013,
	WS_CODE_BAD_GATEWAY = 1014
};

/**
 * The close code that tells a peer of an ending elsewhere.
 *
 *	clean 1000         going-away 1001     policy 1008     too-big 1009
 *	refused 1013       unreachable 1013    overload 1013   timeout 1001
 *	protocol 1002      truncated 1011      internal 1011
 *
 * Text to be sent that is not UTF-8 is 1011 to who should have got it: 1007 is
 * for who sent such data (RFC 6455 7.4.1), and that one was told, if it speaks
 * WebSocket.
 *
 * A time limit that passes after the opening is this end leaving, hence 1001;
 * limits of the opening are answered before the 101.
 */
uint16_t ws_close_code(enum pst_class why);

/** The reason's word, which goes into the Close frame as its text; "" for
 *  CLEAN. */
const char *ws_close_word(enum pst_class why);

/** What a received close code (or WS_CODE_NONE) means to other layers. */
enum pst_class ws_close_class(uint16_t code);

/** True for a code that a Close frame may carry: 1000 to 1014 but for 1004 to
 *  1006, and 3000 to 4999 (RFC 6455 7.4, the IANA registry). */
bool ws_close_valid(uint16_t code);

/** The body of a Close frame. */
struct ws_close {
	uint16_t code;       /* WS_CODE_NONE: there is no body */
	uint8_t length;      /* bytes of text, at most 123 */
	const uint8_t *text; /* borrowed from the payload */
};

/**
 * Take the payload of a Close frame apart.
 *
 * Returns  0, or the code to close with: 1002 for a body of one byte and for
 *          codes that must not be sent, 1007 for text that is not UTF-8
 */
PST_MUST_CHECK uint16_t ws_close_parse(const uint8_t *payload, size_t length,
                                       struct ws_close *close_out);

#endif
