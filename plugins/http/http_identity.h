/* SPDX-License-Identifier: MIT */
/* Who the client proved to be, sent on as fields, and nothing that it wrote
 * there itself. */
#ifndef HTTP_IDENTITY_H
#define HTTP_IDENTITY_H

#include "h1_text.h"

#include <penstock/layer.h>

/** One field: its name, and the attribute that is its value. */
struct http_identity_field {
	struct h1_text name;   /* borrowed from the settings */
	const char *attribute; /* likewise */
};

struct http_identity {
	struct http_identity_field *field; /* owned */
	size_t count;
};

/** Parse "Name: attribute", each. Reports at "identity_fields". Returns 0 or
 *  PST_CONFIG; http_identity_finish frees also after that. */
PST_MUST_CHECK int http_identity_init(struct http_identity *identity,
                                      const struct pst_list *list,
                                      struct pst_setup *setup);
void http_identity_finish(struct http_identity *identity);

/** Are the names the same to somebody who writes them as variables (RFC 3875
 *  4.1.18)? Case, and what is neither letter nor digit, make no difference. */
bool http_identity_same(struct h1_text a, struct h1_text b);

/**
 * Take the configured fields out of the head in `s`, and, where it is a request,
 * put those in whose attribute is proven.
 *
 * s        a HEAD of `*size_io` bytes; owned, replaced
 * Returns  the slice to use, owned; NULL when memory ran out
 */
struct pst_slice *http_identity_apply(struct pst_instance *me,
                                      const struct http_identity *identity,
                                      struct pst_slice *s, int64_t *size_io);

#endif
