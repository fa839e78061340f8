/* SPDX-License-Identifier: MIT */
/* What a request's fields say of a representation: preconditions (RFC 9110 13),
 * If-Range and Accept-Encoding. Pure functions. */
#ifndef DIRECTORY_MATCH_H
#define DIRECTORY_MATCH_H

#include <penstock/head.h>

enum {
	DIRECTORY_TAG_SIZE = 80 /* bytes of an entity tag, with its end */
};

/** What is known of a representation. */
struct directory_seen {
	char tag[DIRECTORY_TAG_SIZE]; /* entity tag; weak ones begin with W/ */
	int64_t modified;             /* seconds since 1970 */
	int64_t now;                  /* likewise */
};

/** Evaluate the preconditions in the order of RFC 9110 13.2.2. Returns 0 (go
 *  on), 304 or 412. The method is GET or HEAD. */
unsigned directory_match(const struct pst_head *request,
                         const struct directory_seen *seen);

/** True when a Range is to be obeyed: no If-Range, or one that matches strongly
 *  (RFC 9110 13.1.5). */
bool directory_match_range(const struct pst_head *request,
                           const struct directory_seen *seen);

/** How much the client wants the content coding `coding`, in thousandths; 0: not
 *  at all. "identity" that is not named counts 1: less than what is named, but
 *  acceptable (RFC 9110 12.5.3). */
unsigned directory_match_coding(const struct pst_head *request,
                                const char *coding);

#endif
