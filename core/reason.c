/* SPDX-License-Identifier: MIT */
/* The first failure of a session or trunk. */
#include "reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[PST_CLASS_COUNT] = {
	[PST_CLASS_CLEAN] = "clean",
	[PST_CLASS_GOING_AWAY] = "going-away",
	[PST_CLASS_REFUSED] = "refused",
	[PST_CLASS_POLICY] = "policy",
	[PST_CLASS_UNREACHABLE] = "unreachable",
	[PST_CLASS_TIMEOUT] = "timeout",
	[PST_CLASS_OVERLOAD] = "overload",
	[PST_CLASS_TOO_BIG] = "too-big",
	[PST_CLASS_PROTOCOL] = "protocol",
	[PST_CLASS_TRUNCATED] = "truncated",
	[PST_CLASS_INTERNAL] = "internal",
};

const char *class_name(enum pst_class why)
{
	return (unsigned)why < PST_CLASS_COUNT ? class_names[why] : "internal";
}

void reason_vset(struct reason *r, uint8_t side, const char *layer,
                 enum pst_class why, unsigned code, const char *fmt, va_list ap)
{
	char text[512];

	if (r->set) {
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	r->set = true;
	r->class = (uint8_t)why;
	r->code = (uint16_t)code;
	r->side = side;
	r->layer = layer;
	r->text = strdup(text);
}

void reason_set(struct reason *r, uint8_t side, const char *layer,
                enum pst_class why, unsigned code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reason_vset(r, side, layer, why, code, fmt, ap);
	va_end(ap);
}

void reason_copy(struct reason *to, const struct reason *from)
{
	if (to->set || !from->set) {
		return;
	}
	*to = *from;
	to->text = from->text != NULL ? strdup(from->text) : NULL;
}

void reason_finish(struct reason *r)
{
	free(r->text);
	*r = (struct reason){0};
}
