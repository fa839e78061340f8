/* SPDX-License-Identifier: MIT */
/* What the hops of one session told each other while they opened. */
#ifndef CORE_TOLD_H
#define CORE_TOLD_H

#include <penstock/opening.h>

struct told_item {
	void *data; /* owned; NULL: nothing was told */
	size_t length;
};

struct told {
	struct told_item item[PST_TOLD_COUNT];
};

/** See pst_tell. `what` is the caller's and may be anything. */
PST_MUST_CHECK int told_add(struct told *t, uint32_t what, const void *data,
                            size_t length);
/** See pst_told. */
const void *told_get(const struct told *t, uint32_t what, size_t *length_out);
/** The back-end's part is over: another one is tried. */
void told_forget_back(struct told *t);
void told_finish(struct told *t);

#endif
