/* SPDX-License-Identifier: MIT */
/* State table of a stream. */
#include "trunk.h"

static const uint8_t next[STREAM_STATES][STREAM_EVENTS] = {
	[STREAM_WAITING] =
		{
			[STREAM_TAKEN] = STREAM_OPEN,
			[STREAM_FINISHED] = STREAM_DONE,
			[STREAM_MOVED] = STREAM_WAITING,
		},
	[STREAM_OPEN] =
		{
			[STREAM_TAKEN] = STREAM_OPEN,
			[STREAM_FINISHED] = STREAM_DONE,
			[STREAM_MOVED] = STREAM_WAITING,
		},
	[STREAM_DONE] =
		{
			[STREAM_TAKEN] = STREAM_DONE,
			[STREAM_FINISHED] = STREAM_DONE,
			[STREAM_MOVED] = STREAM_DONE,
		},
};

enum stream_state stream_next_state(enum stream_state state,
                                    enum stream_event event)
{
	return next[state][event];
}
