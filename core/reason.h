/* SPDX-License-Identifier: MIT */
/* Why a session or trunk ended: the first failure, kept until it is logged. */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include <penstock/result.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

struct reason {
	bool set;
	uint8_t class;     /* enum pst_class */
	uint16_t code;     /* the layer's own; 0: none */
	uint8_t side;      /* enum pst_role of the hop it came from; 0: core */
	const char *layer; /* id; static. NULL: the core */
	char *text;        /* owned; NULL when memory ran out */
};

/** Keep the first one; later ones are dropped. */
void reason_vset(struct reason *r, uint8_t side, const char *layer,
                 enum pst_class why, unsigned code, const char *fmt,
                 va_list ap);
PST_PRINTF(6, 7)
void reason_set(struct reason *r, uint8_t side, const char *layer,
                enum pst_class why, unsigned code, const char *fmt, ...);
/** Copy `from` into an unset `to`. */
void reason_copy(struct reason *to, const struct reason *from);
void reason_finish(struct reason *r);

/** "unreachable" */
const char *class_name(enum pst_class why);

#endif
