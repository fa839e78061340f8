/* SPDX-License-Identifier: MIT */
/* Heads of answers, and the answers to what cannot be served. */
#ifndef DIRECTORY_REPLY_H
#define DIRECTORY_REPLY_H

#include "directory.h"

/** What an answer is made of. */
struct reply {
	struct pst_instance *me;
	const struct pst_head *request;
	struct pst_head_builder b;
	struct directory_answer *out;
	bool headless; /* the request was HEAD */
};

static inline const struct directory_conf *reply_conf(const struct reply *r)
{
	return r->me->conf;
}

/** Begin a head. `more` is bytes of values of which nobody knows how long they
 *  are. Returns 0, or PST_MEMORY with the file still open. */
PST_MUST_CHECK int reply_begin(struct reply *r, unsigned status, size_t more);

void reply_add(struct reply *r, const char *name, const char *value);
/** Content-Type; text without a charset gets one. */
void reply_type(struct reply *r, const char *type);
void reply_length(struct reply *r, uint64_t length);

/** Begin an error with its page or a short text as the body. Returns 0, or
 *  PST_MEMORY with the file closed. */
PST_MUST_CHECK int reply_begin_error(struct reply *r, unsigned status,
                                     size_t more);

/** End the head; it is in `out` then. HEAD loses the body. Returns 0, or the
 *  builder's failure with everything freed. */
PST_MUST_CHECK int reply_finish(struct reply *r);

/** A whole answer that is an error. Returns 0 or PST_MEMORY. */
PST_MUST_CHECK int reply_error(struct reply *r, unsigned status);

#endif
