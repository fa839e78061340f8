/* SPDX-License-Identifier: MIT */
/* When changed files are checked: not while they still change, again for a while
 * when they do not fit, since a certificate and its key are rarely replaced at
 * one instant. Pure: times are milliseconds on a clock that does not go back. */
#ifndef CORE_RENEWAL_H
#define CORE_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RENEWAL_QUIET_MS = 500,    /* without a change, then they are checked */
	RENEWAL_LONGEST_MS = 3000, /* after the first change at the latest */
	RENEWAL_AGAIN_MS = 1000,   /* after a check that failed */
	RENEWAL_PATIENCE_MS = 10000 /* since the last change; then it is an
	                             * error */
};

enum renewal_phase {
	RENEWAL_IDLE,
	RENEWAL_SETTLING, /* something has changed: due when it is quiet */
	RENEWAL_CHECKING,
	RENEWAL_FAILING /* the last check failed: due again */
};

enum renewal_result {
	RENEWAL_SAME, /* what was read is what is in use */
	RENEWAL_TAKEN,
	RENEWAL_BAD
};

struct renewal {
	enum renewal_phase phase;
	bool again;     /* something changed while it was checked */
	uint64_t first; /* change that was not looked at yet */
	uint64_t last;  /* change */
	uint64_t due;
};

/** A file has changed, perhaps. */
void renewal_changed(struct renewal *r, uint64_t now);
/** True when a check is due: then it counts as begun. */
bool renewal_begin(struct renewal *r, uint64_t now);
/** How the check went. True when it is time to call it an error. */
bool renewal_checked(struct renewal *r, enum renewal_result result,
                     uint64_t now);
/** When renewal_begin will say yes; UINT64_MAX: nothing to wait for. */
uint64_t renewal_due(const struct renewal *r);

#endif
