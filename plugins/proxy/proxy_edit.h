/* SPDX-License-Identifier: MIT */
/* A head that is made from another, which it replaces. */
#ifndef PROXY_EDIT_H
#define PROXY_EDIT_H

#include <penstock/head.h>
#include <penstock/instance.h>
#include <penstock/slice.h>

/** One head under construction. The bytes of the old one are in it as a whole,
 *  so that what is kept costs no more than a span. */
struct proxy_edit {
	const struct pst_head *old;
	struct pst_head_builder b; /* the members begin as the old one's; there
	                            * are no fields yet */
	uint32_t moved;            /* from an offset in `old` to one here */
	uint32_t reserved;
};

/** Fills a head: keeps and adds fields, sets members. It may be called again
 *  for the same head, with more room. */
typedef void (*proxy_edit_fn)(struct proxy_edit *e, void *context);

/**
 * Replace the head in `slice` by what `fill` makes of it.
 *
 * slice    owned
 * room     bytes that will be needed besides the old head: a guess
 * Returns  the new slice, owned; NULL after pst_fail: no memory, or more than
 *          any head may have
 */
struct pst_slice *proxy_edit(struct pst_instance *me, struct pst_slice *slice,
                             size_t room, proxy_edit_fn fill, void *context);

/** Keep a field of the old head. */
void proxy_edit_keep(struct proxy_edit *e, const struct pst_field *f);
/** Add a field. `name` is a literal: a token, which is not checked. A value
 *  that is text of the old head is not copied. */
void proxy_edit_put(struct proxy_edit *e, const char *name, size_t name_length,
                    const char *value, size_t length);
/** Likewise, but begin a field whose value proxy_edit_more appends to, piece by
 *  piece, until something else is added. */
void proxy_edit_begin(struct proxy_edit *e, const char *name, size_t length);
void proxy_edit_more(struct proxy_edit *e, const char *text, size_t length);

/** proxy_edit_put; inline, so that the length of a literal is known. */
static inline void proxy_edit_add(struct proxy_edit *e, const char *name,
                                  const char *value, size_t length)
{
	proxy_edit_put(e, name, strlen(name), value, length);
}

/** proxy_edit_begin, likewise. */
static inline void proxy_edit_open(struct proxy_edit *e, const char *name)
{
	proxy_edit_begin(e, name, strlen(name));
}

/** The field is named `name`; letters count without case, and all that is no
 *  letter and no digit counts alike: what joins words differs between
 *  languages (RFC 3875 4.1.18 makes "_" of "-"). */
bool proxy_same_name(const char *a, size_t a_length, const char *b,
                     size_t b_length);

#endif
