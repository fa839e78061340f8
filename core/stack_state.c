/* SPDX-License-Identifier: MIT */
/* State table of a stack. */
#include "station.h"

static const uint8_t next[STACK_STATES][STACK_EVENTS] = {
	[STACK_OPENING] =
		{
			[STACK_LAYER_OFFERS] = STACK_OFFERED,
			[STACK_ALL_UP] = STACK_UP,
			[STACK_FAILURE] = STACK_FAILED,
		},
	[STACK_OFFERED] =
		{
			[STACK_LAYER_OFFERS] = STACK_OFFERED,
			[STACK_ALL_UP] = STACK_UP,
			[STACK_FAILURE] = STACK_FAILED,
		},
	[STACK_UP] =
		{
			[STACK_LAYER_OFFERS] = STACK_UP,
			[STACK_ALL_UP] = STACK_UP,
			[STACK_FAILURE] = STACK_FAILED,
		},
	[STACK_FAILED] =
		{
			[STACK_LAYER_OFFERS] = STACK_FAILED,
			[STACK_ALL_UP] = STACK_FAILED,
			[STACK_FAILURE] = STACK_FAILED,
		},
};

enum stack_state stack_next(enum stack_state state, enum stack_event event)
{
	return next[state][event];
}
