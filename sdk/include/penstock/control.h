/* SPDX-License-Identifier: MIT */
/* Control records: what travels in order with messages but is no payload. */
#ifndef PENSTOCK_CONTROL_H
#define PENSTOCK_CONTROL_H

#include <penstock/result.h>
#include <stdint.h>

enum pst_control_kind {
	PST_CONTROL_CLOSE = 1, /* messages: the sender's close code and text */
	PST_CONTROL_PING,      /* messages: text is the ping's payload */
	PST_CONTROL_PONG,      /* messages: likewise */
	PST_CONTROL_ANSWER     /* to a layer that offered: go on with the opening;
	                        * a HEAD slice may follow with fields to add */
};

/**
 * The contents of a slice with PST_CONTROL. The slice is 8-byte aligned.
 *
 * code   the sending layer's own close code; 0 when it has none
 * reason enum pst_class; a taker with other codes translates this
 */
struct pst_control {
	uint8_t kind;
	uint8_t reason;
	uint16_t code;
	uint32_t text_length; /* bytes of text[], at most 123 */
	char text[];          /* not terminated */
};

#endif
