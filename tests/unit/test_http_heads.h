/* SPDX-License-Identifier: MIT */
/* What the tests of the HTTP/1.1 parsers share. */
#ifndef TEST_HTTP_HEADS_H
#define TEST_HTTP_HEADS_H

#include "h1_parse.h"

#include "pst_test.h"

__attribute__((unused)) static const struct h1_limits limits = {
	.max_head = 16384, .max_line = 8192, .max_fields = 100};

#define H   "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" H

struct outcome {
	const char *name;
	const char *text;     /* without the final empty line */
	int result;           /* 0: parsed; else enum pst_result */
	unsigned status;      /* of a refusal */
	const char *sentence; /* a part of it */
};

#define OK(name, text)                 \
	{                              \
		name, text, 0, 0, NULL \
	}
#define BAD(name, text, status, said)               \
	{                                           \
		name, text, PST_PROTO, status, said \
	}
#define ANOTHER(name, text, status, said)                 \
	{                                                 \
		name, text, PST_UNSUPPORTED, status, said \
	}

/* `r` and `err` are what came of the text. */
__attribute__((unused)) static void check_outcome(const struct outcome *o,
                                                  int64_t r,
                                                  const struct h1_error *err)
{
	bool ok = o->result == 0
	                  ? r > 0
	                  : r == o->result && err->status == o->status &&
	                            strstr(err->text, o->sentence) != NULL;

	if (!CHECK(ok)) {
		fprintf(stderr, "%s: got %d, %u, %s\n", o->name, (int)r,
		        err->status, err->text);
	}
}

__attribute__((unused)) static bool span_is(const struct pst_head *h,
                                            struct pst_span s, const char *text)
{
	return s.length == strlen(text) &&
	       memcmp(pst_head_text(h, s), text, s.length) == 0;
}

#endif
