/* SPDX-License-Identifier: MIT */
/* How a hop of messages meets one of bytes: its settings, read and checked. */
#ifndef CORE_BRIDGE_CONF_H
#define CORE_BRIDGE_CONF_H

#include <penstock/result.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct pipeline;
struct service_conf;

enum {
	BRIDGE_MARK_MAX = 64 /* bytes of a delimiter */
};

/* bytes_as */
enum {
	BRIDGE_BINARY = 0,
	BRIDGE_TEXT
};

/* message_delimiter_mode */
enum {
	BRIDGE_KEEP = 0,
	BRIDGE_STRIP
};

/** A delimiter as it stands among the bytes. */
struct bridge_mark {
	size_t length; /* 1..64 */
	uint8_t bytes[BRIDGE_MARK_MAX];
	uint8_t back[BRIDGE_MARK_MAX]; /* after bytes[0..i] the longest other
	                                * beginning that this ends with */
};

/** What a hop of messages wants of its join with one of bytes. Filled from
 *  option rows in hop_options (hop_options.c). */
struct hop_bridge {
	uint32_t bytes_as;
	uint32_t delimiter_mode;
	uint64_t flush_size; /* bytes; 0: off */
	uint64_t flush_time; /* ms; 0: off */
	const char *delimiter_text, *append_text; /* as they were written */
	const struct bridge_mark *delimiter;      /* NULL: off */
	const struct bridge_mark *append;         /* likewise */
};

/** Bytes become messages one turn at a time, and binary: no rule at all. */
static inline int hop_bridge_is_plain(const struct hop_bridge *r)
{
	return r->bytes_as == BRIDGE_BINARY && r->flush_size == 0 &&
	       r->flush_time == 0 && r->delimiter == NULL;
}

/** Understand a delimiter: bytes as they are, and \0 \n \r \t \\ \xHH.
 *  Returns 0, or PST_INVALID: nothing, too long, or another escape. */
PST_MUST_CHECK int bridge_mark_parse(const char *text,
                                     struct bridge_mark *mark_out);

/** The settings of one hop, after they were filled. Returns 0; PST_CONFIG,
 *  diagnosed; or PST_MEMORY. */
PST_MUST_CHECK int bridge_conf_read(const struct build *b, struct pipeline *p);
/** The same for what both hops of a service are: a rule where nothing is
 *  bridged is an error. */
PST_MUST_CHECK int bridge_conf_check(const struct build *b,
                                     const struct service_conf *s);

#endif
