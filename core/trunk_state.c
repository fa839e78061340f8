/* SPDX-License-Identifier: MIT */
/* State table of a trunk. */
#include "trunk.h"

static const uint8_t next[TRUNK_STATES][TRUNK_EVENTS] = {
	[TRUNK_OPENING] =
		{
			[TRUNK_UP] = TRUNK_OPEN,
			[TRUNK_END] = TRUNK_ENDING,
			[TRUNK_LEAVE] = TRUNK_LEFT,
		},
	[TRUNK_OPEN] =
		{
			[TRUNK_UP] = TRUNK_OPEN,
			[TRUNK_END] = TRUNK_ENDING,
			[TRUNK_LEAVE] = TRUNK_LEFT,
		},
	[TRUNK_ENDING] =
		{
			[TRUNK_UP] = TRUNK_ENDING,
			[TRUNK_END] = TRUNK_ENDING,
			[TRUNK_LEAVE] = TRUNK_ENDING,
		},
	[TRUNK_LEFT] =
		{
			[TRUNK_UP] = TRUNK_LEFT,
			[TRUNK_END] = TRUNK_LEFT,
			[TRUNK_LEAVE] = TRUNK_LEFT,
		},
};

enum trunk_state trunk_next(enum trunk_state state, enum trunk_event event)
{
	return next[state][event];
}
