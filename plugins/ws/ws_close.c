/* SPDX-License-Identifier: MIT */
/* Close codes, both ways. */
#include "ws_close.h"

#include "ws_utf8.h"

static const struct {
	uint16_t code;
	const char *word;
} endings[PST_CLASS_COUNT] = {
	[PST_CLASS_CLEAN] = {WS_CODE_NORMAL, ""},
	[PST_CLASS_GOING_AWAY] = {WS_CODE_GOING_AWAY, "going away"},
	[PST_CLASS_REFUSED] = {WS_CODE_TRY_LATER, "refused"},
	[PST_CLASS_POLICY] = {WS_CODE_POLICY, "policy"},
	[PST_CLASS_UNREACHABLE] = {WS_CODE_TRY_LATER, "unreachable"},
	[PST_CLASS_TIMEOUT] = {WS_CODE_GOING_AWAY, "timeout"},
	[PST_CLASS_OVERLOAD] = {WS_CODE_TRY_LATER, "overload"},
	[PST_CLASS_TOO_BIG] = {WS_CODE_TOO_BIG, "too big"},
	[PST_CLASS_PROTOCOL] = {WS_CODE_PROTOCOL, "protocol error"},
	[PST_CLASS_TRUNCATED] = {WS_CODE_INTERNAL, "truncated"},
	[PST_CLASS_INTERNAL] = {WS_CODE_INTERNAL, "internal error"},
};

uint16_t ws_close_code(enum pst_class why)
{
	return (unsigned)why < PST_CLASS_COUNT ? endings[why].code
	                                       : WS_CODE_INTERNAL;
}

const char *ws_close_word(enum pst_class why)
{
	return (unsigned)why < PST_CLASS_COUNT ? endings[why].word : "";
}

enum pst_class ws_close_class(uint16_t code)
{
	switch (code) {
	case WS_CODE_GOING_AWAY:
	case WS_CODE_RESTART:
		return PST_CLASS_GOING_AWAY;
	case WS_CODE_PROTOCOL:
	case WS_CODE_DATA:
		return PST_CLASS_PROTOCOL;
	case WS_CODE_UNSUPPORTED:
	case WS_CODE_POLICY:
	case WS_CODE_EXTENSION:
		return PST_CLASS_POLICY;
	case WS_CODE_ABNORMAL:
		return PST_CLASS_TRUNCATED;
	case WS_CODE_TOO_BIG:
		return PST_CLASS_TOO_BIG;
	case WS_CODE_INTERNAL:
		return PST_CLASS_INTERNAL;
	case WS_CODE_TRY_LATER:
		return PST_CLASS_OVERLOAD;
	case WS_CODE_BAD_GATEWAY:
		return PST_CLASS_UNREACHABLE;
	default:
		return PST_CLASS_CLEAN;
	}
}

bool ws_close_valid(uint16_t code)
{
	if (code >= 3000 && code <= 4999) {
		return true;
	}
	return code >= WS_CODE_NORMAL && code <= WS_CODE_BAD_GATEWAY &&
	       (code < 1004 || code > WS_CODE_ABNORMAL);
}

uint16_t ws_close_parse(const uint8_t *payload, size_t length,
                        struct ws_close *close_out)
{
	uint16_t code;

	*close_out = (struct ws_close){.code = WS_CODE_NONE};
	if (length == 0) {
		return 0;
	}
	if (length == 1) {
		return WS_CODE_PROTOCOL;
	}
	code = (uint16_t)(payload[0] << 8 | payload[1]);
	if (!ws_close_valid(code)) {
		return WS_CODE_PROTOCOL;
	}
	if (!ws_utf8_valid(payload + 2, length - 2)) {
		return WS_CODE_DATA;
	}
	close_out->code = code;
	close_out->text = payload + 2;
	close_out->length = (uint8_t)(length - 2);
	return 0;
}
