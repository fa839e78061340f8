/* SPDX-License-Identifier: MIT */
/* A value of a response that `proxy` reads, and what it makes of it. */
#ifndef TEST_PROXY_REWRITING_H
#define TEST_PROXY_REWRITING_H

#include "proxy_location.h"
#include "pst_test.h"

struct rewriting {
	char *value; /* without a terminator: sanitizers see a byte too many */
	size_t length;
	char made[512];
	size_t made_length;
	struct proxy_sink sink;
};

static inline void rewriting_append(void *to, const char *text, size_t length)
{
	struct rewriting *r = to;

	if (CHECK(length < sizeof(r->made) - r->made_length)) {
		memcpy(r->made + r->made_length, text, length);
		r->made_length += length;
	}
}

static inline void rewriting_begin(struct rewriting *r, const char *value)
{
	memset(r, 0, sizeof(*r));
	r->length = strlen(value);
	r->value = malloc(r->length == 0 ? 1 : r->length);
	memcpy(r->value, value, r->length);
	r->sink = (struct proxy_sink){rewriting_append, r};
}

/* What the value became; `want` NULL: it stays, and nothing is written. */
static inline void rewriting_end(struct rewriting *r, bool changed,
                                 const char *want)
{
	CHECK_STR(changed ? r->made : "(stays)",
	          want == NULL ? "(stays)" : want);
	CHECK(changed || r->made_length == 0);
	free(r->value);
}

#endif
