/* SPDX-License-Identifier: MIT */
/* Paths of requests: which are safe to pass on, and what they become. Pure
 * functions. */
#ifndef PROXY_PATH_H
#define PROXY_PATH_H

#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>

/** What may make a path mean another one to a back-end than to the gateway,
 *  which chose the service by the path as it was written. */
enum proxy_path_oddity {
	PROXY_PATH_DOTS = 1,    /* "." and ".." as segments */
	PROXY_PATH_SLASHES = 2, /* %2F, %5C */
	PROXY_PATH_EMPTY = 4,   /* "//" */
	PROXY_PATH_PLAIN = 8,   /* %61: letters, digits, - . and _ */
	PROXY_PATH_NUL = 16,    /* %00; never allowed */
	PROXY_PATH_PERCENT = 32 /* %C0%A5, overlong for %, and %25 in front of
	                           encoded digits; never allowed */
};

/**
 * Find what is odd in a path that the http layer has checked.
 *
 * path[length]  without query; begins with "/", or is "*" or empty
 * allowed       enum proxy_path_oddity: not looked for
 * Returns       0, or one enum proxy_path_oddity: the first found
 * Context       pure; any thread
 *
 * Every writing counts: percent-encoded, encoded twice or more often (%252E),
 * overlong UTF-8 (%C0%AE), and with parameters behind it ("..;x").
 */
PST_MUST_CHECK unsigned proxy_path_judge(const char *path, size_t length,
                                         unsigned allowed);
/** One sentence about an oddity. */
const char *proxy_path_words(unsigned oddity);

/** What stands in place of the accept path. */
struct proxy_path_map {
	const char *from; /* "/a", without a slash at its end; "/" */
	const char *to;   /* as written: "/x" or "/x/"; NULL: paths pass */
};

/**
 * Put the connect path in place of the accept path.
 *
 * path[length]     with query; below map->from
 * head_length_out  bytes of map->to that the new path begins with
 * skip_out         bytes in front of `path` that they replace
 *
 * What stands behind the accept path is put behind the connect path, with one
 * slash between them, or with the parameters that stood there. Where nothing
 * does, the connect path is taken as it is written. "*" and an empty path stay.
 * When `path` is not below map->from, which only dots can bring about, it passes:
 * see proxy_path_stays.
 */
void proxy_path_apply(const struct proxy_path_map *map, const char *path,
                      size_t length, size_t *head_length_out,
                      size_t *skip_out);

/**
 * Whether a path can be mapped, and what comes of it cannot leave the connect
 * path; for paths in which dots are allowed: "/a/../b" is of the service of "/b",
 * yet does not begin so, and "/b/../b/c" would come out beside the connect path.
 *
 * path[length]  without query; meant for the service of `from`
 */
PST_MUST_CHECK bool proxy_path_stays(const char *from, const char *path,
                                     size_t length);

#endif
