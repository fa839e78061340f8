/* SPDX-License-Identifier: MIT */
/* What the two hops of a session tell each other while they open. */
#ifndef PENSTOCK_OPENING_H
#define PENSTOCK_OPENING_H

#include <penstock/core.h>
#include <penstock/head.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is told. Each is a copy that the session keeps until the hops are
 *  joined, or it ends. */
enum pst_told {
	PST_TOLD_REQUEST,  /* by the front, before it offers: the client's head */
	PST_TOLD_RESPONSE, /* by the back: the back-end's final head */
	PST_TOLD_BODY,     /* by the back: what follows a refusal's head */
	PST_TOLD_COUNT
};

enum {
	PST_TOLD_MAX = 64 * 1024 /* bytes of each */
};

/** Tell data[length], aligned as it was made; a body is appended to what was
 *  told of it. Returns 0, PST_LIMIT (more than PST_TOLD_MAX; nothing is kept of
 *  it), PST_INVALID (no session: below a mux), PST_MEMORY. [L] */
PST_MUST_CHECK static inline int pst_tell(struct pst_instance *me,
					  enum pst_told what,
					  const void *data, size_t length)
{
	return me->core->tell(me, (uint32_t)what, data, length);
}

/** What was told, 8-byte aligned, borrowed for the call; NULL: nothing. A
 *  service and the layers of both hops may ask. What a back-end told is gone
 *  when the next one is tried. `length_out` may be NULL. [L] */
static inline const void *pst_told(struct pst_instance *me, enum pst_told what,
				   size_t *length_out)
{
	return me->core->told(me, (uint32_t)what, length_out);
}

#ifdef __cplusplus
}
#endif
#endif
