/* SPDX-License-Identifier: MIT */
/* Views of text, and where a pure function writes text to. */
#ifndef PROXY_TEXT_H
#define PROXY_TEXT_H

#include <penstock/head.h>

/** text[length], not terminated; `at` NULL: there is none. */
struct proxy_text {
	const char *at;
	size_t length;
};

static inline struct proxy_text proxy_text(const char *terminated)
{
	struct proxy_text t = {terminated, strlen(terminated)};

	return t;
}

/** Equal but for the case of ASCII letters. */
static inline bool proxy_text_same(struct proxy_text a, struct proxy_text b)
{
	size_t i;

	if (a.length != b.length) {
		return false;
	}
	for (i = 0; i < a.length; i++) {
		if (pst_ascii_lower((uint8_t)a.at[i]) !=
		    pst_ascii_lower((uint8_t)b.at[i])) {
			return false;
		}
	}
	return true;
}

/** Takes what is written, piece by piece. */
struct proxy_sink {
	void (*put)(void *to, const char *text, size_t length);
	void *to;
};

static inline void proxy_sink_put(const struct proxy_sink *s, const char *text,
				  size_t length)
{
	if (length != 0) {
		s->put(s->to, text, length);
	}
}

static inline void proxy_sink_text(const struct proxy_sink *s, const char *text)
{
	proxy_sink_put(s, text, strlen(text));
}

#endif
