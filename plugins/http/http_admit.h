/* SPDX-License-Identifier: MIT */
/* Which requests a service takes: methods, and bodies. */
#ifndef HTTP_ADMIT_H
#define HTTP_ADMIT_H

#include "h1_text.h"

#include <penstock/layer.h>

/** The rules of one service. */
struct http_admit {
	struct pst_list methods;
	uint64_t max_body; /* bytes, 0: no limit */
	bool require_length;
	char *allow; /* derived; owned: the methods as Allow has them, or NULL */
};

/** What they come to for one request. */
struct http_refusal {
	const char *text;  /* for the answer */
	const char *allow; /* with 405; borrowed from the rules */
	uint64_t left;     /* bytes that a body of unknown length may still have */
	unsigned status;   /* 0: it is taken */
};

extern const struct h1_error http_admit_too_long;

PST_MUST_CHECK int http_admit_init(struct http_admit *a,
                                   struct pst_setup *setup);
void http_admit_finish(struct http_admit *a);

/** Judge a request, CONNECT excepted. Returns 0, or PST_UNSUPPORTED with the
 *  answer to give. Context: pure; any thread. */
PST_MUST_CHECK int http_admit(const struct http_admit *a,
                              const struct pst_head *h,
                              struct http_refusal *out);

/** Count `n` bytes more of the body. Returns whether it may have them. */
static inline bool http_admit_more(struct http_refusal *r, uint64_t n)
{
	bool fits = n <= r->left;

	r->left -= fits ? n : 0;
	return fits;
}

#endif
